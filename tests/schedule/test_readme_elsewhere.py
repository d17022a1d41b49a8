"""Pages of other universities: their terms, days off, part headings, months above tables, and what is due."""

import pytest

from schedule.readme import Parsed
from schedule.readme_columns import field_of
from schedule.redate import redate
from tests.schedule.readme_texts import TITLE, read, read_rows, table, warned

FALL = "# C101 - Testing [fall 2025]\n\n"
ROWS = "## Schedule\n\n| Date | Topic |\n|---|---|\n| 13 Jan | Data |\n"


def classes(parsed: Parsed) -> list[tuple]:
    return [(found.week, str(found.date), found.title) for found in parsed.lectures]


def due(parsed: Parsed) -> list[tuple[str, str]]:
    return [(str(item.date), item.title) for item in parsed.deadlines]


def kinds(parsed: Parsed) -> dict[str, int]:
    names = ("lectures", "holidays", "milestones", "exams", "deadlines")
    return {name: count for name in names if (count := len(getattr(parsed, name)))}


# the edition


@pytest.mark.parametrize(
    ("head", "edition"),
    [
        ("# MIT 6.S191: Deep Learning\n\nOur program on deep learning. IAP 2026.\n\n",
         ("6.S191", "MIT: Deep Learning", "", 2026)),
        ("# 6.S191 Deep Learning IAP 2026\n\n", ("6.S191", "Deep Learning", "", 2026)),
        ("# Data Structures (J-term 2026)\n\n", ("", "Data Structures", "", 2026)),
        ("# CS 229: Machine Learning, Winter 2026\n\n", ("CS 229", "Machine Learning", "winter", 2026)),
        ("# Vision (CAP5415) - Fall '26\n\n", ("CAP5415", "Vision", "fall", 2026)),
        ("# Deep Learning (Spring 26)\n\n", ("", "Deep Learning", "spring", 2026)),
        ("# DS-GA 1008 · Deep Learning · SP26\n\n", ("DS-GA 1008", "Deep Learning", "spring", 2026)),
        ("# IFT 6135 – Deep Learning (H26)\n\n", ("IFT 6135", "Deep Learning", "hiver", 2026)),
        ("# Projet logiciel\n\nAnnée 2026/2027 · Semestre impair\n\n", ("", "Projet logiciel", "", 2026)),
        ("# CS 7643 Deep Learning (F26)\n\n", ("CS 7643", "Deep Learning", "fall", 2026)),
        ("# 02476 Machine Learning Operations\n\nThe exercises of the course. January 2026.\n\n",
         ("02476", "Machine Learning Operations", "", 2026)),
        ("# 263-5057-00L Medical Data\n\nETH Zürich, FS 2026\n\n", ("263-5057-00L", "Medical Data", "", 2026)),
        ("# Coders\n\nUniversity of Queensland, semester 1, 2026\n\n", ("", "Coders", "", 2026)),
        ("# CMU 11-711: Advanced NLP (Fall 2026)\n\n", ("11-711", "CMU: Advanced NLP", "fall", 2026)),
        ("# Mining | DATA-474 | AY 2026/27 | Semester 1\n\n", ("DATA-474", "Mining | Semester 1", "", 2026)),
        ("# Coders\n\nTaught in 2026, term 2\n\n", ("", "Coders", "", 2026)),
        ("# 100 exercises\n\nCreated in March 2019, given since January 2020. Spring 10 - a song.\n\n",
         ("", "100 exercises", "", None)),
    ],
)  # fmt: skip
def test_terms_and_short_years(head, edition):
    parsed = read(head + ROWS)
    assert (parsed.edition.code, parsed.edition.title, parsed.edition.season, parsed.edition.year) == edition
    assert [issue.code for issue in parsed.errors] == ([] if edition[3] else ["year-needed"])


@pytest.mark.parametrize(
    ("head", "moved"),
    [
        ("# Vision - Fall '26\n\n", "# Vision - Fall '27\n\n"),
        ("# Vision (F26)\n\n", "# Vision (F27)\n\n"),
        ("# Vision\n\nIAP 2026\n\n", "# Vision\n\nIAP 2027\n\n"),
        ("# V\n\nJanuary 2026. Updated in January 2026.\n\n", "# V\n\nJanuary 2027. Updated in January 2026.\n\n"),
        ("# Vision\n\n## Stanford / Winter 2026\n\n", "# Vision\n\n## Stanford / Winter 2027\n\n"),
        ("# Vision\n\n## L3 2025-2026\n\n", "# Vision\n\n## L3 2026-2027\n\n"),
        ("# Vision\n\nJanuary 5 - 9, 2026\n\n", "# Vision\n\nJanuary 4 - 8, 2027\n\n"),
    ],
)  # fmt: skip
def test_a_moved_course_names_its_new_year(head, moved):
    assert redate(head + ROWS, 364) == moved + ROWS.replace("13 Jan", "12 Jan")


