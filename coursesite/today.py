"""A person's first page of an edition: the one thing to do next, and what is on in the next weeks.

Read from the entries of the agenda alone, so what a new source offers is there as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import access, agenda, clock
from coursesite.access import Viewer
from coursesite.agenda import Entry
from coursesite.models import CourseEdition

AHEAD = timedelta(weeks=4)
NAME = "name"  # of an entry, in the address that all have in common


@dataclass(frozen=True)
class Card:
    """The one thing. All words: two cards that read the same are the same (pages.etag)."""

    label: str
    title: str
    when: str
    left: str
    place: str
    online_url: str
    with_whom: str
    url: str
    button: str
    is_act: bool  # so that `when` is until when
    add: str  # where its calendar file is


@dataclass(frozen=True)
class Line:
    when: str
    at: str  # the same for machines
    title: str
    url: str
    place: str
    online_url: str
    mark: str  # "now" or "next", in the reader's language
    is_now: bool
    is_own: bool
    add: str  # where its calendar file is


@dataclass(frozen=True)
class Day:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Today:
    card: Card | None
    days: tuple[Day, ...]


def read(viewer: Viewer, now: datetime) -> Today:
    """In as many queries as the agenda takes."""
    edition, person = viewer.edition, viewer.user.pk or 0
    found = [
        entry if access.may_open(viewer, entry) else replace(entry, url="")
        for entry in agenda.collect(edition, now)
        if entry.is_ahead(now) and access.has_on_agenda(viewer, entry)
    ]
    first = what_next(found, person)
    zone, add = edition.zone, adder(edition)
    return Today(card(first, now, zone, add) if first else None, days(found, person, now, zone, add, first))


def adder(edition: CourseEdition) -> Callable[[Entry], str]:
    """Where each entry's calendar file is: one reverse() for all of them."""
    before, _name, after = reverse("calendar:entry", args=[edition.slug, NAME]).rpartition(NAME)
    return lambda entry: f"{before}{entry.name}{after}" if entry.name and not entry.is_open_ended else ""


def what_next(ahead: Iterable[Entry], person: int) -> Entry | None:
    """What the person still has to do, the earliest deadline first; else what they come to, or wait for."""
    theirs = [entry for entry in ahead if is_theirs(entry, person) and not entry.is_news]
    if acts := [entry for entry in theirs if entry.action]:
        return min(acts, key=lambda entry: (entry.is_open_ended, entry.starts_at))
    # What takes whole days comes after what has its hour in them: one's own slot before the days of presentations.
    return min(
        theirs,
        key=lambda entry: entry.ends_at if entry.is_all_day and entry.ends_at else entry.starts_at,
        default=None,
    )


def is_theirs(entry: Entry, person: int) -> bool:
    """To do or to come to: not what others still have to do."""
    return person in entry.owed_by or not entry.action


# --- In words ------------------------------------------------------------------------------------------------------


def card(entry: Entry, now: datetime, zone: ZoneInfo, add: Callable[[Entry], str]) -> Card:
    is_act = bool(entry.action)
    label = _("Your next step") if is_act else _("Now") if entry.starts_at <= now else _("Next")
    when, left = said_when(entry, now, zone)
    place, online_url = where(entry)
    return Card(
        label=label,
        title=str(entry.step or entry.title) if is_act else str(entry.title),
        when=when,
        left=left,
        place=place,
        online_url=online_url,
        with_whom=entry.with_whom,
        url=entry.url,
        button=str(entry.action) if is_act else _("See the details"),
        is_act=is_act,
        add=add(entry),
    )


def said_when(entry: Entry, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """ "Monday 2 March, 10:00–10:15" and "in 9 days"; the second is empty while it is going on."""
    if entry.is_open_ended:
        return "", ""
    if entry.is_all_day:
        first, last = entry.days(zone)
        return clock.days_said(first, last), said_until_day(first, now.astimezone(zone).date())
    when = clock.said_in_full(entry.starts_at, zone)
    if entry.ends_at:
        begins, ends = entry.starts_at.astimezone(zone), entry.ends_at.astimezone(zone)
        same_day = begins.date() == ends.date()
        when = f"{when}–{ends:%H:%M}" if same_day else f"{when} – {clock.said_in_full(entry.ends_at, zone)}"
    return when, clock.said_until(entry.starts_at, now, zone) if entry.starts_at > now else ""


def said_until_day(day: date, today: date) -> str:
    """As people count what has no hour."""
    left = (day - today).days
    if left <= 1:
        return _("tomorrow") if left == 1 else _("today")
    return ngettext("in %(count)d day", "in %(count)d days", left) % {"count": left}


def where(entry: Entry) -> tuple[str, str]:
    """What to read, and what it leads to: a room that is an address is a meeting online."""
    if entry.place.startswith(("https://", "http://")):
        return _("online"), entry.place
    return entry.place, ""


def days(
    ahead: Iterable[Entry],
    person: int,
    now: datetime,
    zone: ZoneInfo,
    add: Callable[[Entry], str],
    first: Entry | None,
) -> tuple[Day, ...]:
    """The next weeks, each entry on its first day that is not over. first: what the card says."""
    shown = [entry for entry in ahead if not entry.is_open_ended and entry.starts_at < now + AHEAD]
    timed = (entry for entry in shown if has_its_hour(entry, person) and entry.starts_at > now)
    is_card_next = first is not None and not first.action and first.starts_at > now
    following = first if is_card_next else next(timed, None)
    today = now.astimezone(zone).date()
    by_day: dict[date, list[Line]] = {}
    for entry in shown:
        has_hour, has_begun = has_its_hour(entry, person), entry.starts_at <= now
        is_now, is_next = has_hour and has_begun, entry is following
        is_new = entry.is_news and has_begun
        place, online_url = where(entry)
        day = max(entry.starts_at.astimezone(zone).date(), today)
        line = Line(
            when=said_briefly(entry, day, zone),
            at=day.isoformat() if entry.is_all_day else entry.starts_at.astimezone(zone).isoformat(timespec="minutes"),
            title=str(entry.title),
            url=entry.url,
            place=place,
            online_url=online_url,
            mark=_("now") if is_now else _("next") if is_next else _("new") if is_new else "",
            is_now=is_now,
            is_own=entry.is_own(person),
            add=add(entry),
        )
        by_day.setdefault(day, []).append(line)
    return tuple(Day(day_title(day, today), tuple(lines)) for day, lines in sorted(by_day.items()))


def has_its_hour(entry: Entry, person: int) -> bool:
    """Something to be at, which is on now or next."""
    return not entry.is_all_day and not entry.is_news and is_theirs(entry, person)


def said_briefly(entry: Entry, day: date, zone: ZoneInfo) -> str:
    """Under the name of its day: "10:00–10:15", "all day", "until Thursday 5 March"; of older news its day."""
    first, last = entry.days(zone)
    if entry.is_news and first < day:
        return date_format(first, "D j F")
    if entry.is_all_day:
        return _("all day") if first == last else _("until %(day)s") % {"day": date_format(last, "l j F")}
    begins = f"{entry.starts_at.astimezone(zone):%H:%M}"
    return f"{begins}–{entry.ends_at.astimezone(zone):%H:%M}" if entry.ends_at and first == last else begins


def day_title(day: date, today: date) -> str:
    named = date_format(day, "l j F")
    if (day - today).days > 1:
        return named
    return _("Today, %(day)s") % {"day": named} if day == today else _("Tomorrow, %(day)s") % {"day": named}
