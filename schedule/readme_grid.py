"""A grid of weeks: a row for each week, a column for each day of it on which there is a class."""

from dataclasses import replace

from schedule.readme_classes import BLANK
from schedule.readme_columns import Row, Table, normalised
from schedule.readme_dates import WEEKDAYS
from schedule.readme_text import fold


def weekday_of(header: str) -> int | None:
    """The day (Monday is 0) that a header names and nothing else: "Lundi (CM)", "Mondays"."""
    word = normalised(header)
    return WEEKDAYS.get(word, WEEKDAYS.get(word.removesuffix("s")))


def days_of(headers: list[str]) -> dict[int, int]:
    """The columns that are days of the week, where there are several: their weekdays by their positions."""
    days = {index: day for index, header in enumerate(headers) if (day := weekday_of(header)) is not None}
    return days if len(set(days.values())) > 1 else {}


def split_by_days(table: Table) -> None:
    """A row for each class of a week. What the other columns say is of the week: it stays with the first of them."""
    days = days_of([column.header for column in table.columns if column.field == "topic"])
    topics = [index for index, column in enumerate(table.columns) if column.field == "topic"]
    if not days or len(days) < len(topics):
        return
    rows: list[Row] = []
    for row in table.rows:
        taught = [index for index in topics if not BLANK.match(fold(row.cells[index]))]
        for number, index in enumerate(taught):
            kept = {index} if number else set(range(len(row.cells))) - set(topics) | {index}
            kept |= {at for at, column in enumerate(table.columns) if column.field in ("date", "week", "sprint")}
            cells = tuple(cell if at in kept else "" for at, cell in enumerate(row.cells))
            rows.append(replace(row, cells=cells, weekday=days[topics.index(index)], again=number > 0))
        if not taught:
            rows.append(row)
    table.rows = rows
