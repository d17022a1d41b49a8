"""What of the projects waits for staff on their start page."""

from datetime import date, timedelta

import pytest

from projects import bookings, todo
from projects.models import Membership, Milestone
from tests.cast import FIRST_SLOT, WHILE_OPEN, enrol, team
from tests.statements import counted


def sentences(user, now=WHILE_OPEN) -> list[str]:
    return [item.sentence.removeprefix("INFO9023 spring 2026") for item in todo.waiting(user, now)]


@pytest.fixture
def tidy(cast):
    """Nobody is alone and every group is complete."""
    Membership.objects.create(group=cast.red, enrolment=cast.enrolments.dana)
    return cast


def test_nothing_waits_in_a_tidy_course(tidy):
    assert sentences(tidy.tina) == []


def test_groups_that_are_not_complete(tidy, edition):
    team(edition, "Green", enrol(edition, "emma"))
    (item,) = todo.waiting(tidy.ines, WHILE_OPEN)
    assert item.sentence == "INFO9023 spring 2026: 1 group is not complete."
    assert item.url == "/info9023-2026/groups/"


def test_students_without_a_group(cast, edition):
    enrol(edition, "emma")
    assert sentences(cast.tina) == [": 2 students have no group."]


def test_groups_without_a_slot(tidy, milestone):
    assert sentences(tidy.tina) == [", MS1: 2 groups have no slot."]
    bookings.book(milestone.slots.first(), tidy.red, by=tidy.alice, now=WHILE_OPEN)
    assert sentences(tidy.tina) == [", MS1: 1 group has no slot."]


def test_a_group_without_members_needs_no_slot(tidy, edition, milestone):
    team(edition, "Nobody")
    assert sentences(tidy.tina) == [": 1 group is not complete.", ", MS1: 2 groups have no slot."]


def test_a_window_without_slots_or_not_published(tidy, edition):
    milestone = Milestone.objects.create(
        edition=edition, number=2, starts_on=date(2026, 3, 30), ends_on=date(2026, 4, 2)
    )
    assert sentences(tidy.tina) == [", MS2: no slots are cut yet."]
    milestone.slots.create(starts_at=FIRST_SLOT, ends_at=FIRST_SLOT + timedelta(minutes=15))
    assert sentences(tidy.tina) == [", MS2: its slots wait to be published."]


def test_one_day_for_all_needs_no_slots(tidy, edition):
    Milestone.objects.create(
        edition=edition, number=3, kind="day", starts_on=date(2026, 5, 11), ends_on=date(2026, 5, 11)
    )
    assert sentences(tidy.tina) == []


def test_nothing_waits_when_it_is_over(tidy, milestone):
    assert sentences(tidy.tina, FIRST_SLOT + timedelta(days=5)) == []


@pytest.mark.parametrize(("zone", "day_begins"), [("Pacific/Auckland", 11), ("Pacific/Honolulu", 34)])
def test_a_day_is_over_by_the_clock_of_the_edition(tidy, edition, milestone, zone, day_begins):
    edition.timezone = zone
    edition.save()
    midnight = FIRST_SLOT.replace(hour=0) + timedelta(days=3, hours=day_begins)  # at the end of the last day
    assert len(sentences(tidy.tina, midnight - timedelta(seconds=1))) == 1
    assert sentences(tidy.tina, midnight) == []


@pytest.mark.parametrize("name", ["alice", "eve"])
def test_nothing_waits_for_others(cast, milestone, name):
    assert sentences(getattr(cast, name)) == []


@pytest.mark.parametrize("count", [1, 30])
def test_statements(cast, edition, count):
    for number in range(count):
        team(edition, f"Team {number}", enrol(edition, f"s{number}"))
        Milestone.objects.create(edition=edition, number=number, ends_on=date(2026, 3, 5))
    with counted() as statements:
        list(todo.waiting(cast.ines, WHILE_OPEN))
    assert len(statements) == 4
