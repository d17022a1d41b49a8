"""Who teaches and where to ask, as pages say it in paragraphs of labels, in tables and below a role of its own."""

import pytest

from schedule.readme import Parsed
from tests.schedule.readme_texts import TITLE, read, table, warned

pytestmark = pytest.mark.once


def page(head: str = "", below: str = "") -> Parsed:
    return read(table("Date | Topic", "13/02/2026 | A", title=f"{TITLE}{head}\n\n") + f"\n{below}\n")


def staff(parsed: Parsed) -> list[tuple[str, str, str]]:
    return [(member.name, member.role, member.email) for member in parsed.staff]


ADA, ALAN = ("Ada Lovelace", "Instructor", ""), ("Alan Turing", "TA", "")


@pytest.mark.parametrize(
    ("head", "people", "labels"),
    [
        ("**Lectures:** Mon 10-10:50am  \n**Location:** Hall 2  \n**Instructor:** Ada Lovelace  \n**TAs:** Alan Turing",
         [ADA, ("Alan Turing", "TAs", "")], ["Lectures", "Location"]),
        ("**Instructor:** Ada Lovelace \\\n**GSI:** Alan Turing \\\n**Office hours:** after class",
         [ADA, ("Alan Turing", "GSI", "")], ["Office hours"]),
        ("**Instructor**: Ada Lovelace\n\n**Lecture**: MW 1:30-3:00pm, 1670\n\n**Forum**: [Piazza](https://piazza.com/c)",
         [ADA], ["Lecture", "Forum"]),
        ("**Instructor:** Ada Lovelace (a@x.org) · **TAs:** Alan Turing, C. Fu\n**Room:** B28 | **Forum**: Ed",
         [("Ada Lovelace", "Instructor", "a@x.org"), ALAN, ("C. Fu", "TA", "")], ["Room", "Forum"]),
        ("Instructor: Ada Lovelace\nRoom: B28\nExercises: Tuesdays", [ADA], ["Room", "Exercises"]),
        ("**Goal**: to learn\n**Means**: to read", [], []),
        ("**INSTRUCTORS** Ada Lovelace & Bo Li\n**ROOM** B28",
         [("Ada Lovelace", "INSTRUCTOR", ""), ("Bo Li", "INSTRUCTOR", "")], ["ROOM"]),
        ("- Instructor (group 2): Ada Lovelace\n- Course co-ordinator: c101@x.org",
         [("Ada Lovelace", "Instructor (group 2)", "")], ["Course co-ordinator"]),
        ("Website: https://c101.org | Lecturer: Ada Lovelace | Room: B28",
         [("Ada Lovelace", "Lecturer", "")], ["Website", "Room"]),
        ("Instructor\n: Ada Lovelace, ada@x.org\n\nTAs\n: Bo Li, C. Fu",
         [("Ada Lovelace", "Instructor", "ada@x.org"), ("Bo Li", "TA", ""), ("C. Fu", "TA", "")], []),
        ("Goal: to learn\nRoom: none", [], []),
        ("| | |\n|---|---|\n| **Instructor** | Ada Lovelace |\n| **Room** | CO1 |", [ADA], ["Room"]),
        ("| What | Why |\n|---|---|\n| Logic | Reasons |", [], []),
    ],
)  # fmt: skip
def test_labels_below_the_title(head, people, labels):
    parsed = page(head)
    assert staff(parsed) == people
    assert [item.label for item in parsed.logistics] == labels
    assert bool(parsed.introduction) == (not people)
    assert warned(parsed) == []


@pytest.mark.parametrize(
    ("said", "people"),
    [
        ("[Ada Lovelace](https://a.org) (ada@x.org), office hours Tue 2-3pm in EECS 123.",
         [("Ada Lovelace", "Instructor", "ada@x.org")]),
        ("Ada Lovelace, ada@x.org", [("Ada Lovelace", "Instructor", "ada@x.org")]),
        ("see [Canvas](https://canvas.org)", []),
        ("Ada Lovelace. Chat: [Telegram](https://t.me/c101)", [ADA]),
        ("Ada Lovelace, Alan Turing and others", [ADA, ("Alan Turing", "Instructor", "")]),
    ],
)  # fmt: skip
def test_what_is_said_behind_a_name_is_no_name(said, people):
    assert staff(page(f"**Instructor**: {said}")) == people


