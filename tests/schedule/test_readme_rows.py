"""Where the schedule is, which column is which, and what each row is."""

import datetime as dt

import pytest

from schedule.readme_columns import field_of
from tests.schedule.readme_texts import TITLE, error_codes, read, read_rows, table, warned

pytestmark = pytest.mark.once


def day(number: int, month: int = 2) -> dt.date:
    return dt.date(2026, month, number)


# columns


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Date", "date"),
        ("**Jour/Date**", "date"),
        ("Week #", "week"),
        ("#", "week"),
        ("Semaine", "week"),
        ("Sprint #", "sprint"),
        ("Phase", "sprint"),
        ("Topic(s)", "topic"),
        ("Thème", "topic"),
        ("Contenu", "topic"),
        ("Material (gradually added)", "material"),
        ("Slides & videos", "material"),
        ("Références", "material"),
        ("Demo or directed work (gradually added)", "directed_work"),
        ("Activité", "directed_work"),
        ("TP", "directed_work"),
        ("Due", "assignment"),
        ("Heure", "time"),
        ("Enseignant", "teacher"),
        ("Room", "room"),
        ("Week & material", "extra"),
        ("Mood", "extra"),
    ],
)
def test_a_column_is_known_by_its_header(header, name):
    assert field_of(header) == name


def test_columns_in_another_order():
    parsed = read_rows("Slides | Topic | Sprint # | Week # | Date", "[s](a.pdf) | Data | Sprint 1 | W1 | 13/02/2026")
    (lecture,) = parsed.lectures
    assert (lecture.date, lecture.week, lecture.sprint, lecture.title) == (day(13), "W1", "Sprint 1", "Data")
    assert [link.href for link in lecture.materials] == ["a.pdf"]


def test_the_other_fields_and_an_unknown_column_are_kept():
    parsed = read_rows(
        "Date | Heure | Type | Enseignant | Contenu | Salle | Mood",
        "L 16/02/2026 | 9h45-13h | CM+TP | Ines | Data | B28 | *fine* [x](y)",
    )
    (lecture,) = parsed.lectures
    assert (lecture.begins, lecture.ends) == (dt.time(9, 45), dt.time(13))
    assert (lecture.time, lecture.type, lecture.teacher, lecture.room) == ("9h45-13h", "CM+TP", "Ines", "B28")
    assert lecture.extra == (("Mood", "*fine* [x](y)"),)
    assert warned(parsed) == [("unknown-column", 5)]


def test_a_lecture_column_holds_the_topics_where_no_other_does():
    parsed = read_rows("# | Date | Lecture | Readings", "1 | 13/02/2026 | Kernels | [Ch. 1](book.pdf)")
    assert (parsed.lectures[0].week, parsed.lectures[0].title) == ("1", "Kernels")


# locating


def test_tables_in_code_and_comments_do_not_count():
    hidden = "| Date | Topic |\n|---|---|\n| 20/02/2026 | Hidden |\n"
    text = TITLE + f"```\n{hidden}```\n\n<!--\n{hidden}-->\n\n" + table("Date | Topic", "13/02/2026 | Shown", title="")
    assert [lecture.title for lecture in read(text).lectures] == ["Shown"]


def test_the_table_under_a_schedule_heading_wins_and_the_other_is_reported():
    other = "## Notes\n\n| Date | Topic |\n|---|---|\n| 14/02/2026 | A |\n| 15/02/2026 | B |\n\n"
    parsed = read(TITLE + other + table("Date | Topic", "13/02/2026 | C", title=""))
    assert [lecture.title for lecture in parsed.lectures] == ["C"]
    assert warned(parsed, "several-tables") == [("several-tables", 5)]


def test_else_the_table_with_most_dated_rows():
    few = "## One\n\n| Date | Topic |\n|---|---|\n| 13/02/2026 | A |\n\n"
    many = "## Two\n\n| Day | Content |\n|---|---|\n| 14/02/2026 | B |\n| 15/02/2026 | C |\n\n"
    assert [lecture.title for lecture in read(TITLE + few + many).lectures] == ["B", "C"]


