"""When a reminder is due: days by the wall clock, hours by the stop watch, the latest only, and never nonsense."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from coursesite import agenda, feeds, tasks
from coursesite.agenda import Entry
from coursesite.mail import MailKind
from coursesite.models import Enrolment
from coursesite.offsets import Offset
from coursesite.outbox import QueuedEmail
from tests.outbox import AGENDA
from tests.projects.pages import shown, signed_in

BRUSSELS = ZoneInfo("Europe/Brussels")
WEEK, THREE_DAYS, DAY, TWO_HOURS = Offset(days=7), Offset(days=3), Offset(days=1), Offset(hours=2)
NOON = datetime(2026, 3, 20, 12, 0, tzinfo=BRUSSELS)


def brussels(text, fold=0):
    """The instant in UTC: two zones never agree on an ambiguous time, says PEP 495."""
    given = datetime.fromisoformat(text)
    return (given if given.tzinfo else given.replace(tzinfo=BRUSSELS, fold=fold)).astimezone(UTC)


@pytest.mark.parametrize(
    ("offset", "deadline", "moment"),
    [
        # Clocks go forward at 02:00 on Sunday 29 March 2026.
        (DAY, "2026-03-29T12:00", "2026-03-28T12:00"),
        (DAY, "2026-03-30T01:30", "2026-03-29T01:30"),
        (TWO_HOURS, "2026-03-29T04:00", "2026-03-29T01:00"),
        (Offset(hours=24), "2026-03-29T12:00", "2026-03-28T11:00"),
        (WEEK, "2026-03-30T10:00", "2026-03-23T10:00"),
        # And back at 03:00 on Sunday 25 October 2026.
        (DAY, "2026-10-25T12:00", "2026-10-24T12:00"),
        (TWO_HOURS, "2026-10-25T05:00", "2026-10-25T03:00"),
        (Offset(hours=3), "2026-10-25T04:00", "2026-10-25T00:00+00:00"),
        (Offset(hours=24), "2026-10-25T12:00", "2026-10-24T13:00"),
        (THREE_DAYS, "2026-10-27T23:59:59", "2026-10-24T23:59:59"),
    ],
)
def test_moment_of_a_reminder(offset, deadline, moment):
    assert offset.before(brussels(deadline), BRUSSELS) == brussels(moment)


def test_the_same_wall_time_from_utc():
    """Deadlines are stored in UTC; the zone decides what a day is."""
    stored = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    assert DAY.before(stored, BRUSSELS) == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)
    assert DAY.before(stored, ZoneInfo("UTC")) == datetime(2026, 3, 28, 10, 0, tzinfo=UTC)


def test_a_wall_time_that_does_not_exist_or_is_there_twice():
    shown_as_half_past_three = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert DAY.before(brussels("2026-03-30T02:30"), BRUSSELS) == shown_as_half_past_three
    assert DAY.before(brussels("2026-10-26T02:30"), BRUSSELS) == brussels("2026-10-25T02:30", fold=0)
    second = datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS, fold=1)
    assert TWO_HOURS.before(second, BRUSSELS) == datetime(2026, 10, 24, 23, 30, tzinfo=UTC)


def entry(**fields):
    return Entry("test", "thing:1", "Thing", NOON, **({"offsets": (WEEK, THREE_DAYS, DAY)} | fields))


@pytest.mark.parametrize(
    ("before", "offset"),
    [
        (timedelta(days=8), None),
        (timedelta(days=7), WEEK),
        (timedelta(days=4), WEEK),
        (timedelta(days=3), THREE_DAYS),
        (timedelta(hours=1), DAY),
        (timedelta(0), None),
        (timedelta(days=-1), None),
    ],
)
def test_the_latest_offset_counts_and_none_after_the_deadline(before, offset):
    assert entry().offset_due(NOON - before, BRUSSELS) == offset


def test_offsets_may_come_in_any_order_and_mixed():
    mixed = entry(offsets=(TWO_HOURS, DAY))
    assert mixed.offset_due(NOON - timedelta(hours=1), BRUSSELS) == TWO_HOURS
    assert mixed.offset_due(NOON - timedelta(hours=3), BRUSSELS) == DAY


@pytest.mark.parametrize(
    ("since", "at", "offset"),
    [
        (timedelta(hours=3), timedelta(hours=3), None),  # booked three hours before: nothing to say yet
        (timedelta(hours=3), timedelta(hours=2), TWO_HOURS),
        (timedelta(hours=1), timedelta(hours=1), None),  # booked one hour before: the confirmation says it all
        (timedelta(hours=1), timedelta(minutes=1), None),
        (timedelta(days=2), timedelta(hours=20), DAY),
        (timedelta(days=1), timedelta(days=1), DAY),  # in that very moment
    ],
)
def test_no_reminder_whose_moment_passed_before_it_was_a_fact(since, at, offset):
    booked = entry(offsets=(DAY, TWO_HOURS), since=NOON - since)
    assert booked.offset_due(NOON - at, BRUSSELS) == offset


def test_collect_asks_all_sources_and_puts_them_in_order(mails, edition, settings):
    settings.AGENDA_SOURCES = ["tests.outbox.entries", "tests.coursesite.test_agenda.more"]
    later, first = entry(), Entry("test", "thing:2", "First", NOON - timedelta(days=1))
    AGENDA.extend([later, first])
    assert agenda.collect(edition, NOON) == [first, more(edition, NOON)[0], later]


def more(edition, now):
    return [Entry("test", "thing:0", "From another app", NOON)]


def test_an_offset_has_a_name_for_the_key():
    assert [str(offset) for offset in (WEEK, TWO_HOURS)] == ["7d0h", "0d2h"]


# --- What an app that is still to be built gets by offering entries --------------------------------------------------

PARTY = datetime(2026, 3, 20, 18, 0, tzinfo=BRUSSELS)
MORE_KINDS = {
    name: MailKind("mailtests", is_of_agenda=True, invitation=feeds.invitation) for name in ("party", "party_changed")
}
GUESTS: set[int] = set()


def parties(edition, now):
    """A source as any app may have one: settings.AGENDA_SOURCES names it, and nothing else knows of it."""
    yield Entry(
        kind="party",
        key=f"party:1:{PARTY.isoformat()}",
        title="End of sprint party",
        starts_at=PARTY,
        ends_at=PARTY + timedelta(hours=2),
        place="R7",
        url="/info9023-2026/",
        owed_by=frozenset(GUESTS),
        concerns=frozenset(GUESTS),
        offsets=(DAY, TWO_HOURS),
        mail="offer",
        action="Bring a cake",
        name="party-1",
        sequence=3,
        invites="party",
        invited=frozenset(GUESTS),
    )


@pytest.fixture
def party(mails, cast, settings):
    settings.AGENDA_SOURCES = ["tests.coursesite.test_agenda.parties"]
    settings.ADMIN_TODOS = []
    settings.MAIL_KINDS = ["coursesite.emails.KINDS", "tests.outbox.KINDS", "tests.coursesite.test_agenda.MORE_KINDS"]
    GUESTS.update([cast.alice.pk, cast.bob.pk])
    yield cast
    GUESTS.clear()


def test_a_new_source_is_everywhere_without_a_change_of_the_engine(party, time_machine):
    """The first page, calendars, invitations, reminders, the staff's list of these, and the digest."""
    time_machine.move_to(PARTY - timedelta(days=1), tick=False)
    Enrolment.objects.filter(user=party.bob).update(optional_mail=Enrolment.OptionalMail.DIGEST)
    tasks.sweep()
    kinds = QueuedEmail.objects.order_by("kind", "to_address").values_list("kind", "to_address")
    assert list(kinds) == [
        ("offer", "alice@example.org"),  # bob has it in his digest of tomorrow morning
        ("party", "alice@example.org"),
        ("party", "bob@example.org"),
    ]
    page = shown(signed_in(party.alice).get("/info9023-2026/today/"))
    assert "End of sprint party" in page and "Bring a cake" in page and "(in 1 day)" in page
    assert "End of sprint party" not in shown(signed_in(party.charlie).get("/info9023-2026/today/"))
    assert "End of sprint party" in shown(signed_in(party.tina).get("/info9023-2026/reminders/"))
    one = signed_in(party.alice).get("/info9023-2026/calendar/party-1.ics")
    [invited] = Calendar.from_ical(feeds.invitation(QueuedEmail.objects.filter(kind="party")[0])).events
    [added] = Calendar.from_ical(one.content).events
    for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION"):
        assert added[name] == invited[name]
    assert (added.start, added.end) == (invited.start, invited.end) == (PARTY, PARTY + timedelta(hours=2))
    time_machine.move_to(PARTY.replace(hour=7), tick=False)
    tasks.sweep()
    digest = QueuedEmail.objects.get(kind="digest")
    assert (digest.recipient, [item["title"] for item in digest.facts["items"]]) == (party.bob, ["End of sprint party"])
