"""A README moved to other days as text: every date that the reader finds, in its own format, and nothing else."""

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from schedule.readme_calendar import Calendar, NearestYears, RowYears, Years
from schedule.readme_classes import DUE_WORD
from schedule.readme_columns import Row, Table, field_of
from schedule.readme_dates import Span, find_spans
from schedule.readme_due import spans_in
from schedule.readme_due_tables import due_rows
from schedule.readme_edition import (
    ACADEMIC,
    SEASON_AND_YEAR,
    SHORT,
    YEAR_ALONE,
    YEAR_GROUPS,
    from_heading,
    full_year,
    months_in,
    read_edition,
    subtitle_of,
)
from schedule.readme_facts import MAX_READ, Edition
from schedule.readme_inline import Reader
from schedule.readme_rows import RowReader
from schedule.readme_sections import section_kinds
from schedule.readme_tables import find_schedule, with_year_of
from schedule.readme_text import (
    SCHEDULE_HEADING,
    Part,
    Warnings,
    blocks,
    cell_spans,
    fold,
    is_french,
    lines_of,
    read_document,
)
from schedule.readme_when import date_cell
from schedule.writing_dates import Change, DateWriter, Found, Style, cased, line_starts, written

PROSE = ("introduction", "schedule", "project", "milestones", "exam", "logistics", "staff")
NEAR = 183  # days around the schedule in which a date of the prose is the course's
LIST_NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)](?=\s)", re.MULTILINE)

# Each month has one season word, so that moving back gives the same text; "winter" is kept where it fits.
SEASONS = {"en": ("spring", "summer", "fall"), "fr": ("printemps", "été", "automne")}
WINTER = {"winter": (12, 1, 2), "hiver": (12, 1, 2)}

Move = Callable[[dt.date], dt.date]


def redate(text: str, days: int) -> str:
    """The same README `days` later (whole weeks, also backwards); ValueError where it cannot be read.

    Ordinals, month names, padding and order stay as the file writes them; a stretch within one month names it once
    where it had to name two. The title's year and season follow the first class.
    """
    if days % 7:
        raise ValueError("A course moves by whole weeks, so that classes keep their weekday.")
    by = dt.timedelta(days=days)
    return Redating(text).moved(lambda day: day + by)