def test_tables_of_the_same_columns_under_sibling_headings_are_one():
    part = "### Part {0}\n\n| Date | Topic |\n|---|---|\n| {0}3/02/2026 | {0} |\n\n"
    parsed = read(TITLE + "## Agenda\n\n" + part.format(1) + part.format(2))
    assert [(lecture.title, lecture.date) for lecture in parsed.lectures] == [("1", day(13)), ("2", day(23))]
    assert warned(parsed) == []


def test_a_row_of_dashes_of_another_length_is_accepted():
    text = TITLE + "## Agenda\n\n| Date | Week | Topic |\n|---|---|\n| 13/02/2026 | W1 | Data |\n"
    parsed = read(text)
    assert parsed.lectures[0].title == "Data"
    assert warned(parsed) == [("table-not-rendered", 5)]


def test_rows_cut_off_by_a_blank_line_are_read():
    text = table("Date | Topic", "13/02/2026 | A") + "\n| 20/02/2026 | B |\n| 27/02/2026 | C |\n"
    parsed = read(text)
    assert [lecture.title for lecture in parsed.lectures] == ["A", "B", "C"]
    assert warned(parsed) == [("table-not-rendered", 9)]


@pytest.mark.parametrize(
    "body",
    [
        "## Week 1 (13 February): Start\n\n- [slides](1.pdf)\n\n## Week 2 (20 February): Data\n\n- [slides](2.pdf)\n",
        "- Week 1 (13/02): Start\n  - [slides](1.pdf)\n- Week 2 (20/02): Data\n  - [slides](2.pdf)\n",
    ],
)
def test_without_a_table_numbered_headings_or_items_are_read(body):
    parsed = read(TITLE + body)
    assert [(lecture.week, lecture.date, lecture.title) for lecture in parsed.lectures] == [
        ("Week 1", day(13), "Start"),
        ("Week 2", day(20), "Data"),
    ]
    assert [link.href for lecture in parsed.lectures for link in lecture.materials] == ["1.pdf", "2.pdf"]
    assert warned(parsed, "no-table") == [("no-table", 3)]


def test_an_html_table_is_read():
    rows = (
        '<tr><th>Date</th><th>Topic</th></tr>\n<tr><td>13/02</td><td>Data<br>Lakes <a href="a.pdf">slides</a></td></tr>'
    )
    parsed = read(TITLE + f"<table>\n{rows}\n</table>\n")
    (lecture,) = parsed.lectures
    assert (lecture.date, lecture.title, lecture.notes, lecture.line) == (day(13), "Data", ("Lakes",), 5)
    assert [link.href for link in lecture.materials] == ["a.pdf"]
    assert warned(parsed) == [("html-table", 4)]


# short, long, broken rows


def test_odd_rows_are_told_and_never_refuse_the_file():
    parsed = read_rows(
        "Date | Week | Topic",
        "13/02/2026 | W1",
        "20/02/2026 | W2 | Data | surplus",
        " | | ",
        "--- | --- | ---",
        "**WEEK 3** | | ",
        "27/02/2026 | W3 | Lakes",
        "? | | ",
    )
    assert [lecture.title for lecture in parsed.lectures] == ["", "Data", "Lakes"]
    assert parsed.lectures[1].extra == (("", "surplus"),)
    assert warned(parsed) == [
        ("empty-title", 7),
        ("missing-cells", 7),
        ("extra-cells", 8),
        ("date-unconfirmed", 13),
        ("row-unclassified", 13),
    ]


def test_a_line_that_touches_the_table_is_no_row():
    parsed = read(table("Date | Topic", "13/02/2026 | Data") + "See you there!\n")
    assert [lecture.title for lecture in parsed.lectures] == ["Data"]
    assert warned(parsed) == [("row-broken", 8)]


def test_an_escaped_pipe_belongs_to_its_cell():
    parsed = read_rows("Date | Topic | Slides", r"13/02/2026 | A \| B | [s](a.pdf)")
    assert parsed.lectures[0].title == "A | B"
    assert len(parsed.lectures[0].materials) == 1


