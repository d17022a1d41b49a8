"""Dates written as a file writes its own: order, padding, ordinals, month names and weekdays stay."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from schedule.readme_dates import (
    ATOM,
    FRENCH_INITIALS,
    INITIAL_DAY,
    MONTHS,
    NAMED_DAY,
    SHORT_DAY,
    SHORT_DAYS,
    SHORT_FAMILIES,
    WEEKDAYS,
    Atom,
    Field,
    Span,
    find_spans,
)
from schedule.readme_text import fold

# fmt: off
FAMILIES = (
    ("January", "February", "March", "April", "May", "June",
     "July", "August", "September", "October", "November", "December"),
    ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    ("janvier", "février", "mars", "avril", "mai", "juin",
     "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"),
    ("jan", "fév", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"),
)
FIRST_FRENCH = 3
DAY_FAMILIES = (
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    ("Mon", "Tues", "Wed", "Thurs", "Fri", "Sat", "Sun"),
    ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    ("lun", "mar", "mer", "jeu", "ven", "sam", "dim"),
)
# fmt: on


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


def written(text: str, changes: Iterable[Change]) -> str:
    """The text with these changes. Of several insertions at one place the first comes first."""
    pieces, at = [], 0
    for change in sorted(changes, key=lambda change: (change.start, change.end)):
        pieces += [text[at : change.start], change.text]
        at = max(at, change.end)
    return "".join(pieces) + text[at:]


def within(piece: str, offset: int, changes: Iterable[Change]) -> str:
    """A piece of a text that begins at an offset, with the changes of it."""
    moved = (replace(change, start=change.start - offset, end=change.end - offset) for change in changes)
    return written(piece, moved)


class DateWriter:
    def __init__(self, style: "Style", day_first: bool):
        self.style, self.day_first = style, day_first

    def changes(self, found: Found, new_first: dt.date, new_last: dt.date | None) -> Iterator[Change]:
        """The same day or stretch of days with other dates; a stretch stays one."""
        first, last = found.span.first, found.span.last
        dated = [(first, new_first)] + ([(last, new_last)] if last and new_last else [])
        drop = add = None
        if last and found.last and new_last and not first.lent:
            bare, full = (first, last) if first.month is None else (last, first)
            one_month = (new_first.year, new_first.month) == (new_last.year, new_last.month)
            two_months = (found.first.year, found.first.month) != (found.last.year, found.last.month)
            if bare.month is None and not one_month:
                add = (bare, full, new_first if bare is first else new_last)
            elif two_months and one_month:
                drop = self._can_drop(found.span)
        for atom, day in dated:
            yield from self._atom_changes(found, atom, day, without_month=atom is drop)
        if add:
            bare, full, day = add
            yield self._month_added(found, bare, full, day)

    def dated(self, piece: str, span: Span, first: dt.date, last: dt.date | None) -> str | None:
        """A cell or sentence whose date becomes this day, or this stretch of days; None where it cannot be done."""
        if span.first.lent and (span.last is None) == (last is None):
            found = Found(0, piece, span, first, last)
            return self.on_weekday(written(piece, self.changes(found, first, last)), first, last)
        if span.last is None and last:
            whole = piece[span.start : span.end]
            piece = f"{piece[: span.end]} - {whole}{piece[span.end :]}"
        elif span.last and last is None:
            kept = span.last if span.first.month is None else span.first
            piece = piece[: span.start] + piece[kept.start : kept.end] + piece[span.end :]
        spans = [found for found in find_spans(piece, prose=True) if found.start == span.start]
        spans = spans or [found for found in find_spans(piece) if found.start == span.start]
        if not spans or (spans[0].last is None) != (last is None):
            return None
        found = Found(0, piece, spans[0], *self._months(spans[0], first, last))
        try:
            return self.on_weekday(written(piece, self.changes(found, first, last)), first, last)
        except ValueError:
            return None

    def _months(self, span: Span, first: dt.date, last: dt.date | None) -> tuple[dt.date, dt.date | None]:
        """Days in the months that are written now: whether a stretch has to name two of them."""
        months = [atom.day_and_month(self.day_first)[1] for atom in span.atoms]
        if last is None or 0 in months or not all(0 < month < 13 for month in months):
            return first, last
        return dt.date(2000, months[0], 1), dt.date(2000, months[1], 1)

    @staticmethod
    def on_weekday(piece: str, first: dt.date, last: dt.date | None) -> str:
        """The weekdays that stand beside a date, as those of its days; where they fit already they stay."""
        changes = []
        if match := INITIAL_DAY.match(fold(piece)):
            if first.weekday() not in FRENCH_INITIALS[match[1]]:
                start, end = match.span(1)
                changes.append(Change(start, end, cased("lmmjvsd"[first.weekday()], piece[start:end])))
            return written(piece, changes)
        if match := SHORT_DAY.match(fold(piece)):
            if SHORT_DAYS[match[1]] != first.weekday():
                short = next(names.split() for names in SHORT_FAMILIES if match[1] in names.split())
                changes.append(Change(*match.span(1), cased(short[first.weekday()], piece[slice(*match.span(1))])))
            return written(piece, changes)
        atoms = [match.span() for match in ATOM.finditer(fold(piece))]
        names = [m for m in NAMED_DAY.finditer(fold(piece)) if not any(s <= m.start() < e for s, e in atoms)]
        for match, day in zip(names, filter(None, (first, last)), strict=False):
            if WEEKDAYS[match[0]] != day.weekday():
                family = next((names for names in DAY_FAMILIES if match[0] in map(fold, names)), DAY_FAMILIES[0])
                changes.append(Change(*match.span(), cased(family[day.weekday()], piece[match.start() : match.end()])))
        return written(piece, changes)

    def _can_drop(self, span: Span) -> Atom | None:
        """Of "30 March - 2 April" the atom that needs no month of its own once both days are in one month.

        Numbers with the month first keep both: neither "7-4/9" nor "4/7-9" is read as a stretch.
        """
        first, last = span.first, span.last
        if last is None or first.month is None or last.month is None or first.iso or last.iso or first.year:
            return None
        if first.numeric != last.numeric or (first.numeric and not self.day_first):
            return None
        month_leads = not first.numeric and first.month.start < first.day.start
        if month_leads:
            return last if last.month.start < last.day.start else None
        return first if first.numeric or last.day.start < last.month.start else None

    def _atom_changes(self, found: Found, atom: Atom, day: dt.date, *, without_month: bool) -> Iterator[Change]:
        at = found.offset
        day_field, month_field = atom.day, atom.month
        if atom.numeric and not self.day_first and month_field:
            day_field, month_field = month_field, day_field
        number = self.style.day(atom, day.day)
        if atom.lent and (day.month != atom.lent.number or day.year != (atom.lent.year or day.year)):
            number += f" {self.style.named_month(atom.lent.name, day)}" + (f" {day.year}" if atom.lent.year else "")
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


class Style:
    """How the file writes its dates, as far as one date alone does not tell."""

    def __init__(self, atoms: list[Atom], *, french: bool = False):
        self.french = french or any(atom.ordinal and fold(atom.ordinal.text) == "er" for atom in atoms)
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
        return self.named_month(written, day)

    def named_month(self, written: str, day: dt.date) -> str:
        return cased(FAMILIES[self._family(written)][day.month - 1], written)

    def in_words(self, day: dt.date) -> str:
        return f"{day.day} {FAMILIES[FIRST_FRENCH if self.french else 0][day.month - 1]}"

    def _family(self, written: str) -> int:
        """The one of most names; of several, as "jan" and "oct" are of two languages, the first of the file's own."""
        found = _families(written)
        return max(found, key=lambda n: (self.votes[n], (n >= FIRST_FRENCH) == self.french), default=0)

    def _is_french(self, written: str) -> bool:
        return self._family(written) >= FIRST_FRENCH


def _families(written: str) -> list[int]:
    month = MONTHS[fold(written)] - 1
    return [number for number, names in enumerate(FAMILIES) if fold(names[month]) == fold(written)]


def cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.lower() if like[:1].islower() else word[:1].upper() + word[1:]


def line_starts(text: str) -> list[int]:
    """The offset of each line, and at the end that of the text's end; lines as the reader counts them."""
    body = 1 if text.startswith("\ufeff") else 0
    return [body, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text)), len(text)]