class Redating:
    def __init__(self, text: str):
        self.text = text
        self.doc = doc = read_document(text)
        self.starts = line_starts(text)
        reader = Reader(doc, Warnings())
        self.edition, self.title = read_edition(doc, reader)
        table = find_schedule(doc, reader, Warnings(), self.edition)
        if table is None:
            raise ValueError("The README has no schedule whose dates could be moved.")
        self.edition = with_year_of(table, self.edition)
        self.subtitle = subtitle_of(doc, self.title) if self.title else None
        self.rows = RowReader(table, reader, Warnings())
        self.looked_at: set[int] = set()
        self.calendar = self.rows.read(self.edition, french=is_french(doc), day_first=None).calendar
        self.found = list(self._in_table(table))
        if not self.found:
            raise ValueError("The README has no dates that could be moved.")
        every = [day for found in self.found for day in (found.first, found.last) if day]
        self.first, self.last = min(every), max(every)
        kinds = section_kinds(doc, reader, self.title, table)
        taken = {number for start, end in table.blocks for number in range(start, end)}
        self.found += self._in_due_tables(table)
        self.found += self._in_prose([part for part in doc.parts if kinds[part] in PROSE], taken)
        atoms = [atom for found in self.found for atom in found.span.atoms]
        self.style = Style(atoms, french=is_french(doc))

    def moved(self, move: Move) -> str:
        """Each day where `move` puts it, which keeps its weekday."""
        changes = moved_dates(self.found, DateWriter(self.style, self.calendar.day_first), move)
        changes += self._edition_changes(move(self.first))
        return written(self.text, dict.fromkeys(changes))

    # where the dates stand

    def _in_table(self, table: Table) -> Iterator[Found]:
        years = RowYears(self.calendar, self.rows.dates.first_written(self.calendar.day_first))
        for line, cell, _header in table.day_cells:
            at = self._cell_offset(line, cell)
            for each in find_spans(cell):
                if found := self._found(at, cell, each, years):
                    years.saw(found.first)
                    yield found
        for row in self.rows.rows if not table.day_cells else ():
            if row.week_of:  # a day of its own in a grid of weeks
                own, day_of_class = date_cell(table, row)
                if day_of_class and (found := self._found_at(self._place_of(row, own), own, day_of_class, years)):
                    yield found
            if row.again:
                continue
            cell, span = date_cell(table, replace(row, week_of=""))
            day = None
            if span and (found := self._found_at(self._place_of(row, cell), cell, span, years)):
                years.saw(found.first)
                day = found.first
                yield found
            for due in self._due_in(table, row):
                beside = RowYears(self.calendar)
                if day:
                    beside.saw(day)
                spans = list(spans_in(due))
                place = self._place_of(row, due) if spans else None
                for more in spans:
                    if found := self._found_at(place, due, more, beside):
                        yield found

    @staticmethod
    def _due_in(table: Table, row: Row) -> Iterator[str]:
        """The texts of a row that say what is due, line by line where they stand in lines of their own."""
        for header, cell in table.values(row, "assignment", "extra"):
            if field_of(header) == "assignment" or DUE_WORD.search(fold(cell[:MAX_READ])):
                yield from cell.split("<br>") if row.places else [cell]

    def _in_due_tables(self, table: Table) -> Iterator[Found]:
        """The days of a table of what is due, those on which it is handed out as well."""
        years = NearestYears(self.first, self.last)
        for row in {due.row.line: due.row for due in due_rows(self.doc, table)}.values():
            for cell in row.cells:
                for span in find_spans(cell):
                    found = self._found(self._cell_offset(row.line, cell), cell, span, years)
                    if found and self._is_near(found.first):
                        yield found

    def _in_prose(self, parts: list[Part], taken: set[int]) -> Iterator[Found]:
        years = NearestYears(self.first, self.last)
        for part in parts:
            for block in blocks(part.tokens):
                start, end = lines_of(block)
                if start in taken or block[0].type in ("table_open", "fence", "code_block", "html_block"):
                    continue
                piece = self.text[self.starts[start] : self.starts[end]]
                searched = LIST_NUMBER.sub(lambda match: " " * len(match[0]), piece)
                for span in find_spans(searched, prose=True):
                    found = self._found(self.starts[start], piece, span, years)
                    if found and self._is_near(found.first):
                        yield found

    def _found(self, offset: int, piece: str, span: Span, years: Years) -> Found | None:
        first, last = self.calendar.dates(span, years)
        if span.last and last is None and span.first.month:
            span = Span(span.first)  # the reader takes the first day alone as well
        if first is None or (span.last and last is None):
            return None
        return Found(offset, piece, span, first, last)

    def _is_near(self, day: dt.date) -> bool:
        return (self.first - day).days <= NEAR and (day - self.last).days <= NEAR

    def _found_at(self, at: int | None, cell: str, span: Span, years: Years) -> Found | None:
        return None if at is None else self._found(at, cell, span, years)

    def _place_of(self, row: Row, cell: str) -> int | None:
        """Where a cell of a row begins, which may stand below its first line; None where another row holds it."""
        if not row.places:
            return self._cell_offset(row.line, cell)
        placed = list(zip(row.cells, row.places, strict=False))
        there = [place for said, place in placed if said == cell] or [place for said, place in placed if cell in said]
        starts = {self.starts[each.line] + each.column: each for each in there if each}
        place = starts[self._next_of(list(starts))] if starts else None
        if place is None and self.rows.table.made_of == "html":
            return None
        region = place or row.whole
        if region is None:
            return self._cell_offset(row.line, cell)
        first = self.starts[region.line] + region.column
        at = self.text.find(cell, first, self.starts[region.end_line] + region.end_column + len(cell))
        return at if at >= 0 else self._cell_offset(row.line, cell)

    def _cell_offset(self, line: int, cell: str) -> int:
        """Where a cell's text begins in the whole text; a date with escapes in it is moved by nobody but a person."""
        start = self.starts[line - 1]
        source = self.text[start : self.starts[line]]
        same = [left for left, right in cell_spans(source) if source[left:right] == cell]
        places = [start + left for left in same or (match.start() for match in re.finditer(re.escape(cell), source))]
        if not places:
            raise ValueError(f"The date in line {line} holds escapes or control characters. Write it plainly.")
        return self._next_of(places)

    def _next_of(self, places: list[int]) -> int:
        """Of cells of a row that say the same, the one that was not looked at yet."""
        place = next((place for place in places if place not in self.looked_at), places[0])
        self.looked_at.add(place)
        return place

    # the title

    def _edition_changes(self, new_first: dt.date) -> Iterator[Change]:
        years = _edition_year(self.edition, new_first) - _edition_year(self.edition, self.first)
        season = season_of(self.edition.season, self.first, new_first)
        for start, end in self._edition_lines():
            piece = self.text[start:end]
            folded = fold(piece)
            matches = list(SEASON_AND_YEAR.finditer(folded))
            headings = {part.line for part in self._named_after} | {(self.edition.line or 0) - 1}
            if not matches and any(start == self.starts[line] for line in headings if line >= 0):
                matches = [*YEAR_ALONE.finditer(folded), *SHORT.finditer(piece)]
            elif not matches:
                dates = find_spans(folded, prose=True)
                matches = [*ACADEMIC.finditer(folded), *months_in(folded)]
                matches = [m for m in matches if not any(d.start < m.end() and m.start() < d.end for d in dates)]
            for match in matches:
                groups = match.groupdict()
                for name in YEAR_GROUPS:
                    if groups.get(name) and full_year(groups[name]) == self.edition.year:
                        yield from self._year_changes(match, start, name, years)
                        yield from self._season_change(match, start, piece, "season" + name[4:], season)

    def _edition_lines(self) -> Iterator[tuple[int, int]]:
        """The title's line, the introduction, which may repeat the edition, and headings that name it."""
        for part in self.doc.parts[:2]:
            pieces = [(part.line, part.line + 1)] if part.level else []
            for start, end in [*pieces, *(lines_of(block) for block in blocks(part.tokens))]:
                if self._is_edition_place(part, start):
                    yield self.starts[start], self.starts[end]
        for part in self._named_after:
            yield self.starts[part.line], self.starts[part.line + 1]

    @functools.cached_property
    def _named_after(self) -> list[Part]:
        """Headings with the edition's year: right below the title, and above the schedule."""
        parts = [part for part in self.doc.parts[2:4] if not SCHEDULE_HEADING.search(fold(part.heading))]
        part: Part | None = self.rows.table.part
        while part:
            parts.append(part)
            part = part.parent
        found = [part for part in dict.fromkeys(parts) if part.level and part not in self.doc.parts[:2]]
        named = [(part, from_heading(Edition(), part.heading)) for part in found]
        return [part for part, edition in named if edition and edition.year == self.edition.year]

    def _is_edition_place(self, part: Part, line: int) -> bool:
        is_title = line == (self.edition.line or 0) - 1 or bool(self.subtitle and line == self.subtitle.line)
        in_schedule = any(start <= line < end for start, end in self.rows.table.blocks)
        return is_title or ((part is self.title or part.level == 0) and not in_schedule)

    def _year_changes(self, match: re.Match[str], at: int, name: str, years: int) -> Iterator[Change]:
        for group in (name, "end" + name[4:]):
            said = match.groupdict().get(group)
            if said:
                number = str(int(said) + years) if len(said) == 4 else f"{(int(said) + years) % 100:02d}"
                yield Change(at + match.start(group), at + match.end(group), number)

    def _season_change(self, match: re.Match[str], at: int, piece: str, name: str, season: str) -> Iterator[Change]:
        if not match.groupdict().get(name):
            return
        said = piece[match.start(name) : match.end(name)]
        if fold(said) != fold(season):
            yield Change(at + match.start(name), at + match.end(name), cased(season, said))