def test_a_moved_course_keeps_what_stands_below_its_headings_and_over_its_rows():
    text = (
        "<h1>Vision</h1>\n\n## Course: Spring 2026\n\n## Schedule\n\n### Week 1: Trees\nThe week of February 2.\n\n"
        "### Week 2: Lakes\nMon, 9 February\n- HW 1 due 13 February\n"
    )
    assert redate(text, 7) == text.replace("ry 2.", "ry 9.").replace("9 Feb", "16 Feb").replace("13 Feb", "20 Feb")
    assert "Course: Spring 2027" in redate(text, 364)
    rows = "<tr><td rowspan=2>Feb 2</td><td>A</td></tr>\n<tr><td>B</td></tr>"
    text = f"{TITLE}## Schedule\n\n<table>\n<tr><th>Date</th><th>Topic</th></tr>\n{rows}\n</table>\n"
    assert redate(text, 7) == text.replace("Feb 2", "Feb 9")


def test_the_year_above_the_schedule_moves_along():
    text = "# Vision\n\n" + ROWS.replace("## Schedule", "## Schedule, Winter 2026")
    assert redate(text, 364) == text.replace("2026", "2027").replace("13 Jan", "12 Jan")


# dates


def test_months_above_the_tables_of_their_days():
    rows = "\n\n| Date | Topic |\n|---|---|\n| {} | A |\n| {} | B |\n\n"
    text = f"{FALL}## Calendar\n\n### September{rows.format(3, 10)}### October 2025{rows.format(1, '14-15')}"
    parsed = read(text)
    assert [day for _week, day, _title in classes(parsed)] == ["2025-09-03", "2025-09-10", "2025-10-01", "2025-10-14"]
    assert str(parsed.lectures[-1].end) == "2025-10-15"
    assert warned(parsed) == []
    assert "| 13-14 | B |" in redate(text.replace("October 2025", "October"), 364)
    titled = read(text.replace(" [fall 2025]", "").replace("September", "September 2025"))
    assert classes(titled) == classes(parsed)


@pytest.mark.parametrize(
    ("headers", "cell", "days"),
    [
        ("Month | Date | Topic", "Jan | 1-2", ("2026-01-01", "2026-01-02")),
        ("Month | Week | Topic", "Jan | 1-2", ("None", "None")),
        ("Week | Topic", "9/10", ("None", "None")),
        ("Week | Topic", "11.5", ("None", "None")),
        ("Week | Topic", "Week 12 (27/04)", ("2026-04-27", "None")),
        ("Date | Topic", "14-10", ("2026-10-14", "None")),
        ("Date | Topic", "4/2~4/13", ("2026-04-02", "2026-04-13")),
        ("Date | Topic", "Mar 2 &ndash; Mar 6", ("2026-03-02", "2026-03-06")),
        ("W/C | Topic", "19 Jan", ("2026-01-19", "None")),
        ("Datum | Topic", "15.09.2025", ("2025-09-15", "None")),
    ],
)
def test_numbers_that_are_days_and_numbers_that_count(headers, cell, days):
    first = {"Month | Date | Topic": "Jan | 1", "Month | Week | Topic": "Jan | 1", "Week | Topic": "1"}.get(headers)
    rows = [f"{first} | A"] if first else []
    found = read_rows(headers, *rows, f"{cell} | B").lectures[-1]
    assert (str(found.date), str(found.end)) == days


# what a row is


