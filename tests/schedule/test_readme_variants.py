"""Schedules as course pages write them: HTML, headings, lists, folds, emoji, front matter, several years."""

import datetime as dt

import pytest

from schedule.readme import Parsed
from schedule.readme_columns import field_of
from tests.schedule.readme_texts import TITLE, error_codes, read, read_rows, table, warned

pytestmark = pytest.mark.once


def day(number: int, month: int = 2) -> dt.date:
    return dt.date(2026, month, number)


def classes(parsed: Parsed) -> list[tuple]:
    assert parsed.errors == ()
    return [(lecture.week, lecture.date, lecture.title) for lecture in parsed.lectures]


def hrefs(parsed: Parsed) -> list[list[str]]:
    return [[link.href for link in lecture.materials] for lecture in parsed.lectures]


# HTML


def html(*rows: str) -> str:
    head = "<tr><th>Week</th><th>Date</th><th>Topic</th><th>Slides</th></tr>"
    return f"{TITLE}## Schedule\n\n<table>\n<thead>{head}</thead>\n" + "\n".join(rows) + "\n</table>\n"


def test_html_cells_that_stretch_over_rows_and_columns():
    parsed = read(
        html(
            '<tr><td rowspan="2">1</td><td>13/02</td><td>One</td><td></td></tr>',
            "<tr><td>14/02</td><td>Two</td><td></td></tr>",
            "<tr><td>2</td><td rowspan=3>20/02</td><td>Three</td><td></td></tr>",
            "<tr><td>2</td><td>Four</td></tr>",
            "<tr><td>2</td><td>Five</td><td></td></tr>",
            '<tr><td></td><td>27/02</td><td colspan="2">No class</td></tr>',
        )
    )
    assert classes(parsed) == [
        ("1", day(13), "One"),
        ("1", day(14), "Two"),
        ("2", day(20), "Three"),
        ("2", day(20), "Four"),
        ("2", day(20), "Five"),
    ]
    assert [holiday.date for holiday in parsed.holidays] == [day(27)]
    assert warned(parsed) == [("html-table", 6), ("missing-cells", 10)]


def test_blank_lines_and_comments_do_not_end_an_html_table():
    parsed = read(
        html(
            "",
            "<tr>\n<td>1</td>\n<td>13/02</td>\n<td>\n\nData\n\n</td><td><a href='a.pdf'>pdf</a></td></tr>",
            "<!-- <tr><td>2</td><td>20/02</td><td>Secret</td></tr> -->",
            "",
            "<tr><td>3</td><td>27/02</td><td>Models<br/>Trees</td></tr>",
            "</table>\n\n<table><tr><td>4</td><td>06/03</td><td>Of another table</td></tr>",
        )
    )
    assert classes(parsed) == [("1", day(13), "Data"), ("3", day(27), "Models")]
    assert hrefs(parsed) == [["a.pdf"], []]
    assert parsed.lectures[1].notes == ("Trees",)


def test_a_list_within_a_cell_is_its_lines():
    parsed = read_rows("Date | Topic", "13/02 | <ul><li>Data</li><li>Lakes</li></ul>", "20/02 | <p>One</p><p>Two</p>")
    assert [(lecture.title, lecture.notes) for lecture in parsed.lectures] == [("Data", ("Lakes",)), ("One", ("Two",))]


# headings and lists


@pytest.mark.parametrize(
    ("body", "found", "links"),
    [
        (
            "### Week 1\n- **Fri Feb 13**: One [slides](1.pdf)\n- **Sat Feb 14**: Two\n  - [slides](2.pdf)\n",
            [("Week 1", day(13), "One"), ("Week 1", day(14), "Two")],
            [["1.pdf"], ["2.pdf"]],
        ),
        (
            "### Lecture 1: One\n- **Date**: February 13\n- **Slides**: [pdf](1.pdf)\n\n"
            "### Lecture 2: Two\n- Date: February 20\n- Readings: [A](a.pdf), [B](b.pdf)\n",
            [("Lecture 1", day(13), "One"), ("Lecture 2", day(20), "Two")],
            [["1.pdf"], ["a.pdf", "b.pdf"]],
        ),
        (
            "1. Week 1 - 13 Feb to 14 Feb: One ([notes](n.pdf))\n2. Week 2 - 20 Feb to 21 Feb: Two\n",
            [("Week 1", day(13), "One"), ("Week 2", day(20), "Two")],
            [["n.pdf"], []],
        ),
        (
            "- **Feb 13**: One ([paper](a.pdf))\n- Friday the 20th of February - Two\n",
            [("", day(13), "One"), ("", day(20), "Two")],
            [["a.pdf"], []],
        ),
        (
            "### Séance 1 - 13 février 2026 - Un\n[Diapos](1.pdf)\n\n### Séance 2 - 20 février 2026 - Deux\n",
            [("Séance 1", day(13), "Un"), ("Séance 2", day(20), "Deux")],
            [["1.pdf"], []],
        ),
        (
            "### Module 1: One\n* [Details](01/)\n\n### Module 2: Two\n* [Details](02/)\n",
            [("Module 1", None, "One"), ("Module 2", None, "Two")],
            [["01/"], ["02/"]],
        ),
    ],
)
def test_a_schedule_of_headings_or_items(body, found, links):
    parsed = read(f"{TITLE}## Schedule\n\n{body}")
    assert classes(parsed) == found
    assert hrefs(parsed) == links
    assert [code for code, _line in warned(parsed, "no-table", "section-not-understood")] == ["no-table"]


