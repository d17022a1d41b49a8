"""Invitations: read back as a calendar program does."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from django.core.mail import get_connection
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from coursesite import feeds
from coursesite.mail import message, render
from coursesite.models import CourseEdition, User
from coursesite.outbox import QueuedEmail
from tests.outbox import KINDS

BRUSSELS = ZoneInfo("Europe/Brussels")
FACTS = {
    "uid": "0b8d3c5e-1111-4222-8333-444455556666",
    "sequence": 0,
    "method": "REQUEST",
    "starts_at": "2026-03-30T08:00:00+00:00",
    "ends_at": "2026-03-30T08:15:00+00:00",
    "summary": "INFO9023 MS2: Red",
    "place": "R7",
    "url": "https://courses.example.org/info9023-2026/milestones/2/",
}


def event(row):
    [calendar] = Calendar.from_ical(feeds.invitation(row), multiple=True)
    assert calendar.errors == []
    [event] = calendar.events
    assert event.errors == []
    return event


def test_a_request_says_all_of_it(mails, cast, settings):
    settings.SITE_URL = "https://courses.example.org"
    row = mails(cast.alice, facts=FACTS)
    calendar = Calendar.from_ical(feeds.invitation(row))
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "REQUEST")
    invited = event(row)
    assert invited["UID"] == "0b8d3c5e-1111-4222-8333-444455556666@courses.example.org"
    assert (invited["SEQUENCE"], invited["STATUS"]) == (0, "CONFIRMED")
    assert (invited["SUMMARY"], invited["LOCATION"], invited["URL"]) == ("INFO9023 MS2: Red", "R7", FACTS["url"])
    assert invited.start == datetime(2026, 3, 30, 10, 0, tzinfo=BRUSSELS)
    assert invited.end == datetime(2026, 3, 30, 10, 15, tzinfo=BRUSSELS)
    assert invited["DTSTART"].params["TZID"] == "Europe/Brussels"
    assert invited["ORGANIZER"] == "mailto:ines@example.org"
    assert invited["ATTENDEE"] == "mailto:alice@example.org"
    assert invited["ATTENDEE"].params == {
        "CN": "Alice A.", "CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"
    }  # fmt: skip


def test_a_move_and_a_cancel_are_about_the_same_event(mails):
    request = mails(facts=FACTS)
    move = mails(
        facts=FACTS | {"sequence": 1, "starts_at": "2026-03-31T08:00:00+00:00", "ends_at": "2026-03-31T08:15:00+00:00"}
    )
    cancel = mails(facts=FACTS | {"sequence": 2, "method": "CANCEL"})
    assert {event(row)["UID"] for row in (request, move, cancel)} == {event(request)["UID"]}
    assert [event(row)["SEQUENCE"] for row in (request, move, cancel)] == [0, 1, 2]
    assert [event(row)["STATUS"] for row in (request, move, cancel)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert Calendar.from_ical(feeds.invitation(cancel))["METHOD"] == "CANCEL"


def test_the_same_row_gives_the_same_file(mails):
    row = mails(facts=FACTS)
    assert feeds.invitation(row) == feeds.invitation(QueuedEmail.objects.get(pk=row.pk))


@pytest.mark.parametrize(
    ("starts_at", "wall_time"),
    [
        ("2026-03-28T09:00:00+00:00", "2026-03-28T10:00:00+01:00"),  # the day before clocks go forward
        ("2026-03-29T00:59:00+00:00", "2026-03-29T01:59:00+01:00"),  # the last minute
        ("2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"),  # the first one after
        ("2026-03-30T08:00:00+00:00", "2026-03-30T10:00:00+02:00"),
        ("2026-10-26T09:00:00+00:00", "2026-10-26T10:00:00+01:00"),
    ],
)
def test_wall_time_is_right_around_the_clock_changes_by_the_files_own_rules(mails, starts_at, wall_time):
    """Read with the VTIMEZONE in the file, as a program does that does not know Brussels."""
    row = mails(facts=FACTS | {"starts_at": starts_at, "ends_at": "2026-12-01T12:00:00+00:00"})
    text = feeds.invitation(row).replace("Europe/Brussels", "Unknown/Zone")
    start = Calendar.from_ical(text).events[0].start
    assert start.isoformat() == wall_time
    assert start.astimezone(UTC).isoformat() == starts_at


def test_the_zone_is_the_editions(mails, edition):
    edition.timezone = "America/New_York"
    assert event(mails(facts=FACTS)).start.isoformat() == "2026-03-30T04:00:00-04:00"


def test_without_a_place_or_staff_it_is_still_an_invitation(mails, settings):
    settings.DEFAULT_FROM_EMAIL = "Coursesite <noreply@example.org>"
    invited = event(mails(facts=FACTS | {"place": "", "url": ""}))
    assert "LOCATION" not in invited
    assert "URL" not in invited
    assert invited["ORGANIZER"] == "mailto:noreply@example.org"


def test_mail_programs_find_it_beside_the_words(mails, cast):
    row = mails(cast.alice, facts=FACTS | {"method": "CANCEL"})
    letter = render(row, KINDS["notice"])
    sent = message_from_bytes(message(row, letter, get_connection()).message().as_bytes(), policy=policy.default)
    assert sent.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in sent.iter_parts()] == ["text/plain", "text/html", "text/calendar"]
    calendar = list(sent.iter_parts())[-1]
    assert calendar["Content-Type"].params == {"method": "CANCEL", "charset": "utf-8"}
    assert Calendar.from_ical(calendar.get_content())["METHOD"] == "CANCEL"


@given(st.text(max_size=60), st.text(max_size=300), st.text(max_size=60))
def test_nothing_that_people_type_breaks_it(name, summary, place):
    row = QueuedEmail(
        edition=CourseEdition(title=summary, year=2026, reply_to="staff@example.org"),
        recipient=User(first_name=name, last_name="Doe"),
        to_address="alice@example.org",
        facts=FACTS | {"summary": summary, "place": place},
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    read = event(row)
    assert read["ATTENDEE"] == "mailto:alice@example.org"
    when, what = {"DTSTAMP", "DTSTART", "DTEND"}, {"UID", "SEQUENCE", "SUMMARY", "LOCATION", "URL", "STATUS"}
    assert set(read) <= when | what | {"ORGANIZER", "ATTENDEE"}
    assert str(read.get("SUMMARY", "")) == feeds.one_line(summary, 250)
    assert str(read.get("LOCATION", "")) == feeds.one_line(place, 250)


@pytest.mark.parametrize(
    "name", ['Zoë "Z" O;K', "a\r\nATTENDEE:mailto:eve@example.org", "x\u2028y", "=cmd|'/c'!A1, ^n", "\\n;,:"]
)
def test_names_that_bite(mails, cast, name):
    cast.alice.first_name = name
    read = event(mails(cast.alice, facts=FACTS))
    assert read["ATTENDEE"] == "mailto:alice@example.org"
    assert read["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
