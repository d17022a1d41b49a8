"""What stands around the schedule: title, prose, people, resources, and what nobody understands."""

import pytest

from schedule.readme import Parsed, StaffMember
from tests.schedule.readme_texts import TITLE, own_course, read, table, warned

pytestmark = pytest.mark.once

SCHEDULE = table("Date | Topic", "13/02/2026 | Data", title="")


def around(sections: str, title: str = TITLE) -> Parsed:
    parsed = read(f"{title}{SCHEDULE}\n{sections}\n")
    assert not parsed.errors
    return parsed


@pytest.mark.parametrize(
    ("line", "code", "title", "season", "year", "year_end"),
    [
        ("# INFO9023 - Systems Design [spring 2026]", "INFO9023", "Systems Design", "spring", 2026, None),
        ("# CS 229: Machine Learning (Fall 2025)", "CS 229", "Machine Learning", "fall", 2025, None),
        ("# Deep Learning (IFT 6135), Winter 2026", "IFT 6135", "Deep Learning", "winter", 2026, None),
        ("# 6.S191 Introduction to Deep Learning 2026", "6.S191", "Introduction to Deep Learning", "", 2026, None),
        ("# LINFO2275 | Data mining | 2025-2026", "LINFO2275", "Data mining", "", 2025, 2026),
        ("# Apprentissage [automne 2025]", "", "Apprentissage", "automne", 2025, None),
        ("TAA - 2025/2026", "TAA", "", "", 2025, 2026),
        ("# **C101** - Testing `things`, spring semester 2026", "C101", "Testing things", "spring", 2026, None),
        ("# CSC413H1 Winter 2026: Neural Networks", "CSC413H1", "Neural Networks", "winter", 2026, None),
        ("# 6.824 / 6.5840: Systems, Spring 2026", "6.824 / 6.5840", "Systems", "spring", 2026, None),
        ("# STAT 545: Data Analysis, 2025-2026 edition", "STAT 545", "Data Analysis", "", 2025, 2026),
        ("# Vision - WS 2025/26", "", "Vision", "", 2025, 2026),
        ("# Vision (EE4000) — Q1 2025/26", "EE4000", "Vision", "", 2025, 2026),
        ("# Vision (EPFL CS-503, Spring 2026)", "CS-503", "Vision", "spring", 2026, None),
        ("# CPSC 340: Data Mining (2024W1)", "CPSC 340", "Data Mining", "", 2024, None),
        ("# Machine Learning in 2 Days", "", "Machine Learning in 2 Days", "", None, None),
    ],
)
def test_the_title_names_course_and_edition(line, code, title, season, year, year_end):
    edition = around("", title=f"{line}\n\n").edition
    assert (edition.code, edition.title) == (code, title)
    assert (edition.season, edition.year, edition.year_end) == (season, year, year_end)


def test_the_edition_may_stand_in_the_introduction():
    parsed = around("", title="# C101 Testing\n\nLectures of C101, Fall 2026.\n\n- When: Fall 2026, Thursday\n\n")
    assert (parsed.edition.season, parsed.edition.year) == ("fall", 2026)


def test_the_edition_may_stand_in_the_heading_below_a_title_of_any_kind():
    title = '<h1 align="center">Testing</h1>\n\n![](a.png)\n\n## Course: Spring 2026 (UC CS 194-080)\n\n'
    edition = around("", title=title).edition
    assert (edition.code, edition.title, edition.season, edition.year) == ("CS 194-080", "Testing", "spring", 2026)


@pytest.mark.parametrize(
    ("line", "year"),
    [
        ("2025-2026 · Master 2", 2025),
        ("2019-2020 was the first year.", None),
        ("- 2023-2024 · [archive](a.md)\n- 2024-2025 · [archive](b.md)", None),
    ],
)
def test_an_academic_year_may_open_the_introduction(line, year):
    assert around("", title=f"# C101 Testing\n\n{line}\n\n").edition.year == year


def test_an_edition_that_nobody_names_is_told():
    parsed = around("", title="# C101 - Testing\n\n")
    assert (parsed.edition.year, warned(parsed)) == (None, [("edition-missing", 1)])


def test_sections_in_another_order_say_the_same():
    title, *sections = own_course().split("\n## ")
    turned = "\n## ".join([title, *reversed(sections)])
    one, other = read(own_course()), read(turned)
    for name in ("lectures", "holidays", "milestones", "exams", "staff", "channels", "logistics", "resources"):
        assert [without_lines(row) for row in getattr(one, name)] == [
            without_lines(row) for row in getattr(other, name)
        ]
    for name in ("introduction", "schedule_note", "project_text", "exam_text"):
        assert getattr(one, name) == getattr(other, name)


