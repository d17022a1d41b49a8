"""A README's text by its places: lines, table cells, list items. Pure; what is found here is what may be changed."""

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field
from html import escape
from typing import Any

from schedule import readme
from schedule.readme import Parsed
from schedule.readme_calendar import Calendar
from schedule.readme_columns import Row, Table
from schedule.readme_dates import Span
from schedule.readme_edition import read_edition
from schedule.readme_inline import Reader
from schedule.readme_rows import RowReader
from schedule.readme_tables import find_schedule
from schedule.readme_text import Refused, Warnings, cell_spans, is_french, read_document
from schedule.readme_when import date_cell
from schedule.writing_dates import Change, DateWriter, Style, line_starts

Changes = list[Change]
NOWHERE = (-1, -1)
LINE_END = re.compile(r"\r\n|\r|\n")
MARKER = re.compile(r"^(?P<indent>[ \t>]*)(?:(?P<bullet>[-*+])|(?P<number>\d{1,9})(?P<after>[.)]))(?P<gap>[ \t]+)")
MARKDOWN = re.compile(r"([\\`*_\[\]<>~&])")


def in_cell(text: str) -> str:
    """Text as a table cell takes it."""
    return re.sub(r"(?<!\\)\|", r"\\|", LINE_END.sub("<br/>", text.strip()))


def literal(text: str) -> str:
    """The same with Markdown's own characters escaped: what is read back is what was typed."""
    return in_cell(MARKDOWN.sub(r"\\\1", text))


@dataclass(frozen=True)
class Options:
    """What the reader was told beside the text."""

    timezone: str = "Europe/Brussels"
    year: int | None = None
    day_first: bool | None = None

    def parse(self, text: str) -> Parsed:
        return readme.parse(text.encode(), year=self.year, timezone=self.timezone, day_first=self.day_first)