def test_what_stands_below_a_heading_are_its_sub_items():
    parsed = read(
        f"{TITLE}## Week 1 (13 February)\n\n- Trees [slides](1.pdf)\n- Forests\n\n## Week 2 (20 Feb): No class\n"
    )
    (lecture,) = parsed.lectures
    assert (lecture.title, lecture.notes, hrefs(parsed)) == ("Trees", ("Forests",), [["1.pdf"]])
    assert [holiday.date for holiday in parsed.holidays] == [day(20)]


def test_dates_in_a_list_elsewhere_are_no_schedule():
    parsed = read(f"{TITLE}## News\n\n- Feb 13: a new room\n- Feb 20: the old room\n")
    assert error_codes(parsed) == [("no-schedule", 1)]


# columns


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (":date: Date", "date"),
        ("📅 Date", "date"),
        ("Date / Week", "date"),
        ("Date & time", "date"),
        ("Date de la séance", "date"),
        ("Quand", "date"),
        ("N°", "week"),
        ("№", "week"),
        ("Exercise sheet", "directed_work"),
        ("Travaux pratiques", "directed_work"),
        ("Event type", "type"),
        ("À remettre", "assignment"),
        ("Topic / Slides", "topic"),
        ("Lecture Topic", "topic"),
        ("Suggested readings", "material"),
        ("TD/TP", "directed_work"),
        ("Assignment due", "assignment"),
        ("À rendre", "assignment"),
        ("Enseignant(e)", "teacher"),
        ("Où", "room"),
        ("Lecture & Lab", "extra"),
        ("Remarques", "extra"),
    ],
)
def test_headers_with_emoji_qualifiers_and_joined_words(header, name):
    assert field_of(header) == name


@pytest.mark.parametrize("headers", ["When | What", "Jour | Activité", "Séance | Date | CM", "# | Date | Session"])
def test_other_words_for_the_topic_where_there_is_no_better(headers):
    cells = {2: "13/02 | Storage of data", 3: "1 | 13/02 | Storage of data"}
    parsed = read_rows(headers, cells[headers.count("|") + 1])
    assert [(lecture.date, lecture.title) for lecture in parsed.lectures] == [(day(13), "Storage of data")]


# several years, folds


def test_the_later_of_two_years_is_read_though_the_older_is_longer():
    rows = "| Date | Topic |\n|---|---|\n| 13 Feb | {} |\n| 20 Feb | {} |\n"
    old = "## Schedule 2025\n\n" + rows.format("Old", "Older") + "| 27 Feb | Oldest |\n"
    parsed = read("# Vision\n\n## Schedule 2026\n\n" + rows.format("New", "Newer") + "\n" + old)
    assert classes(parsed) == [("", day(13), "New"), ("", day(20), "Newer")]
    assert warned(parsed, "several-tables") == [("several-tables", 12)]


def test_a_fold_counts_as_a_heading():
    fold = "<details>\n<summary>{}</summary>\n\n| Date | Topic |\n|---|---|\n| {} | {} |\n\n</details>\n\n"
    body = fold.format("Module 1", "13/02", "One") + fold.format("<b>Module 2</b>", "20/02", "Two")
    for summary in ("2025 edition", "Previous edition"):
        parsed = read(f"{TITLE}## Schedule\n\n{body}{fold.format(summary, '14/02/2025', 'Old')}")
        assert classes(parsed) == [("", day(13), "One"), ("", day(20), "Two")]


# the edition


ROWS = "## Schedule\n\n| Date | Topic |\n|---|---|\n| 13 Feb | Data |\n"