def without_lines(row) -> dict:
    values = {name: value for name, value in vars(row).items() if name not in ("line", "lines")}
    return values | {"materials": [link.href for link in values.get("materials", ())]}


def test_what_is_not_understood_is_kept_word_for_word():
    text = "Bring  *two* pens.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\n# no heading\n```"
    parsed = around(f"## Stationery\n\n{text}\n")
    (section,) = [section for section in parsed.sections if not section.understood]
    assert (section.kind, section.title, section.level, section.line) == ("other", "Stationery", 2, 9)
    assert section.text == text
    assert warned(parsed) == [("section-not-understood", 9)]


def test_what_is_absent_is_not_invented():
    parsed = around("")
    lists = ("milestones", "exams", "deadlines", "staff", "channels", "logistics", "pillars", "streams", "resources")
    assert {name: getattr(parsed, name) for name in lists} == dict.fromkeys(lists, ())
    assert (parsed.project_text, parsed.exam_text, parsed.credits) == ("", "", "")


def test_introduction_lists_and_headings_of_its_own():
    parsed = around("", title=TITLE + "First.\n\n- one\n- two\n\nLast.\n\n## Objectives\n\nLearn.\n\n")
    assert parsed.introduction == ("First.", "- one\n- two", "Last.", "## Objectives", "Learn.")


@pytest.mark.parametrize(
    ("item", "member"),
    [
        ("- Ines (Instructor): ines@example.org", ("Ines", "Instructor", "ines@example.org")),
        ("- Ines (Instructor)", ("Ines", "Instructor", "")),
        ("- [Ines](mailto:ines@example.org) (Instructor)", ("Ines", "Instructor", "ines@example.org")),
        ("- Ines, Instructor", ("Ines", "Instructor", "")),
        ("- Ines - Instructor", ("Ines", "Instructor", "")),
        ("- Ines <ines@example.org>", ("Ines", "", "ines@example.org")),
        ("- **Ines**", ("Ines", "", "")),
    ],
)
@pytest.mark.parametrize("place", ["## Logistic\n- **Teaching Staff**:\n  {}", "## Teaching staff\n\n{}"])
def test_staff(place, item, member):
    (found,) = around(place.format(item)).staff
    assert (found.name, found.role, found.email) == member


def test_staff_named_by_role():
    parsed = around(
        "",
        title=TITLE + "- Instructor: Ines\n- Teaching assistants: Tina (office 3, lunch), Bob & Alice\n- Room: B28\n\n",
    )
    assert parsed.staff == (
        StaffMember("Ines", "Instructor", "", 3),
        StaffMember("Tina", "Teaching assistant", "", 4),
        StaffMember("Bob", "Teaching assistant", "", 4),
        StaffMember("Alice", "Teaching assistant", "", 4),
    )
    assert [(item.label, item.text) for item in parsed.logistics] == [("Tina", "office 3, lunch"), ("Room", "B28")]
    assert parsed.introduction == ()


def test_channels_with_and_without_an_address():
    parsed = around(
        "## Logistic\n\n- **Communication**: On Discord ([link](https://discord.gg/x)) or by email.\n"
        "- **Support**: Ask on [Slack](https://c101.slack.example/), or write to help@example.org.\n"
        "- **Class time & place**: Mondays, 9:00, on the Discord side of the building\n"
    )
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [
        ("discord", "https://discord.gg/x"),
        ("email", "mailto:help@example.org"),
        ("slack", "https://c101.slack.example/"),
    ]


def test_practical_matters_keep_what_is_nested_and_plain_paragraphs():
    parsed = around("## Logistics\n\nWelcome.\n\n- **Class**: Monday\n  - first one **late**\n    - really\n")
    assert [(item.label, item.text) for item in parsed.logistics] == [
        ("", "Welcome."),
        ("Class", "Monday\n\n- first one **late**\n  - really"),
    ]


def test_two_items_on_one_line_are_two():
    parsed = around("## Logistic\n\n- **Class**: Monday\n  - In B28 (0/75).- **Support**: after class\n")
    assert [(item.label, item.line) for item in parsed.logistics] == [("Class", 11), ("Support", 12)]
    assert warned(parsed) == [("list-item-glued", 12)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("Similar classes", "similar"),
        ("Cours similaires", "similar"),
        ("General MLOps resources", "general"),
        ("Books", "book"),
        ("Livres", "book"),
        ("Resources", "general"),
    ],
)
def test_resources_are_sorted_by_heading(heading, kind):
    (found,) = around(f"## {heading}\n\n- A thing\n").resources
    assert (found.kind, found.title) == (kind, "A thing")


