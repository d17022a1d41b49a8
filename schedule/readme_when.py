"""When a schedule's rows are: the cell with the date, the convention and the years of the table, what is odd."""

import datetime as dt
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from schedule.readme_calendar import Calendar, RowYears, is_day_first
from schedule.readme_classes import BLANK
from schedule.readme_columns import Row, Table
from schedule.readme_dates import UNCONFIRMED, Span, bare_day, beside_date, find_spans, is_open, visible, weekdays_in
from schedule.readme_facts import MAX_READ, Edition, Issue
from schedule.readme_text import Refused, Warnings, fold

DIGIT = re.compile(r"\d")
# In a column that counts ("3", "W4") no date, but weeks or days together.
NUMBERS = re.compile(r"\W*\d{1,2}\s?[-/.]\s?\d{1,2}\W*")
IN_PARENTHESES = re.compile(r"\w\s*\(\s*\d{1,2}/\d{1,2}\s*\)\s*$")  # "S1 (7/9)": the day of a week
COUNTED = re.compile(r"\W*\d{1,2}\s?-\s?\d{1,2}\W*")


@dataclass(frozen=True)
class When:
    """What a row's date cell says. `inherited` is the row above's day; `written` means that the cell is not blank."""

    date: dt.date | None = None
    end: dt.date | None = None
    written: bool = False
    unconfirmed: bool = False
    inherited: dt.date | None = None


def date_cell(table: Table, row: Row) -> tuple[str, Span | None]:
    """The cell that holds the row's date, and the date in it; redate.py writes at the same place."""
    if row.week_of:
        return row.week_of, find_spans(row.week_of[:MAX_READ])[0]
    cells = [cell for _header, cell in table.values(row, "date")]
    if "date" not in table.places:
        cells = [cell for _header, cell in table.values(row, "week")]
        is_prose = not table.has_dates_for_weeks
        said = [(cell, is_prose and not IN_PARENTHESES.search(cell[:MAX_READ])) for cell in cells]
        found = [(cell, spans[0]) for cell, prose in said if (spans := find_spans(cell[:MAX_READ], prose=prose))]
        found = [(cell, span) for cell, span in found if not (table.counts and NUMBERS.fullmatch(cell))]
        return found[0] if found else ("", None)
    month = table.months.get(row.line)
    for cell in cells:
        if month and DIGIT.search(cell) and (span := bare_day(cell, month)):  # "1-2" are two days of it
            return cell, span
    for cell in cells:
        if (spans := find_spans(cell[:MAX_READ])) and not (table.counts and COUNTED.fullmatch(cell)):
            return cell, spans[0]
    return cells[0] if cells else "", None


class RowDates:
    def __init__(self, table: Table, rows: list[Row], warnings: Warnings):
        self.table, self.rows, self.warnings = table, rows, warnings
        self._cells = {row: date_cell(table, row) for row in rows}
        self.cells = {row.line: self._cells[row] for row in reversed(rows)}  # of a line its first
        self.days: list[dt.date] = []  # first and last of every row, whatever it is

    @property
    def own(self) -> dict[int, str]:
        """The rows with a date of their own by their line, and the cell that says it: none that stretches over rows."""
        dates = [index for index, _header in self.table.places.get("date", ())]
        stretched = {row.line for row in self.rows if row.places and dates and not any(row.places[n] for n in dates)}
        return {line: cell for line, (cell, span) in self.cells.items() if span and line not in stretched}

    def calendar(self, edition: Edition, french: bool, day_first: bool | None) -> Calendar:
        """`day_first` is what a person answered: it counts where the dates themselves leave it open."""
        days = ((f"{header} {cell}", find_spans(cell[:MAX_READ])[0]) for _line, cell, header in self.table.day_cells)
        found = is_day_first([*self._cells.values(), *days], edition.year, french=french and day_first is None)
        day_first = day_first if found is None else found
        if day_first is None:
            line = next(row.line for row in self.rows if (span := self.cells[row.line][1]) and span.first.numeric)
            message = _(
                "It is not clear whether the dates are day/month or month/day. "
                "Write one of them with the month's name, or add the weekdays."
            )
            raise Refused(Issue("date-order-ambiguous", line, message, self.cells[line][0]))
        calendar = Calendar(day_first, edition.year, edition.year_end)
        spans = [(row.line, span) for row in self.rows if (span := self.cells[row.line][1])]
        is_dated = any(atom.written_year for _line, span in spans for atom in span.atoms)
        if spans and edition.year is None and not is_dated:
            message = _("The dates have no year and the title names no edition. Give the year and import again.")
            raise Refused(Issue("year-needed", spans[0][0], message, self.cells[spans[0][0]][0]))
        return calendar

    def first_written(self, day_first: bool) -> tuple[int, int] | None:
        for _cell, span in self._cells.values():
            if span and (year := span.first.written_year):
                return year, span.first.day_and_month(day_first)[1]
        return None

    def when(self, row: Row, calendar: Calendar, years: RowYears) -> When:
        cell, span = self._cells[row]
        folded = fold(cell)
        beside = fold(beside_date(cell, span)) if span else folded
        unconfirmed = is_open(cell, span) if row.week_of else bool(UNCONFIRMED.search(beside))
        if unconfirmed and not BLANK.match(folded):
            message = _("The date is not confirmed: %(assumed)s.")
            assumed = _("it was read as open") if span is None else _("it was read as written")
            self.warnings.add("date-unconfirmed", row.line, message % {"assumed": assumed}, cell)
        if span is None:
            if BLANK.match(fold(visible(cell))):
                # A numbered heading or item without a date is a class of its own, no second row of the one above.
                is_own = self.table.made_of == "headings" and any(self.table.values(row, "week"))
                return When(inherited=None if is_own else years.above)
            if not unconfirmed and row.is_heading:
                return When()
            if not unconfirmed:
                self._unreadable(row, cell)
            return When(written=True, unconfirmed=unconfirmed)
        above = years.above
        date, end = calendar.dates(span, years)
        if date is None or (span.last and end is None and not self._same_day(span, calendar)):
            self._unreadable(row, cell)
        if date is None:
            return When(written=True, unconfirmed=unconfirmed)
        if row.weekday is not None:
            date, end = date + dt.timedelta(days=(row.weekday - date.weekday()) % 7 - 7 * row.is_before), None
        years.saw(date)
        self.days += [date, end or date]
        if above and date < above:
            message = _("This date is before that of the row above; it was read as written.")
            self.warnings.add("date-out-of-order", row.line, message, cell)
        named = [day for _h, text in self.table.values(row, "date") for day in weekdays_in(text)]
        if named and date.weekday() not in named and row.weekday is None:
            message = _("The weekday does not fit the date; the date was read.")
            self.warnings.add("weekday-mismatch", row.line, message, cell)
        return When(date, end, True, unconfirmed)

    @staticmethod
    def _same_day(span: Span, calendar: Calendar) -> bool:
        first, last = (atom.day_and_month(calendar.day_first) for atom in span.atoms)
        return first[0] == last[0]

    def _unreadable(self, row: Row, cell: str) -> None:
        message = _("This is not a date that could be read; the row was read without it.")
        self.warnings.add("date-unreadable", row.line, message, cell)
