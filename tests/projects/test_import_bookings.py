"""Bookings stand, whatever README is read into their edition or into another one, and in whatever order."""

import itertools

import pytest

from coursesite.models import CourseEdition
from projects import bookings
from projects.models import Booking, Milestone, Slot
from schedule import importing, readme
from tests.cast import WHILE_OPEN
from tests.schedule.readme_texts import shared_course

pytestmark = pytest.mark.django_db
YEARS = {2024: "samples/info9023-2024.md", 2025: "samples/info9023-2025.md", 2026: "seed/README.md"}


@pytest.fixture
def booked(cast, milestone) -> list[tuple]:
    slots = list(milestone.slots.all())
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    bookings.book(slots[2], cast.blue, by=cast.charlie, now=WHILE_OPEN)
    return standing()


def standing() -> list[tuple]:
    fields = ("milestone", "milestone__number", "slot", "slot__starts_at", "group", "cancelled_at", "sequence")
    return list(Booking.objects.order_by("pk").values_list(*fields))


@pytest.mark.parametrize("order", list(itertools.permutations(YEARS)), ids=str)
def test_years_in_any_order_and_again(booked, edition, order):
    for year in (*order, *order):
        importing.apply(readme.parse(shared_course(YEARS[year])), confirmed=True)
        assert standing() == booked
    assert CourseEdition.objects.count() == 3
    assert Slot.objects.filter(milestone__edition=edition).count() == 4


@pytest.mark.parametrize("order", [(2025, 2026), (2024, 2026), (2026, 2025, 2024, 2026)], ids=str)
def test_other_years_over_the_edition_with_the_bookings(booked, edition, milestone, order):
    """2025 has no milestones at all, and 2024 others on other days: marked and changed, never removed."""
    for year in order:
        importing.apply(readme.parse(shared_course(YEARS[year])), edition, confirmed=True)
        assert standing() == booked
    kept = Milestone.objects.get(pk=milestone.pk)
    assert (kept.number, kept.is_missing, kept.slots.count()) == (1, False, 4)
    assert Milestone.objects.filter(edition=edition, is_missing=False).count() == 3
