"""A README moved by whole weeks as text: every date that the reader finds, in its own format, and nothing else."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from schedule.readme_dates import MONTHS, Atom, Field, NearestYears, RowYears, Span, Years, find_spans
from schedule.readme_edition import SEASON_AND_YEAR, YEAR_ALONE, read_edition
from schedule.readme_facts import Edition
from schedule.readme_inline import Reader
from schedule.readme_rows import RowReader, date_cell
from schedule.readme_sections import section_kinds
from schedule.readme_tables import Table, find_schedule
from schedule.readme_text import Part, Warnings, blocks, cell_spans, fold, is_french, lines_of, read_document

PROSE = ("introduction", "schedule", "project", "milestones", "exam", "logistics", "staff")
NEAR = 183  # days around the schedule in which a date of the prose is the course's
LIST_NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)](?=\s)", re.MULTILINE)

# fmt: off
FAMILIES = (
    ("January", "February", "March", "April", "May", "June",
     "July", "August", "September", "October", "November", "December"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    ("janvier", "février", "mars", "avril", "mai", "juin",
     "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"),
)
# fmt: on
# Each month has one season word, so that moving back gives the same text; "winter" is kept where it fits.
SEASONS = {"en": ("spring", "summer", "fall"), "fr": ("printemps", "été", "automne")}
WINTER = {"winter": (12, 1, 2), "hiver": (12, 1, 2)}


@dataclass(frozen=True)
class Change:
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Found:
    """A date at its place: the offset of the piece of text that `span` was found in, and the days it means."""

    offset: int
    piece: str
    span: Span
    first: dt.date
    last: dt.date | None


def redate(text: str, days: int) -> str:
    """The same README `days` later (whole weeks, also backwards); ValueError where it cannot be read.

    Ordinals, month names, padding and order stay as the file writes them; a stretch within one month names it once
    where it had to name two. The title's year and season follow the first class.
    """
    if days % 7:
        raise ValueError("A course moves by whole weeks, so that classes keep their weekday.")
    return Redating(text).moved(dt.timedelta(days=days))


class Redating:
    def __init__(self, text: str):
        self.text = text
        self.doc = doc = read_document(text)
        self.starts = _line_starts(text)
        reader = Reader(doc, Warnings())
        self.edition, self.title = read_edition(doc, reader)
        table = find_schedule(doc, reader, Warnings())
        if table is None:
            raise ValueError("The README has no schedule whose dates could be moved.")
        self.rows = RowReader(table, reader, Warnings())
        self.calendar = self.rows.read(self.edition, french=is_french(doc), day_first=None).calendar
        self.found = list(self._in_table(table))
        if not self.found:
            raise ValueError("The README has no dates that could be moved.")
        every = [day for found in self.found for day in (found.first, found.last) if day]
        self.first, self.last = min(every), max(every)
        kinds = section_kinds(doc, reader, self.title, table)
        taken = {number for start, end in table.blocks for number in range(start, end)}
        self.found += self._in_prose([part for part in doc.parts if kinds[part] in PROSE], taken)
        self.style = Style([atom for found in self.found for atom in found.span.atoms])

    def moved(self, by: dt.timedelta) -> str:
        changes = [change for found in self.found for change in self._changes(found, by)]
        changes += self._edition_changes(self.first + by)
        text = self.text
        for change in sorted(changes, key=lambda change: change.start, reverse=True):
            text = text[: change.start] + change.text + text[change.end :]
        return text

    # where the dates stand

    def _in_table(self, table: Table) -> Iterator[Found]:
        years = RowYears(self.calendar, self.rows.first_written(self.calendar.day_first))
        for row in self.rows.rows:
            cell, span = date_cell(table, row)
            day = None
            if span and (found := self._found(self._cell_offset(row.line, cell), cell, span, years)):
                years.saw(found.first)
                day = found.first
                yield found
            for _header, due in table.values(row, "assignment"):
                beside = RowYears(self.calendar)
                if day:
                    beside.saw(day)
                for more in find_spans(due, prose=True):
                    if found := self._found(self._cell_offset(row.line, due), due, more, beside):
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

    def _cell_offset(self, line: int, cell: str) -> int:
        """Where a cell's text begins in the whole text; a date with escapes in it is moved by nobody but a person."""
        start = self.starts[line - 1]
        source = self.text[start : self.starts[line]]
        for left, right in cell_spans(source):
            if source[left:right] == cell:
                return start + left
        if cell not in source:
            raise ValueError(f"The date in line {line} holds escapes or control characters. Write it plainly.")
        return start + source.index(cell)

    # what is written instead

    def _changes(self, found: Found, by: dt.timedelta) -> Iterator[Change]:
        first, last = found.span.first, found.span.last
        new_first, new_last = found.first + by, found.last + by if found.last else None
        written = [(first, new_first)] + ([(last, new_last)] if last and new_last else [])
        drop = add = None
        if last and found.last and new_last:
            bare, full = (first, last) if first.month is None else (last, first)
            one_month = (new_first.year, new_first.month) == (new_last.year, new_last.month)
            two_months = (found.first.year, found.first.month) != (found.last.year, found.last.month)
            if bare.month is None and not one_month:
                add = (bare, full, new_first if bare is first else new_last)
            elif two_months and one_month:
                drop = self._can_drop(found.span)
        for atom, day in written:
            yield from self._atom_changes(found, atom, day, without_month=atom is drop)
        if add:
            bare, full, day = add
            yield self._month_added(found, bare, full, day)

    @staticmethod
    def _can_drop(span: Span) -> Atom | None:
        """Of "30 March - 2 April" the atom that needs no month of its own once both days are in one month."""
        first, last = span.first, span.last
        if last is None or first.month is None or last.month is None or first.iso or last.iso or first.year:
            return None
        if first.numeric != last.numeric:
            return None
        month_leads = not first.numeric and first.month.start < first.day.start
        if month_leads:
            return last if last.month.start < last.day.start else None
        return first if first.numeric or last.day.start < last.month.start else None

    def _atom_changes(self, found: Found, atom: Atom, day: dt.date, *, without_month: bool) -> Iterator[Change]:
        at = found.offset
        day_field, month_field = atom.day, atom.month
        if atom.numeric and not self.calendar.day_first and month_field:
            day_field, month_field = month_field, day_field
        number = self.style.day(atom, day.day)
        if without_month and month_field:
            left = min(day_field.start, month_field.start)
            end = max(day_field.end, month_field.end, atom.ordinal.end if atom.ordinal else 0)
            yield Change(at + left, at + end, number + self.style.ordinal(atom, day.day, found.piece, atom.month))
            return
        end = atom.ordinal.end if atom.ordinal else day_field.end
        month = month_field or found.span.atoms[0].month or found.span.atoms[-1].month
        yield Change(at + day_field.start, at + end, number + self.style.ordinal(atom, day.day, found.piece, month))
        if month_field:
            yield Change(at + month_field.start, at + month_field.end, self.style.month(atom, month_field.text, day))
        if atom.year:
            year = f"{day.year % 100:02d}" if len(atom.year.text) == 2 else str(day.year)
            yield Change(at + atom.year.start, at + atom.year.end, year)

    def _month_added(self, found: Found, bare: Atom, full: Atom, day: dt.date) -> Change:
        """The month of the day that borrowed it, written as the other's: " of March", "Mar ", "/03"."""
        if full.month is None:
            raise ValueError("A stretch of days needs a month.")
        name = self.style.month(full, full.month.text, day)
        full_end = full.ordinal.end if full.ordinal else full.day.end
        if full.month.start < full.day.start and not full.numeric:
            between = found.piece[full.month.end : full.day.start]
            place = found.offset + bare.day.start
            return Change(place, place, name + between)
        between = found.piece[full_end : full.month.start]
        place = found.offset + (bare.ordinal.end if bare.ordinal else bare.day.end)
        return Change(place, place, between + name)

    # the title

    def _edition_changes(self, new_first: dt.date) -> Iterator[Change]:
        years = _edition_year(self.edition, new_first) - _edition_year(self.edition, self.first)
        season = _season(self.edition.season, self.first, new_first)
        for start, end in self._edition_lines():
            piece = self.text[start:end]
            folded = fold(piece)
            matches = list(SEASON_AND_YEAR.finditer(folded))
            if not matches and self.edition.line and start == self.starts[self.edition.line - 1]:
                matches = list(YEAR_ALONE.finditer(folded))
            for match in matches:
                groups = match.groupdict()
                for name in ("year", "year_2"):
                    if groups.get(name) and int(groups[name]) == self.edition.year:
                        yield from self._year_changes(match, start, name, years)
                        yield from self._season_change(match, start, piece, "season" + name[4:], season)

    def _edition_lines(self) -> Iterator[tuple[int, int]]:
        """The title's line, and the introduction, which may repeat the edition."""
        for part in self.doc.parts[:2]:
            pieces = [(part.line, part.line + 1)] if part.level else []
            for start, end in [*pieces, *(lines_of(block) for block in blocks(part.tokens))]:
                if self._is_edition_place(part, start):
                    yield self.starts[start], self.starts[end]

    def _is_edition_place(self, part: Part, line: int) -> bool:
        is_title = self.edition.line is not None and line == self.edition.line - 1
        in_schedule = any(start <= line < end for start, end in self.rows.table.blocks)
        return is_title or ((part is self.title or part.level == 0) and not in_schedule)

    def _year_changes(self, match: re.Match[str], at: int, name: str, years: int) -> Iterator[Change]:
        for group in (name, "end" + name[4:]):
            written = match.groupdict().get(group)
            if written:
                number = str(int(written) + years) if len(written) == 4 else f"{(int(written) + years) % 100:02d}"
                yield Change(at + match.start(group), at + match.end(group), number)

    def _season_change(self, match: re.Match[str], at: int, piece: str, name: str, season: str) -> Iterator[Change]:
        if not match.groupdict().get(name):
            return
        written = piece[match.start(name) : match.end(name)]
        if fold(written) != fold(season):
            yield Change(at + match.start(name), at + match.end(name), _cased(season, written))