# what a row is


@pytest.mark.parametrize(
    ("topic", "kind"),
    [
        ("Midterm", "exams"),
        ("Final exam", "exams"),
        ("Examen écrit", "exams"),
        ("Exam review", "lectures"),
        ("Examples of agents", "lectures"),
        ("Midterm break", "holidays"),
        ("_No Class_", "holidays"),
        ("No lecture", "holidays"),
        ("Spring break", "holidays"),
        ("Holiday (Easter)", "holidays"),
        ("Férié", "holidays"),
        ("Vacances de Pâques", "holidays"),
        ("Pas de cours", "holidays"),
        ("No lecture <br> Exercises 7: Decisions", "lectures"),
        ("Break-out of the sandbox", "lectures"),
        ("Modelling holiday effects in sales data", "lectures"),
        ("Relâche", "holidays"),
        ("Congé", "holidays"),
        ("MS 1 presentations", "milestones"),
        ("**Milestone 2**", "milestones"),
        ("Project presentations", "milestones"),
        ("Final presentations", "milestones"),
        ("Soutenances", "milestones"),
        ("Défenses de projet", "milestones"),
        ("Defenses against adversarial attacks", "lectures"),
        ("Introduction, team building and project presentations", "lectures"),
        ("Deadline for project 1", "deadlines"),
        ("Homework 2 due", "deadlines"),
        ("Remise du rapport", "deadlines"),
        ("Rendu du TP1", "deadlines"),
        ("Rendu 3D et lumière", "lectures"),
        ("Due diligence for models", "lectures"),
        ("Guest lecture: serving at scale", "lectures"),
    ],
)
def test_a_row_is_known_by_its_words(topic, kind):
    parsed = read_rows("Date | Topic", "13/02/2026 | Data", f"20/02/2026 | {topic}")
    kinds = ("lectures", "holidays", "milestones", "exams", "deadlines")
    found = {name: [row for row in getattr(parsed, name) if getattr(row, "title", "") != "Data"] for name in kinds}
    assert [name for name in kinds if found[name]] == [kind]


def test_days_in_the_week_column_are_dates_and_no_numbers():
    parsed = read_rows("Week | Topic", "13.02 | A", "20.02 | Break", "6.03. | B")
    assert [(found.week, str(found.date)) for found in parsed.lectures] == [
        ("13.02", "2026-02-13"),
        ("6.03.", "2026-03-06"),
    ]
    assert warned(parsed) == []
    counted = read_rows("Lecture | Topic", "1.1 | A", "1.2 | B", "1.13 | C", "2.1 | D")
    assert [found.date for found in counted.lectures] == [None] * 4


def test_week_and_type_columns_tell_as_well():
    parsed = read_rows(
        "Date | Week | Sprint | Type | Topic",
        "13/02/2026 | W1 | Sprint 1 | CM | Data",
        "20/02/2026 | _No Class_ | Sprint 9 | |",
        "27/02/2026 | Exam | | |",
        "28/02/2026 | | | EXAMEN | Durée : 2 heures",
    )
    assert [holiday.title for holiday in parsed.holidays] == ["No Class"]
    assert [(exam.title, exam.notes) for exam in parsed.exams] == [("Exam", ()), ("EXAMEN", ("Durée : 2 heures",))]
    assert parsed.sprints == ("Sprint 1",)


def test_a_due_column_gives_deadlines():
    parsed = read_rows(
        "Date | Topic | Due", "13/02/2026 | Data | HW1", "20/02/2026 | Lakes | Report (due 27/02)", "27/02/2026 | End |"
    )
    assert [(item.date, item.title) for item in parsed.deadlines] == [
        (day(13), "HW1"),
        (day(27), "Report (due 27/02)"),
    ]
    assert [lecture.assignment for lecture in parsed.lectures] == ["HW1", "Report (due 27/02)", ""]


