"""READMEs of any length, in the seed's layout."""

from datetime import date, timedelta


def course(rows: int, code: str = "BULK01") -> str:
    """A course with one class a week, two links in every row, and a section for every class that no reader knows."""
    sections = "".join(f"\n## Reading {n + 1}\n\n- chapter {n + 1}\n- [more](x{n + 1}.md)\n" for n in range(rows))
    return schedule(rows, code) + sections


def schedule(rows: int, code: str = "BULK01", linked: int = 1) -> str:
    """A course of a schedule, with two links in each row whose number is a multiple of `linked`."""
    first = date(2027, 2, 1)
    links = [
        f"[Lecture slides](lectures/{n:03d}.pdf) | [Lab {n}](labs/{n:03d}/README.md)" if n % linked == 0 else " | "
        for n in range(1, rows + 1)
    ]
    table = "".join(
        f"| {first + timedelta(days=n):%d/%m/%Y} | W{n + 1} | Sprint {n * 6 // rows + 1} | Topic {n + 1} | {link} |\n"
        for n, link in enumerate(links)
    )
    return (
        f"# {code} - A long course [spring 2027]\n\nText with **bold**.\n\n## Lecture schedule\n\n"
        "| Date | Week # | Sprint # | Topic | Course material | Directed work |\n|---|---|---|---|---|---|\n"
        f"{table}"
    )


def plain(rows: int) -> str:
    """What the floor reads: a table of that many rows with Markdown in their cells, and as many sections."""
    table = "".join(
        f"| {n} | 2027-03-{n % 28 + 1:02d} 10:20 | Topic [{n}](t{n}.md) | `ch{n}` and *notes* |\n" for n in range(rows)
    )
    sections = "".join(f"\n## Week {n}\n\n- item one\n- [link](x{n}.md)\n\n" for n in range(rows))
    heading = "# Course\n\nText with **bold**.\n\n| # | Date | Topic | Reading |\n|---|---|---|---|\n"
    return f"{heading}{table}{sections}"
