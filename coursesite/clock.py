"""From what people write on the wall clock to instants, the same for forms, class lists and READMEs."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

END_OF_DAY = time(23, 59, 59)
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of every date and instant, the last one not included


_stands_at: ContextVar[datetime | None] = ContextVar("stands_at", default=None)


def now() -> datetime:
    """The instant that a page tells of: for who looks at the site as it is at another time, that one (looking.py).

    For pages alone: what is written, sent or kept for others asks timezone.now().
    """
    return _stands_at.get() or timezone.now()


@contextmanager
def standing_at(instant: datetime | None) -> Iterator[None]:
    """Within it, and for this request alone, now() is that instant; None: it goes on."""
    token = _stands_at.set(instant)
    try:
        yield
    finally:
        _stands_at.reset(token)


class NoSuchTime(ValueError):
    """The wall clock never, or twice, shows this time. The text is a sentence for the person."""


def localise(naive: datetime, zone: ZoneInfo) -> datetime:
    """The one instant (UTC) at which clocks in `zone` show `naive`. Raises NoSuchTime around a clock change."""
    first, second = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        shown = f"{naive:%d/%m/%Y %H:%M}"
        # In a gap the round trip through UTC comes out at another wall-clock time.
        if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
            raise NoSuchTime(
                _("%(time)s does not exist: clocks go forward over it. Choose a time before or after.")
                % {"time": shown}
            )
        raise NoSuchTime(
            _("%(time)s happens twice: clocks go back over it. Choose a time before or after.") % {"time": shown}
        )
    return first.astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last second of a day: what a deadline means that is given without a time."""
    return localise(datetime.combine(day, END_OF_DAY), zone)


def said(instant: datetime, zone: ZoneInfo) -> str:
    """As people say it: "Tue 3 March, 10:00"."""
    local = instant.astimezone(zone)
    return f"{date_format(local, 'D j F')}, {date_format(local, 'H:i')}"


def said_in_full(instant: datetime, zone: ZoneInfo) -> str:
    """For sentences: "Tuesday 3 March, 10:00"."""
    local = instant.astimezone(zone)
    return f"{date_format(local, 'l j F')}, {date_format(local, 'H:i')}"


def days_said(first: date, last: date | None) -> str:
    """One day or several: "Monday 2 March to Thursday 5 March"."""
    said = date_format(first, "l j F")
    if last in (None, first):
        return said
    return _("%(first)s to %(last)s") % {"first": said, "last": date_format(last, "l j F")}


def said_until(instant: datetime, now: datetime, zone: ZoneInfo) -> str:
    """How long there is left: "in 3 days" as the calendar counts them, "in 5 hours", "in 20 minutes"."""
    left = instant - now
    if left >= timedelta(days=1):
        days = (instant.astimezone(zone).date() - now.astimezone(zone).date()).days
        return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
    if left >= timedelta(hours=1):
        hours = left // timedelta(hours=1)
        return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
    minutes = max(1, left // timedelta(minutes=1))
    return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}
