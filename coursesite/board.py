"""What every board of places shows, made ready for a template that only prints it (templates/booking/).

A board has dozens of places and is asked for by everybody at once when booking opens: the words of each place are put
together here, once. The app reads its places in a number of queries that does not grow with them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.booking import Phase, phase, why_not
from coursesite.models import Bookable


class SeeOther(HttpResponseRedirect):
    """To the page that shows what has been done; also a script's request comes there with GET."""

    status_code = 303


class Place(NamedTuple):
    """A place as an app has read it. state: free, mine or taken; holder, booking: where the viewer may know them."""

    code: UUID
    starts_at: datetime
    ends_at: datetime
    room: str
    online_url: str
    state: str
    holder: Any = None
    booking: Any = None


@dataclass(slots=True)
class Cell:
    """One place. Day, time and note read as one breath: "Tuesday 3 March, 10:00, R7, free"."""

    code: UUID
    day: str
    time: str
    until: str
    note: str
    state: str  # free, mine, taken, over
    place: str
    online_url: str
    holder: Any
    booking: Any
    action: str = ""  # the address that books it, or moves there; empty: no button


@dataclass
class Day:
    title: str
    cells: list[Cell]


@dataclass(kw_only=True)
class Board:
    bookable: Bookable
    url: str
    days: list[Day]
    summary: str = ""
    verb: str = ""  # what a click on a free place does, or nothing
    why_not: str = ""  # the sentence where it does nothing
    changes: str = ""  # until when the own place can be changed
    cancel_url: str = ""
    own: Cell | None = field(init=False)  # the viewer's place, or the one of whom staff act for

    def __post_init__(self) -> None:
        self.own = next((cell for cell in self.cells if cell.state == "mine"), None)

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for day in self.days for cell in day.cells)

    def offer(self, verb: str, view: str, slug: str) -> None:
        """Make a button of every free place, which posts to `view` of its code."""
        self.verb, code = verb, UUID(int=0)
        before, after = reverse(view, args=[slug, code]).split(str(code))
        for cell in self.cells:
            if cell.state == "free":
                cell.action = f"{before}{cell.code}{after}"


def lay_out(places: Iterable[Place], now: datetime, zone: ZoneInfo, where: str = "") -> list[Day]:
    """The days of a board with their places, which come in order of time. `where` they are, unless they say it."""
    words = {"free": _("free"), "mine": _("yours"), "taken": _("taken"), "over": _("over")}
    days: list[Day] = []
    date = None
    for place in places:
        local = place.starts_at.astimezone(zone)
        if local.date() != date:
            date = local.date()
            days.append(Day(date_format(local, "l j F"), []))
        state = "over" if place.state == "free" and place.starts_at <= now else place.state
        room = place.room or (_("online") if place.online_url else where)
        days[-1].cells.append(
            Cell(
                code=place.code,
                day=days[-1].title,
                time=f"{local:%H:%M}",
                until=f"{place.ends_at.astimezone(zone):%H:%M}",
                note=f"{room}, {words[state]}" if room else words[state],
                state=state,
                place=room,
                online_url=place.online_url,
                holder=place.holder,
                booking=place.booking,
            )
        )
    return days


def summary(bookable: Bookable, days: Iterable[Day], now: datetime, zone: ZoneInfo) -> str:
    """ "12 of 20 free, booking closes Friday 27 February, 18:00 (in 3 days)"."""
    sentences = {
        Phase.EARLY: (_("%(total)s slots, booking opens %(when)s (%(left)s)"), bookable.booking_opens_at),
        Phase.OPEN: (_("%(free)s of %(total)s free, booking closes %(when)s (%(left)s)"), bookable.booking_closes_at),
        Phase.CHANGES_ONLY: (
            _("Booking is closed. Who has a slot can change it until %(when)s (%(left)s)"),
            bookable.changes_until,
        ),
    }
    sentence, when = sentences.get(phase(bookable, now), ("", None))
    if when is None:
        return _("Booking is over.") if bookable.is_published else ""
    states = [cell.state for day in days for cell in day.cells]
    return sentence % {
        "free": states.count("free"),
        "total": len(states),
        "when": clock.said_in_full(when, zone),
        "left": clock.said_until(when, now, zone),
    }


def open_until(bookable: Bookable, now: datetime, zone: ZoneInfo) -> str:
    """For who has no place yet: that booking is open and how long, or why not."""
    if phase(bookable, now) is not Phase.OPEN or bookable.booking_closes_at is None:
        return why_not(bookable, now, zone, changing=False)
    return _("Booking is open until %(until)s (%(left)s).") % {
        "until": clock.said_in_full(bookable.booking_closes_at, zone),
        "left": clock.said_until(bookable.booking_closes_at, now, zone),
    }


def until_when(bookable: Bookable, now: datetime, zone: ZoneInfo) -> str:
    until = bookable.changes_until or bookable.booking_closes_at
    if until is None:
        return ""
    sentence = (
        _("You can move it to another free slot until %(when)s (%(left)s).")
        if phase(bookable, now) is Phase.OPEN
        else _("Booking is closed. You can still move it until %(when)s (%(left)s); to cancel it would be final.")
    )
    return sentence % {"when": clock.said_in_full(until, zone), "left": clock.said_until(until, now, zone)}
