"""Tables of what is due beside the schedule: "Assignment | Released | Due"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from schedule.readme_calendar import Calendar, NearestYears
from schedule.readme_classes import BLANK, EXAM_OPENS
from schedule.readme_columns import DUE_WORDS, Row, Table, field_of, normalised
from schedule.readme_dates import Span, find_spans, visible
from schedule.readme_due import WORK
from schedule.readme_facts import MAX_READ, MAX_ROWS, MAX_TITLE, Deadline
from schedule.readme_inline import Reader
from schedule.readme_tables import MILESTONE_ROW, rank, tables_of
from schedule.readme_text import Document, fold

WORD = re.compile(r"[^\W\d_]{2}")
OTHER_DAY = re.compile(r"\b(?:release\w*|out|posted|published|assigned|start\w*|opens?|distribu\w*|publi\w*|debut)\b")
WORK_HEADER = re.compile(
    r"\b(?:assignments?|homeworks?|hws?|projects?|milestones?|deliverables?|labs?|exercises?|reports?|tasks?|quiz(?:zes)?"
    r"|problem sets?|psets?|devoirs?|rendus?|livrables?|projets?|tps?|tds?|exercices?|rapports?|taches?)\b"
)
MEASURE = re.compile(r"\b(?:points?|weight\w*|marks?|grades?|poids|notes?|bareme)\b")


@dataclass(frozen=True)
class DueRow:
    """One piece of work: its name as Markdown, the cell that says when, and the date in it."""

    row: Row
    name: str
    header: str
    cell: str
    span: Span


def due_rows(doc: Document, schedule: Table) -> Iterator[DueRow]:
    """The rows of every table with one column of days on which something is due, and one that names it."""
    taken = {number for start, end in schedule.blocks for number in range(start, end)}
    for table in tables_of(doc):
        if table.blocks[0][0] in taken or len(table.rows) > MAX_ROWS or not rank(table):
            continue
        due = [index for index, header in enumerate(table.headers) if _is_due(header)]
        if len(due) != 1 or "date" in map(field_of, table.headers):
            continue  # days of something else as well, or a soft and a hard deadline: which one counts is not clear
        may = [index for index in range(len(table.headers)) if index != due[0] and _names(table, index)]
        # Words first; a count ("1" below "HW") where no column has them.
        named = next((index for index in may if _has(table, index, WORD)), may[0] if may else None)
        if named is None:
            continue
        for row in table.rows:
            cell = row.cells[due[0]]
            spans = find_spans(cell[:MAX_READ])
            if spans and row.piped and not BLANK.match(fold(visible(row.cells[named]))):
                yield DueRow(row, row.cells[named], table.headers[named], cell, spans[0])


def _is_due(header: str) -> bool:
    words = re.split(r"[\s'/]+", normalised(header))
    return bool(DUE_WORDS & set(words)) or normalised(header) in ("submission", "submission date", "hand-in", "hand in")


def _names(table: Table, index: int) -> bool:
    """Whether a column names the work, by its header or in its cells: neither days nor weeks, nor a speaker or team."""
    header = normalised(table.headers[index])
    if field_of(table.headers[index]) in ("date", "week", "time") or OTHER_DAY.search(header):
        return False
    cells = table.sample(index)
    dated = sum(bool(find_spans(cell[:MAX_READ])) for cell in cells)
    if not cells or 2 * dated > len(cells) or MEASURE.search(header):
        return False
    return bool(WORK_HEADER.search(header)) or _has(table, index, WORK)


def _has(table: Table, index: int, pattern: re.Pattern[str]) -> bool:
    """Whether most cells have something."""
    cells = table.sample(index)
    return 2 * sum(bool(pattern.search(fold(visible(cell[:MAX_READ])))) for cell in cells) > len(cells)


def deadlines_beside(
    doc: Document, schedule: Table, reader: Reader, calendar: Calendar, years: NearestYears, known: list[Deadline]
) -> list[Deadline]:
    """Those that no row of the schedule has: of the same day, and with the same name in it."""
    found: list[Deadline] = []
    for due in due_rows(doc, schedule):
        line = due.row.line
        name = reader.plain(due.name, line)
        if MILESTONE_ROW.match(fold(name)) or EXAM_OPENS.match(fold(name)):
            continue
        if not WORD.search(name):
            name = f"{reader.plain(due.header, line)} {name}".strip()  # "1a" below "Task"
        first, last = calendar.dates(due.span, years)
        day = last or first
        if day and name and not any(item.date == day and _same(item.title, name) for item in known):
            found.append(Deadline(day, name[:MAX_TITLE], line))
    return found


def _same(title: str, name: str) -> bool:
    one, other = (re.sub(r"[\W_]+", "", fold(text)) for text in (title, name))
    return one in other or other in one
