"""Everybody wants a slot in the same second: real processes, a real database, and the control that shows the danger."""

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone

from coursesite.outbox import QueuedEmail
from projects import bookings
from projects.models import Booking, Milestone, ProjectGroup, Slot
from tests.cast import cut_slots, enrol, team
from tests.projects.pages import address
from tests.races.crowd import clicks, command, constraints_taken_away, person, within_tries

pytestmark = pytest.mark.django_db(transaction=True)

RULES = ("booking_one_per_slot", "booking_one_per_group_and_milestone")


def open_milestone(edition, slots: int) -> Milestone:
    """Booking is open now, by the real clock."""
    now = timezone.now()
    milestone = Milestone.objects.create(
        edition=edition,
        number=1,
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=1),
        changes_until=now + timedelta(days=2),
        is_published=True,
    )
    cut_slots(milestone, slots, first=now + timedelta(days=3))
    return milestone


def crowded(edition, *, groups: int, slots: int) -> SimpleNamespace:
    """Groups of two, and what each member does: go to the board."""
    milestone = open_milestone(edition, slots)
    members = []
    for number in range(groups):
        pair = enrol(edition, f"a{number}"), enrol(edition, f"b{number}")
        team(edition, f"Team {number}", *pair)
        members += [enrolment.user for enrolment in pair]
    return SimpleNamespace(
        milestone=milestone,
        slots=list(milestone.slots.select_related("milestone__edition").order_by("starts_at")),
        members=members,
        people=[person(user, board=milestone.get_absolute_url(), verb="book") for user in members],
    )


def most_of(field: str) -> int:
    """How many standing bookings the most wanted slot, or the greediest group, has."""
    return max(Counter(Booking.objects.standing().values_list(field, flat=True)).values(), default=0)


def test_25_groups_of_two_on_20_slots(edition, tmp_path):
    world = crowded(edition, groups=25, slots=20)
    statuses = Counter(status for each in clicks(world.people, tmp_path) for status in each)
    assert set(statuses) <= {303, 409}
    assert (most_of("slot"), most_of("group")) == (1, 1)
    assert Booking.objects.standing().count() == 20
    assert Booking.history.count() == 20
    assert QueuedEmail.objects.filter(kind="slot_booked").count() == 40
    assert Milestone.objects.get().revision >= 21  # a teammate who finds it theirs under the lock raises it as well


def test_whoever_would_take_the_nearest_needs_one_click(edition, tmp_path):
    world = crowded(edition, groups=25, slots=20)
    firsts = world.members[::2]  # one of each group, all on the same slot
    form = [address("book", world.slots[7]), {"or_nearest": "1"}]
    answers = clicks([person(user, posts=[form]) for user in firsts], tmp_path)
    assert Counter(status for each in answers for status in each) == {303: 20, 409: 5}
    assert (most_of("slot"), most_of("group"), Booking.objects.standing().count()) == (1, 1, 20)


def losers(world: SimpleNamespace) -> list[dict]:
    """The first group has the eighth slot; one of each other group wants it, and then what is kept for them."""
    gone = world.slots[7]
    bookings.book(gone, ProjectGroup.objects.earliest("pk"), by=world.members[0], now=timezone.now())
    return [person(user, lost=address("book", gone)) for user in world.members[2::2]]


def test_whoever_has_lost_wins_with_the_next_click(edition, tmp_path):
    """As many groups as slots: 12 have lost one, and 12 others click wherever it looks free."""
    world = crowded(edition, groups=25, slots=25)
    lost = losers(world)
    answers = clicks(lost[:12] + world.people[26::2], tmp_path)
    assert answers[:12] == [[409, 303]] * 12
    assert (most_of("slot"), most_of("group"), Booking.objects.standing().count()) == (1, 1, 25)


@pytest.mark.once
def test_control_keeping_without_the_lock(edition, tmp_path):
    """One slot is promised to two."""
    world = crowded(edition, groups=13, slots=13)
    lost = losers(world)

    def shows() -> bool:
        Booking.objects.exclude(slot=world.slots[7]).delete()
        Slot.objects.update(kept_for=None, kept_until=None)
        without = {"weaken": "coursesite.nearest", "slow": "projects.bookings.all_free"}
        return any(answer in ([409], [409, 409]) for answer in clicks(lost, tmp_path, **without))

    assert within_tries(shows)


def test_control_without_lock_and_constraints(edition, tmp_path):
    world = crowded(edition, groups=25, slots=20)

    def shows() -> bool:
        Booking.objects.all().delete()
        clicks(world.people, tmp_path, weaken="projects.bookings")
        return max(most_of("slot"), most_of("group")) > 1

    with constraints_taken_away(Booking, *RULES):
        assert within_tries(shows)


def test_without_the_lock_the_database_still_decides(edition, tmp_path):
    """A script that forgot the lock: still one booking each, and a sentence for who was too late."""
    world = crowded(edition, groups=12, slots=6)
    statuses = Counter(s for each in clicks(world.people, tmp_path, weaken="projects.bookings") for s in each)
    assert set(statuses) <= {303, 409}
    assert (most_of("slot"), most_of("group")) == (1, 1)
    assert Booking.objects.standing().count() == 6


