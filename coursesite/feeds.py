"""iCalendar: invitations that come by mail, change and are withdrawn. Feeds of the agenda will join them here."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import quote, urlsplit
from uuid import UUID

from django.conf import settings
from icalendar import CUTYPE, PARTSTAT, ROLE, STATUS, Calendar, Event, vCalAddress

from coursesite.booking import may_be_in_calendar
from coursesite.mail import ascii_address, one_line
from coursesite.models import CourseEdition, QueuedEmail

PRODUCT = "-//coursesite//coursesite//EN"
TEXT_LENGTH = 250
AROUND = timedelta(days=400)  # what a VTIMEZONE tells of the zone: the clock changes before and after its events
REQUEST, CANCEL = "REQUEST", "CANCEL"


def invitation(row: QueuedEmail) -> str:
    """The file that puts an appointment into the recipient's calendar, moves it there, or takes it out again.

    For MailKind.invitation. It is made of these facts of the row: uid (the same in all mails about one appointment),
    sequence (rises with every change), method (REQUEST or CANCEL), starts_at, ends_at (ISO), summary, place, url.
    Times are in the edition's zone.
    """
    facts, edition = row.facts, row.edition
    if edition is None:
        raise ValueError("an invitation belongs to an edition")
    event = Event.new(
        uid=uid(facts["uid"]),
        sequence=facts["sequence"],
        stamp=row.created_at.astimezone(UTC),
        start=datetime.fromisoformat(facts["starts_at"]).astimezone(edition.zone),
        end=datetime.fromisoformat(facts["ends_at"]).astimezone(edition.zone),
        summary=one_line(facts["summary"], TEXT_LENGTH),
        location=one_line(facts.get("place") or "", TEXT_LENGTH) or None,
        url=facts.get("url") or None,
        status=STATUS.CANCELLED if facts["method"] == CANCEL else STATUS.CONFIRMED,
        organizer=organiser(edition),
        attendees=[attendee(row)],
    )
    return calendar([event], method=facts["method"])


def withdrawal(row: QueuedEmail) -> str:
    """The same for a place that was given back, where there is anything to take out."""
    return invitation(row) if may_be_in_calendar(row) else ""


def calendar(events: list[Event], *, method: str | None = None) -> str:
    """The text of a calendar, with the full rules of its events' time zones for the years around them."""
    whole = Calendar()  # Calendar.new() would give it a random UID each time
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    if method:
        whole.add("method", method)
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
