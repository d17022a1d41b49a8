"""Move a booking to another free slot, in one step."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from projects.models import Booking, Slot
from tests.cast import CLOSES, CUT_OFF, enrol
from tests.projects.pages import address, click, mails, shown, signed_in, standing

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def slots(cast, milestone) -> list[Slot]:
    """Red has the first, Blue the second."""
    slots = list(milestone.slots.select_related("milestone__edition"))
    click(cast.alice, "book", slots[0])
    click(cast.charlie, "book", slots[1])
    return slots


def test_works(cast, slots):
    response = click(cast.alice, "move", slots[2])
    assert (response.status_code, response["Location"]) == (303, "/info9023-2026/milestones/1/")
    assert standing() == [("Blue", "09:15"), ("Red", "09:30")]
    assert [mail for mail in mails() if mail[0] == "slot_moved"] == [
        ("slot_moved", "alice@example.org"),
        ("slot_moved", "bob@example.org"),
    ]


def test_the_board_says_so_and_offers_the_next_move(cast, slots):
    page = shown(signed_in(cast.alice).post(address("move", slots[2]), follow=True))
    assert "Moved to Monday 2 March, 10:30, R7. All members get a mail." in page
    assert f'formaction="{address("move", slots[0])}"' in page


def test_teammate_moves_the_same_booking(cast, slots):
    click(cast.bob, "move", slots[2])
    click(cast.alice, "move", slots[3])
    assert standing() == [("Blue", "09:15"), ("Red", "09:45")]


def test_the_same_click_twice_is_one_move(cast, slots):
    for user in (cast.alice, cast.alice, cast.bob):
        assert click(user, "move", slots[2]).status_code == 303
    assert Booking.objects.get(group=cast.red).sequence == 1


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_old_slot_is_kept_when_the_new_one_is_gone(cast, slots, headers):
    client = signed_in(cast.alice)
    response = client.post(address("move", slots[1]), headers=headers)
    page = shown(response)
    assert response.status_code == 409
    assert "Monday 2 March, 10:15 has just been taken. Choose another one." in page
    assert "Your slot" in page
    assert standing() == [("Red", "09:00"), ("Blue", "09:15")]
    assert f'formaction="{address("move", slots[2])}"' in page


def test_nothing_to_move(cast, slots):
    Booking.objects.filter(group=cast.red).delete()
    response = click(cast.alice, "move", slots[2])
    assert response.status_code == 409
    assert "Red has no slot to move any more. Book one of the free ones." in shown(response)


def test_outsider_sees_what_is_not_there(cast, slots):
    assert click(cast.eve, "move", slots[2]).status_code == 404


def test_nobody_is_led_to_the_sign_in(slots):
    assert Client().post(address("move", slots[2]))["Location"].startswith("/accounts/login/")


def test_without_a_group(cast, slots):
    assert click(cast.dana, "move", slots[2]).status_code == 409


def test_who_has_a_slot_moves_it_after_closing(cast, slots):
    with time_machine.travel(CLOSES, tick=False):
        assert click(cast.alice, "move", slots[2]).status_code == 303
    assert standing() == [("Blue", "09:15"), ("Red", "09:30")]


def test_late(cast, slots):
    with time_machine.travel(CUT_OFF, tick=False):
        response = click(cast.alice, "move", slots[2])
    assert response.status_code == 409
    assert "Changes were possible until Sunday 1 March, 12:00." in shown(response)
    assert standing() == [("Red", "09:00"), ("Blue", "09:15")]


def test_bad_id(cast, slots):
    unknown = "/info9023-2026/slots/00000000-0000-0000-0000-000000000000/move/"
    assert signed_in(cast.alice).post(unknown).status_code == 404


@pytest.mark.parametrize("verb", ["get", "put", "delete"])
def test_wrong_method(cast, slots, verb):
    assert getattr(signed_in(cast.alice), verb)(address("move", slots[2])).status_code == 405


def test_a_student_cannot_move_another_group(cast, slots):
    """The field is the staff's; a student moves their own."""
    click(cast.alice, "move", slots[2], group=str(cast.blue.code))
    assert standing() == [("Blue", "09:15"), ("Red", "09:30")]


def test_staff_move_a_group_after_the_cut_off_and_say_why(cast, slots):
    with time_machine.travel(CUT_OFF + timedelta(hours=1), tick=False):
        response = click(cast.ines, "move", slots[3], group=str(cast.red.code), reason="Room is too small")
    assert response.status_code == 303
    assert standing() == [("Blue", "09:15"), ("Red", "09:45")]
    booking = Booking.objects.get(group=cast.red)
    assert (booking.booked_by, booking.reason) == (cast.ines, "Room is too small")


def test_staff_of_another_edition_see_what_is_not_there(cast, slots, edition):
    edition.pk, edition.slug = None, "other-2026"
    edition.save(force_insert=True)
    stranger = enrol(edition, "theo", "instructor").user
    response = click(stranger, "move", slots[2], group=str(cast.red.code), reason="Because")
    assert response.status_code == 404
    assert standing() == [("Red", "09:00"), ("Blue", "09:15")]
