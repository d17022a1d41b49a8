"""READMEs of any length, in the seed's layout."""

from datetime import date, timedelta


def course(rows: int) -> str:
    """A course with one class a week, links in every row, and a section for every class."""
    first = date(2027, 2, 1)
    table = "".join(
        f"| {first + timedelta(days=n):%d/%m/%Y} | W{n + 1} | Sprint {n * 6 // rows + 1} | Topic {n + 1} "
        f"| [Lecture slides](lectures/{n + 1:03d}.pdf) | [Lab {n + 1}](labs/{n + 1:03d}/README.md) |\n"
        for n in range(rows)
    )
    sections = "".join(f"\n## Reading {n + 1}\n\n- chapter {n + 1}\n- [more](x{n + 1}.md)\n" for n in range(rows))
    return (
        "# BULK01 - A long course [spring 2027]\n\nText with **bold**.\n\n## Lecture schedule\n\n"
        "| Date | Week # | Sprint # | Topic | Course material | Directed work |\n|---|---|---|---|---|---|\n"
        f"{table}{sections}"
    )
