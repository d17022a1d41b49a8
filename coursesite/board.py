"""What every board of places shows, made ready for a template that only prints it (templates/booking/).

A board has dozens of places and is asked for by everybody at once when booking opens: the words of each place are put
together here, once. The app reads its places in a number of queries that does not grow with them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite import clock, pages
from coursesite.access import Viewer
from coursesite.bookable import Appointment, Bookable
from coursesite.booking import BookingRefused, Phase, PlaceGone, phase, why_not


class SeeOther(HttpResponseRedirect):
    """To the page that shows what has been done; also a script's request comes there with GET."""

    status_code = 303


class Place(NamedTuple):
    """A place as an app has read it. state: as of a Cell; holder, booking: where the viewer may know them."""

    code: UUID
    starts_at: datetime
    ends_at: datetime
    room: str
    online_url: str
    kept_until: datetime | None
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
    minutes: int  # how long it is
    note: str
    state: str  # free, kept (for the viewer), mine, taken, waiting (kept for somebody else), over
    place: str
    online_url: str
    holder: Any
    booking: Any
    kept_until: str  # for the viewer, to the second
    action: str = ""  # the address that books it, or moves there; empty: no button


@dataclass
class Day:
    title: str
    cells: list[Cell]


FREE_STATES = ("free", "kept")


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
    own_entry: str = ""  # the calendar entry of the own place
    own: Cell | None = field(init=False)  # the viewer's place, or the one of whom staff act for
    kept: Cell | None = field(init=False)  # the one that is kept for them

    def __post_init__(self) -> None:
        self.own, self.kept = self.first("mine"), self.first("kept")

    def first(self, state: str) -> Cell | None:
        return next((cell for cell in self.cells if cell.state == state), None)

    @property
    def cells(self) -> Iterator[Cell]:
        return (cell for day in self.days for cell in day.cells)

    def offer(self, verb: str, view: str, slug: str) -> None:
        """Make a button of every free place, which posts to `view` of its code."""
        self.verb, code = verb, UUID(int=0)
        before, after = reverse(view, args=[slug, code]).split(str(code))
        for cell in self.cells:
            if cell.state in FREE_STATES:
                cell.action = f"{before}{cell.code}{after}"


# What an app reads of each place, by whatever way it comes to them.
OF_PLACE = ("code", "starts_at", "ends_at", "room", "online_url", "kept_for", "kept_until")


def state_of(holder: int | None, kept_for: int | None, own: int | None) -> str:
    """Of a place, as a Cell has it. own: whose board it is."""
    if holder is not None:
        return "mine" if holder == own else "taken"
    if kept_for is not None:
        return "kept" if kept_for == own else "waiting"
    return "free"


def lay_out(
    places: Iterable[Place], now: datetime, zone: ZoneInfo, *, where: str = "", acting: bool = False
) -> list[Day]:
    """The days of a board with their places, which come in order of time. `where` they are, unless they say it.

    "mine" is the place of whoever looks, or of those for whom staff are `acting`.
    """
    words = {
        "free": _("free"),
        "kept": _("kept for them") if acting else _("kept for you"),
        "mine": _("theirs") if acting else _("yours"),
        "taken": _("taken"),
        "waiting": _("kept for a moment"),
        "over": _("over"),
    }
    days: list[Day] = []
    date = None
    for place in places:
        local = place.starts_at.astimezone(zone)
        if local.date() != date:
            date = local.date()
            days.append(Day(date_format(local, "l j F"), []))
        state = "over" if place.starts_at <= now and place.state not in ("mine", "taken") else place.state
        room = place.room or (_("online") if place.online_url else where)
        days[-1].cells.append(
            Cell(
                code=place.code,
                day=days[-1].title,
                time=f"{local:%H:%M}",
                until=f"{place.ends_at.astimezone(zone):%H:%M}",
                minutes=(place.ends_at - place.starts_at) // timedelta(minutes=1),
                note=f"{room}, {words[state]}" if room else words[state],
                state=state,
                place=room,
                online_url=place.online_url,
                holder=place.holder,
                booking=place.booking,
                kept_until=until_second(place.kept_until, zone) if state == "kept" else "",
            )
        )
    return days