@pytest.mark.parametrize(
    ("below", "people"),
    [
        ("## Teaching staff\n\n**Instructors**\n\n- Ada Lovelace\n\n**Teaching Assistants:**\n\n- Alan Turing (head)",
         [ADA, ("Alan Turing", "head", "")]),
        ("## Course information\n\n* Course responsible\n    * Professor Ada Lovelace, ada@x.org\n* 5 ECTS",
         [("Professor Ada Lovelace", "Course responsible", "ada@x.org")]),
        ("## Staff\n\n| Instructor | Manager | TAs |\n|---|---|---|\n| Ada Lovelace | Bo Li | Alan Turing, C. Fu |",
         [ADA, ("Bo Li", "Manager", ""), ALAN, ("C. Fu", "TA", "")]),
        ("## Course info\n\n| Section | Instructor | Time |\n|---|---|---|\n| 1 | Ada Lovelace | 1pm |", [ADA]),
        ("## Staff\n\n| Instructors | TAs |\n|---|---|\n| Ada Lovelace<br>Bo Li | Alan Turing |",
         [ADA, ("Bo Li", "Instructor", ""), ALAN]),
        ("## Instructors & TAs\n\n- Ada Lovelace\n- **TA**: Alan Turing", [("Ada Lovelace", "", ""), ALAN]),
        ("## Staff\n\nAda Lovelace (Instructor), Kim K., Alan Turing (TA)", [ADA, ("Kim K.", "", ""), ALAN]),
        ("## Staff\n\nOffice Hours", []),
        ("## Assistants\n\n- Alan Turing", [("Alan Turing", "Assistant", "")]),
        ("## Team\n\n- [Ada Lovelace](https://a.org) is a lecturer\n- Alan Turing is head of a start-up.",
         [("Ada Lovelace", "lecturer", ""), ("Alan Turing", "", "")]),
        ("## Enseignante\n\nAda Lovelace, bureau M-4009 — *courriel* : ada@x.org",
         [("Ada Lovelace", "Enseignante", "ada@x.org")]),
        ("## Chargés de laboratoire\n\n- Alan Turing", [("Alan Turing", "Chargé de laboratoire", "")]),
        ("## Team\n\n| Role | Name | Email |\n|---|---|---|\n| TA | Alan Turing | alan (at) x.org |", [ALAN]),
    ],
)  # fmt: skip
def test_people_of_a_section(below, people):
    assert staff(page(below=below)) == people


@pytest.mark.parametrize(
    ("rows", "people", "codes"),
    [
        ("| ![](a.png) | ![B](b.png) |\n|-|-|\n| [Ada Lovelace](https://a.org) | Alan Turing |\n| Instructor | TA |",
         [ADA, ALAN], []),
        ("| [![](a.png)](https://a.org) | <img src='b.png' width=90> |\n|---|---|\n| Ada Lovelace | **Alan Turing** |"
         "\n| ![](c.png) | |\n| C. Fu | |",
         [("Ada Lovelace", "Instructor", ""), ("Alan Turing", "Instructor", ""), ("C. Fu", "Instructor", "")], []),
        ("| | |\n|---|---|\n| ![](a.png)<br>**Ada Lovelace**<br>a@x.org | ![](b.png)<br>Alan Turing<br>TA |",
         [("Ada Lovelace", "Instructor", "a@x.org"), ALAN], []),
        ("| Ada Lovelace | Alan Turing |\n|---|---|\n| Lecturer | TA |", [("Ada Lovelace", "Lecturer", ""), ALAN], []),
        ("| ![](a.png) | ![](b.png) |\n|---|---|\n| Ada Lovelace | Alan Turing |\n| Likes logic | TA |",
         [ADA, ALAN], ["section-not-understood"]),
        ("| Ada Lovelace | Alan Turing |\n|---|---|\n| Gates 246 | Room 3 |", [], ["section-not-understood"]),
        ("| ![](a.png) | ![](b.png) |\n|---|---|\n| the board | the lab |", [], ["section-not-understood"]),
    ],
)  # fmt: skip
def test_a_column_for_each_person(rows, people, codes):
    parsed = page(below=f"## Instructors\n\n{rows}")
    assert staff(parsed) == people
    assert [code for code, _line in warned(parsed, "section-not-understood")] == codes