def test_without_the_constraints_the_lock_still_decides(edition, tmp_path):
    world = crowded(edition, groups=12, slots=6)
    with constraints_taken_away(Booking, *RULES):
        clicks(world.people, tmp_path)
        assert (most_of("slot"), most_of("group")) == (1, 1)
        assert Booking.objects.standing().count() == 6


def test_50_people_click_one_slot(edition, tmp_path):
    world = crowded(edition, groups=25, slots=1)
    answers = Counter(status for each in clicks(world.people, tmp_path) for status in each)
    assert Booking.objects.standing().count() == 1
    assert set(answers) <= {303, 409}
    assert answers[303] in (1, 2)  # the second is the teammate of the first: theirs already


def test_two_members_book_two_slots(edition, tmp_path):
    """Ten groups at a time, each with a slot of its own for each member: nobody is in anybody else's way."""
    world = crowded(edition, groups=10, slots=20)
    answers = clicks(
        [
            person(user, posts=[reverse("projects:book_slot", args=[edition.slug, slot.code])])
            for user, slot in zip(world.members, world.slots, strict=True)
        ],
        tmp_path,
    )
    assert Booking.objects.standing().count() == 10
    assert most_of("group") == 1
    assert [sorted(a + b) for a, b in zip(answers[::2], answers[1::2], strict=True)] == [[303, 409]] * 10


def test_two_tabs_move_one_booking_to_two_slots(edition, tmp_path):
    world = crowded(edition, groups=10, slots=30)
    for number, group in enumerate(ProjectGroup.objects.order_by("pk")):
        bookings.book(world.slots[number], group, by=world.members[2 * number], now=timezone.now())
    targets = world.slots[10:]
    answers = clicks(
        [
            person(user, posts=[reverse("projects:move_slot", args=[edition.slug, slot.code])])
            for user, slot in zip(world.members, targets, strict=True)
        ],
        tmp_path,
    )
    assert answers == [[303]] * 20
    assert (most_of("slot"), most_of("group")) == (1, 1)
    assert set(Booking.objects.values_list("sequence", flat=True)) == {2}
    assert set(Booking.objects.standing().values_list("slot", flat=True)) <= {slot.pk for slot in targets}


def test_everybody_moves_to_one_slot_and_keeps_theirs_when_they_lose(edition, tmp_path):
    world = crowded(edition, groups=10, slots=11)
    for number, group in enumerate(ProjectGroup.objects.order_by("pk")):
        bookings.book(world.slots[number], group, by=world.members[2 * number], now=timezone.now())
    wanted = reverse("projects:move_slot", args=[edition.slug, world.slots[10].code])
    answers = clicks([person(user, posts=[wanted]) for user in world.members[::2]], tmp_path)
    assert Counter(status for each in answers for status in each) == {303: 1, 409: 9}
    assert Booking.objects.standing().count() == 10
    assert (most_of("slot"), most_of("group")) == (1, 1)


@pytest.mark.parametrize("how", ["deleted", "unpublished"])
def test_staff_take_slots_away_while_students_book(edition, tmp_path, how):
    """Without any lock, as a careless script would: what is booked stays, what is gone is not booked, and no 500."""
    world = crowded(edition, groups=10, slots=20)
    stop = threading.Event()

    def take_away() -> None:
        try:
            for slot in world.slots[::2]:
                with contextlib.suppress(ProtectedError, IntegrityError):
                    if how == "deleted":
                        Slot.objects.filter(pk=slot.pk).delete()
                    else:
                        Slot.objects.filter(pk=slot.pk).update(is_published=False)
                if stop.wait(0.05):
                    return
        finally:
            connection.close()

    staff = threading.Thread(target=take_away)
    staff.start()
    try:
        answers = clicks(world.people, tmp_path)
    finally:
        stop.set()
        staff.join()
    assert {status for each in answers for status in each} <= {303, 404, 409}
    assert (most_of("slot"), most_of("group")) == (1, 1)
    assert Booking.objects.standing().count() == 10


@pytest.mark.parametrize(
    ("hang", "stands"),
    [
        ("projects.bookings.read_again", False),
        ("projects.models.Booking.mark_booked", False),
        ("projects.emails.slot_booked", False),
        ("projects.bookings.under_lock", True),
    ],
)
def test_killed_in_mid_booking(edition, tmp_path, hang, stands):
    """The booking, its history and its mails: all or nothing, wherever the process dies."""
    world = crowded(edition, groups=1, slots=1)
    book = reverse("projects:book_slot", args=[edition.slug, world.slots[0].code])
    task = {"people": [person(world.members[0], posts=[book])], "processes": 1, "hang": hang}
    connection.close()
    with subprocess.Popen(**command(tmp_path), start_new_session=True) as process:
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        assert process.stdout.readline() == "hanging\n"
        os.killpg(process.pid, signal.SIGKILL)
    written = Booking.objects.count(), Booking.history.count(), QueuedEmail.objects.count()
    assert written == ((1, 1, 2) if stands else (0, 0, 0))
    assert clicks([person(world.members[1], posts=[book])], tmp_path) == [[303]]
    assert (Booking.objects.count(), Booking.history.count(), QueuedEmail.objects.count()) == (1, 1, 2)