@pytest.mark.parametrize(
    ("head", "edition"),
    [
        ("# C101: Data\n### Stanford / Spring 2026\n\n", ("C101", "Data", "spring", 2026, None)),
        ("# Data\n## Université — L3 2025-2026\n\n", ("", "Data", "", 2025, 2026)),
        ("# Data\n\n**Année universitaire 2025-2026**\n\n", ("", "Data", "", 2025, 2026)),
        ("# 17-445/17-645: Data [spring 2026]\n\n", ("17-445/17-645", "Data", "spring", 2026, None)),
        ('<h1 align="center">C101: Data [spring 2026]</h1>\n\n', ("C101", "Data", "spring", 2026, None)),
        ("---\ntitle: C101 - Data [spring 2026]\nlayout: page\n---\n", ("C101", "Data", "spring", 2026, None)),
        ("---\ntitle: Home\n---\n# C101 - Data [spring 2026]\n\n", ("C101", "Data", "spring", 2026, None)),
        ("# :books: C101 Data 🤖 (spring 2026)\n\n", ("C101", "Data", "spring", 2026, None)),
        ("Course: Data (C101), 2025/2026, Q3\n\n", ("C101", "Course: Data, Q3", "", 2025, 2026)),
        ("# Data\n\nSince 2019-2020 it is taught in English.\n\n", ("", "Data", "", None, None)),
    ],
)
def test_where_the_edition_may_stand(head, edition):
    parsed = read(head + ROWS, year=2026) if edition[3] is None else read(head + ROWS)
    found = parsed.edition
    year = None if edition[3] is None else found.year
    assert (found.code, found.title, found.season, year, found.year_end) == edition
    assert [lecture.date for lecture in parsed.lectures] == [day(13)]


def test_the_heading_of_the_schedule_may_name_the_edition():
    parsed = read(f"# Data\n\n{ROWS.replace('Schedule', 'Schedule (Spring 2026)')}", year=2020)
    assert (parsed.edition.season, parsed.edition.year) == ("spring", 2026)
    assert [lecture.date for lecture in parsed.lectures] == [day(13)]


# words of rows


@pytest.mark.parametrize(
    ("cell", "title"),
    [
        ("Introduction[^1]", "Introduction"),
        ("Trees - [slides](1.pdf)", "Trees"),
        ("[Lecture 2: Trees](2.html) [[PDF](2.pdf)], [Lab 1](lab.ipynb)", "Lecture 2: Trees, Lab 1"),
        ("C++ - a tour", "C++ - a tour"),
    ],
)
def test_what_is_no_part_of_a_title(cell, title):
    assert [lecture.title for lecture in read_rows("Date | Topic", f"13/02 | {cell}").lectures] == [title]


def test_labels_of_weeks_count_on_over_holidays_ranges_and_other_labels():
    labels = ["1", "2 (holiday)", "3-4", "5", "P1", "6", "8"]
    topics = ["A", "Reading week", "B", "C", "Prelim", "D", "E"]
    rows = [f"{13 + n}/02 | {label} | {topic}" for n, (label, topic) in enumerate(zip(labels, topics, strict=True))]
    parsed = read_rows("Date | Week | Topic", *rows)
    assert warned(parsed, "week-gap") == [("week-gap", 13)]


def test_a_row_with_only_a_month_says_nothing():
    parsed = read_rows("Date | Topic", "**February** | ", "13/02 | Data", "Mars 2026 | ", "6/3 | Models")
    assert [lecture.title for lecture in parsed.lectures] == ["Data", "Models"]
    assert warned(parsed) == []


# prose


def test_a_paragraph_about_two_milestones_says_both():
    text = "Milestone 1 is between the 2nd and the 5th of March. Milestone 2 will be on the 11th of May.\n"
    parsed = read(table("Date | Topic", "13/02/2026 | A", "04/05/2026 | B") + f"\n## Project\n\n{text}")
    assert [(m.number, m.kind, m.start, m.end) for m in parsed.milestones] == [
        (1, "window", day(2, 3), day(5, 3)),
        (2, "day", day(11, 5), day(11, 5)),
    ]


def test_people_and_the_forum_named_in_a_paragraph():
    text = (
        "**Instructors**: Ines and Ivo\nTA: Tina (tina@example.org)\n\n"
        "- **Contact**: the forum: https://forum.example.org/c101\n"
        "- **Questions**: the forum of https://edstem.org/eu/courses/1\n\n"
    )
    parsed = read(table("Date | Topic", "13/02/2026 | A", title=TITLE + text))
    assert [(m.name, m.role, m.email) for m in parsed.staff] == [
        ("Ines", "Instructor", ""),
        ("Ivo", "Instructor", ""),
        ("Tina", "TA", "tina@example.org"),
    ]
    assert [(channel.kind, channel.href) for channel in parsed.channels] == [
        ("forum", "https://forum.example.org/c101"),
        ("ed", "https://edstem.org/eu/courses/1"),
    ]