@pytest.mark.parametrize(
    "topic",
    [
        "Martin Luther King Jr. Day", "MLK day", "Presidents' Day", "Veterans Day", "Indigenous Peoples' Day",
        "King's Day", "Good Friday", "New Year's Day", "Juneteenth (observed)", "Fête nationale", "Jour de l'an",
        "1er mai", "Lundi de Pentecôte", "Séance annulée", "Cancelled", "CLASS CANCELLED", "University closed",
        "Reading day", "Study period", "Semaine blanche", "Blocus", "Pause pédagogique",
        "Semaine de lecture", "Pas de cours (semaine de lecture)",
    ],
)  # fmt: skip
def test_days_off(topic):
    assert kinds(read_rows("Date | Topic", "13/02 | Intro", f"20/02 | {topic}")) == {"lectures": 1, "holidays": 1}


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("Partiel (2h)", "exams"),
        ("Contrôle terminal", "exams"),
        ("Final", "exams"),
        ("RRR week: project presentations", "milestones"),
        ("Project poster presentations", "milestones"),
        ("Project 1 due 1/30", "deadlines"),
        ("Final report due Fri 30 January", "deadlines"),
        ("Case study week", "lectures"),
        ("Paper reading day", "lectures"),
        ("Partial differential equations", "lectures"),
        ("Contrôle optimal", "lectures"),
        ("Finals and colimits", "lectures"),
        ("Tips: how to give project presentations", "lectures"),
    ],
)
def test_other_rows(topic, kind):
    found = kinds(read_rows("Date | Topic", "13/02 | Intro", f"20/02 | {topic}"))
    assert found == {"lectures": 1} | ({"lectures": 2} if kind == "lectures" else {kind: 1})


def test_headings_within_the_rows_are_no_classes():
    parsed = read_rows(
        "Week | Date | Topic", "**Part I: Foundations** | | ", "1 | 20/01 | SQL", " | **Week 2: Systems** | ",
        "*Systems* | | ", "2 | 27/01 | Indexes", " | **Spring break** | ", "**Midterm** | | ", " | 3/02 | Joins",
    )  # fmt: skip
    assert [title for _week, _day, title in classes(parsed)] == ["SQL", "Indexes", "Joins"]
    assert [(holiday.title, holiday.date) for holiday in parsed.holidays] == [("Spring break", None)]
    assert [exam.title for exam in parsed.exams] == ["Midterm"]
    assert warned(parsed) == [("date-missing", 12)]


# columns and tables


def test_the_hours_of_a_week_are_no_other_schedule():
    parsed = read(
        table("Date | Topic", "13/02/2026 | A") + "\n## Hours\n\n| What | When |\n|---|---|\n| Lab | Tue 9:00 |\n"
    )
    assert [code for code, _line in warned(parsed)] == ["section-not-understood"]


def test_counts_in_a_column_without_a_header():
    parsed = read_rows(" | Date | Topic", "1 | 13/02/2026 | A", "2 | 20/02/2026 | B")
    assert [found.week for found in parsed.lectures] == ["1", "2"]


def test_a_larger_part_among_the_topics_is_no_class():
    parsed = read_rows(
        "Date | Topic | Slides", "13/02/2026 | A | ", " | **Chapter II: Trees** | ", " | Part 2: Lakes | "
    )
    assert classes(parsed) == [("", "2026-02-13", "A"), ("", "2026-02-13", "Part 2: Lakes")]


def test_labels_in_a_column_without_a_header():
    parsed = read_rows(" | Date | Topic", "Lecture 1 | 13/02 | A", "Tutorial 1 | 13/02 | B", "Lecture 2 | 20/02 | C")
    assert [week for week, _day, _title in classes(parsed)] == ["Lecture 1", "Tutorial 1", "Lecture 2"]
    assert warned(parsed, "unknown-column") == []


@pytest.mark.parametrize(
    ("headers", "cells", "fields"),
    [
        ("W | Date | Topic", ("1", "2", "2"), ["week", "date", "topic"]),
        ("S. | Date | Lecture", ("S1", "S2", "S3"), ["week", "date", "topic"]),
        ("S | Date | Topic", ("Ann", "Bob", "Eve"), ["extra", "date", "topic"]),
        ("W | Date | Topic", ("3", "1", "2"), ["extra", "date", "topic"]),
        ("S | Date | Topic | Week", ("1", "2", "3"), ["extra", "date", "topic", "week"]),
    ],
)
def test_an_initial_heads_the_weeks_where_it_counts(headers, cells, fields):
    topics = ("13/02 | Trees", "20/02 | Lakes", "27/02 | Hills")
    weeks = " | 7" if "Week" in headers else ""
    parsed = read_rows(headers, *(f"{cell} | {topic}{weeks}" for cell, topic in zip(cells, topics, strict=True)))
    assert [column.field for column in parsed.columns] == fields
    assert len(warned(parsed, "unknown-column")) == fields.count("extra")


