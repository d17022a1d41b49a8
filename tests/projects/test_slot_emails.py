"""What groups are told about their slot, when it is not told, and what it does in their calendars."""

from datetime import timedelta
from uuid import uuid4

import pytest

from coursesite import reminders
from coursesite.outbox import QueuedEmail
from coursesite.reminders import StillOwed
from projects import bookings, emails, groups
from projects.models import Invitation, Milestone, Slot
from tests.cast import CLOSES, FIRST_SLOT, WHILE_OPEN, cut_slots, enrol, team
from tests.letters import event, letter, mark


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


def row(kind: str, to: str = "bob@example.org") -> QueuedEmail:
    return QueuedEmail.objects.get(kind=kind, to_address=to)


def is_true(queued: QueuedEmail) -> bool:
    return emails.KINDS[queued.kind].still_true(queued)


def test_a_confirmation(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    told = letter(row("slot_booked"))
    assert told.subject == "MS1: Red presents Mon 2 March, 10:00"
    assert "Hello Bob," in told.text
    assert "Alice A. booked a slot for Red to present MS1." in told.text
    assert "Monday 2 March 2026, 10:00–10:15 (Europe/Brussels)" in told.text
    assert "Where: R7" in told.text
    assert "/info9023-2026/milestones/1/" in told.text
    assert "Reason" not in told.text + told.html
    assert "Alice A. booked a slot for Red to present MS1." in told.html
    assert event(row("slot_booked")) == ("REQUEST", str(booking.code), 0, "02/03 10:00 CET", "R7")


def test_after_the_clocks_change_the_hour_is_the_wall_s(cast, milestone):
    """30 March: ten o'clock in Brussels is eight in UTC."""
    (slot,) = cut_slots(milestone, 1, first=FIRST_SLOT + timedelta(days=28, hours=-1), room="R9")
    bookings.book(slot, cast.red, by=cast.alice, now=WHILE_OPEN)
    assert "Monday 30 March 2026, 10:00–10:15" in letter(row("slot_booked")).text
    assert event(row("slot_booked"))[3:] == ("30/03 10:00 CEST", "R9")


def test_staff_give_their_reason(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="Asked <by> mail")
    told = letter(row("slot_booked"))
    assert "Tina T. booked a slot for Red" in told.text
    assert "Reason: Asked <by> mail" in told.text
    assert "Reason: Asked &lt;by&gt; mail" in told.html


def test_a_move_replaces_the_confirmation_that_was_not_sent(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.move(slots[2], cast.red, by=cast.bob, now=WHILE_OPEN)
    told = letter(row("slot_moved"))
    assert (is_true(row("slot_booked")), is_true(row("slot_moved"))) == (False, True)
    assert told.subject == "MS1: Red moved to Mon 2 March, 10:30"
    assert "Bob B. moved Red to another slot to present MS1. It was on Monday 2 March, 10:00." in told.text
    assert event(row("slot_moved")) == ("REQUEST", str(booking.code), 1, "02/03 10:30 CET", "R7")


def test_a_slot_that_staff_change(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    left = Slot.objects.get(pk=slots[0].pk)
    slots[0].room = "R8"
    slots[0].save(update_fields=["room"])
    bookings.slot_changed(slots[0], left=left, by=cast.ines, now=WHILE_OPEN)
    told = letter(row("slot_changed"))
    assert told.subject == "MS1: your slot is now Mon 2 March, 10:00, R8"
    assert "It was on Monday 2 March, 10:00, R7." in told.text
    assert event(row("slot_changed")) == ("REQUEST", str(booking.code), 1, "02/03 10:00 CET", "R8")


@pytest.mark.parametrize(
    "went", [{"state": "sent"}, {"state": "sending"}, {"state": "queued", "attempts": 1}], ids=lambda went: str(went)
)
def test_what_may_be_in_a_calendar_is_taken_out(cast, slots, went):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    mark(row("slot_booked"), **went)
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    told = letter(row("slot_cancelled"))
    assert (is_true(row("slot_booked")), is_true(row("slot_cancelled"))) == (False, True)
    assert told.subject == "MS1: Mon 2 March, 10:00 is cancelled"
    assert "Alice A. cancelled the slot in which Red was to present MS1." in told.text
    assert event(row("slot_cancelled")) == ("CANCEL", str(booking.code), 1, "02/03 10:00 CET", "R7")


def test_nobody_is_told_that_what_they_never_heard_of_is_over(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    mark(row("slot_booked", "alice@example.org"), state="sent")
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    assert is_true(row("slot_cancelled", "alice@example.org"))
    assert not is_true(row("slot_cancelled", "bob@example.org"))


def test_but_what_staff_did_and_why(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.cancel(booking, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="The room is flooded")
    assert is_true(row("slot_cancelled"))
    assert event(row("slot_cancelled")) == ()
    assert "Reason: The room is flooded" in letter(row("slot_cancelled")).text


def test_a_name_that_would_be_a_header(cast, edition, slots):
    emma = enrol(edition, "emma")
    evil = team(edition, "Evil\r\nBcc: eve@example.org", emma, enrol(edition, "felix"))
    bookings.book(slots[0], evil, by=emma.user, now=WHILE_OPEN)
    told = letter(row("slot_booked", "emma@example.org"))
    assert "\n" not in told.subject
    assert "\r" not in told.subject
    assert event(row("slot_booked", "emma@example.org"))[0] == "REQUEST"


def test_reminders_say_what_to_do(cast, edition, slots):
    """Blue has a slot, Red has none, Dana has no group: three days before booking closes, and a day before the slot."""
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=WHILE_OPEN)
    reminders.queue(edition, CLOSES - timedelta(days=3))
    reminders.queue(edition, FIRST_SLOT - timedelta(days=1))
    told = {
        name: letter(row(kind, f"{name}@example.org"))
        for name, kind in (("alice", "booking_closes_soon"), ("dana", "group_needed_soon"), ("chloe", "slot_soon"))
    }
    assert told["alice"].subject == "MS1: book a slot before Fri 27 February, 18:00"
    assert "Your group has no slot for MS1 yet, and booking closes on Friday 27 February, 18:00." in told["alice"].text
    assert "http://127.0.0.1:8000/info9023-2026/milestones/1/" in told["alice"].text
    assert told["dana"].subject == "MS1: have a group before Fri 27 February, 18:00"
    assert "http://127.0.0.1:8000/info9023-2026/group/" in told["dana"].text
    assert told["chloe"].subject == "MS1: Blue presents Mon 2 March, 10:00"
    assert "Where: R7" in told["chloe"].text
    kinds = QueuedEmail.objects.filter(priority=QueuedEmail.REMINDER).values_list("kind", "to_address")
    assert sorted(kinds) == [
        ("booking_closes_soon", "alice@example.org"),
        ("booking_closes_soon", "bob@example.org"),
        ("group_needed_soon", "dana@example.org"),
        ("slot_soon", "charlie@example.org"),
        ("slot_soon", "chloe@example.org"),
    ]


def test_a_group_is_needed_also_before_booking_is_published(cast, edition, milestone):
    Milestone.objects.update(is_published=False)
    groups.invite(cast.red, "dana@example.org", by=cast.alice, now=WHILE_OPEN)
    Invitation.objects.update(created_at=WHILE_OPEN)
    reminders.queue(edition, FIRST_SLOT.replace(hour=8) - timedelta(days=3))
    needed, waiting = (
        letter(row("group_needed_soon", "dana@example.org")),
        row("invitation_waiting", "dana@example.org"),
    )
    assert needed.subject == "MS1: have a group before Mon 2 March"
    assert "MS1 is presented by complete groups, from Monday 2 March. You are not in one yet." in needed.text
    assert "you have not answered yet. The presentations begin on Monday 2 March." in letter(waiting).text


def test_a_booking_before_the_claim_suppresses_the_reminder(cast, edition, milestone):
    """Reading the agenda is slow here, so that its answer would hold for a minute."""
    three_days_before = CLOSES - timedelta(days=3)
    reminders.queue(edition, three_days_before)
    reds = QueuedEmail.objects.filter(kind="booking_closes_soon", recipient__in=[cast.alice, cast.bob])
    still_owed, lease = StillOwed(), uuid4()
    assert reds.count() == 2
    for row in reds.select_related("edition"):
        row.lease = lease
        assert not still_owed.objection(row, three_days_before)
    still_owed._answers[edition.pk].cost = timedelta(seconds=30)
    bookings.book(milestone.slots.first(), cast.red, by=cast.bob, now=WHILE_OPEN)
    for row in reds.select_related("edition"):
        row.lease = uuid4()
        assert still_owed.objection(row, three_days_before)