def moved_dates(found: list[Found], writer: DateWriter, move: Move) -> list[Change]:
    return [
        change
        for each in found
        for change in writer.changes(each, move(each.first), move(each.last) if each.last else None)
    ]


def moved_prose(text: str, move: Move, calendar: Calendar, first: dt.date, last: dt.date) -> str:
    """Prose of a course from `first` to `last`: its dates that are near to the course, as redate() moves them."""
    years, found = NearestYears(first, last), []
    searched = LIST_NUMBER.sub(lambda match: " " * len(match[0]), text)
    for span in find_spans(searched, prose=True):
        day, end = calendar.dates(span, years)
        if span.last and end is None:
            if not span.first.month:
                continue
            span = Span(span.first)
        if day and (first - day).days <= NEAR and (day - last).days <= NEAR:
            found.append(Found(0, text, span, day, end))
    style = Style([atom for each in found for atom in each.span.atoms])
    return written(text, moved_dates(found, DateWriter(style, calendar.day_first), move))


def season_of(word: str, old: dt.date, new: dt.date) -> str:
    """The season word of a course that began on the old day and begins on the new one."""
    folded = fold(word)
    part = _part_of_year(new)
    if not word or part == _part_of_year(old) or new.month in WINTER.get(folded, ()):
        return word
    return SEASONS["fr" if folded in ("printemps", "ete", "automne", "hiver") else "en"][part]


def _part_of_year(day: dt.date) -> int:
    return 0 if day.month < 7 else 1 if day.month == 7 else 2


def _edition_year(edition: Edition, first: dt.date) -> int:
    """The year that the title would give a course with this first day: of 2025-2026 the autumn's."""
    return first.year - 1 if edition.year_end and first.month < 7 else first.year