def test_words_beside_a_date_that_are_no_weeks():
    parsed = read_rows("Date | Session | Topic", "05/01 | Lectures | A", "12/01 | Project | B", "19/01 | Lectures | C")
    assert warned(parsed) == []


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("HW/Project", "assignment"), ("TP / Projet", "directed_work"), ("Readings & resources", "material"),
        ("Project due date", "assignment"), ("Project / Notes", "extra"), ("Lecture / Lab", "extra"), ("Lec #", "week"),
        ("Lectures suggérées", "material"), ("Livrables", "assignment"),
    ],
)  # fmt: skip
def test_words_that_stand_together_in_a_header(header, name):
    assert field_of(header) == name


def test_two_classes_of_one_day_in_its_halves():
    rows = ["Mardi 6 janvier 2026 (matin) | A", "Mardi 6 janvier 2026 (après-midi) | B"]
    assert warned(read_rows("Date | Sujet", *rows, "Mercredi 7 janvier 2026 | C")) == []


def test_steps_of_a_project_are_topics():
    parsed = read_rows("Semaine | Dates | Étape", "S1 | 12–16 janv. | Lancement", "S2 | 19–23 janv. | Jalon 1 : revue")
    assert classes(parsed) == [("S1", "2026-01-12", "Lancement")]
    assert [(item.number, str(item.start)) for item in parsed.milestones] == [(1, "2026-01-19")]


def test_tables_of_one_name_below_numbered_themes():
    rows = "\n\n### Lectures\n\n| Week | Title |\n|---|---|\n| {} | {} |\n\n"
    body = "## {0} 1: Start" + rows.format(1, "Gradients") + "## {0} 2: More" + rows.format(2, "Attention")
    assert len(read(TITLE + body.format("Theme")).lectures) == 2
    apart = read(TITLE + body.format("Group").replace(" 1: Start", " A").replace(" 2: More", " B"))
    assert (len(apart.lectures), len(warned(apart, "several-tables"))) == (1, 1)


def test_a_table_of_milestones_is_read_and_not_told_as_left_out():
    text = table("Date | Topic", "13/02/2026 | A", "4/05/2026 | B")
    text += "\n## Milestones\n\n| Milestone | What | When |\n|---|---|---|\n| MS1 | Demo | 2-6 March |\n"
    parsed = read(text)
    assert [(str(item.start), str(item.end)) for item in parsed.milestones] == [("2026-03-02", "2026-03-06")]
    assert warned(parsed) == []


# what is due


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("Assignments", "A0 due<br>A1 out", [("2026-02-13", "A0 due")]),
        ("Assignments", "HW2 due 20/02<br>Submit on Canvas", [("2026-02-20", "HW2 due 20/02")]),
        ("Assignment", "Project report<br>due on 1 March", [("2026-03-01", "Project report due on 1 March")]),
        ("Due", "HW1<br>Quiz 1 (20 Feb)", [("2026-02-13", "HW1"), ("2026-02-20", "Quiz 1 (20 Feb)")]),
        ("Due", "Quiz 1<br>HW1 released", [("2026-02-13", "Quiz 1")]),
        ("Due", "Essay draft<br>with your peer's remarks", [("2026-02-13", "Essay draft with your peer's remarks")]),
        ("Due", "HW 1 out", []),
        ("Due", "no homework this week", []),
        ("Exercise deadline (23:59)", "15.03. (ex. 1)", [("2026-03-15", "15.03. (ex. 1)")]),
        ("Projects & Homeworks", "Project #0 due Mar 7", [("2026-03-07", "Project #0 due Mar 7")]),
        ("Homework", "HW 1<br>HW 2", []),
    ],
)  # fmt: skip
def test_lines_of_an_assignment_cell(header, cell, expected):
    parsed = read_rows(f"Date | Topic | {header}", f"13/02/2026 | A | {cell}")
    assert due(parsed) == expected
    assert warned(parsed) == []


def test_what_an_assignment_cell_says_more_is_told_where_no_class_keeps_it():
    parsed = read_rows("Date | Topic | Due", "13/02/2026 | A | ", "20/02/2026 | | HW2 due<br>Bring your laptop")
    assert due(parsed) == [("2026-02-20", "HW2 due")]
    assert warned(parsed) == [("row-unclassified", 8)]


def test_the_day_that_a_row_of_its_own_names():
    parsed = read_rows("Date | Topic", "13/02/2026 | A", " | *Project 1 due 20/02*", "27/02/2026 | Project 2 due 28/02")
    assert due(parsed) == [("2026-02-20", "Project 1 due 20/02"), ("2026-02-27", "Project 2 due 28/02")]


