"""Which day a written date is: the convention of a table, and the year that is meant."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from coursesite.clock import FIRST_YEAR, LAST_YEAR
from schedule.readme_columns import LAST_MONTH
from schedule.readme_dates import Span, weekdays_in


def is_day_first(cells: Iterable[tuple[str, Span | None]], year: int | None, *, french: bool) -> bool | None:
    """The one convention of a table's numeric dates: a value above 12, else weekdays, else the language, else None."""
    dated = [(text, span) for text, span in cells if span]
    pairs = [(int(a.day.text), int(a.month.text)) for _t, s in dated for a in s.atoms if a.numeric and a.month]
    pairs = [pair for pair in pairs if min(pair) <= LAST_MONTH]  # 16/18 is no date in any order
    open_pairs = [pair for pair in pairs if pair[0] != pair[1]]
    day_first, month_first = (sum(pair[place] > LAST_MONTH for pair in pairs) for place in (0, 1))
    if not open_pairs or day_first != month_first:
        return day_first >= month_first
    votes = {True: 0, False: 0}
    for text, span in dated:
        named = weekdays_in(text)
        if not named or not span.first.numeric:
            continue
        for order in votes:
            day, month = span.first.day_and_month(order)
            date = calendar_date(span.first.written_year or year, month, day)
            votes[order] += bool(date and date.weekday() in named)
    if votes[True] != votes[False]:
        return votes[True] > votes[False]
    return True if french else None


def calendar_date(year: int | None, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year and FIRST_YEAR <= year < LAST_YEAR else None
    except ValueError:
        return None


@dataclass(frozen=True)
class Calendar:
    """How the dates of one document are read: the convention, and the years of the edition."""

    day_first: bool
    year: int | None = None
    year_end: int | None = None

    def first_year(self, month: int) -> int | None:
        """The year of a date that has none above it: of 2025-2026 the second year from January to June."""
        return self.year_end if self.year_end and month < 7 else self.year

    def dates(self, span: Span, years: "Years") -> tuple[dt.date | None, dt.date | None]:
        """First and last day (the last is None for one day); None where there is no such date or no year for it."""
        first_day, first_month = span.first.day_and_month(self.day_first)
        if span.last is None:
            date = years.date(first_month, first_day, span.first.written_year)
            return date, None
        last_day, last_month = span.last.day_and_month(self.day_first)
        first_month, last_month = first_month or last_month, last_month or first_month
        year = span.first.written_year
        if year is None and (last_year := span.last.written_year):
            year = last_year - (first_month > last_month)
        first = years.date(first_month, first_day, year)
        if first is None:
            return None, None
        last_year = span.last.written_year or first.year + (last_month < first_month)
        last = calendar_date(last_year, last_month, last_day)
        return (first, last) if last is None or last > first else (first, None)


class Years:
    """Gives dates without a year their year."""

    def date(self, month: int, day: int, year: int | None) -> dt.date | None:
        raise NotImplementedError


class RowYears(Years):
    """In a table: a month that falls by more than six against the row above is in the next year."""

    def __init__(self, calendar: Calendar, first_written: tuple[int, int] | None = None):
        self.calendar = calendar
        self.above: dt.date | None = None
        self.first: dt.date | None = None
        self.first_written = first_written  # year and month of the first row that has a year

    def date(self, month: int, day: int, year: int | None) -> dt.date | None:
        if year is None and self.above:
            fall = self.above.month - month
            year = self.above.year + (1 if fall > 6 else 0)
            if fall < -6 and self._has_turned and self._is_of_first_year(month, day):
                year -= 1
        if year is None and self.first_written and not self.calendar.year:
            year = self.first_written[0] - (month > self.first_written[1])
        return calendar_date(year or self.calendar.first_year(month), month, day)

    @property
    def _has_turned(self) -> bool:
        first = self.calendar.year
        return bool(first and self.above and self.above.year > first)

    def _is_of_first_year(self, month: int, day: int) -> bool:
        """Whether a row out of order goes back to the year before: not to before the schedule began."""
        before = calendar_date(self.above.year - 1, month, day) if self.above else None
        return bool(before and self.first and before >= self.first)

    def saw(self, date: dt.date) -> None:
        self.above = date
        self.first = min(self.first or date, date)


@dataclass(frozen=True)
class NearestYears(Years):
    """In prose: the year that puts the date nearest to the schedule's first to last date."""

    first: dt.date | None
    last: dt.date | None
    fallback: int | None = None

    def date(self, month: int, day: int, year: int | None) -> dt.date | None:
        if year or not self.first or not self.last:
            return calendar_date(year or self.fallback, month, day)
        dates = [calendar_date(y, month, day) for y in range(self.first.year - 1, self.last.year + 2)]
        return min((date for date in dates if date), key=self._distance, default=None)

    def _distance(self, date: dt.date) -> dt.timedelta:
        if not self.first or not self.last or self.first <= date <= self.last:
            return dt.timedelta(0)
        return self.first - date if date < self.first else date - self.last
