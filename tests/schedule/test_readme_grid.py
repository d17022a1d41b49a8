"""Tables of another shape: weeks as rows with their days as columns, and a header that is left blank."""

import pytest

from schedule.readme import Parsed
from schedule.readme_grid import weekday_of
from schedule.redate import redate
from tests.schedule.readme_texts import TITLE, error_codes, read, read_rows, table, warned

pytestmark = pytest.mark.once


def classes(parsed: Parsed) -> list[tuple[str, str, str]]:
    return [(found.week, str(found.date), found.title) for found in parsed.lectures]


@pytest.mark.parametrize(
    ("header", "day"),
    [
        ("Lundi (CM, 10h45)", 0),
        ("Lundi 8h-10h", 0),
        ("Thu 2:00–3:20pm", 3),
        ("Vendredi matin", 4),
        ("Day 1", None),
        ("**Thursdays**", 3),
        ("Thu", 3),
        ("Monday's lab", None),
        ("Topic", None),
        ("", None),
    ],
)
def test_a_header_that_is_a_day_of_the_week(header, day):
    assert weekday_of(header) == day


def test_each_class_of_a_week_is_on_its_day():
    parsed = read_rows(
        "Week | Monday (lecture) | Thursday (lab) | Due",
        "W1 (9/02) | Trees [slides](1.pdf) | Lab 1 | ",
        "W2 (16/02) | Lakes | – | Essay (20/02)",
        "W3 (23/02) | No class | Lab 2 | ",
        "W4 (2/03) | | | ",
        "W5 (9/3) | Hills | | ",
    )
    assert classes(parsed) == [
        ("W1 (9/02)", "2026-02-09", "Trees"),
        ("W1 (9/02)", "2026-02-12", "Lab 1"),
        ("W2 (16/02)", "2026-02-16", "Lakes"),
        ("W3 (23/02)", "2026-02-26", "Lab 2"),
        ("W4 (2/03)", "2026-03-02", ""),
        ("W5 (9/3)", "2026-03-09", "Hills"),
    ]
    assert [str(holiday.date) for holiday in parsed.holidays] == ["2026-02-23"]
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [("2026-02-20", "Essay (20/02)")]
    assert (parsed.schedule_rows, warned(parsed)) == (5, [("empty-title", 10)])


def test_a_grid_without_days_of_its_own_keeps_its_classes():
    parsed = read_rows("Week | Mon | Wed", "1 | Trees | Lakes", "2 | Hills | ")
    assert classes(parsed) == [("1", "None", "Trees"), ("1", "None", "Lakes"), ("2", "None", "Hills")]
    assert {code for code, _line in warned(parsed)} == {"date-missing"}


def test_a_grid_whose_weeks_have_no_header():
    parsed = read_rows(" | Mon | Wed", "9/02–13/02 | Trees | Lakes", "16/02–20/02 | No class | Hills")
    assert classes(parsed) == [
        ("", "2026-02-09", "Trees"),
        ("", "2026-02-11", "Lakes"),
        ("", "2026-02-18", "Hills"),
    ]
    assert warned(parsed) == []


CALENDAR = (
    "Monday | Tuesday | Thursday",
    "feb 9 | feb 10<br>**LEC 1:** [Trees](1.pdf)<br>Bring pens | **feb 12**<br>LEC 2: Lakes",
    "feb 16<br>Presidents' Day | feb 17: LEC 3: Hills | feb 19<br>**DUE:** [Lab 1](lab.md)",
    "feb 23 | | ",
)


def test_a_calendar_with_a_date_in_each_cell():
    parsed = read_rows(*CALENDAR)
    assert classes(parsed) == [
        ("", "2026-02-10", "LEC 1: Trees"),
        ("", "2026-02-12", "LEC 2: Lakes"),
        ("", "2026-02-17", "LEC 3: Hills"),
    ]
    assert (parsed.lectures[0].notes, parsed.lectures[0].materials[0].href) == (("Bring pens",), "1.pdf")
    assert [str(holiday.date) for holiday in parsed.holidays] == ["2026-02-16"]
    assert [(str(item.date), item.title) for item in parsed.deadlines] == [("2026-02-19", "DUE: Lab 1")]
    assert ([column.header for column in parsed.columns], warned(parsed)) == (["Monday", "Tuesday", "Thursday"], [])


@pytest.mark.parametrize(
    ("headers", "row", "days"),
    [
        (
            "Sunday | Monday | Tuesday | Wednesday | Thursday | Friday | Saturday",
            "2/1 | 2/2 Intro | 2/3 | 2/4 Why? | 2/5 | 2/6 Lab | 2/7",
            ["2 Intro", "4 Why?", "6 Lab"],
        ),
        ("Sunday | Monday | Tuesday | Friday", "Feb 8 | Intro | Feb 10 Loops | Lab", ["9 Intro", "10 Loops", "13 Lab"]),
        ("Monday | Tuesday | Friday", "Intro | Feb 10 Loops | Feb 13 Lab", ["9 Intro", "10 Loops", "13 Lab"]),
        ("Week of | Monday | Wednesday", "Feb 8 | Intro | Trees", ["9 Intro", "11 Trees"]),
        ("Week of | Monday | Wednesday", "Feb 9 | Intro | Trees", ["9 Intro", "11 Trees"]),
        ("Week of | Monday | Wednesday", "Feb 9 | Intro | Feb 12: Trees", ["9 Intro", "12 Trees"]),
    ],
)
def test_weeks_that_begin_on_any_day(headers, row, days):
    parsed = read_rows(headers, row, "Feb 15 | Break | " if "Week" in headers else "Feb 16 | Feb 17 | ")
    assert [f"{found.date.day} {found.title}" for found in parsed.lectures] == days
    assert warned(parsed, "date-unconfirmed") == []