WORK = (
    "| Assignment | Released | Due |\n|---|---|---|\n"
    "| [Homework 1](1.md) | 13/02 | 27/02 |\n| HW2 | 27/02 | 13.03. 23:59 |\n"
)
ROWS_OF_A_TERM = ("13/02/2026 | A", "04/05/2026 | B")


@pytest.mark.parametrize(
    ("below", "expected"),
    [
        (f"## Assignments\n\n{WORK}", [("2026-02-27", "Homework 1"), ("2026-03-13", "HW2")]),
        (f"## Work\n\n{WORK.replace('Assignment', 'Title')}", [("2026-02-27", "Homework 1"), ("2026-03-13", "HW2")]),
        ("| Task | Deadline | % |\n|---|---|---|\n| 1a | Mon 2 March | 10 |\n| Exam | 1 June | 50 |\n| b | open | 9 |",
         [("2026-03-02", "Task 1a")]),
        ("| HW | Soft deadline | Hard deadline |\n|---|---|---|\n| 1 | 2 March | 9 March |", []),
        ("| Date | Lab | Due |\n|---|---|---|\n| 1 March | A | 9 March |", []),
        ("| Part | Weight |\n|---|---|\n| Homework | 50% |", []),
        (f"## Archive\n\n### Assignments\n\n{WORK}", []),
        ("| Milestone | Deadline | Points |\n|---|---|---|\n| Draft | 2 March | 10 |\n| Paper | 9 March | 10 |"
         "\n| | 16 March | 10 |", [("2026-03-02", "Draft"), ("2026-03-09", "Paper")]),
        ("| Lab | Due |\n|---|---|\n| Lab 1/2 | 2 March |\n| Lab 3 | 9 March |\n| Lab 4 | 16 March |",
         [("2026-03-02", "Lab 1/2"), ("2026-03-09", "Lab 3"), ("2026-03-16", "Lab 4")]),
        *((f"| {header} |\n|---|---|\n| Ada Lovelace | 2 March |", [])
          for header in ("Speaker | Due", "Team | Submission", "Book | Due")),
    ],
)  # fmt: skip
def test_a_table_of_what_is_due_beside_the_schedule(below, expected):
    parsed = read(table("Date | Topic", *ROWS_OF_A_TERM) + f"\n## More\n\n{below}\n")
    assert due(parsed) == expected
    assert len(parsed.lectures) == 2


def test_what_the_schedule_says_is_due_stands_there_once():
    rows = (*ROWS_OF_A_TERM[:1], "27/02/2026 | Homework 1 due", *ROWS_OF_A_TERM[1:])
    parsed = read(table("Date | Topic", *rows) + f"\n## Assignments\n\n{WORK}")
    assert due(parsed) == [("2026-02-27", "Homework 1 due"), ("2026-03-13", "HW2")]


def test_a_table_of_what_is_due_moves_with_its_course():
    text = table("Date | Topic", *ROWS_OF_A_TERM) + f"\n## Assignments\n\n{WORK}"
    moved = redate(text, 7)
    assert "| [Homework 1](1.md) | 20/02 | 06/03 |\n| HW2 | 06/03 | 20.03. 23:59 |" in moved
    assert redate(moved, -7) == text


# milestones


def test_milestones_whose_label_is_in_bold():
    text = (
        "## Milestones\n\n**Milestone 1 – Design.** Between Monday 2 March and Friday 6 March.\n\n"
        "**Milestone 2 – Review.** Date to be announced.\n\n**Milestone 3** is in the project's description.\n"
    )
    parsed = read(table("Date | Topic", "13/02/2026 | A", "4/05/2026 | B") + "\n" + text)
    assert [(item.number, str(item.start), item.confirmed) for item in parsed.milestones] == [
        (1, "2026-03-02", True),
        (2, "None", False),
    ]
    assert parsed.milestones[0].text == "**Milestone 1 – Design.** Between Monday 2 March and Friday 6 March."


# headings and lists


def listed(*lines: str) -> Parsed:
    return read(f"{TITLE}## Schedule\n\n" + "\n".join(lines) + "\n")


def test_headings_that_name_their_week():
    parsed = listed(
        "### Week of Feb 2", "- [Lecture 1: Trees](1/)", "- [Lab 1](labs/1)", "",
        "### Week of Feb 9: Winter break", "", "### Semaine du 16 février", "- [Lecture 2: Lakes](2/)",
    )  # fmt: skip
    assert classes(parsed) == [("", "2026-02-02", "Lecture 1: Trees"), ("", "2026-02-16", "Lecture 2: Lakes")]
    assert [link.href for link in parsed.lectures[0].materials] == ["1/", "labs/1"]
    assert [str(holiday.date) for holiday in parsed.holidays] == ["2026-02-09"]