@pytest.mark.parametrize("heading", ["Use of AI assistants", "Policy on AI assistants", "Using coding assistants"])
def test_assistants_that_are_no_people(heading):
    assert staff(page(below=f"## {heading}\n\n- Ask first")) == []


@pytest.mark.parametrize("heading", ["Our assistants", "Lab assistants", "Les assistants :"])
def test_assistants_that_are_people(heading):
    assert [name for name, *_more in staff(page(below=f"## {heading}\n\n- Alan Turing"))] == ["Alan Turing"]


def test_portraits_in_html():
    cell = '<td><img src="a.png"/><br/><b>{}</b><br/>{}</td>'
    row = f"<tr>\n{cell.format('Ada Lovelace', 'Instructor')}\n{cell.format('Alan Turing', 'TA')}\n</tr>"
    parsed = page(below=f"## Team\n\n<table>\n{row}\n</table>\n")
    assert [(member.name, member.role, member.line) for member in parsed.staff] == [
        ("Ada Lovelace", "Instructor", 15),
        ("Alan Turing", "TA", 16),
    ]
    assert warned(parsed) == []


@pytest.mark.parametrize(
    ("said", "role"),
    [("ULiège", "Instructor"), ("Head TA", "Head TA"), ("Course director", "Course director"),
     ("Associate Professor", "Associate Professor"), ("PhD student", "PhD student"), ("Postdoc", "Postdoc"),
     ("Research scientist", "Research scientist"), ("Doctorante", "Doctorante")],
)  # fmt: skip
def test_where_somebody_works_is_no_role(said, role):
    parsed = page(f"**Instructors:** Ada Lovelace ({said}), Bo Li\n**Room:** B28")
    assert staff(parsed) == [("Ada Lovelace", role, ""), ("Bo Li", "Instructor", "")]
    assert [(item.label, item.text) for item in parsed.logistics] == [("Room", "B28")]


def test_the_forum_that_is_called_ed():
    parsed = page("**Instructor:** Ada Lovelace\n**Ed:** https://edstem.org/us/courses/1")
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [("ed", "https://edstem.org/us/courses/1")]


def test_people_in_a_paragraph_that_says_more():
    text = "**Instructor:** Ada Lovelace (a@x.org)\\\n**TA:** Alan Turing — on Zoom\n**TA:** to be hired soon"
    parsed = page(f"_Mondays 10:00_ \\\n{text}")
    assert staff(parsed) == [("Ada Lovelace", "Instructor", "a@x.org"), ALAN]
    assert len(parsed.introduction) == 1


def test_a_chat_is_a_channel_under_any_label_and_help_is_a_heading_for_it():
    url = "https://piazza.com/c101"
    parsed = page(
        below=f"## Getting help\n\n- **Discussion**: [Piazza]({url})\n- **Late days**: [rules](https://x.org)"
    )
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [("piazza", url)]
    assert warned(parsed) == []


@pytest.mark.parametrize("heading", ["Fall 2026", "Stanford / Winter 2026", "Winter Quarter 2026"])
def test_the_edition_as_a_heading_is_a_line_of_the_title(heading):
    text = f"# C101: Data\n\n## {heading}\n\n**Instructor:** Ada Lovelace\n\n"
    parsed = read(table("Date | Topic", "13/02/2026 | A", title=text))
    assert (parsed.edition.year, staff(parsed)) == (2026, [ADA])
    assert warned(parsed) == []
