"""A grid of weeks: a row for each week, a column for each day of it on which there is a class."""

import re
from dataclasses import replace

from schedule.readme_classes import BLANK
from schedule.readme_columns import LABEL, SAMPLE, Row, Table, normalised
from schedule.readme_dates import WEEKDAYS, Span, find_spans
from schedule.readme_facts import MAX_READ
from schedule.readme_text import fold

DAYS = 7
HOURS_OF_DAY = re.compile(r"\s(?:(?:at|a)\s)?\d[\dhapm\s-]*$|\s(?:matin|apres-midi|morning|afternoon)$")
AFTER_DATE = re.compile(r"^(?:\s|:|<br\s*/?>|</\w{1,6}>)*", re.IGNORECASE)


def weekday_of(header: str) -> int | None:
    """The day (Monday is 0) that a header names, beside hours at most: "Lundi (CM)", "Mondays", "Jeudi 8h-10h"."""
    if len(header) > LABEL:
        return None
    word = HOURS_OF_DAY.sub("", normalised(header))
    return WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))


def days_of(headers: list[str]) -> dict[int, int]:
    """The columns that are days of the week, where there are several: their weekdays by their positions."""
    days = {index: day for index, header in enumerate(headers) if (day := weekday_of(header)) is not None}
    return days if 1 < len(set(days.values())) <= len(days) <= DAYS else {}


def is_calendar(table: Table, headers: list[str]) -> bool:
    """Whether every column is a day of the week, and the cells say which: "feb 3<br>Trees"."""
    if not headers or len(days_of(headers)) < len(headers):
        return False
    cells = [cell for row in table.rows[:SAMPLE] for cell in row.cells if cell]
    return 2 * sum(_date_of(cell) is not None for cell in cells) > len(cells) > 0


def split_by_days(table: Table) -> None:
    """A row for each class of a week. What the other columns say is of the week: it stays with the first of them."""
    topics = [index for index, column in enumerate(table.columns) if column.field == "topic"]
    days = days_of([table.columns[index].header for index in topics])
    if not days or len(days) < len(topics):
        return
    of_week = {at for at, column in enumerate(table.columns) if column.field in ("date", "week", "sprint")}
    is_dated = not of_week
    rows: list[Row] = []
    for row in table.rows:
        week = ""
        if is_dated:
            table.day_cells += [(row.line, cell) for cell in row.cells if _date_of(cell)]
            week = next((cell for cell in row.cells if _date_of(cell)), "")
            row = replace(row, cells=tuple(map(_without_date, row.cells)), week_of=week)
        taught = [index for index in topics if not BLANK.match(fold(row.cells[index]))]
        for number, index in enumerate(taught):
            kept = {index} | of_week if number else set(range(len(row.cells))) - set(topics) | {index}
            cells = tuple(cell if at in kept else "" for at, cell in enumerate(row.cells))
            rows.append(replace(row, cells=cells, weekday=days[topics.index(index)], again=number > 0))
        if not taught and not is_dated:
            rows.append(row)
    table.rows = rows


def _date_of(cell: str) -> Span | None:
    """The date that a cell of a calendar opens with."""
    spans = find_spans(cell[:MAX_READ])
    return spans[0] if spans and not re.search(r"\w", cell[: spans[0].start]) else None


def _without_date(cell: str) -> str:
    span = _date_of(cell)
    if span is None:
        return cell
    marks, rest = cell[: span.start].strip(), cell[span.end :].lstrip(" :.,")  # "**feb 3**: Trees"
    return AFTER_DATE.sub("", rest.removeprefix(marks) if set(marks) <= set("*_") else rest)