def test_a_day_of_its_own_in_a_grid_moves_along():
    text = table("Week of | Monday | Wednesday", "Feb 9 | Intro | Feb 12: Trees", "Feb 16 | Lab | ")
    assert "| Feb 16 | Intro | Feb 19: Trees |" in redate(text, 7)


def test_two_days_of_a_week_with_presentations_and_its_number():
    parsed = read_rows(
        "Week | Mon | Wed", "1 (23/2) | Trees | ", "2 (2/3) | Project presentations | Project presentations",
        "4 (16/3) | Lakes | ",
    )  # fmt: skip
    assert [str(item.start) for item in parsed.milestones] == ["2026-03-02", "2026-03-04"]
    assert warned(parsed) == [("week-gap", 9)]


def test_a_calendar_moves_to_other_days():
    text = table(*CALENDAR)
    moved = redate(text, 7)
    assert "| feb 16 | feb 17<br>**LEC 1:** [Trees](1.pdf)<br>Bring pens | **feb 19**<br>LEC 2: Lakes |" in moved
    assert redate(moved, -7) == text


def test_days_beside_a_topic_are_other_columns():
    parsed = read_rows("Week | Topic | Mon | Wed", "9/02 | Trees | x | ", "16/02 | Lakes | | x")
    assert [column.field for column in parsed.columns] == ["week", "topic", "extra", "extra"]


def test_days_in_parentheses_behind_the_week():
    parsed = read_rows("Week | Topic", "S1 (9/2) | Trees", "S2 (16/2) | Lakes")
    assert [day for _week, day, _title in classes(parsed)] == ["2026-02-09", "2026-02-16"]


def test_a_grid_moves_to_other_days():
    text = table("Week | Monday | Thursday", "9 Feb | Trees | Lab 1", "16 Feb | Lakes | Lab 2")
    moved = redate(text, 7)
    assert ("| 16 Feb | Trees | Lab 1 |" in moved, "| 23 Feb | Lakes | Lab 2 |" in moved) == (True, True)
    assert redate(moved, -7) == text


def test_weekdays_beside_days_without_a_header():
    parsed = read_rows("Date | | Topic", "Fri | 2/13 | Trees", "Mon | 2/16 | Lakes")
    assert [day for _week, day, _title in classes(parsed)] == ["2026-02-13", "2026-02-16"]
    assert warned(parsed) == []


def test_days_without_a_header_beside_counted_weeks():
    parsed = read_rows("Week | | Topic", "1 | 13 Feb | Trees", "2 | 20 Feb | Lakes")
    assert classes(parsed) == [("1", "2026-02-13", "Trees"), ("2", "2026-02-20", "Lakes")]


def test_weeks_opened_by_a_line_in_bold():
    parsed = read(
        f"{TITLE}## Weekly schedule\n\n**Week 1 — 2 February**\nTrees. [Slides](1.pdf)\n\nBring pens.\n\n"
        "**Week 2 — 9 February**\nNo class\n\n**Week 3 — 16 February**\nLakes\n- [Lab](labs/3)\n\n## More\n\nNothing.\n"
    )
    assert classes(parsed) == [("Week 1", "2026-02-02", "Trees"), ("Week 3", "2026-02-16", "Lakes")]
    assert [(found.notes, [link.href for link in found.materials]) for found in parsed.lectures] == [
        (("Bring pens.",), ["1.pdf"]),
        ((), ["labs/3"]),
    ]
    assert [str(holiday.date) for holiday in parsed.holidays] == ["2026-02-09"]
    assert [section.title for section in parsed.sections if not section.understood] == ["More"]


def test_other_lines_in_bold_are_no_classes():
    modules = "**Module 1: Basics**\n\nSets.\n\n**Module 2: Graphs**\n\nTrees.\n\n"
    listed = "## Schedule\n\n- 2 Feb: Intro\n- 9 Feb: Trees\n- 16 Feb: Graphs\n"
    assert classes(read(f"{TITLE}## Syllabus\n\n{modules}{listed}")) == [
        ("", "2026-02-02", "Intro"),
        ("", "2026-02-09", "Trees"),
        ("", "2026-02-16", "Graphs"),
    ]
    news = read(f"{TITLE}## News\n\n**Week 1 feedback**\n\nGood.\n\n**Session 2 slides online**\n\nSee there.\n")
    assert error_codes(news) == [("no-schedule", 1)]


def test_halves_of_a_day_are_one_class():
    parsed = read_rows("Date | Matin (9h30) | Après-midi", "13/02 | Trees | Lab 1", "20/02 | Lakes | ")
    assert [(found.title, found.notes) for found in parsed.lectures] == [("Trees", ("Lab 1",)), ("Lakes", ())]
    assert warned(parsed) == []


def test_one_impossible_day_does_not_refuse_the_file():
    parsed = read_rows("Date | Topic", "13/02 | Trees", "16/18 | Lakes", "20/02 | Hills")
    assert [day for _week, day, _title in classes(parsed)] == ["2026-02-13", "None", "2026-02-20"]
    assert warned(parsed) == [("date-unreadable", 8)]


def test_the_first_row_is_the_header_where_that_is_blank():
    parsed = read_rows(" | | ", "**Week** | **Date** | **Topic**", "1 | 13/02 | Trees")
    assert [column.header for column in parsed.columns] == ["Week", "Date", "Topic"]
    assert classes(parsed) == [("1", "2026-02-13", "Trees")]
    assert (parsed.schedule_rows, warned(parsed)) == (1, [])
