"""A course moved by whole weeks as text."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedule.readme import Parsed
from schedule.redate import redate
from tests.schedule.readme_texts import own_course, read, shared_course, table

pytestmark = pytest.mark.once

WEEKS = st.integers(-150, 150)


def dates(parsed: Parsed) -> list[dt.date | None]:
    rows = [(lecture.date, lecture.end) for lecture in parsed.lectures]
    rows += [(holiday.date, holiday.end) for holiday in parsed.holidays]
    rows += [(milestone.start, milestone.end) for milestone in parsed.milestones]
    rows += [(exam.date, None) for exam in parsed.exams] + [(deadline.date, None) for deadline in parsed.deadlines]
    return [day for row in rows for day in row]


def assert_moves(text: str, weeks: int) -> None:
    moved = redate(text, 7 * weeks)
    before, after = read(text), read(moved)
    assert after.errors == ()
    assert dates(after) == [day and day + dt.timedelta(weeks=weeks) for day in dates(before)]
    assert [issue.code for issue in after.warnings] == [issue.code for issue in before.warnings]
    assert redate(moved, -7 * weeks) == text


@pytest.mark.parametrize(
    ("headers", "row", "moved"),
    [
        ("Date | Topic | Due", "9 Feb | a | 9 Feb", "8 Feb | a | 8 Feb"),
        ("Date | Topic | Assignment | Notes", "9 Feb | a | due 9 Feb | due 9 Feb", "8 Feb | a | due 8 Feb | due 8 Feb"),
    ],
)
def test_cells_that_say_the_same_day_move_each(headers, row, moved):
    rule = " | ".join("---" for _ in headers.split("|"))
    text = f"# X101 A course [spring 2026]\n\n| {headers} |\n| {rule} |\n| {{}} |\n"
    assert redate(text.format(row), 364) == text.format(moved).replace("2026", "2027")


@given(WEEKS)
def test_our_course_moves_there_and_back(weeks):
    assert_moves(own_course(), weeks)


def test_the_seed_moves_there_and_back():
    seed = shared_course("seed/README.md").decode()
    for weeks in range(-60, 61, 4):
        assert_moves(seed, weeks)


@given(WEEKS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"]))
def test_line_ends_and_byte_order_mark_stay(weeks, ending, mark):
    assert_moves(mark + own_course().replace("\n", ending), weeks)


def test_nothing_but_dates_changes():
    text, moved = own_course(), redate(own_course(), 28)
    changed = [(old, new) for old, new in zip(text.split("\n"), moved.split("\n"), strict=True) if old != new]
    assert len(changed) == 12 + 3
    assert changed[1] == (
        "| 09/02/2027 | W2  | Sprint 1 | Versioning & review | [Lecture slides](lectures/02_versioning.pdf) "
        "| [Lab1](directed_work/01_versioning/README.md) |",
        "| 09/03/2027 | W2  | Sprint 1 | Versioning & review | [Lecture slides](lectures/02_versioning.pdf) "
        "| [Lab1](directed_work/01_versioning/README.md) |",
    )
    assert changed[-3][1] == (
        "- MS1: Each team picks a time between the 29th of March and the 1st of April. "
        "The times will be announced later."
    )


def test_a_stretch_names_its_month_as_often_as_it_must():
    moved = redate(own_course(), 7)
    assert "between the 8th and the 11th of March." in moved
    assert "between the 7th and the 9th of April." in moved


def test_over_the_turn_of_the_year():
    moved = redate(own_course(), 7 * 41)
    assert moved.startswith("# DATA4100 - Data Products in Practice [fall 2027]\n")
    parsed = read(moved)
    assert (str(parsed.days[0]), str(parsed.days[-1])) == ("2027-11-16", "2028-01-25")
    assert [str(milestone.start) for milestone in parsed.milestones] == ["2027-12-13", "2028-01-12", "2028-02-01"]
    assert_moves(moved, 30)


@pytest.mark.parametrize(
    ("title", "rows", "days", "new_title", "cells"),
    [
        ("# C101 [Fall 2025]", ["Nov 27 | A", "Jan 8 | B"], 70, "# C101 [Spring 2026]", ["Feb 5", "Mar 19"]),
        ("# C101 [spring 2026]", ["L 16/02 | A"], 7, "# C101 [spring 2026]", ["L 23/02"]),
        ("# C101 [spring 2026]", ["2026-02-16 | A"], 7, "# C101 [spring 2026]", ["2026-02-23"]),
        ("# C101 [spring 2026]", ["16/2/26 | A", "2/3/26 | B"], 364, "# C101 [spring 2027]", ["15/2/27", "1/3/27"]),
        ("# C101 - 2025-2026", ["22/09/2025 | A"], 364, "# C101 - 2026-2027", ["21/09/2026"]),
        ("# C101 - 2025/26", ["22/09 | A"], 364, "# C101 - 2026/27", ["21/09"]),
        ("# C101 [printemps 2026]", ["2 mars | A"], 28 * 7, "# C101 [automne 2026]", ["14 septembre"]),
        ("# C101 [spring 2026]", ["Feb 23-27 | A"], 7, "# C101 [spring 2026]", ["Mar 2-6"]),
        ("# C101 [spring 2026]", ["Feb 23-27 | A"], 56, "# C101 [spring 2026]", ["Apr 20-24"]),
        ("# C101 [spring 2026]", ["Mar 23-27 | A"], 7, "# C101 [spring 2026]", ["Mar 30-Apr 3"]),
        ("# C101 [spring 2026]", ["23-27/02/2026 | A"], 28, "# C101 [spring 2026]", ["23-27/03/2026"]),
        ("# C101 [spring 2026]", ["23-27/03/2026 | A"], 7, "# C101 [spring 2026]", ["30/03-03/04/2026"]),
        ("# C101 [spring 2026]", ["3rd Mar | A"], 28, "# C101 [spring 2026]", ["31st Mar"]),
        ("# C101 [spring 2026]", ["1er mars | A"], 7, "# C101 [spring 2026]", ["8 mars"]),
        ("# C101 [spring 2026]", ["13 jan. | A", "1er fév. | B"], 7, "# C101 [spring 2026]", ["20 jan.", "8 fév."]),
        ("# C101 [spring 2026]", ["8 mars | A", "1er oct. | B"], 7, "# C101 [spring 2026]", ["15 mars", "8 oct."]),
        ("# C101 [spring 2026]", ["Feb 13 | A", "Oct 1st | B"], 7, "# C101 [spring 2026]", ["Feb 20", "Oct 8th"]),
        ("# C101 [spring 2026]", ["3/31–4/2 | A"], 7, "# C101 [spring 2026]", ["4/7–4/9"]),
        ("# C101 [spring 2026]", ["31/3–2/4 | A"], 7, "# C101 [spring 2026]", ["7–9/4"]),
        ("# C101 [spring 2026]", ["02/16/2026 | A"], 14, "# C101 [spring 2026]", ["03/02/2026"]),
        ("# C101 [spring 2026]", ["~~16/02~~ 23/02 | A"], 7, "# C101 [spring 2026]", ["~~16/02~~ 02/03"]),
    ],
)
def test_every_format_is_kept(title, rows, days, new_title, cells):
    text = table("Date | Topic", *rows, title=f"{title}\n\n")
    moved = redate(text, days)
    assert moved.split("\n")[0] == new_title
    assert [line.split("|")[1].strip() for line in moved.split("\n")[6:-1]] == cells


def test_dates_of_other_times_stay():
    text = table("Date | Topic", "13/02/2026 | A")
    text += "\n## Project\n\nSince 13/02/2019 (version 1.2, room 0/75), due on the 20th of February.\n"
    moved = redate(text, 7)
    assert "Since 13/02/2019 (version 1.2, room 0/75), due on the 27th of February." in moved


def test_only_whole_weeks_of_something_that_has_dates():
    with pytest.raises(ValueError, match="whole weeks"):
        redate(own_course(), 10)
    with pytest.raises(ValueError, match="no schedule"):
        redate("# Nothing\n", 7)
    with pytest.raises(ValueError, match="line 7 holds escapes"):
        redate(table("Date | Topic", r"13/02/2026 \| 9h | A"), 7)
    with pytest.raises(ValueError, match="no dates"):
        redate("# C101 [spring 2026]\n\n| Week | Topic |\n|---|---|\n| W1 | A |\n", 7)
