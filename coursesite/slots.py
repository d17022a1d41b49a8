"""Cut days into slots. Pure: wall-clock times in, instants out, nothing is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coursesite.clock import NoSuchTime, localise


@dataclass(frozen=True)
class Stretch:
    """From one wall-clock time to a later one of the same day."""

    start: time
    end: time


@dataclass(frozen=True)
class Plan:
    """Days, daily hours, length of a slot, pause after it, breaks, and the rooms that run in parallel."""

    days: Sequence[date]
    hours: Sequence[Stretch]
    length: timedelta
    gap: timedelta = timedelta(0)
    breaks: Sequence[Stretch] = ()
    rooms: Sequence[str] = ("",)  # "" is no room: an online slot


@dataclass(frozen=True, order=True)
class Cut:
    """One slot."""

    starts_at: datetime
    ends_at: datetime
    room: str


@dataclass(frozen=True)
class Refused:
    """A slot that the plan asked for and that cannot be, with the sentence why. `starts` is wall-clock, naive."""

    starts: datetime
    room: str
    sentence: str


def cut(plan: Plan, zone: ZoneInfo) -> tuple[list[Cut], list[Refused]]:
    """Slots one after the other within each stretch: none over its end, over a break, or over a change of the clock.

    Raises ValueError where length is not above zero, gap is below it, or a stretch ends before it starts.
    """
    if plan.length <= timedelta(0) or plan.gap < timedelta(0):
        raise ValueError("length must be above zero and gap not below it")
    if any(stretch.end <= stretch.start for stretch in (*plan.hours, *plan.breaks)):
        raise ValueError("a stretch must end after it starts")
    cuts: list[Cut] = []
    refused: list[Refused] = []
    for day in sorted(set(plan.days)):
        for start, end in starts_and_ends(day, plan):
            try:
                starts_at, ends_at = localise(start, zone), localise(end, zone)
                if ends_at - starts_at != plan.length:
                    raise NoSuchTime(
                        _("The clock changes between %(start)s and %(end)s.")
                        % {"start": f"{start:%d/%m/%Y %H:%M}", "end": f"{end:%H:%M}"}
                    )
            except NoSuchTime as reason:
                refused.extend(Refused(start, room, str(reason)) for room in plan.rooms)
            else:
                cuts.extend(Cut(starts_at, ends_at, room) for room in plan.rooms)
    return cuts, refused


def starts_and_ends(day: date, plan: Plan) -> Iterator[tuple[datetime, datetime]]:
    """The wall-clock slots of one day. One that would touch a break starts again when the break ends."""
    for stretch in sorted(plan.hours, key=lambda s: s.start):
        start, last = datetime.combine(day, stretch.start), datetime.combine(day, stretch.end)
        while (end := start + plan.length) <= last:
            in_the_way = [
                b for b in plan.breaks if datetime.combine(day, b.start) < end and start < datetime.combine(day, b.end)
            ]
            if in_the_way:
                start = datetime.combine(day, max(b.end for b in in_the_way))
                continue
            yield start, end
            start = end + plan.gap
