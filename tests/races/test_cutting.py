"""Two members of staff cut overlapping slots at once, for two milestones and one room."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from itertools import pairwise

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from coursesite.models import Occupancy
from coursesite.place_forms import CutForm
from projects import slotting
from projects.models import Milestone, Slot
from tests.races.crowd import clicks, person

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"silence": "coursesite.occupancy.lock", "meet": "coursesite.occupancy.clashes"}


def cutters(cast) -> list[dict]:
    """Both have seen a preview in which the room was free all morning."""
    day = timezone.now().date() + timedelta(days=14)
    people = []
    for number, (user, hours) in enumerate(((cast.tina, "09:00-12:00"), (cast.ines, "09:10-12:10")), start=1):
        milestone = Milestone.objects.create(edition=cast.edition, number=number, starts_on=day, ends_on=day)
        data = {
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
            "weekdays": [str(n) for n in range(7)],
            "hours": hours,
            "length": "15",
            "rooms": "R7",
        }
        form = CutForm(data, edition=cast.edition)
        assert form.is_valid(), form.errors
        seal = slotting.preview(milestone, form.order(), timezone.now()).seal
        address = reverse("admin:projects_milestone_cut", args=[milestone.pk])
        people.append(person(user, posts=[[address, data | {"create": "1", "seal": seal}]]))
    return people


def overlaps() -> int:
    rows = Occupancy.objects.order_by("starts_at").values_list("starts_at", "ends_at")
    return sum(before[1] > after[0] for before, after in pairwise(rows))


def test_one_of_them_is_shown_what_the_other_took(cast, tmp_path):
    answers = clicks(cutters(cast), tmp_path, processes=2)
    assert Counter(status for each in answers for status in each) == {302: 1, 409: 1}
    assert (Slot.objects.count(), Occupancy.objects.count(), overlaps()) == (12, 12, 0)


# On SQLite a transaction has the whole file, so there is no "at once" without a lock.
@pytest.mark.postgres
def test_without_the_lock_the_database_still_decides(cast, tmp_path):
    answers = clicks(cutters(cast), tmp_path, processes=2, **AT_ONCE)
    assert Counter(status for each in answers for status in each) == {302: 1, 409: 1}
    assert (Slot.objects.count(), Occupancy.objects.count(), overlaps()) == (12, 12, 0)


@contextmanager
def guards_taken_away() -> Iterator[None]:
    guards = import_module("coursesite.migrations.0002_guards")
    with connection.schema_editor() as editor:
        guards.remove_guards(apps, editor)
    try:
        yield
    finally:
        Occupancy.objects.all().delete()
        with connection.schema_editor() as editor:
            guards.add_guards(apps, editor)


@pytest.mark.postgres
def test_control_without_lock_and_guards(cast, tmp_path):
    with guards_taken_away():
        clicks(cutters(cast), tmp_path, processes=2, **AT_ONCE)
        assert overlaps() > 0