def test_a_heading_without_a_number_among_numbered_ones():
    parsed = listed(
        "### Week 1", "- **Feb 2** Trees", "### Week 2", "- **Feb 9** Lakes", "  - *Essay due*",
        "### Final week", "- **Feb 16** Demo", "### News", "- Feb 20: a new room",
    )  # fmt: skip
    assert classes(parsed)[-1] == ("Final week", "2026-02-16", "Demo")
    assert due(parsed) == [("2026-02-09", "Essay due")]


def test_a_line_that_says_the_date_of_the_heading_above():
    parsed = listed(
        "### Week 1: Trees", "The week of February 2.", "- [Lab](labs/1)", "", "### Week 2: Lakes",
        "Mon, 9 Feb, 9:00-11:00", "", "### Week 3: Break", "No class.",
    )  # fmt: skip
    assert classes(parsed) == [("Week 1", "2026-02-02", "Trees"), ("Week 2", "2026-02-09", "Lakes")]
    assert [(holiday.date, holiday.title) for holiday in parsed.holidays] == [(None, "Break – No class.")]
    assert warned(parsed) == [("no-table", 5), ("date-missing", 12)]


def test_tables_below_the_headings_of_weeks():
    rows = "| Lecture | Tutorial | Room |\n|---|---|---|\n| Trees | [Lab 1](1.md) | B28 |\n| Lakes | - | |"
    parsed = listed("### Week 1 (Feb 2–6)", "", rows, "", "### Week 2 (Feb 9–13)", "", "| x |\n|---|\n| Hills |")
    assert classes(parsed) == [("Week 1", "2026-02-02", "Trees"), ("Week 2", "2026-02-09", "x: Hills")]
    first = parsed.lectures[0]
    assert (first.notes, first.room, [link.href for link in first.materials]) == (("Lakes",), "B28", ["1.md"])


@pytest.mark.parametrize(
    ("item", "hours"),
    [
        ("- **2 March, 8:30-10:30**: Trees", ("08:30:00", "10:30:00")),
        ("- Lecture 1 (2 March, 9h-12h): Trees", ("09:00:00", "12:00:00")),
        ("- **2 March at 2pm**: Trees", ("None", "None")),
        ("- 2 March: Trees", ("None", "None")),
    ],
)
def test_hours_behind_the_date_of_an_item(item, hours):
    parsed = listed(item, item.replace("2 March", "9 March").replace("Lecture 1", "Lecture 2").replace("Trees", "B"))
    found = parsed.lectures[0]
    assert (str(found.date), found.title, (str(found.begins), str(found.ends))) == ("2026-03-02", "Trees", hours)


def test_items_with_a_date_below_a_heading_of_classes():
    items = "1. **Feb 2** – Trees. [Slides](1.pdf). Reading: [A](a)\n2. **Feb 9** – Exam, room B28"
    parsed = read(f"{TITLE}## Lectures\n\n{items}\n\n## News\n\n- Feb 2: a room\n")
    assert classes(parsed) == [("", "2026-02-02", "Trees. Reading: A")]
    assert [(str(exam.date), exam.title, exam.notes) for exam in parsed.exams] == [("2026-02-09", "Exam, room B28", ())]
    parsed = listed("- Lecture 1 (2 June): A", "- Lecture 2 (4 June): B", "- **Exam**: 9 June, 9:00-11:00, room B28")
    assert [(exam.title, exam.notes) for exam in parsed.exams] == [("Exam", ("room B28",))]


def test_lessons():
    parsed = listed(
        "1. Lesson 1 (Tuesday 3 March): Start — [video](v) | [notebook](1.ipynb)", "2. Leçon 2 (10 mars): B"
    )
    assert classes(parsed) == [("Lesson 1", "2026-03-03", "Start"), ("Leçon 2", "2026-03-10", "B")]


def test_a_list_that_is_ticked_off():
    parsed = listed(
        "- [x] Week 1 (9 Feb): Trees", "- [ ] Week 2 (16 Feb): Lakes", "- [ ] ~~Week 3 (23 Feb): Seas~~ cancelled",
        "- [x] Week 4 (2 Mar): Hills",
    )  # fmt: skip
    assert [title for _week, _day, title in classes(parsed)] == ["Trees", "Lakes", "Hills"]