@pytest.mark.parametrize(
    ("topic", "title", "notes"),
    [
        ("Data<br/> Lab Git<br>Quiz", "Data", ("Lab Git", "Quiz")),
        ("Model development(_class in B28 R.75 (0/75)_)", "Model development", ("class in B28 R.75 (0/75)",)),
        ("Serving (order swapped with pipelines)", "Serving", ("order swapped with pipelines",)),
        ("Kernels (B37 S.39)", "Kernels", ("B37 S.39",)),
        ("Exploratory data analysis (EDA)", "Exploratory data analysis (EDA)", ()),
        ("MLops 1 (amont: méthodes)", "MLops 1 (amont: méthodes)", ()),
        ("~~Old~~ New", "New", ()),
        ("[Search](l2.html) [[PDF](l2.pdf)]", "Search", ()),
        ("ML ([Slides](a.pdf),[TP](b.pdf))", "ML", ()),
        ("Git & CI [slides](a.pdf)", "Git & CI", ()),
        ("Trees (with Ada, [slides](a.pdf))", "Trees (with Ada)", ()),
        ("Trees ([slides](a.pdf), with Ada)", "Trees (with Ada)", ()),
        ("Lecture 6: [Time](l6.html) [[PDF](l6.pdf)] (continued)", "Lecture 6: Time", ("continued",)),
    ],
)
def test_title_and_notes(topic, title, notes):
    (lecture,) = read_rows("Date | Topic", f"13/02/2026 | {topic}").lectures
    assert (lecture.title, lecture.notes) == (title, notes)


def test_the_same_class_twice_is_one():
    parsed = read_rows(
        "Date | Week | Topic | Slides", "13/02/2026 | W1 | A | [s](a.pdf)", "13/02/2026 | W1 | A | [t](b.pdf)"
    )
    (lecture,) = parsed.lectures
    assert ([link.href for link in lecture.materials], lecture.lines) == (["a.pdf", "b.pdf"], (7, 8))
    assert warned(parsed) == [("duplicate-row", 8)]


def test_what_looks_wrong_is_told_with_its_line():
    parsed = read_rows(
        "Date | Week | Sprint | Topic | Slides",
        "13/02/2026 | W1 | Sprint 2 | A | [s](a.pdf)",
        "20/02/2026 | W3 | Sprint 1 | B | [s](a.pdf)",
        "06/02/2026 | W3 | Sprint 1 | TBD |",
    )
    assert warned(parsed) == [
        ("duplicate-href", 8),
        ("sprint-order", 8),
        ("week-gap", 8),
        ("date-out-of-order", 9),
        ("placeholder-text", 9),
        ("week-label-repeated", 9),
    ]


def test_three_classes_on_one_day_must_be_ticked():
    rows = ["13/02/2026 | A", "13/02/2026 | B"]
    assert read_rows("Date | Topic", *rows).questions == ()
    parsed = read_rows("Date | Topic", *rows, "13/02/2026 | C")
    assert [(issue.code, issue.line) for issue in parsed.questions] == [("duplicate-date", 8), ("duplicate-date", 9)]


def test_two_parts_of_one_day_with_hours_of_their_own_are_no_slip():
    parsed = read_rows("Date | Time | Topic", "13/02/2026 | 9h-10h | A", "13/02/2026 | 14h-16h | B")
    assert warned(parsed) == []


def test_a_long_title_is_cut_and_kept_whole_in_the_notes():
    (lecture,) = read_rows("Date | Topic", f"13/02/2026 | {'long ' * 100}").lectures
    assert len(lecture.title) <= 300
    assert lecture.notes == (("long " * 100).strip(),)


def test_control_characters_leave():
    parsed = read(table("Date | Topic", "13/02/2026 | Git\x00 & \x07CI"))
    assert [lecture.title for lecture in parsed.lectures] == ["Git & CI"]
    assert warned(parsed) == [("row-broken", 7)]


def test_a_schedule_without_rows_is_an_error():
    assert error_codes(read(table("Date | Topic", " | "))) == [("no-usable-row", 5)]
