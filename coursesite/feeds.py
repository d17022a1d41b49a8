"""iCalendar: invitations that come by mail, change and are withdrawn, and the agenda for calendars that subscribe.

Both speak of one appointment by one UID and one SEQUENCE, so a calendar that has it twice can tell.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.conf import settings
from icalendar import CUTYPE, PARTSTAT, ROLE, STATUS, TRANSP, Alarm, Calendar, Event, vCalAddress, vDuration

from coursesite.access import Viewer
from coursesite.agenda import Entry
from coursesite.booking import may_be_in_calendar
from coursesite.mail import ascii_address, one_line
from coursesite.models import CourseEdition
from coursesite.outbox import QueuedEmail

PRODUCT = "-//coursesite//coursesite//EN"
TEXT_LENGTH = 250
AROUND = timedelta(days=400)  # what a VTIMEZONE tells of the zone: the clock changes before and after its events
ASK_AGAIN = timedelta(hours=1)  # how often programs should look at a feed; each does as it likes
REQUEST, CANCEL = "REQUEST", "CANCEL"


def invitation(row: QueuedEmail) -> str:
    """The file that puts an appointment into the recipient's calendar, moves it there, or takes it out again.

    For MailKind.invitation. It is made of these facts of the row: uid (the same in all mails about one appointment),
    sequence (rises with every change), method (REQUEST or CANCEL), starts_at, ends_at (ISO), summary, place, url.
    Times are in the edition's zone; where there is a last_on as well, whole days are taken, from midnight to midnight.
    """
    facts, edition = row.facts, row.edition
    if edition is None:
        raise ValueError("an invitation belongs to an edition")
    event = Event.new(
        uid=uid(facts["uid"]),
        sequence=facts["sequence"],
        stamp=row.created_at.astimezone(UTC),
        **times(facts, edition),
        summary=one_line(facts["summary"], TEXT_LENGTH),
        location=one_line(facts.get("place") or "", TEXT_LENGTH) or None,
        url=facts.get("url") or None,
        status=STATUS.CANCELLED if facts["method"] == CANCEL else STATUS.CONFIRMED,
        organizer=organiser(edition),
        attendees=[attendee(row)],
    )
    return calendar([event], method=facts["method"])


def times(facts: dict[str, Any], edition: CourseEdition) -> dict[str, Any]:
    start, end = (datetime.fromisoformat(facts[name]).astimezone(edition.zone) for name in ("starts_at", "ends_at"))
    if "last_on" in facts:
        return {"start": start.date(), "end": end.date(), "transparency": TRANSP.TRANSPARENT}
    return {"start": start, "end": end}


def withdrawal(row: QueuedEmail) -> str:
    """The same for a place that was given back, where there is anything to take out."""
    return invitation(row) if may_be_in_calendar(row) else ""


def feed(entries: Iterable[Entry], viewer: Viewer, alarm: int | None = None) -> str:
    """These entries of the agenda for a program that asks again and again. alarm: minutes before what has an hour."""
    return calendar([event(entry, viewer, alarm) for entry in entries], name=str(viewer.edition))


def event(entry: Entry, viewer: Viewer, alarm: int | None = None) -> Event:
    """An entry as it stands in the viewer's calendar; the same state of the course gives the same lines.

    A fact of the course has no history of its own. Its SEQUENCE is the edition's revision, which rises with every
    change: so what somebody has put into a calendar by hand is replaced when they do it again.
    """
    edition = viewer.edition
    is_own = viewer.user.pk in entry.owed_by  # what the mails to this person call it
    named = one_line((is_own and entry.facts.get("summary")) or summary(entry, edition), TEXT_LENGTH)
    takes_time = entry.ends_at is not None and not entry.is_all_day
    made = Event.new(
        uid=uid(entry.uid or entry.name or entry.key),
        sequence=edition.revision if entry.sequence is None else entry.sequence,
        stamp=(entry.since or edition.created_at).astimezone(UTC),
        last_modified=entry.since and entry.since.astimezone(UTC),
        start=day_or_instant(entry, entry.starts_at, edition),
        end=entry.ends_at and day_or_instant(entry, entry.ends_at, edition),
        summary=named,
        location=one_line(entry.place, TEXT_LENGTH) or None,
        url=entry.address or None,
        categories=[entry.theme.value],
        transparency=TRANSP.OPAQUE if takes_time else TRANSP.TRANSPARENT,  # a deadline leaves its day free
    )
    if alarm is not None and not entry.is_all_day:
        made.add_component(reminder(named, alarm))
    return made


def summary(entry: Entry, edition: CourseEdition) -> str:
    return f"{edition.code} {entry.title}".strip()


def day_or_instant(entry: Entry, instant: datetime, edition: CourseEdition) -> date:
    """On the wall clock of the edition. Entries that take whole days end with the midnight after, as iCalendar does."""
    local = instant.astimezone(edition.zone)
    return local.date() if entry.is_all_day else local


def reminder(summary: str, minutes: int) -> Alarm:
    alarm = Alarm()  # Alarm.new() would give it a random UID each time
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", timedelta(minutes=-minutes))
    return alarm


def calendar(events: list[Event], *, method: str | None = None, name: str = "") -> str:
    """The text of a calendar, with the full rules of its events' time zones for the years around them."""
    whole = Calendar()  # Calendar.new() would give it a random UID each time
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    if method:
        whole.add("method", method)
    if name:  # RFC 7986 and, for the programs that came before it, the same in their words
        whole.add("name", one_line(name, TEXT_LENGTH))
        whole.add("x-wr-calname", one_line(name, TEXT_LENGTH))
        whole.add("refresh-interval", ASK_AGAIN, parameters={"value": "DURATION"})
        whole.add("x-published-ttl", vDuration(ASK_AGAIN))
    whole.subcomponents = list(events)
    days = [instant.date() for event in events for instant in (event.start, event.end) if isinstance(instant, datetime)]
    if days:
        whole.add_missing_timezones(min(days) - AROUND, max(days) + AROUND)
    return whole.to_ical().decode()


def uid(name: str | UUID) -> str:
    return f"{name}@{urlsplit(settings.SITE_URL).hostname}"


def organiser(edition: CourseEdition) -> vCalAddress:
    """The staff; where nobody is named, the site itself."""
    address = next(iter(edition.answer_addresses), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    return vCalAddress.new(mailbox(address), cn=one_line(str(edition), TEXT_LENGTH))


def attendee(row: QueuedEmail) -> vCalAddress:
    """Whoever gets the mail comes: the place was booked by them or for them, so there is no question to answer."""
    return vCalAddress.new(
        mailbox(row.to_address),
        cn=one_line(str(row.recipient or row.to_address), TEXT_LENGTH),
        cutype=CUTYPE.INDIVIDUAL,
        role=ROLE.REQ_PARTICIPANT,
        partstat=PARTSTAT.ACCEPTED,
        rsvp=False,
    )


def mailbox(address: str) -> str:
    return f"mailto:{quote(ascii_address(address), safe='@+')}"
