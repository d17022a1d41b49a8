"""Links in columns that have no field, and links whose kind follows from what a person changed."""

import re

import pytest

from coursesite.models import CourseEdition
from schedule import importing, readme, writing
from schedule.models import Lecture, Material
from tests.schedule.readme_texts import TITLE, table
from tests.schedule.test_export_readme import changed, exported, imported, lecture

pytestmark = pytest.mark.django_db
ROWS = [
    r"13/02/2026 | Data | [slides](1.pdf) | [HW 1](hw/1.md) | [repo](https://example.org/1) | \| [paper](p.pdf), p. 3",
    "20/02/2026 | Lakes | [slides](2.pdf) | | [repo](https://example.org/2) | ",
    "27/02/2026 | Models |",
]
TEXT = table("Date | Topic | Slides | Assignment | Code | Remarks", *ROWS)


def again(edition: CourseEdition) -> CourseEdition:
    """The edition after its export was imported: it says what its file says."""
    importing.apply(readme.parse(writing.export(edition).data), edition, confirmed=True)
    edition = CourseEdition.objects.get(pk=edition.pk)
    found = exported(edition)
    assert (found.out, found.put, found.refused, found.news) == ([], [], [], {})
    return edition


@pytest.mark.parametrize(
    ("href", "fields", "out", "put"),
    [
        (
            "https://example.org/1",
            {"href": "https://example.org/new"},
            "https://example.org/1",
            "https://example.org/new",
        ),
        ("https://example.org/1", {"label": "the code"}, "[repo]", "[the code]"),
        ("p.pdf", {"href": "q|r (2).pdf"}, "(p.pdf)", r"(<q\|r (2).pdf>)"),
        ("p.pdf", {"label": "chapter", "href": "q.pdf"}, "[paper](p.pdf)", "[chapter](q.pdf)"),
        ("hw/1.md", {"label": "Homework 1"}, "[HW 1]", "[Homework 1]"),
        ("hw/1.md", {"href": "hw/one.md"}, "hw/1.md", "hw/one.md"),
    ],
)
def test_a_link_changes_in_a_column_without_a_field(href, fields, out, put):
    edition = imported(TEXT)
    row = Material.objects.get(edition=edition, href=href)
    found = changed(row, **fields)
    line = f"| {ROWS[0]} |"
    assert (found.out, found.put) == ([line], [line.replace(out, put)])
    again(edition)
    row.refresh_from_db()
    assert fields.items() <= {"label": row.label, "href": row.href}.items()


HTML = """<table>
<tr><th>Date</th><th>Topic</th><th>Code</th></tr>
<tr><td>Fri 13 Feb</td><td>Data</td><td>see <a href="1">repo</a> <b>today</b></td></tr>
</table>
"""
ITEM = "- Week 1 (Feb 13): Data\n  - Assignment: [repo](1)\n- Week 2 (Feb 20): Lakes\n"


@pytest.mark.parametrize(
    ("text", "put"),
    [(HTML, 'see <a href="2">the code</a> <b>today</b>'), (ITEM, "  - Assignment: [the code](2)")],
    ids=["html", "list"],
)
def test_so_it_is_in_html_and_lists(text, put):
    edition = imported(f"{TITLE}## Schedule\n\n{text}")
    (line,) = changed(Material.objects.get(edition=edition), label="the code", href="2").put
    assert put in line
    again(edition)


def test_a_link_is_taken_out_of_such_a_column():
    edition = imported(TEXT)
    Material.objects.filter(href__startswith="https://example.org").delete()
    found = exported(edition)
    assert (found.refused, found.news) == ([], {})
    first, second, _third = (f"| {row} |" for row in ROWS)
    assert found.out == [first, second]
    assert found.put == [re.sub(r" \[repo\][^|]*", " ", line) for line in found.out]
    assert "Code" not in Lecture.objects.get(edition=again(edition), title="Data").extra


def test_a_link_is_added_where_the_others_of_its_label_are():
    edition = imported(TEXT)
    row = lecture(edition, "Models")
    Material.objects.create(edition=edition, lecture=row, label="Repo", href="https://example.org/3", position=1)
    found = exported(edition)
    assert found.put == ["| 27/02/2026 | Models | | | [Repo](https://example.org/3) |"]
    assert (found.refused, found.news) == ([], {})
    again(edition)