@pytest.mark.parametrize(
    ("item", "title", "authors", "href"),
    [
        ("- Small Products (Alice, Bob)", "Small Products", "Alice, Bob", ""),
        ("- [Small Products](https://b.example/) (Alice)", "Small Products", "Alice", "https://b.example/"),
        ("- Small Products (2nd edition)", "Small Products (2nd edition)", "", ""),
        ("- *Small Products*, by Alice", "Small Products", "Alice", ""),
        ("- Small Products ([link](https://b.example/))", "Small Products", "", "https://b.example/"),
    ],
)
def test_books(item, title, authors, href):
    (book,) = around(f"## Books\n\n{item}\n").resources
    assert (book.title, book.authors, book.href) == (title, authors, href)


def test_lazy_lines_belong_to_their_item():
    parsed = around(
        "## Similar courses\n- Here\n  - A paper, pp. 1-9.\ndoi: [10.1](https://doi.example/)\n  - People\n- There\n"
    )
    first, second = parsed.resources
    assert first.details == "- A paper, pp. 1-9.\ndoi: [10.1](https://doi.example/)\n- People"
    assert (second.title, second.details) == ("There", "")


@pytest.mark.parametrize(
    ("text", "exams"),
    [
        ("## Logistics\n\n- **Final exam**: Monday 15 June, 9:00-12:00", [("2026-06-15", "Final exam")]),
        ("## Exams\n\n- Midterm: 27 March\n- Final: 15 June\n- Exam review: 8 June",
         [("2026-03-27", "Midterm"), ("2026-06-15", "Final")]),
        ("## Logistics\n\n- Exam: 15 June\n\n## Exam\n\nAn oral exam.", [("2026-06-15", "Oral exam")]),
        ("## Schedule notes\n\nExam: 15 June\n\n## Exam\n\nA written exam on 15/06.", [("2026-06-15", "Written exam")]),
        ("## Important dates\n\n- Midterm: 27 March", [("2026-03-27", "Midterm")]),
        ("## Logistics\n\n- Exam: on site", []),
        ("## Logistics\n\n- Midterm: 3 March, room 12\n\n## Exam\n\nThe exam is an oral exam on 9 June 2026.",
         [("2026-03-03", "Midterm"), ("2026-06-09", "Oral exam")]),
        ("## Logistics\n\n- Examen final (écrit) : le lundi 15 juin", [("2026-06-15", "Examen final (écrit)")]),
        *((f"## Logistics\n\n- {line}", []) for line in (
            "Exam registration deadline: 1 May", "Exam inspection: 20 June", "Exam results: 30 June",
            "Midterm grade: available 3 April", "Final exam conflict form: due 1 April",
            "Exam format: open book; sample exam released 3 May", "Midterm: grades were published on 12 March",
            "Final: a project, due 5 June", "Oral exam: every year; last one on 3 June 2025",
        )),
    ],
)  # fmt: skip
def test_exams_in_a_line_of_their_own(text, exams):
    assert [(str(exam.date), exam.title) for exam in around(text).exams] == exams


def test_a_line_about_an_exam_adds_to_those_of_the_rows():
    lines = "\n## Logistics\n\n- Midterm: 27 March\n- Final exam: 15 June\n"
    parsed = read(table("Date | Topic", "13/02/2026 | A", "27/03/2026 | Midterm (in class)") + lines)
    assert [(str(exam.date), exam.title) for exam in parsed.exams] == [
        ("2026-03-27", "Midterm"),
        ("2026-06-15", "Final exam"),
    ]
    parsed = read(table("Date | Topic", "13/02/2026 | A", "TBA | Exam") + "\n## Logistics\n\n- Exam: 15 June\n")
    assert [(str(exam.date), exam.title) for exam in parsed.exams] == [("2026-06-15", "Exam")]


def test_project_and_exam_keep_their_sub_sections():
    parsed = around(
        "## Project\n\nBuild.\n\n### Handovers\n\nSend.\n\n## Exam\n\nA written exam on 12/06/2026.\n\n"
        "### Previous exams\n\n- [2025](2025.pdf) ([solutions](2025s.pdf))\n"
    )
    assert parsed.project_text == "Build.\n\n### Handovers\n\nSend."
    assert parsed.exam_text.endswith("### Previous exams\n\n- [2025](2025.pdf) ([solutions](2025s.pdf))")
    assert [link.label for link in parsed.exam_links] == ["2025", "solutions"]
    assert [(str(exam.date), exam.title) for exam in parsed.exams] == [("2026-06-12", "Written exam")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("It takes the form of an oral exam.", "Oral exam"),
        ("The exam is oral.", "Oral exam"),
        ("Un projet et un examen final écrit.", "Examen final écrit"),
        ("See you there.", "Exam"),
    ],
)
def test_the_form_of_the_exam(text, title):
    assert [exam.title for exam in around(f"## Exam\n\n{text}\n").exams] == [title]


