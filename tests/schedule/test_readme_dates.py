"""Dates in cells and in prose, and the milestones that are made of them."""

import datetime as dt

import pytest

from schedule.readme import MilestoneItem
from schedule.readme_calendar import Calendar, NearestYears
from schedule.readme_dates import best_span, find_spans, hours_in
from tests.schedule.readme_texts import error_codes, read, read_rows, table, warned

pytestmark = pytest.mark.once

SCHEDULE = NearestYears(dt.date(2026, 2, 2), dt.date(2026, 5, 11))


def days(text: str) -> tuple[str | None, str | None]:
    """First and last day of a text, in an edition of spring 2026."""
    spans = find_spans(text)
    if not spans:
        return None, None
    first, last = Calendar(day_first=True, year=2026).dates(spans[0], SCHEDULE)
    return first and first.isoformat(), last and last.isoformat()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("02/03/2026", "2026-03-02", None),
        ("2/3", "2026-03-02", None),
        ("30/03/26", "2026-03-30", None),
        ("2026-03-30", "2026-03-30", None),
        ("30.03.2026", "2026-03-30", None),
        ("30-Mar-2026", "2026-03-30", None),
        ("March 30", "2026-03-30", None),
        ("Mon, Mar 30th, 2026", "2026-03-30", None),
        ("30th of March", "2026-03-30", None),
        ("lundi 30 mars", "2026-03-30", None),
        ("mar 3/2", "2026-02-03", None),
        ("1er avril", "2026-04-01", None),
        ("3 févr.", "2026-02-03", None),
        ("2026-03-30 10:20", "2026-03-30", None),
        ("~~05/02/2026~~ 06/02/2026", "2026-02-06", None),
        ("<s>05/02/2026</s> 06/02/2026", "2026-02-06", None),
        ("**[06/02/2026](x/2020-01-01.pdf)**", "2026-02-06", None),
        ("11/03/2026 - 18/03/2026", "2026-03-11", "2026-03-18"),
        ("11/03 – 18/03/2026", "2026-03-11", "2026-03-18"),
        ("11-18/03/2026", "2026-03-11", "2026-03-18"),
        ("Mar 3-7", "2026-03-03", "2026-03-07"),
        ("3-7 March 2026", "2026-03-03", "2026-03-07"),
        ("Dec 30 - Jan 3, 2027", "2026-12-30", "2027-01-03"),
        ("du 11 au 18 mars 2026", "2026-03-11", "2026-03-18"),
        ("between the 2nd and the 5th of March", "2026-03-02", "2026-03-05"),
        ("between the 30th of March and the 2nd of April", "2026-03-30", "2026-04-02"),
        ("between the 11/03/2026 and the 13/03/2026 (included) from 13:00 to 16:30", "2026-03-11", "2026-03-13"),
        ("Thu Mar 26, 6-7:30pm", "2026-03-26", None),
        ("Mon 2 Mar, 8.30 – 10.30", "2026-03-02", None),
        ("March 2, 14-16", "2026-03-02", None),
        ("March 2, 5", "2026-03-02", "2026-03-05"),
        ("Project 1 – 9 March", "2026-03-09", None),
        ("Jalon 1 - 9 mars", "2026-03-09", None),
        ("Session 3, 12 March", "2026-03-12", None),
        ("Pas de cours 3-7 mars", "2026-03-03", "2026-03-07"),
        ("Pas d'atelier, pas de TP 3 - 7 mars", "2026-03-03", "2026-03-07"),
        ("No lab 3 – 7 March", "2026-03-03", "2026-03-07"),
        ("Lab 10-12 March", "2026-03-10", "2026-03-12"),
        ("TP 20 et 21 mars", "2026-03-20", "2026-03-21"),
        ("phase 24-26 March", "2026-03-24", "2026-03-26"),
        ("Mar. 16/18", "2026-03-16", "2026-03-18"),
        ("Mar 16/2026", None, None),
        ("April 13/15", "2026-04-13", "2026-04-15"),
        ("April 13/15 slots", "2026-04-13", None),
        ("Milestone 2: March 3 / 4 slots of 20 minutes", "2026-03-03", None),
        ("March 18/16", "2026-03-18", None),
        ("Week 3 - 5 March", "2026-03-05", None),
        ("31/02/2026", None, None),
        ("00/00/0000", None, None),
        ("in the afternoon", None, None),
    ],
)
def test_a_date_is_read_as_written(text, first, last):
    assert days(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["B28 R.75 (0/75)", "room B37 S.42 (-1/42)", "4-5 questions", "you may 2 times", "v1.2"]
)
def test_prose_is_not_full_of_dates(text):
    assert find_spans(text, prose=True) == []


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("from 13:00 to 16:30", dt.time(13), dt.time(16, 30)),
        ("9h45-13h", dt.time(9, 45), dt.time(13)),
        ("de 13h à 16h30", dt.time(13), dt.time(16, 30)),
        ("1pm to 4pm", dt.time(13), dt.time(16)),
        ("Thursday 8:30 AM to 12:30 PM", dt.time(8, 30), dt.time(12, 30)),
    ],
)
def test_hours(text, begins, ends):
    assert hours_in(text) == (begins, ends)