def summary(bookable: Bookable, days: Iterable[Day], now: datetime, zone: ZoneInfo) -> str:
    """ "12 of 20 free, 15 minutes each, booking closes Friday 27 February, 18:00 (in 3 days)"."""
    sentences = {
        Phase.EARLY: (_("%(total)s slots%(length)s, booking opens %(when)s (%(left)s)"), bookable.booking_opens_at),
        Phase.OPEN: (
            _("%(free)s of %(total)s free%(length)s, booking closes %(when)s (%(left)s)"),
            bookable.booking_closes_at,
        ),
        Phase.CHANGES_ONLY: (
            _("Booking is closed. Who has a slot can change it until %(when)s (%(left)s)"),
            bookable.changes_until,
        ),
    }
    sentence, when = sentences.get(phase(bookable, now), ("", None))
    if when is None:
        return _("Booking is over.") if bookable.is_published else ""
    cells = [cell for day in days for cell in day.cells]
    return sentence % {
        "free": sum(cell.state in FREE_STATES for cell in cells),
        "total": len(cells),
        "length": length_said({cell.minutes for cell in cells}),
        "when": clock.said_in_full(when, zone),
        "left": clock.said_until(when, now, zone),
    }


def length_said(minutes: Collection[int]) -> str:
    """Of the places of a board; their ends are not shown one by one."""
    if not minutes:
        return ""
    shortest, longest = min(minutes), max(minutes)
    if shortest == longest:
        return _(", %(minutes)s minutes each") % {"minutes": longest}
    return _(", %(shortest)s to %(longest)s minutes each") % {"shortest": shortest, "longest": longest}


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
        _("To move it, choose another free slot below, until %(when)s (%(left)s).")
        if phase(bookable, now) is Phase.OPEN
        else _("Booking is closed. You can still move it until %(when)s (%(left)s); to cancel it would be final.")
    )
    return sentence % {"when": clock.said_in_full(until, zone), "left": clock.said_until(until, now, zone)}


def said(place: Appointment, zone: ZoneInfo) -> str:
    """ "Monday 2 March, 10:00, R7"."""
    when = clock.said_in_full(place.starts_at, zone)
    return f"{when}, {place.room}" if place.room else when


def gone_and_kept(gone: PlaceGone, kept: Appointment | None) -> str:
    """Why it was not to be had; and whether another one waits for them, which the board says below."""
    return f"{gone.sentence} {_('The nearest free one is kept for you.')}" if kept else gone.sentence


def until_second(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%H:%M:%S}" if instant else ""


def stated_reason(form: forms.Form) -> str:
    """What staff say for others to read. Raises BookingRefused where it will not do."""
    if not form.is_valid():
        raise BookingRefused(str(form.errors["reason"][0]))
    reason: str = form.cleaned_data["reason"]
    return reason


def answer(
    request: HttpRequest,
    viewer: Viewer,
    bookable: Bookable,
    *parts: object,
    now: datetime,
    page: str,
    part: str,
    read: Callable[[], dict[str, Any]],
    refused: str = "",
) -> HttpResponse:
    """The page with the board, or for a script the part of it that changes; 304 where nothing has.

    `parts` is what else the board depends on, `read` reads what it shows. The part asks for itself every few seconds,
    with the tag of what is shown: so a board that nobody has changed stays untouched, with its focus.
    """
    is_part = bool(request.htmx)  # type: ignore[attr-defined]  # HtmxMiddleware's
    known_by = (
        bookable._meta.label,
        bookable.pk,
        bookable.revision,
        bookable.kept_places,
        *moment(bookable, now, viewer.edition.zone),
        *parts,
    )
    part_tag = pages.etag(viewer, "part", *known_by)
    # The form of a page that was kept must fit the cookie of whoever has signed in again since.
    cookie = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    tag = part_tag if is_part else pages.etag(viewer, "page", cookie, *known_by)
    has_news = bool(refused or len(get_messages(request)))  # said once: not to be kept by the browser
    if not has_news and (same := pages.not_modified(request, tag)):
        return same
    context = read() | {
        "refused": refused,
        "is_part": is_part,
        "poll_headers": json.dumps({"If-None-Match": part_tag}),
    }
    response = render(request, part if is_part else page, context, status=409 if refused else 200)
    if has_news:
        response["Cache-Control"] = "no-store"
        return response
    return pages.tagged(response, tag)


def moment(bookable: Bookable, now: datetime, zone: ZoneInfo) -> tuple[object, ...]:
    """What of a board changes with time alone: the phase, how long there is left, and then which places are over."""
    ahead = (bookable.booking_opens_at, bookable.booking_closes_at, bookable.changes_until)
    left = [clock.said_until(instant, now, zone) for instant in ahead if instant and instant > now]
    then = phase(bookable, now)
    return then.value, *left, now.timestamp() // timedelta(minutes=5).total_seconds() if then is Phase.OVER else 0
