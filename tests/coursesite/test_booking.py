"""What slots and appointments share: the window, the one lock with its retries, the answer after a lost race."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse

from coursesite import booking
from coursesite.booking import BookingRefused, Busy, Phase, as_seen, phase, under_lock, why_not
from projects.models import Milestone
from tests.cast import CLOSES, CUT_OFF, OPENS
from tests.projects.pages import signed_in

BRUSSELS = ZoneInfo("Europe/Brussels")
SECOND = timedelta(seconds=1)


@pytest.fixture
def no_pauses(monkeypatch):
    monkeypatch.setattr(booking.time, "sleep", lambda seconds: None)


class Deadlock(Exception):
    sqlstate = "40P01"


def in_the_way() -> OperationalError:
    """As Django wraps what psycopg raises."""
    error = OperationalError("deadlock detected")
    error.__cause__ = Deadlock()
    return error


def failing(times: int, error):
    """Something that fails so many times, then says how often it was tried."""
    tries = []

    def act() -> int:
        tries.append(1)
        if len(tries) <= times:
            raise error()
        return len(tries)

    return act, tries


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS - SECOND, Phase.EARLY),
        (OPENS, Phase.OPEN),
        (CLOSES - SECOND, Phase.OPEN),
        (CLOSES, Phase.CHANGES_ONLY),
        (CUT_OFF - SECOND, Phase.CHANGES_ONLY),
        (CUT_OFF, Phase.OVER),
    ],
)
def test_the_phases(milestone, at, expected):
    assert phase(milestone, at) is expected


def test_what_is_not_published_has_no_phase(milestone):
    milestone.is_published = False
    assert phase(milestone, OPENS) is Phase.UNSCHEDULED
    assert why_not(milestone, OPENS, BRUSSELS, changing=True) == "Nothing is on offer here yet."


@pytest.mark.parametrize(
    ("at", "to_book", "to_change"),
    [
        (OPENS - SECOND, "Booking opens on Monday 16 February, 09:00.", "Booking opens on Monday 16 February, 09:00."),
        (OPENS, "", ""),
        (
            CLOSES,
            "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place.",
            "",
        ),
        (
            CUT_OFF,
            "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place.",
            "Changes were possible until Sunday 1 March, 12:00. If something came up, write to the staff.",
        ),
    ],
)
def test_why_not(milestone, at, to_book, to_change):
    assert why_not(milestone, at, BRUSSELS, changing=False) == to_book
    assert why_not(milestone, at, BRUSSELS, changing=True) == to_change


def test_what_was_in_the_way_is_tried_again(milestone, no_pauses):
    act, _tries = failing(4, in_the_way)
    assert under_lock(as_seen(milestone), act, after_conflict=booking.changed) == 5
    assert Milestone.objects.get().revision == 2  # what was rolled back has raised nothing


def test_after_five_tries_it_is_busy(milestone, no_pauses):
    act, tries = failing(99, in_the_way)
    with pytest.raises(Busy):
        under_lock(as_seen(milestone), act, after_conflict=booking.changed)
    assert len(tries) == 5


def test_nobody_waits_longer_than_their_patience(milestone, no_pauses, monkeypatch):
    """The database's own time-outs take many seconds each."""
    monkeypatch.setattr(booking, "PATIENCE", -1.0)
    act, tries = failing(99, in_the_way)
    with pytest.raises(Busy):
        under_lock(as_seen(milestone), act, after_conflict=booking.changed)
    assert len(tries) == 1


def test_a_locked_file_is_tried_again(milestone, no_pauses):
    act, _tries = failing(1, lambda: OperationalError("database is locked"))
    assert under_lock(as_seen(milestone), act, after_conflict=booking.changed) == 2


def test_another_trouble_is_not_tried_again(milestone, no_pauses):
    act, tries = failing(99, lambda: OperationalError("server closed the connection unexpectedly"))
    with pytest.raises(OperationalError):
        under_lock(as_seen(milestone), act, after_conflict=booking.changed)
    assert len(tries) == 1


def test_a_conflict_is_told_as_what_is_true(milestone):
    act, _tries = failing(1, IntegrityError)
    with pytest.raises(BookingRefused, match="This has just been changed"):
        under_lock(as_seen(milestone), act, after_conflict=booking.changed)
    assert under_lock(as_seen(milestone), failing(1, IntegrityError)[0], after_conflict=lambda: 42) == 42


def test_after_a_conflict_the_transaction_is_over(milestone):
    """What is true is read outside of it: inside, Postgres answers nothing any more."""

    def act() -> None:
        Milestone.objects.create(edition=milestone.edition, number=milestone.number)

    with transaction.atomic():
        count = under_lock(as_seen(milestone), act, after_conflict=lambda: Milestone.objects.count())
    assert count == 1


@pytest.mark.parametrize("change", [{"is_published": False}, {"booking_opens_at": OPENS - SECOND}])
def test_the_lock_holds_what_was_seen(milestone, change):
    Milestone.objects.update(**change)
    with pytest.raises(BookingRefused, match="Please look again") as caught:
        under_lock(as_seen(milestone), lambda: None, after_conflict=booking.changed)
    assert caught.value.lost_race


def test_busy_is_a_page_that_says_so(cast, milestone, monkeypatch):
    def too_many(*args, **kwargs):
        raise Busy

    monkeypatch.setattr("projects.bookings.under_lock", too_many)
    client = signed_in(cast.alice)
    client.raise_request_exception = False
    with time_machine.travel(OPENS, tick=False):
        response = client.post(reverse("projects:book_slot", args=[cast.edition.slug, milestone.slots.first().code]))
    assert (response.status_code, response["Retry-After"]) == (503, "5")
