"""What milestones put on everybody's agenda."""

from datetime import timedelta

import pytest

from coursesite.offsets import Offset
from projects import agenda, bookings
from projects.models import Booking, Milestone
from tests.cast import CLOSES, FIRST_SLOT, OPENS, WHILE_OPEN, cut_slots, enrol, team
from tests.statements import counted


def by_kind(edition, now=WHILE_OPEN) -> dict:
    """The entries of one milestone; each kind is there once."""
    entries = agenda.entries(edition, now)
    found = {entry.kind: entry for entry in entries}
    assert len(found) == len(entries)
    return found


def ids(*users) -> set[int]:
    return {user.pk for user in users}


@pytest.fixture
def slots(milestone):
    return list(milestone.slots.select_related("milestone__edition"))


def test_what_there_is_before_anybody_has_booked(cast, edition, milestone):
    found = by_kind(edition)
    assert set(found) == {"milestone.days", "milestone.booking_opens", "milestone.booking_closes", "group.complete"}
    days, opens = found["milestone.days"], found["milestone.booking_opens"]
    assert (days.title, days.is_all_day) == ("MS1: presentations", True)
    assert days.starts_at == FIRST_SLOT.replace(hour=0) - timedelta(hours=1)
    assert days.ends_at - days.starts_at == timedelta(days=4)
    assert (opens.title, opens.starts_at, opens.url) == ("MS1: booking opens", OPENS, "/info9023-2026/milestones/1/")


def test_complete_groups_owe_a_booking(cast, edition, slots):
    closes = by_kind(edition)["milestone.booking_closes"]
    assert (closes.starts_at, closes.concerns) == (CLOSES, None)
    assert closes.owed_by == ids(cast.alice, cast.bob, cast.charlie, cast.chloe)
    assert closes.offsets == (Offset(days=7), Offset(days=3), Offset(days=1))
    assert closes.mail == "booking_closes_soon"
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    assert by_kind(edition)["milestone.booking_closes"].owed_by == ids(cast.charlie, cast.chloe)


def test_nobody_owes_a_booking_before_it_opens(cast, edition, milestone):
    assert by_kind(edition, OPENS - timedelta(seconds=1))["milestone.booking_closes"].owed_by == frozenset()


def test_the_others_owe_a_group(cast, edition, slots):
    lone = team(edition, "Lone", enrol(edition, "emma"))
    emma = lone.memberships.get().enrolment.user
    group = by_kind(edition)["group.complete"]
    assert group.owed_by == group.concerns == ids(cast.dana, emma)
    assert (group.url, group.mail) == ("/info9023-2026/group/", "group_needed_soon")
    bookings.book(slots[0], lone, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="Partner left")
    assert by_kind(edition)["group.complete"].owed_by == ids(cast.dana)


def test_a_slot_is_its_group_s_and_the_staff_s_who_are_there(cast, edition, slots):
    slots[1].staff.add(cast.tina)
    booking = bookings.book(slots[1], cast.red, by=cast.alice, now=WHILE_OPEN)
    slot = by_kind(edition)["milestone.slot"]
    assert (slot.title, slot.place) == ("MS1: presentation of Red", "R7")
    assert slot.ends_at - slot.starts_at == timedelta(minutes=15)
    assert slot.starts_at == FIRST_SLOT + timedelta(minutes=15)
    assert slot.owed_by == ids(cast.alice, cast.bob)
    assert slot.concerns == ids(cast.alice, cast.bob, cast.tina)
    assert slot.offsets == (Offset(days=1), Offset(hours=2))
    assert (slot.mail, slot.since) == ("slot_soon", WHILE_OPEN)
    assert (slot.facts["uid"], slot.facts["sequence"]) == (str(booking.code), 0)


