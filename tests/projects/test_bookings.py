"""The rules of booking, moving and cancelling, without a page: what every caller meets."""

from datetime import timedelta

import pytest

from coursesite.booking import MOST_CHANGES, BookingRefused
from coursesite.outbox import QueuedEmail
from projects import bookings
from projects.models import Booking, Membership, Milestone, Slot
from tests.cast import CLOSES, CUT_OFF, FIRST_SLOT, OPENS, WHILE_OPEN, team

AFTER_CLOSING = CLOSES + timedelta(minutes=1)


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


def reloaded(slot: Slot) -> Slot:
    """As a page reads it: with its holder."""
    return Slot.objects.with_holder().select_related("milestone__edition").get(pk=slot.pk)


def standing() -> list[tuple[str, int]]:
    """Who has which slot, by the number of the slot in its row."""
    rows = Booking.objects.standing().order_by("slot__starts_at").select_related("slot", "group")
    return [(row.group.name, (row.slot.starts_at - FIRST_SLOT) // timedelta(minutes=15)) for row in rows]


def mails() -> list[tuple[str, str]]:
    return sorted(QueuedEmail.objects.values_list("kind", "to_address"))


def refused(verb, *args, **kwargs) -> BookingRefused:
    """It is refused, and nothing is written."""
    before = standing(), mails(), Booking.history.count()
    with pytest.raises(BookingRefused) as caught:
        verb(*args, **kwargs)
    assert (standing(), mails(), Booking.history.count()) == before
    return caught.value


def test_a_group_books_one_slot_and_its_members_are_told(cast, slots):
    booking = bookings.book(slots[1], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert standing() == [("Red", 1)]
    assert (booking.booked_by, booking.booked_at, booking.reason, booking.sequence) == (cast.alice, WHILE_OPEN, "", 0)
    assert mails() == [("slot_booked", "alice@example.org"), ("slot_booked", "bob@example.org")]
    history = Booking.history.get()
    assert (history.history_type, history.history_user, history.slot) == ("+", cast.alice, slots[1])


def test_every_change_raises_the_revision_of_the_milestone(cast, milestone, slots):
    for step, change in enumerate(
        (
            lambda: bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN),
            lambda: bookings.move(slots[1], cast.red, by=cast.alice, now=WHILE_OPEN),
            lambda: bookings.cancel(Booking.objects.get(), by=cast.alice, now=WHILE_OPEN),
        ),
        start=2,
    ):
        change()
        assert Milestone.objects.get().revision == step


@pytest.mark.parametrize("read", [lambda slot: slot, reloaded])
def test_the_same_click_twice_is_one_booking_and_one_mail_each(cast, slots, read):
    first = bookings.book(read(slots[0]), cast.red, by=cast.alice, now=WHILE_OPEN)
    again = bookings.book(read(slots[0]), cast.red, by=cast.alice, now=WHILE_OPEN)
    assert first == again
    assert standing() == [("Red", 0)]
    assert len(mails()) == 2
    assert Booking.history.count() == 1


@pytest.mark.parametrize("read", [lambda slot: slot, reloaded])
def test_a_taken_slot_is_refused(cast, slots, read):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    answer = refused(bookings.book, read(slots[0]), cast.blue, by=cast.charlie, now=WHILE_OPEN)
    assert answer.sentence == "Monday 2 March, 10:00 has just been taken. Choose another one."
    assert answer.lost_race


def test_a_second_slot_is_refused(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    answer = refused(bookings.book, slots[1], cast.red, by=cast.bob, now=WHILE_OPEN)
    assert answer.sentence == "Your group has Monday 2 March, 10:00 already. You can move it to another free slot."


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (OPENS - timedelta(seconds=1), "Booking opens on Monday 16 February, 09:00."),
        (CLOSES, "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place."),
        (CUT_OFF, "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place."),
    ],
)
def test_students_book_only_while_booking_is_open(cast, slots, now, sentence):
    assert refused(bookings.book, slots[0], cast.red, by=cast.alice, now=now).sentence == sentence


def test_opening_is_open_and_the_last_second_too(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=OPENS)
    bookings.book(slots[1], cast.blue, by=cast.charlie, now=CLOSES - timedelta(seconds=1))
    assert standing() == [("Red", 0), ("Blue", 1)]


def test_an_incomplete_group_reads_what_is_missing(cast, edition, slots):
    lone = team(edition, "Lone", cast.enrolments.dana)
    answer = refused(bookings.book, slots[0], lone, by=cast.dana, now=WHILE_OPEN)
    assert answer.sentence == "Your group needs one more member before it can book. Invite a classmate first."


def test_staff_book_for_an_incomplete_group_after_closing_and_say_why(cast, edition, slots):
    lone = team(edition, "Lone", cast.enrolments.dana)
    booking = bookings.book(slots[0], lone, by=cast.tina, now=CUT_OFF, as_staff=True, reason="Partner left the course")
    assert standing() == [("Lone", 0)]
    assert (booking.booked_by, booking.reason) == (cast.tina, "Partner left the course")
    assert QueuedEmail.objects.get().facts["reason"] == "Partner left the course"


@pytest.mark.parametrize("verb", [bookings.book, bookings.move])
def test_staff_without_a_reason_are_refused(cast, slots, verb):
    answer = refused(verb, slots[0], cast.red, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason=" ")
    assert answer.sentence == "Please say why: it is told in the mail."


def test_staff_never_double_book(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    staff = {"by": cast.tina, "now": WHILE_OPEN, "as_staff": True, "reason": "Asked by mail"}
    assert "taken" in refused(bookings.book, slots[0], cast.blue, **staff).sentence
    assert refused(bookings.book, slots[1], cast.red, **staff).sentence == (
        "Red has Monday 2 March, 10:00 already. Move that booking instead."
    )


@pytest.mark.parametrize("as_staff", [False, True])
@pytest.mark.parametrize(
    "change", [{"is_published": False}, {"room": "R8"}, {"starts_at": FIRST_SLOT - timedelta(minutes=5)}]
)
def test_a_slot_that_staff_changed_meanwhile_is_refused(cast, slots, change, as_staff):
    Slot.objects.filter(pk=slots[0].pk).update(**change)
    answer = refused(
        bookings.book, slots[0], cast.red, by=cast.tina, now=WHILE_OPEN, as_staff=as_staff, reason="Asked by mail"
    )
    assert answer.sentence == "Monday 2 March, 10:00 was changed or removed by the staff. Choose another one."


@pytest.mark.parametrize("verb", [bookings.book, bookings.move])
def test_a_slot_that_staff_removed_meanwhile_is_refused(cast, slots, verb):
    bookings.book(slots[3], cast.blue, by=cast.charlie, now=WHILE_OPEN)
    Slot.objects.filter(pk=slots[0].pk).delete()
    assert "was changed or removed" in refused(verb, slots[0], cast.blue, by=cast.chloe, now=WHILE_OPEN).sentence


@pytest.mark.parametrize("change", [{"booking_closes_at": WHILE_OPEN}, {"is_published": False}])
def test_a_window_that_staff_changed_meanwhile_is_refused(cast, slots, change):
    Milestone.objects.update(**change)
    answer = refused(bookings.book, slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert answer.sentence == "This has just been changed. Please look again."


def test_a_slot_that_has_begun_is_nobodys(cast, slots):
    answer = refused(
        bookings.book, slots[0], cast.red, by=cast.tina, now=FIRST_SLOT, as_staff=True, reason="They came late"
    )
    assert answer.sentence == "Monday 2 March, 10:00 has begun already."


def test_a_group_whose_members_left_is_refused(cast, slots):
    Membership.objects.filter(group=cast.red).delete()
    assert refused(bookings.book, slots[0], cast.red, by=cast.alice, now=WHILE_OPEN).sentence == (
        "Red has no members any more."
    )


def test_a_move_is_the_same_booking_at_another_time(cast, slots):
    booked = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    moved = bookings.move(slots[2], cast.red, by=cast.bob, now=WHILE_OPEN + timedelta(minutes=1))
    assert (moved.pk, moved.code, moved.sequence, moved.booked_by) == (booked.pk, booked.code, 1, cast.bob)
    assert standing() == [("Red", 2)]
    assert mails()[2:] == [("slot_moved", "alice@example.org"), ("slot_moved", "bob@example.org")]
    facts = QueuedEmail.objects.filter(kind="slot_moved").first().facts
    assert (facts["left_at"], facts["starts_at"]) == ("2026-03-02T09:00:00+00:00", "2026-03-02T09:30:00+00:00")
    assert [(row.history_type, row.history_user) for row in Booking.history.order_by("history_id")] == [
        ("+", cast.alice),
        ("~", cast.bob),
    ]


def test_the_old_slot_is_kept_when_the_new_one_is_gone(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.book(slots[1], cast.blue, by=cast.charlie, now=WHILE_OPEN)
    assert "taken" in refused(bookings.move, slots[1], cast.red, by=cast.alice, now=WHILE_OPEN).sentence
    assert standing() == [("Red", 0), ("Blue", 1)]


def test_who_has_a_slot_moves_it_until_the_cut_off(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.move(slots[1], cast.red, by=cast.alice, now=CUT_OFF - timedelta(seconds=1))
    assert refused(bookings.move, slots[2], cast.red, by=cast.alice, now=CUT_OFF).sentence == (
        "Changes were possible until Sunday 1 March, 12:00. If something came up, write to the staff."
    )
    assert standing() == [("Red", 1)]


def test_a_move_twice_is_one_move(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    for _ in range(2):
        bookings.move(slots[1], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert Booking.objects.get().sequence == 1
    assert len(mails()) == 4


def test_a_move_without_a_booking_is_refused(cast, slots):
    assert refused(bookings.move, slots[0], cast.red, by=cast.alice, now=WHILE_OPEN).sentence == (
        "Red has no slot to move any more. Book one of the free ones."
    )


def test_a_cancelled_slot_is_free_and_the_members_are_told(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    cancelled = bookings.cancel(booking, by=cast.bob, now=WHILE_OPEN + timedelta(minutes=1))
    assert (cancelled.cancelled_by, cancelled.sequence, standing()) == (cast.bob, 1, [])
    assert mails()[2:] == [("slot_cancelled", "alice@example.org"), ("slot_cancelled", "bob@example.org")]
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=WHILE_OPEN)
    bookings.book(slots[1], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert standing() == [("Blue", 0), ("Red", 1)]


def test_a_cancelled_booking_stays_as_it_is(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.cancel(booking, by=cast.bob, now=WHILE_OPEN)
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    bookings.cancel(Booking.objects.get(), by=cast.alice, now=CUT_OFF)
    assert Booking.objects.get().cancelled_by == cast.bob
    assert len(mails()) == 4


def test_after_the_cut_off_only_staff_cancel(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert "Changes were possible until" in refused(bookings.cancel, booking, by=cast.alice, now=CUT_OFF).sentence
    staff = {"by": cast.tina, "now": CUT_OFF, "as_staff": True}
    assert "say why" in refused(bookings.cancel, booking, **staff).sentence
    bookings.cancel(booking, reason="Ill", **staff)
    assert QueuedEmail.objects.filter(kind="slot_cancelled").first().facts["reason"] == "Ill"


def test_a_slot_that_has_begun_is_not_given_back(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    answer = refused(bookings.cancel, booking, by=cast.tina, now=FIRST_SLOT, as_staff=True, reason="Ill")
    assert answer.sentence == "Monday 2 March, 10:00 has begun already."


def test_only_the_slot_that_was_seen_is_given_back(cast, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.move(slots[1], cast.red, by=cast.bob, now=WHILE_OPEN)
    answer = refused(bookings.cancel, booking, by=cast.alice, now=WHILE_OPEN, slot_code=slots[0].code)
    assert answer.sentence == "Red has moved to Monday 2 March, 10:15 meanwhile. Look again before you cancel."


def test_who_has_a_slot_whose_time_staff_change_is_told(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    left, slot = reloaded(slots[0]), slots[0]
    slot.room = "R8"
    slot.save(update_fields=["room"])
    bookings.slot_changed(slot, left=left, by=cast.ines, now=WHILE_OPEN)
    bookings.slot_changed(slots[1], left=slots[1], by=cast.ines, now=WHILE_OPEN)  # nobody has it
    assert mails()[2:] == [("slot_changed", "alice@example.org"), ("slot_changed", "bob@example.org")]
    facts = QueuedEmail.objects.filter(kind="slot_changed").first().facts
    assert (facts["left_place"], facts["place"], facts["sequence"], facts["by"]) == ("R7", "R8", 1, "Ines I.")


def test_who_left_the_group_acts_for_it_no_more(cast, slots):
    """Between the look of a page and the lock."""
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    for act in (
        lambda: bookings.book(slots[1], cast.blue, by=cast.dana, now=WHILE_OPEN),
        lambda: bookings.move(slots[1], cast.red, by=cast.dana, now=WHILE_OPEN),
        lambda: bookings.cancel(booking, by=cast.dana, now=WHILE_OPEN),
    ):
        assert refused(act).sentence == "You are not in this group any more."


def test_nobody_fills_the_mailboxes_of_others_by_moving(cast, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    for step in range(MOST_CHANGES):
        bookings.move(slots[1 + step % 2], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert "very often" in refused(bookings.move, slots[0], cast.red, by=cast.bob, now=WHILE_OPEN).sentence
    bookings.move(slots[0], cast.red, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="Asked by mail")
    assert standing() == [("Red", 0)]


def test_nobody_fills_the_mailboxes_of_others_by_cancelling(cast, slots):
    for _ in range(MOST_CHANGES):
        bookings.cancel(bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN), by=cast.alice, now=WHILE_OPEN)
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert "very often" in refused(bookings.cancel, booking, by=cast.bob, now=WHILE_OPEN).sentence
    assert standing() == [("Red", 0)]