def test_an_exam_in_both_places_is_one():
    text = table("Date | Topic", "13/02/2026 | Data", "12/06/2026 | Exam") + "\n## Exam\n\nAn oral exam.\n"
    assert [exam.title for exam in read(text).exams] == ["Exam"]


def test_previous_exams_are_no_exam():
    parsed = around("## Previous exams\n\n- [January 2025](a.pdf)\n")
    assert (parsed.exams, len(parsed.exam_links)) == ((), 1)


def test_pillars_without_bold_and_credits():
    parsed = around("## Culture\n\n### Pillars\n\n- Useful: yes\n- Open\n\n## Credits\n\nThanks to all.\n")
    assert [(point.name, point.text) for point in parsed.pillars] == [("Useful", "yes"), ("Open", "")]
    assert parsed.credits == "Thanks to all."


@pytest.mark.parametrize(
    ("item", "title", "authors"),
    [
        ("Martin, *Clean Code*, 2nd ed.", "Clean Code", "Martin"),
        ("*Clean Code* — Robert Martin & Ada Lovelace", "Clean Code", "Robert Martin & Ada Lovelace"),
        ("**Clean Code** (Robert Martin)", "Clean Code", "Robert Martin"),
        ("Martin, R. C. (2008). *Clean Code*", "Clean Code", "Martin, R. C. (2008)"),
        ("Goodfellow, Bengio, and Courville: *Learning*", "Goodfellow, Bengio, and Courville: Learning", ""),
        ("Goodfellow et al., *Learning*", "Learning", "Goodfellow et al."),
        ("*Clean Code*, a book about code", "Clean Code, a book about code", ""),
        ("The *art* of computer programming", "The art of computer programming", ""),
        ("See *Deep Learning*, chapter 3", "See Deep Learning, chapter 3", ""),
        ("Required: *Clean Code*", "Required: Clean Code", ""),
        ("Chapter 2 of *Learning Python*", "Chapter 2 of Learning Python", ""),
        ("*Deep Learning*, MIT Press", "Deep Learning, MIT Press", ""),
        ("*Deep Learning*, Second Edition", "Deep Learning, Second Edition", ""),
        ("*Clean Code*, Prentice Hall", "Clean Code, Prentice Hall", ""),
        ("**Recommended** Clean Code", "Recommended Clean Code", ""),
        ("**Recommended**: Clean Code", "Recommended: Clean Code", ""),
    ],
)
def test_a_book_whose_title_is_set_apart(item, title, authors):
    (book,) = around(f"## Books\n\n- {item}").resources
    assert (book.title, book.authors) == (title, authors)


def test_a_second_title_is_a_line_of_the_first():
    parsed = around("", title="# Data for All\n# DSE 101 — Spring 2026\n\nWelcome.\n\n- **TAs**: Ines and Tina\n\n")
    edition = parsed.edition
    assert (edition.code, edition.title, edition.season, edition.year) == ("DSE 101", "Data for All", "spring", 2026)
    assert [member.name for member in parsed.staff] == ["Ines", "Tina"]
    assert warned(parsed) == []


def test_a_section_below_the_edition_is_one_below_the_title():
    parsed = around("", title="# C101 Testing\n\n## Spring 2026\n\nOf tests.\n\n### Honour code\n\nBe fair.\n\n")
    assert [(section.kind, section.title) for section in parsed.sections if section.prose] == [
        ("introduction", "Spring 2026"),
        ("other", "Honour code"),
    ]
    assert warned(parsed) == [("section-not-understood", 7)]


@pytest.mark.parametrize(
    ("item", "title", "authors"),
    [
        ("*Vision* (D. Forsyth, J. Ponce), [en ligne](https://v.org)", "Vision", "D. Forsyth, J. Ponce"),
        ("Learning (Y. Bengio) - freely available [online](https://l.org).", "Learning", "Y. Bengio"),
        ("Learning (2nd edition) [online](https://l.org)", "Learning (2nd edition)", ""),
    ],
)
def test_the_link_behind_a_book(item, title, authors):
    (book,) = around(f"## Books\n\n- {item}").resources
    assert (book.title, book.authors) == (title, authors)


@pytest.mark.parametrize(
    ("below", "kind", "codes"),
    [
        ("## Questions\n\n1. What is a graph?", "other", [("section-not-understood", 9)]),
        ("## Community\n\nBe kind to other teams.", "other", [("section-not-understood", 9)]),
        ("## Questions\n\n- Ask on [Discord](https://discord.gg/c101)", "logistics", []),
        ("## Help\n\n- Write to ada@x.org", "logistics", []),
    ],
)
def test_questions_are_no_place_to_ask_them(below, kind, codes):
    parsed = around(below)
    assert (parsed.sections[-1].kind, warned(parsed)) == (kind, codes)