@pytest.mark.parametrize("text", ["", "3-7 March", "11/03/2026 - 18/03/2026", "25:00 to 26:00", "noon"])
def test_no_hours(text):
    assert hours_in(text) is None


# one convention a table


def dates_of(*rows: str, **options) -> list[str]:
    parsed = read_rows("Date | Topic", *(f"{row} | T{number}" for number, row in enumerate(rows)), **options)
    return [lecture.date.isoformat() if lecture.date else "" for lecture in parsed.lectures]


def test_a_value_above_twelve_fixes_the_order_for_all():
    assert dates_of("02/03/2026", "16/03/2026") == ["2026-03-02", "2026-03-16"]
    assert dates_of("02/03/2026", "02/16/2026") == ["2026-02-03", "2026-02-16"]


def test_else_the_weekdays():
    assert dates_of("Mon 02/03/2026", "Mon 09/03/2026") == ["2026-03-02", "2026-03-09"]
    assert dates_of("Tue 02/03/2026", "Tue 02/10/2026") == ["2026-02-03", "2026-02-10"]


def test_else_the_language():
    text = table("Date | Sujet", "02/03/2026 | Les bases du cours et la suite", title="# C101 - Essai\n\n")
    assert read(text).lectures[0].date == dt.date(2026, 3, 2)


def test_else_it_asks_and_takes_an_answer():
    text = table("Date | Topic", "02/03/2026 | The start of it", "09/03/2026 | The rest")
    assert error_codes(read(text)) == [("date-order-ambiguous", 7)]
    assert read(text, day_first=False).lectures[0].date == dt.date(2026, 2, 3)


def test_the_year_comes_from_the_edition_and_turns_with_the_months():
    rows = ("November 27 | A", "December 18 | B", "January 8 | C", "February 5 | D")
    text = table("Date | Topic", *rows, title="# C101 - Testing [fall 2025]\n\n")
    assert [lecture.date.isoformat() for lecture in read(text).lectures] == [
        "2025-11-27",
        "2025-12-18",
        "2026-01-08",
        "2026-02-05",
    ]


def test_of_two_years_the_second_in_spring():
    text = table("Date | Topic", "22/09 | A", title="# C101 - 2025/2026\n\n")
    assert read(text).lectures[0].date == dt.date(2025, 9, 22)
    text = table("Date | Topic", "22/03 | A", title="# C101 - 2025/2026\n\n")
    assert read(text).lectures[0].date == dt.date(2026, 3, 22)


def test_a_year_that_nobody_says_is_asked_for_and_given():
    text = table("Date | Topic", "February 3 | A", title="# C101 - Testing\n\n")
    assert error_codes(read(text)) == [("year-needed", 7)]
    parsed = read(text, year=2026)
    assert (parsed.errors, parsed.edition.year, parsed.lectures[0].date) == ((), 2026, dt.date(2026, 2, 3))


def test_a_given_year_overrides_no_written_one():
    parsed = read(table("Date | Topic", "13/02/2026 | A"), year=2030)
    assert (parsed.edition.year, parsed.lectures[0].date) == (2026, dt.date(2026, 2, 13))


def test_odd_dates_are_told_and_the_row_stays():
    parsed = read_rows(
        "Date | Topic",
        "13/02/2026 | A",
        " | B",
        "31/02/2026 | C",
        "soon | D",
        "TBC | E",
        "Mon 20/02/2026 | F",
        "27/02/2026 (tentative) | G",
    )
    dates = [lecture.date and lecture.date.day for lecture in parsed.lectures]
    assert dates == [13, 13, None, None, None, 20, 27]
    assert warned(parsed) == [
        ("date-unreadable", 9),
        ("date-unreadable", 10),
        ("date-unconfirmed", 11),
        ("weekday-mismatch", 12),
        ("date-unconfirmed", 13),
    ]