class Style:
    """How the file writes its dates, as far as one date alone does not tell."""

    def __init__(self, atoms: list[Atom]):
        numbers = [f.text for atom in atoms if atom.numeric for f in (atom.day, atom.month) if f]
        self.pads_numbers = all(len(text) == 2 for text in numbers)
        self.pads_days = any(atom.day.text.startswith("0") for atom in atoms if not atom.numeric)
        names = [atom.month.text for atom in atoms if atom.month and not atom.numeric and not atom.iso]
        self.votes = Counter(number for name in names for number in _families(name))

    def day(self, atom: Atom, number: int) -> str:
        padded = atom.iso or (self.pads_numbers if atom.numeric or atom.month is None else self.pads_days)
        if atom.month is None:
            padded = atom.day.text.startswith("0") or (self.pads_days and len(atom.day.text) == 2)
        return f"{number:02d}" if padded else str(number)

    def ordinal(self, atom: Atom, day: int, piece: str, month: Field | None) -> str:
        if month and fold(month.text) in MONTHS and self._is_french(month.text):
            return "er" if day == 1 else ""
        if atom.ordinal is None:
            return ""
        space = piece[atom.day.end : atom.ordinal.start] if atom.ordinal.start > atom.day.end else ""
        suffix = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        return space + (suffix.upper() if atom.ordinal.text.isupper() else suffix)

    def month(self, atom: Atom, written: str, day: dt.date) -> str:
        if atom.numeric or atom.iso:
            return f"{day.month:02d}" if atom.iso or self.pads_numbers else str(day.month)
        return _cased(FAMILIES[self._family(written)][day.month - 1], written)

    def _family(self, written: str) -> int:
        return max(_families(written), key=lambda number: self.votes[number], default=0)

    def _is_french(self, written: str) -> bool:
        return self._family(written) >= 3


def _families(written: str) -> list[int]:
    month = MONTHS[fold(written)] - 1
    return [number for number, names in enumerate(FAMILIES) if fold(names[month]) == fold(written)]


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.lower() if like[:1].islower() else word[:1].upper() + word[1:]


def _season(word: str, old: dt.date, new: dt.date) -> str:
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


def _line_starts(text: str) -> list[int]:
    """The offset of each line, and at the end that of the text's end; lines as the reader counts them."""
    body = 1 if text.startswith("\ufeff") else 0
    return [body, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text)), len(text)]
