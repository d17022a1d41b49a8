"""The list of milestones: where each stands, and the one thing to do about it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client

from projects.models import Membership, Milestone
from tests.cast import CLOSES, CUT_OFF, OPENS, WHILE_OPEN
from tests.projects.pages import click, shown, signed_in
from tests.statements import counted

LIST = "/info9023-2026/milestones/"

pytestmark = pytest.mark.usefixtures("while_open")


def listed(user, at=WHILE_OPEN) -> str:
    with time_machine.travel(at, tick=False):
        response = signed_in(user).get(LIST)
    assert response.status_code == 200
    return shown(response)


@pytest.mark.parametrize(
    ("at", "state", "todo"),
    [
        (OPENS - timedelta(days=2), "Booking opens on Monday 16 February, 09:00.", "See the board"),
        (WHILE_OPEN, "Booking is open until Friday 27 February, 18:00 (in 7 days).", "Choose a slot"),
        (CLOSES, "Booking closed on Friday 27 February, 18:00.", "See the board"),
    ],
)
def test_without_a_slot(cast, milestone, at, state, todo):
    page = listed(cast.alice, at)
    assert "MS1: Use case, data, experiments" in page
    assert state in page
    assert todo in page


def test_who_cannot_book_yet_is_led_to_the_group(cast, milestone):
    page = listed(cast.dana)
    assert "(in 7 days). Slots are booked by groups, and you are in none yet." in page
    assert "Find a group" in page
    Membership.objects.filter(enrolment__user=cast.bob).delete()
    page = listed(cast.alice)
    assert "Your group needs one more member before it can book. Invite a classmate first." in page
    assert "Complete your group" in page
    assert "Choose a slot" not in page
    response = signed_in(cast.alice).get(LIST)
    assert b'class="button" href="/info9023-2026/group/"' in response.content
    assert "See the board" in listed(cast.dana, CLOSES)


@pytest.mark.parametrize(
    ("at", "todo"), [(WHILE_OPEN, "Move or cancel"), (CLOSES, "Move or cancel"), (CUT_OFF, "See your slot")]
)
def test_with_a_slot(cast, milestone, at, todo):
    click(cast.alice, "book", milestone.slots.select_related("milestone__edition").first())
    page = listed(cast.bob, at)
    assert "Your group presents on Monday 2 March, 10:00, R7." in page
    assert todo in page
    assert "Your group presents" not in listed(cast.charlie, at)


def test_on_one_day_or_without_a_date(cast, edition):
    Milestone.objects.create(edition=edition, number=3, kind="day", starts_on=date(2026, 5, 11), place="Room 204")
    Milestone.objects.create(edition=edition, number=4)
    page = listed(cast.alice)
    assert "Monday 11 May, Room 204" in page
    assert "All groups present on one day." in page
    assert "date to be confirmed" in page
    assert "Nothing is on offer here yet." in page


def test_staff_read_how_many_are_taken(cast, milestone):
    click(cast.alice, "book", milestone.slots.select_related("milestone__edition").first())
    assert "1 of 4 slots are taken." in listed(cast.tina)
    milestone.slots.update(is_published=False)
    assert "No slots are published yet." in listed(cast.ines)


def test_what_the_readme_dropped_is_listed_while_it_is_published(cast, milestone):
    Milestone.objects.update(is_missing=True)
    assert "MS1" in listed(cast.alice)
    Milestone.objects.update(is_published=False)
    assert "No milestone is announced yet." in listed(cast.alice)


def test_outsiders_see_what_is_not_there(cast, milestone):
    assert signed_in(cast.eve).get(LIST).status_code == 404
    assert Client().get(LIST)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("name", "expected"), [("alice", 6), ("tina", 6)])
def test_as_many_statements_for_any_number(cast, edition, name, expected, count):
    Milestone.objects.bulk_create(Milestone(edition=edition, number=number) for number in range(1, count + 1))
    client = signed_in(getattr(cast, name))
    with counted() as statements:
        assert client.get(LIST).status_code == 200
    assert len(statements) == expected
