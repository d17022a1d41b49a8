"""Cut days into slots. Pure: wall-clock times in, instants out, nothing is stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from coursesite.clock import NoSuchTime, localise


@dataclass(frozen=True)
class Stretch:
    """From one wall-clock time to a later one of the same day."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    @property
    def length(self) -> timedelta:
        return datetime.combine(date.min, self.end) - datetime.combine(date.min, self.start)


@dataclass(frozen=True)
class Plan:
    """Days, daily hours, length of a slot, pause after it, breaks, and the rooms that run in parallel."""

    days: Sequence[date]
    hours: Sequence[Stretch]
    length: timedelta
    gap: timedelta = timedelta(0)
    breaks: Sequence[Stretch] = ()
    rooms: Sequence[str] = ("",)  # "" is no room: an online slot

    @property
    def most(self) -> int:
        """No more slots than this can come out: the guard of whoever cuts what a person typed."""
        daily = sum(stretch.length // (self.length + self.gap) + 1 for stretch in self.hours)
        return len(set(self.days)) * daily * len(self.rooms)


@dataclass(frozen=True, order=True)
class Cut:
    """One slot."""

    starts_at: datetime
    ends_at: datetime
    room: str


@dataclass(frozen=True, order=True)
class Refused:
    """A slot that the plan asked for and that cannot be, with the sentence why. `starts` is wall-clock, naive."""

    starts: datetime
    room: str
    sentence: str


class Try(NamedTuple):
    """A wall-clock slot that comes up on a day, with the reason against it, if any."""

    start: datetime
    end: datetime
    reason: str = ""


def cut(plan: Plan, zone: ZoneInfo) -> tuple[list[Cut], list[Refused]]:
    """Slots one after the other within each stretch: none over its end, over a break, or over a change of the clock.

    The gap is kept between any two slots of a room, also from one stretch to the next and when clocks change between
    them. Raises ValueError where length is not above zero, gap is below it, or a stretch ends before it starts.
    """
    if plan.length <= timedelta(0) or plan.gap < timedelta(0):
        raise ValueError("length must be above zero and gap not below it")
    if any(stretch.end <= stretch.start for stretch in (*plan.hours, *plan.breaks)):
        raise ValueError("a stretch must end after it starts")
    cuts: list[Cut] = []
    refused: list[Refused] = []
    rooms = tuple(dict.fromkeys(plan.rooms))
    free_at = None  # when the rooms are free again, in elapsed time
    for start, end, reason in (found for day in sorted(set(plan.days)) for found in tries(day, plan)):
        try:
            starts_at, ends_at = localise(start, zone), localise(end, zone)
            if not reason and (ends_at - starts_at != plan.length or (free_at and starts_at < free_at)):
                reason = _("Clocks change over it, or in the pause before it.")
        except NoSuchTime as error:
            reason = reason or str(error)
        if reason:
            refused.extend(Refused(start, room, reason) for room in rooms)
        else:
            cuts.extend(Cut(starts_at, ends_at, room) for room in rooms)
            free_at = ends_at + plan.gap
    return cuts, refused


def tries(day: date, plan: Plan) -> Iterator[Try]:
    """The wall-clock slots of one day in order. One that would touch a break is tried again when the break ends."""
    free = datetime.combine(day, time.min)
    for stretch in sorted(plan.hours, key=lambda s: s.start):
        start, last = max(free, datetime.combine(day, stretch.start)), datetime.combine(day, stretch.end)
        while start < last:
            end = start + plan.length
            if end > last:
                yield Try(start, end, _("It would end after %(time)s.") % {"time": f"{last:%H:%M}"})
                break
            if pause := next((b for b in plan.breaks if stands_in(b, start, end)), None):
                yield Try(start, end, _("The break %(hours)s is in the way.") % {"hours": pause})
                start = datetime.combine(day, pause.end)
            else:
                yield Try(start, end)
                start = free = end + plan.gap


def stands_in(pause: Stretch, start: datetime, end: datetime) -> bool:
    return datetime.combine(start, pause.start) < end and start < datetime.combine(start, pause.end)
