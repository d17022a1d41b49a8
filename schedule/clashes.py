"""With what the dates of a next edition clash: public holidays, days without class, weekends, and each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite.clock import FIRST_YEAR, LAST_YEAR
from schedule.copying import Copies, Copy, Dated, days_of
from schedule.weeks import FreeDays, Weeks

FIRST_DAYS = ("starts_on", "taught_on")
# Earlier and later field of a row, and whether they may be the same: the database's constraints, said in words.
IN_ORDER = (
    ("starts_on", "ends_on", True),
    ("taught_on", "ends_on", True),
    ("booking_opens_at", "booking_closes_at", False),
    ("booking_closes_at", "changes_until", True),
)


@dataclass(frozen=True)
class Clash:
    """One sentence about the date with that key ("": about none). A fault has to be mended first."""

    key: str
    sentence: str
    is_fault: bool = False


def clashes_of(
    tables: Sequence[Copies], free: Sequence[FreeDays], public: Mapping[date, str], weeks: Weeks, zone: ZoneInfo
) -> list[Clash]:
    rows = [row for table in tables for row in table.rows if row.source is not None]
    found = [clash for row in rows for dated in row.dates for clash in of_date(row, dated, free, public, weeks)]
    for row in rows:
        found += between(row, free, public)
        found += faults(row, zone)
    return [*found, *out_of_order(rows)]


def day_of(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def said(day: date) -> str:
    return date_format(day, "D j F Y")


def holiday(day: date, free: Sequence[FreeDays], public: Mapping[date, str]) -> str:
    """Its name; empty for an ordinary day."""
    if day in public:
        return public[day]
    given = next((stretch for stretch in free if day in stretch), None)
    return (given.title or _("a day without class")) if given else ""


def of_date(
    row: Copy, dated: Dated, free: Sequence[FreeDays], public: Mapping[date, str], weeks: Weeks
) -> Iterator[Clash]:
    if dated.new is None:
        return
    day, old = day_of(dated.new), day_of(dated.old)
    words = {"row": row.source, "field": dated.field.verbose_name, "day": said(day)}
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        yield Clash(dated.key, _("%(row)s, %(field)s: choose a year from 2000 to 2099.") % words, is_fault=True)
    elif name := holiday(day, free, public):
        yield Clash(dated.key, _("%(row)s: %(field)s falls on %(holiday)s, %(day)s.") % (words | {"holiday": name}))
    elif day.weekday() > 4 and old.weekday() < 5:
        yield Clash(dated.key, _("%(row)s: %(field)s falls on a weekend, %(day)s.") % words)
    if not weeks.is_taught(old) and weeks.moved(old) == day:
        yield Clash(
            dated.key,
            _("%(row)s: %(field)s lay in a week without class, %(old)s. Is %(day)s right?")
            % (words | {"old": said(old)}),
        )


def between(row: Copy, free: Sequence[FreeDays], public: Mapping[date, str]) -> Iterator[Clash]:
    """Holidays among the days of a stretch, beside its first and last."""
    dates = {each.name: each for each in row.dates}
    first = next((dates[name] for name in FIRST_DAYS if name in dates), None)
    last = dates.get("ends_on")
    if first is None or last is None or not first.new or not last.new:
        return
    for day in days_of(first.new, last.new)[1:-1][:400]:
        if name := holiday(day, free, public):
            words = {"row": row.source, "holiday": name, "day": said(day)}
            yield Clash(first.key, _("%(row)s: %(holiday)s, %(day)s, is among its days.") % words)


def faults(row: Copy, zone: ZoneInfo) -> Iterator[Clash]:
    """What the database would refuse."""
    dates = {each.name: each for each in row.dates}
    for error in row.put_dates(zone):
        yield Clash(row.dates[0].key, f"{row.source}: {error}", is_fault=True)
    for early, late, may_be_same in IN_ORDER:
        if early not in dates or late not in dates:
            continue
        one, other = dates[early], dates[late]
        words = {"row": row.source, "one": one.field.verbose_name, "other": other.field.verbose_name}
        if one.new is None or other.new is None:
            if other.new is not None or (early == "booking_opens_at" and one.new is not None):
                yield Clash(other.key, _("%(row)s: “%(one)s” and “%(other)s” go together.") % words, is_fault=True)
        elif other.new < one.new or (other.new == one.new and not may_be_same):  # type: ignore[operator]
            yield Clash(other.key, _("%(row)s: “%(other)s” comes before “%(one)s”.") % words, is_fault=True)
    closes, starts = dates.get("booking_closes_at"), dates.get("starts_on")
    if not (closes and starts and closes.new and starts.new):
        return
    if day_of(closes.old) <= day_of(starts.old) and day_of(closes.new) > day_of(starts.new):
        yield Clash(closes.key, _("%(row)s: booking closes after its first day.") % {"row": row.source})


def out_of_order(rows: Sequence[Copy]) -> Iterator[Clash]:
    """Classes that no longer come one after the other."""
    classes = [(each, row) for row in rows for each in row.dates if each.name == "taught_on" and each.new]
    classes.sort(key=lambda pair: pair[0].old)
    for (before, one), (after, other) in pairwise(classes):
        if before.old < after.old and before.new >= after.new:
            words = {"row": other.source, "other": one.source}
            yield Clash(after.key, _("%(row)s no longer comes after %(other)s.") % words)