def test_a_first_row_without_a_date_says_so():
    parsed = read_rows("Date | Topic", " | A", "13/02/2026 | B")
    assert (parsed.lectures[0].date, warned(parsed)) == (None, [("date-missing", 7)])


def test_rows_of_another_year_must_be_ticked():
    parsed = read(table("Date | Topic", "13/02/2026 | A", title="# C101 - Testing [spring 2025]\n\n"))
    assert [(issue.code, issue.line) for issue in parsed.questions] == [("edition-year-mismatch", 1)]


# milestones


def milestones(prose: str, *rows: str) -> tuple[MilestoneItem, ...]:
    return with_milestones(prose, *rows).milestones


def with_milestones(prose: str, *rows: str):
    rows = rows or ("13/02/2026 | A", "11/05/2026 | Z")
    return read(table("Date | Topic", *rows) + f"\n## Project\n\n### Milestones\n\n{prose}\n")


def test_a_window_with_dates_is_confirmed_although_its_slots_follow():
    (item,) = milestones("- MS1: a spot between the 2nd and the 5th of March. The exact spots will be announced later.")
    assert (item.number, item.kind, item.confirmed) == (1, "window", True)
    assert (item.start, item.end) == (dt.date(2026, 3, 2), dt.date(2026, 3, 5))


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("- MS1: to be confirmed", False),
        ("- MS1: each group presents.", False),
        ("- MS1: between the 2nd and the 5th of March (to be confirmed)", True),
        ("- MS1: on the 2nd of March, dates to be confirmed", True),
    ],
)
def test_an_unconfirmed_milestone(text, dated):
    (item,) = milestones(text)
    assert (item.confirmed, item.start is not None) == (False, dated)


def test_a_row_without_a_date_is_a_window_with_null_dates():
    parsed = with_milestones("", "13/02/2026 | A", " | MS 2", "11/05/2026 | Z")
    (item,) = parsed.milestones
    assert (item.number, item.kind, item.start, item.end, item.confirmed) == (2, "window", None, None, False)
    assert warned(parsed, "date-missing") == [("date-missing", 8)]


def test_a_presentation_day_named_twice_is_one_event_and_no_lecture():
    parsed = with_milestones("- MS3: on the 11th of May.", "13/02/2026 | A", "11/05/2026 | Project presentations")
    (item,) = parsed.milestones
    assert (item.number, item.kind, item.lines) == (3, "day", (8, 14))
    assert [lecture.title for lecture in parsed.lectures] == ["A"]


def test_different_dates_are_a_conflict_that_a_person_settles():
    parsed = with_milestones("- MS1: on the 27th of February.", "13/02/2026 | A", "20/02/2026 | MS1 presentations")
    assert [(issue.code, issue.line) for issue in parsed.questions] == [("milestone-conflict", 8)]
    assert parsed.milestones[0].start == dt.date(2026, 2, 20)


def test_sub_headings_and_paragraphs_say_milestones_too():
    prose = (
        "#### Milestone 2\n\nTeams present it between the 16/03/2026 and the 18/03/2026 (included) from 13:00 to 16:30."
    )
    (item,) = milestones(prose)
    assert (item.number, item.start, item.end) == (2, dt.date(2026, 3, 16), dt.date(2026, 3, 18))
    assert (item.starts_at, item.ends_at) == (dt.time(13), dt.time(16, 30))


def test_a_table_of_milestones():
    first, second = milestones("| What | When |\n|---|---|\n| MS1 | 2-5 March |\n| MS2 | 11 May |")
    assert (first.kind, first.end, second.kind) == ("window", dt.date(2026, 3, 5), "day")


def test_a_date_far_from_the_classes_is_told():
    parsed = with_milestones("- MS1: on the 2nd of March 2024.")
    assert warned(parsed, "milestone-outside-edition") == [("milestone-outside-edition", 14)]


def test_prose_takes_the_year_nearest_to_the_schedule():
    text = table("Date | Topic", "November 27 | A", "December 18 | B", title="# C101 [fall 2025]\n\n")
    (item,) = read(text + "\n## Milestones\n\n- MS1: on the 15th of January\n").milestones
    assert item.start == dt.date(2026, 1, 15)


def test_a_hand_in_day_is_not_the_milestone():
    (item,) = milestones("- MS1: hand in before the 1st of March, present on the 3rd of March.")
    assert item.start == dt.date(2026, 3, 3)


def test_the_best_span_is_a_stretch():
    span = best_span("Announced on the 1st of March: between the 3rd and the 5th of March.")
    assert span and (span.first.day.text, span.last.day.text) == ("3", "5")
