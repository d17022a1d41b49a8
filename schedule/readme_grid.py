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
        own = {index: row.cells[index] for index in topics if _date_of(row.cells[index], prose=not is_dated)}
        if is_dated:
            table.day_cells += [(row.line, cell, table.columns[at].header) for at, cell in own.items()]
        row = replace(row, cells=tuple(_without_date(c) if at in own else c for at, c in enumerate(row.cells)))
        taught = [index for index in topics if not BLANK.match(fold(row.cells[index]))]
        for number, index in enumerate(taught):
            kept = {index} | of_week if number else set(range(len(row.cells))) - set(topics) | {index}
            cells = tuple(cell if at in kept else "" for at, cell in enumerate(row.cells))
            split = replace(row, cells=cells, again=number > 0)
            if index in own:
                rows.append(replace(split, week_of=own[index]))
                continue
            beside = max((at for at in own if at < index), default=min(own, default=index)) if is_dated else index
            weekday = days[topics.index(index)]
            rows.append(replace(split, week_of=own.get(beside, ""), weekday=weekday, is_before=beside > index))
        if not taught and not is_dated:
            rows.append(row)
    table.rows = rows


def _date_of(cell: str, *, prose: bool = False) -> Span | None:
    """The date that a cell of a calendar opens with."""
    spans = find_spans(cell[:MAX_READ], prose=prose)
    return spans[0] if spans and not re.search(r"\w", cell[: spans[0].start]) else None


def _without_date(cell: str) -> str:
    span = _date_of(cell)
    if span is None:
        return cell
    marks, rest = cell[: span.start].strip(), cell[span.end :].lstrip(" :.,")  # "**feb 3**: Trees"
    return AFTER_DATE.sub("", rest.removeprefix(marks) if set(marks) <= set("*_") else rest)