@pytest.mark.parametrize("room", ["", "R7"])
def test_two_links_of_a_class_change_together_with_its_date_also_where_a_field_is_refused(room):
    edition = imported(table("Date | Topic | Slides", "13/02/2026 | Data | [slides](1.pdf) [lab](1.md)"))
    for row, href in zip(
        Material.objects.order_by("pk"), ("https://example.org/1", "https://example.org/2"), strict=True
    ):
        Material.objects.filter(pk=row.pk).update(label=f"Handout {row.position}", href=href)
    Lecture.objects.update(taught_on="2026-02-14", room=room)
    found = exported(edition)
    links = "[Handout 1](https://example.org/1) [Handout 2](https://example.org/2)"
    assert (found.put, len(found.refused), found.news) == ([f"| 14/02/2026 | Data | {links} |"], bool(room), {})


def test_a_link_that_goes_takes_its_comma_along():
    edition = imported(table("Date | Topic | Readings", "13/02/2026 | Data | Ch. 2, [notes](n.pdf)"))
    Material.objects.all().delete()
    found = exported(edition)
    assert (found.put, found.refused, found.news) == (["| 13/02/2026 | Data | Ch. 2 |"], [], {})


def test_a_file_that_says_more_than_a_changed_link_has_news():
    edition = imported(TEXT)
    plan = importing.plan(readme.parse(TEXT.replace(", p. 3", ", p. 4").encode()), edition)
    assert plan.counts()["changed"] == 1
    plan = importing.plan(readme.parse(TEXT.replace("p.pdf", "q.pdf").encode()), edition)
    assert plan.counts()["changed"] == 1


@pytest.mark.parametrize("row", ["|Date|Topic|\n|--|--|\n| Feb 13 | Data [talk](1) |", "- Feb 13: Data ([talk](1))"])
def test_a_new_address_may_be_of_another_kind(row):
    edition = imported(f"{TITLE}## Schedule\n\n{row}\n")
    row = Material.objects.get(edition=edition)
    (line,) = changed(row, href="nb.ipynb").put
    assert "[talk](nb.ipynb)" in line
    again(edition)
    row.refresh_from_db()
    assert row.kind == "notebook"


def test_a_kind_that_a_person_chose_is_no_other():
    edition = imported(TEXT)
    Material.objects.filter(href="https://example.org/1").update(href="nb/1.ipynb", kind="lab")
    assert exported(edition).refused == ["This change cannot be written into the file: lecture “Data”: link “repo”."]


def test_an_added_link_without_a_kind_has_that_of_its_words():
    edition = imported(TEXT)
    Material.objects.create(
        edition=edition, lecture=lecture(edition, "Models"), label="Guest talk", href="g", position=1
    )
    found = exported(edition)
    assert (found.put, found.refused) == (["| 27/02/2026 | Models | [Guest talk](g) |"], [])


def test_a_link_for_a_column_that_the_file_lacks_stands_with_the_others():
    edition = imported(TEXT)
    link = {"column": "directed_work", "kind": "lab", "label": "Lab 3", "href": "labs/3.md"}
    row = Material.objects.create(edition=edition, lecture=lecture(edition, "Models"), position=1, **link)
    found = exported(edition)
    assert (found.put, found.refused) == (["| 27/02/2026 | Models | [Lab 3](labs/3.md) |"], [])
    again(edition)
    row.refresh_from_db()
    assert link.items() <= vars(row).items()


def test_an_added_link_takes_the_kind_of_its_column_when_the_file_is_read_again():
    edition = imported(TEXT)
    row = Material.objects.create(edition=edition, lecture=lecture(edition, "Models"), label="Talk", href="t.pdf")
    plan = importing.plan(readme.parse(writing.export(edition).data), edition)
    assert not [fact.kept - {"position"} for table in plan.tables for fact in table.facts if fact.kept - {"position"}]
    again(edition)
    row.refresh_from_db()
    assert row.kind == "slides"