@dataclass(eq=False)
class Page:
    text: str
    options: Options
    known: InitVar[Parsed | None] = None
    parsed: Parsed = field(init=False)

    def __post_init__(self, known: Parsed | None) -> None:
        self.parsed = known or self.options.parse(self.text)
        self.doc = doc = read_document(self.text)
        self.starts = line_starts(self.text)
        self.reader = Reader(doc, Warnings())
        edition, self.title = read_edition(doc, self.reader)
        self.table: Table | None = None
        self.calendar = Calendar(day_first=True)
        self.spans: dict[int, tuple[str, Span | None]] = {}
        if self.parsed.errors:
            return
        try:
            self.table = find_schedule(doc, self.reader, Warnings(), edition)
            if self.table:
                rows = RowReader(self.table, self.reader, Warnings())
                self.spans = rows.dates.cells
                day_first = self.options.day_first
                self.calendar = rows.read(self.parsed.edition, french=is_french(doc), day_first=day_first).calendar
        except Refused:
            self.table = None

    @functools.cached_property
    def dates(self) -> DateWriter:
        atoms = [atom for _cell, span in self.spans.values() if span for atom in span.atoms]
        return DateWriter(Style(atoms, french=is_french(self.doc)), self.calendar.day_first)

    # lines

    def line(self, number: int) -> tuple[int, str]:
        """Where a line (from 1) begins, and its text without its end."""
        start = self.starts[number - 1]
        return start, LINE_END.sub("", self.text[start : self.starts[number]])

    @property
    def last_line(self) -> int:
        return len(self.starts) - 1

    @functools.cached_property
    def line_end(self) -> str:
        found = LINE_END.search(self.text)
        return found[0] if found else "\n"

    def after(self, number: int, *lines: str) -> Change:
        """These lines below line `number` (0: at the top)."""
        place = self.starts[number]
        ends = number == 0 or bool(LINE_END.search(self.text[self.starts[number - 1] : place]))
        text = self.line_end.join(lines)
        return Change(place, place, text + self.line_end if ends else self.line_end + text)

    def without(self, first: int, last: int) -> Change:
        """Lines `first` to `last` gone."""
        start, end = self.starts[first - 1], self.starts[last]
        if end == len(self.text) and first > 1 and not LINE_END.search(self.text[self.starts[last - 1] : end]):
            start -= len(self.text[:start]) - len(self.text[:start].rstrip("\r\n"))
        return Change(start, end, "")

    # rows

    @functools.cached_property
    def rows(self) -> dict[int, Row]:
        return {row.line: row for row in self.table.rows} if self.table else {}

    @property
    def made_of(self) -> str:
        """Of what the schedule is made: table, html, headings."""
        return self.table.made_of if self.table else ""

    def put(self, text: str) -> list[str]:
        """How a cell may say this text: as typed, else with what would be read as markup escaped."""
        if self.made_of == "html":
            return [LINE_END.sub("<br>", escape(text.strip(), quote=False))]
        return list(dict.fromkeys((in_cell(text), literal(text))))

    def offset(self, line: int, column: int) -> int:
        """Of a place that the reader found (line and column from 0)."""
        return self.starts[line] + column + (line == 0 and self.text.startswith("\ufeff"))

    def cells(self, number: int) -> list[tuple[int, int]] | None:
        """The cells of a schedule row as offsets in the text, without the spaces around; None: not to be written in."""
        row = self.rows.get(number)
        if row is None or not row.piped:
            return None
        if row.places:
            return self._placed(row)
        start, line = self.line(number)
        spans = cell_spans(line)
        said = [line[left:right].replace("\\|", "|") for left, right in spans]
        if said[: len(row.cells)] != list(row.cells[: len(said)]):
            return None  # nested, or with control characters in it
        return [(start + left, start + right) for left, right in spans]

    def _placed(self, row: Row) -> list[tuple[int, int]] | None:
        """The cells of a row that is no line with pipes; NOWHERE for one that is not there, or in several pieces."""
        found = []
        for place, cell in zip(row.places, row.cells, strict=False):
            if place is None:
                found.append(NOWHERE)
                continue
            left, right = self.offset(place.line, place.column), self.offset(place.end_line, place.end_column)
            piece = self.text[left:right]
            if "<br>" not in cell and " ".join(piece.split()) != " ".join(cell.split()):
                return None  # with control characters or comments in it
            start = left + len(piece) - len(piece.lstrip())
            found.append((start, start + len(piece.strip())))
        return found

    def pieces(self, number: int) -> list[tuple[int, int]]:
        """The lines of a row that stands in lines of text, one region each; [] where it stands in cells."""
        row = self.rows.get(number)
        if row is None or self.made_of != "headings" or row.whole is None:
            return []
        return [self.region(line, line) for line in range(number, max(row.whole.end_line, number) + 1)]

    def cell(self, number: int, index: int) -> str:
        cells = self.cells(number) or []
        return self.text[slice(*cells[index])] if index < len(cells) else ""

    def set_cell(self, number: int, index: int, value: str) -> Changes | None:
        """The cell with this value; a short row is padded up to it and no further."""
        cells = self.cells(number)
        if cells is None:
            return None
        row = self.rows[number]
        if row.places:
            is_there = index < len(cells) and cells[index] != NOWHERE
            return [Change(*cells[index], value)] if is_there else None if value else []
        if index < len(cells):
            left, right = cells[index]
            if left < right:
                if not value and not self.text[self.line(number)[0] : left].strip() and index == 0:
                    return [Change(left, right, "|")]  # else the next pipe would open the row
                between = not value and self.text[left - 1 : left] == " " == self.text[right : right + 1]
                return [Change(left, right + between, value)]
            left, right = self._between_pipes(number, left)
            padded = f" {value} " if value else " "
            return [Change(left, right, padded.ljust(right - left))]
        if not value:
            return []
        start, line = self.line(number)
        bare = line.rstrip()
        missing = " |" * (index - len(cells))
        ends_with_pipe = bare.endswith("|") and not bare.endswith("\\|")
        place = start + len(bare)
        return [Change(place, place, f"{missing} {value} |" if ends_with_pipe else f"{missing} | {value}")]

    def without_row(self, number: int) -> Change:
        """A row gone, with all of its lines."""
        row = self.rows[number]
        if row.whole is None:
            return self.without(number, number)
        if self.made_of == "headings":
            return self.without(row.whole.line + 1, max(row.whole.end_line, number))
        start = self.offset(row.whole.line, row.whole.column)
        end = self.offset(row.whole.end_line, row.whole.end_column)
        first, last = self.starts[row.whole.line], self.starts[row.whole.end_line + 1]
        is_alone = not (self.text[first:start] + self.text[end:last]).strip()
        return Change(first, last, "") if is_alone else Change(start, end, "")

    def _between_pipes(self, number: int, at: int) -> tuple[int, int]:
        """The blank cell around an offset, from pipe to pipe."""
        start, line = self.line(number)
        left = right = at - start
        while left > 0 and line[left - 1] != "|":
            left -= 1
        while right < len(line) and line[right] != "|":
            right += 1
        return start + left, start + right

    def columns(self, *fields: str) -> list[int]:
        places = self.table.places if self.table else {}
        return [index for name in fields for index, _header in places.get(name, ())]

    def filled(self, number: int, *fields: str) -> int | None:
        """The column of one of these fields where the row says something, else the first of them."""
        columns = self.columns(*fields)
        row = self.rows.get(number)
        filled = [index for index in columns if row and index < len(row.cells) and row.cells[index]]
        return next(iter(filled or columns), None)

    @functools.cached_property
    def days(self) -> dict[int, dt.date]:
        """The first day of each row of the schedule, by line."""
        parsed = self.parsed
        rows: list[Any] = [*parsed.lectures, *parsed.holidays, *parsed.exams, *parsed.deadlines]
        found = [(row.line, row.date) for row in rows]
        found += [(line, item.start) for item in parsed.milestones for line in item.lines]
        return {line: day for line, day in reversed(found) if day and line in self.rows}

    def row_above(self, day: dt.date | None) -> int | None:
        """The row below which a new one of that day belongs; None: above all."""
        if day is None:
            return max(self.rows, default=None)
        before = [(known, line) for line, known in self.days.items() if known <= day]
        return max(before)[1] if before else None

    def date_column(self, number: int) -> int | None:
        """The column that holds the row's date."""
        if not self.table or number not in self.rows:
            return None
        row = self.rows[number]
        cell, _span = date_cell(self.table, row)
        columns = self.columns("date") or self.columns("week")
        return next((index for index in columns if cell and row.cells[index] == cell), next(iter(columns), None))

    def nearest_date(self, number: int, *, stretch: bool) -> tuple[str, Span] | None:
        """The date cell whose format a new one beside line `number` follows."""
        dated = [(line, cell, span) for line, (cell, span) in self.spans.items() if span and self.cells(line)]
        alike = [entry for entry in dated if bool(entry[2].last) == stretch] or dated
        above = [entry for entry in alike if entry[0] <= number]
        nearest = max(above, default=None, key=lambda entry: entry[0]) or next(iter(alike), None)
        return nearest and nearest[1:]

    # list items

    def item(self, number: int) -> tuple[int, int]:
        """First and last line of the list item (or paragraph) that begins on a line."""
        _start, line = self.line(number)
        marker = MARKER.match(line)
        indent = len(marker["indent"]) if marker else 0
        last = number
        for following in range(number + 1, self.last_line + 1):
            _start, line = self.line(following)
            depth = len(line) - len(line.lstrip())
            if not line.strip():
                if not marker:
                    break
                continue
            after_blank = following - last > 1
            sibling = MARKER.match(line)
            if (sibling and depth <= indent) or line.startswith("#") or (after_blank and depth <= indent):
                break
            last = following
        return number, last

    def region(self, first: int, last: int) -> tuple[int, int]:
        start, line = self.line(last)
        return self.starts[first - 1], start + len(line)


def swaps(page: Page, region: tuple[int, int], old: str, new: str, *, as_cell: bool = True) -> Iterator[Changes]:
    """Where a region says `old` in so many words, and nothing else of it: `new` instead."""
    words = old.split()
    if not words:
        return
    start, end = region
    piece = page.text[start:end]
    put = page.put(new) if as_cell else [new, MARKDOWN.sub(r"\\\1", new)]
    forms = dict.fromkeys([old, in_cell(old), literal(old), escape(old, quote=False)])
    for form in forms:
        pattern = r"\s+".join(map(re.escape, form.split()))
        if re.match(r"\w", form):
            pattern = rf"(?<!\w){pattern}"
        if re.search(r"\w$", form):
            pattern = rf"{pattern}(?!\w)"
        for match in list(re.finditer(pattern, piece))[:3]:
            for text in dict.fromkeys(put):
                yield [Change(start + match.start(), start + match.end(), text)]
