"""Who and which room is taken when."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from coursesite import occupancy
from coursesite.models import CourseEdition, Occupancy
from coursesite.occupancy import Claim
from tests.cast import FIRST_SLOT

QUARTER = timedelta(minutes=15)


def claim(holder, *resources, start=0, label=""):
    """A quarter of an hour, `start` minutes after the first slot."""
    starts_at = FIRST_SLOT + timedelta(minutes=start)
    return Claim(holder, label or holder, starts_at, starts_at + QUARTER, resources)


@pytest.fixture
def r7(edition):
    return occupancy.room(edition, "R7")


def test_a_room_is_known_by_its_name_within_an_edition(edition):
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    assert occupancy.room(edition, " r7  (B37)").key == occupancy.room(edition, "R7 (b37)").key
    assert occupancy.room(edition, "R7").key != occupancy.room(other, "R7").key


def test_an_overlap_names_the_other_event(edition, r7):
    occupancy.occupy(edition, [claim("exams.oralexam:1", r7, label="the oral exam of Tue 2 March, 10:00")])
    [clash] = occupancy.clashes([claim("projects.slot:1", r7, start=14, label="MS1")])
    assert clash.sentence == "MS1: R7 is taken then by the oral exam of Tue 2 March, 10:00."


def test_one_after_the_other_is_no_overlap(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7)])
    assert occupancy.clashes([claim("a:2", r7, start=15), claim("a:3", r7, start=-15)]) == []


def test_a_holder_is_not_in_its_own_way(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7)])
    assert occupancy.clashes([claim("a:1", r7, start=5)]) == []


def test_a_person_is_in_one_place_whatever_the_course(cast, r7):
    tina = occupancy.person(cast.tina)
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    occupancy.occupy(other, [claim("a:1", tina, occupancy.room(other, "R7"))])
    [clash] = occupancy.clashes([claim("a:2", r7, tina)])
    assert clash.resource == tina
    assert clash.reason == "Tina T. is taken then by a:1."


def test_a_claim_that_clashes_takes_nothing(cast, edition, r7):
    tina, r8 = occupancy.person(cast.tina), occupancy.room(edition, "R8")
    found = occupancy.clashes([claim("a:1", tina, r7), claim("a:2", tina, r8), claim("a:3", r8, start=5)])
    assert [clash.claim.holder for clash in found] == ["a:2"]


def test_clashes_takes_one_query_for_any_number(edition, r7, django_assert_num_queries):
    claims = [claim(f"a:{n}", r7, start=15 * n) for n in range(40)]
    occupancy.occupy(edition, claims[:20])
    with django_assert_num_queries(1):
        assert len(occupancy.clashes([claim(f"b:{n}", r7, start=15 * n) for n in range(40)])) == 20


def test_occupying_again_replaces_what_the_holder_had(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7)])
    occupancy.occupy(edition, [claim("a:1", r7, start=5)])
    assert [row.starts_at for row in Occupancy.objects.all()] == [FIRST_SLOT + timedelta(minutes=5)]


def test_what_is_freed_can_be_taken(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7)])
    occupancy.free(["a:1"])
    assert occupancy.clashes([claim("a:2", r7)]) == []


def test_a_very_long_label_is_cut_and_not_an_error(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7, label="x" * 1000)])
    assert len(Occupancy.objects.get().label) == 300


@pytest.mark.parametrize("start", [-14, 0, 5, 14])
def test_the_database_refuses_an_overlap_by_itself(edition, r7, start):
    occupancy.occupy(edition, [claim("a:1", r7)])
    with pytest.raises(IntegrityError), transaction.atomic():
        occupancy.occupy(edition, [claim("a:2", r7, start=start)])
    assert Occupancy.objects.count() == 1


def test_the_database_refuses_a_change_into_an_overlap(edition, r7):
    occupancy.occupy(edition, [claim("a:1", r7), claim("a:2", r7, start=15)])
    with pytest.raises(IntegrityError), transaction.atomic():
        Occupancy.objects.filter(holder="a:2").update(starts_at=FIRST_SLOT)


def test_the_database_refuses_an_end_before_the_start(edition, r7):
    with pytest.raises(IntegrityError), transaction.atomic():
        occupancy.occupy(edition, [Claim("a:1", "a", FIRST_SLOT, FIRST_SLOT - QUARTER, (r7,))])