def test_what_moves_is_told_anew(cast, edition, slots):
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    before = by_kind(edition)
    bookings.move(slots[2], cast.red, by=cast.bob, now=WHILE_OPEN + timedelta(hours=1))
    Milestone.objects.update(booking_closes_at=CLOSES + timedelta(hours=1))
    after = by_kind(edition)
    for kind in ("milestone.slot", "milestone.booking_closes", "group.complete"):
        assert before[kind].key != after[kind].key
    assert after["milestone.slot"].since == WHILE_OPEN + timedelta(hours=1)
    assert before["milestone.booking_opens"].key == after["milestone.booking_opens"].key


def test_a_slot_that_staff_gave_another_time_is_news_from_then_on(cast, edition, slots):
    """No "in one day" for a slot that was moved to this afternoon at noon."""
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    later = WHILE_OPEN + timedelta(hours=5)
    booking.mark_slot_changed(by=cast.tina, at=later)
    assert by_kind(edition)["milestone.slot"].since == later


def test_a_cancelled_slot_is_nobody_s(cast, edition, slots):
    booking = bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    found = by_kind(edition)
    assert "milestone.slot" not in found
    assert cast.alice.pk in found["milestone.booking_closes"].owed_by


def test_an_unpublished_milestone_has_its_days_and_needs_groups(cast, edition, milestone):
    Milestone.objects.update(is_published=False)
    found = by_kind(edition)
    assert set(found) == {"milestone.days", "group.complete"}
    group = found["group.complete"]
    assert (group.title, group.action) == ("Have a complete group for MS1", "Complete your group")
    assert (group.is_all_day, group.starts_at) == (True, found["milestone.days"].starts_at)
    assert group.owed_by == group.concerns == ids(cast.dana)
    assert group.offsets == (Offset(days=3), Offset(days=1))
    assert set(by_kind(edition, FIRST_SLOT + timedelta(days=1))) == {"milestone.days"}  # it has begun


def test_without_a_day_a_group_is_needed_and_nothing_says_until_when(cast, edition, milestone):
    Milestone.objects.update(is_published=False, starts_on=None, ends_on=None)
    (group,) = by_kind(edition).values()
    assert (group.kind, group.is_open_ended, group.owed_by) == ("group.complete", True, ids(cast.dana))
    assert by_kind(edition, WHILE_OPEN + timedelta(days=400)) == {}  # a course of last year


def test_of_several_milestones_the_next_one_needs_groups(cast, edition, milestone):
    """Those that can be booked say so themselves."""
    second = Milestone.objects.create(edition=edition, number=2, starts_on=FIRST_SLOT.date() + timedelta(days=28))
    Milestone.objects.create(edition=edition, number=3, kind=Milestone.Kind.DAY)

    def needed(now) -> list[str]:
        return [
            entry.title
            for entry in agenda.entries(edition, now)
            if entry.kind == "group.complete" and entry.is_ahead(now)
        ]

    assert needed(WHILE_OPEN) == ["Have a complete group to book MS1"]
    assert needed(CLOSES) == ["Have a complete group for MS2"]
    Milestone.objects.filter(pk=second.pk).update(is_missing=True)
    assert needed(CLOSES) == ["Have a complete group for MS3"]


def test_a_milestone_that_the_readme_dropped_is_gone_unless_something_is_booked(cast, edition, slots):
    Milestone.objects.update(is_missing=True, is_published=False)
    assert by_kind(edition) == {}


@pytest.mark.parametrize("count", [1, 30])
def test_six_statements(cast, edition, milestone, count):
    cut_slots(milestone, count, room="R8")
    for number, slot in enumerate(milestone.slots.filter(room="R8")):
        pair = enrol(edition, f"a{number}"), enrol(edition, f"b{number}")
        group = team(edition, f"Team {number}", *pair)
        slot.staff.add(cast.tina)
        Booking.objects.create(
            milestone=milestone, slot=slot, group=group, booked_by=pair[0].user, booked_at=WHILE_OPEN
        )
    with counted() as statements:
        assert len(agenda.entries(edition, WHILE_OPEN)) == 4 + count
    assert len(statements) == 6
