"""Links of the rows: which count, what kind they are, and what is never opened."""

import pytest

from schedule.readme_inline import kind_of
from tests.schedule.readme_texts import TITLE, read, read_rows, table, warned

pytestmark = pytest.mark.once


def links(cell: str, header: str = "Course material", after: str = "") -> list[tuple[str, str, str]]:
    parsed = read(table(f"Date | Topic | {header}", f"13/02/2026 | Data | {cell}") + after)
    return [(link.kind, link.label, link.href) for link in parsed.lectures[0].materials]


@pytest.mark.parametrize(
    ("label", "href", "column", "header", "kind"),
    [
        ("Lecture slides", "lectures/01.pdf", "material", "course material", "slides"),
        ("guest lecture slides", "lectures/12_guest.pdf", "material", "material", "guest"),
        ("lab notebook", "labs/x.ipynb", "material", "material", "notebook"),
        ("Colab", "https://colab.research.example/x", "material", "material", "notebook"),
        ("Lab1", "directed_work/01/README.md", "directed_work", "directed work", "lab"),
        ("demo git", "demos/01_git/README.md", "directed_work", "demo or directed work", "demo"),
        ("TP", "TP/TP1.pdf", "topic", "contenu", "lab"),
        ("PDF", "pdf/lec3.pdf", "topic", "topic", "slides"),
        ("PDF", "pdf/exercises-3.pdf", "topic", "topic", "lab"),
        ("PDF", "pdf/week3.pdf", "material", "slides", "slides"),
        ("folder", "week3/", "directed_work", "lab", "lab"),
        ("Chapter 4", "book.pdf", "material", "readings", "link"),
    ],
)
def test_the_kind_comes_from_label_path_and_column_in_this_order(label, href, column, header, kind):
    assert kind_of(label, href, column, header) == (kind, False)


def test_a_link_that_contradicts_its_column_is_told():
    parsed = read_rows("Date | Topic | Lab", "13/02/2026 | Data | [Slides](a.pdf)")
    assert parsed.lectures[0].materials[0].kind == "slides"
    assert warned(parsed) == [("kind-column-conflict", 7)]


@pytest.mark.parametrize(
    ("cell", "hrefs"),
    [
        ("[a](1.pdf) [b](2.pdf)", ["1.pdf", "2.pdf"]),
        ("[a](1.pdf)<br/>[b](2.pdf) - [c](3.pdf), [d](4.pdf)", ["1.pdf", "2.pdf", "3.pdf", "4.pdf"]),
        ("[a][one] and [two]", ["https://example.org/1", "https://example.org/2"]),
        ('<a href="1.pdf">a</a>', ["1.pdf"]),
        ("<https://example.org/x>", ["https://example.org/x"]),
        ("see https://example.org/x_(y), please", ["https://example.org/x_(y)"]),
        ("[a](</my file.pdf>)", ["/my file.pdf"]),
        ("[![badge](b.svg)](https://example.org/x)", ["https://example.org/x"]),
        ("![picture](p.png)", []),
        ("`[a](1.pdf)`", []),
        ("[mail](mailto:ines@example.org)", []),
        ("see [the project](#project)", []),
        ("[a](été.pdf)", ["été.pdf"]),
    ],
)
def test_every_way_to_write_a_link(cell, hrefs):
    references = "\n[one]: https://example.org/1\n[two]: https://example.org/2\n\n## Project\n\nText.\n"
    assert [href for _kind, _label, href in links(cell, after=references)] == hrefs


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("[x](javascript:alert(1))", "unsafe-link"),
        ("[x](&#106;avascript:alert)", "unsafe-link"),
        ("[x](java&#9;script:alert)", "unsafe-link"),
        ("[x](data:text/html,hello)", "unsafe-link"),
        ("[x](file:///etc/passwd)", "unsafe-link"),
        ("[x](//evil.example/x)", "unsafe-link"),
        (r"[x](\\\\evil.example/x)", "unsafe-link"),
        (r"[x](/\\evil.example/x)", "unsafe-link"),
        ("[x](../../other/x.pdf)", "unsafe-link"),
        ("[x](a/%2e%2e/%2e%2e/x.pdf)", "unsafe-link"),
        ('<a href="JavaScript:alert(1)">x</a>', "unsafe-link"),
        (f"[x](https://example.org/{'a' * 2000})", "unsafe-link"),
        ("[x]()", "link-without-target"),
        ("[x][nowhere]", "link-without-target"),
        ("[](x.pdf)", "empty-link"),
        ("[Discord](link)", "placeholder-link"),
        ("[x](#)", "placeholder-link"),
        ("[x](TODO)", "placeholder-link"),
        ("[x](#nowhere)", "anchor-missing"),
    ],
)
def test_what_cannot_be_opened_is_text_with_a_warning(cell, code):
    parsed = read_rows("Date | Topic | Course material", f"13/02/2026 | Data | {cell}")
    assert parsed.lectures[0].materials == ()
    assert warned(parsed) == [(code, 7)]


def test_an_address_without_a_scheme_gets_one():
    assert links("[x](www.example.org/a)") == [("link", "x", "https://www.example.org/a")]
    parsed = read_rows("Date | Topic | Course material", "13/02/2026 | Data | [x](example.org)")
    assert warned(parsed) == [("link-no-scheme", 7)]


def test_a_path_that_stays_in_the_repository_is_kept_as_written():
    assert links("[x](lectures/../labs/1.pdf)") == [("lab", "x", "lectures/../labs/1.pdf")]


def test_a_branch_of_the_own_repository_is_told():
    title = "# INFO9023 - Systems [spring 2026]\n\n"
    cell = "[x](https://raw.githubusercontent.com/someone/info9023-mlops/main/lectures/1.pdf)"
    parsed = read(table("Date | Topic | Course material", f"13/02/2026 | Data | {cell}", title=title))
    assert warned(parsed) == [("own-repo-branch", 9 - 2)]


def test_no_lab_is_a_statement_and_an_empty_cell_is_none():
    parsed = read_rows("Date | Topic | Lab", "13/02/2026 | A | No lab", "20/02/2026 | B |", "27/02/2026 | C | -")
    assert [lecture.directed_work_text for lecture in parsed.lectures] == ["No lab", "", ""]


def test_two_hundred_links_in_a_cell_and_no_more():
    cell = " ".join(f"[{number}]({number}.pdf)" for number in range(201))
    parsed = read_rows("Date | Topic | Course material", f"13/02/2026 | Data | {cell}")
    assert len(parsed.lectures[0].materials) == 200
    assert warned(parsed) == [("row-broken", 7)]


def test_links_outside_of_the_rows_are_looked_at_as_well():
    parsed = read(table("Date | Topic", "13/02/2026 | Data") + "\n## Logistic\n\n- **Contact**:\n  [Discord](link)\n")
    assert warned(parsed) == [("placeholder-link", 12)]
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [("discord", "")]


def test_anchors_are_those_of_the_headings():
    text = (
        "\n## Project & more\n\n[a](#project--more) [b](#schedule-1) [c](#Here) <a id=here></a>\n\n## Schedule\n\nx\n"
    )
    assert warned(read(table("Date | Topic", "13/02/2026 | Data", title=TITLE) + text)) == []
