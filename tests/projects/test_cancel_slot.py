"""Give a slot back: asked first, then done."""

import pytest
import time_machine
from django.test import Client

from projects.models import Booking, Slot
from tests.cast import CLOSES, CUT_OFF
from tests.projects.pages import cancel_address, click, mails, shown, signed_in, standing

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


@pytest.fixture
def booking(cast, slots) -> Booking:
    click(cast.alice, "book", slots[0])
    return Booking.objects.select_related("milestone__edition").get()


def test_works(cast, booking):
    response = signed_in(cast.alice).post(cancel_address(booking))
    assert (response.status_code, response["Location"]) == (303, "/info9023-2026/milestones/1/")
    assert standing() == []
    assert [mail for mail in mails() if mail[0] == "slot_cancelled"] == [
        ("slot_cancelled", "alice@example.org"),
        ("slot_cancelled", "bob@example.org"),
    ]


def test_asks_first_and_writes_nothing(cast, booking):
    response = signed_in(cast.alice).get(cancel_address(booking))
    page = shown(response)
    assert response.status_code == 200
    assert "Cancel the slot of Red?" in page
    assert "Cancel Monday 2 March, 10:00, R7</button>" in page
    assert "final" not in page
    assert standing() == [("Red", "09:00")]


def test_teammate_cancels_and_the_board_says_so(cast, booking):
    page = shown(signed_in(cast.bob).post(cancel_address(booking), follow=True))
    assert "Cancelled: Monday 2 March, 10:00, R7. All members get a mail." in page
    assert standing() == []


def test_the_same_click_twice_is_one_cancellation(cast, booking):
    for user in (cast.alice, cast.bob):
        assert signed_in(user).post(cancel_address(booking)).status_code == 303
    assert Booking.objects.get().cancelled_by == cast.alice
    assert len(mails()) == 4


def test_a_cancelled_booking_is_not_asked_for_again(cast, booking):
    signed_in(cast.alice).post(cancel_address(booking))
    assert signed_in(cast.alice).get(cancel_address(booking)).status_code == 303


def test_the_slot_that_was_seen_is_the_one_that_goes(cast, booking, slots):
    click(cast.bob, "move", slots[1])
    response = signed_in(cast.alice).post(cancel_address(booking), {"slot": str(slots[0].code)})
    assert response.status_code == 409
    assert "Red has moved to Monday 2 March, 10:15 meanwhile. Look again before you cancel." in shown(response)
    assert standing() == [("Red", "09:15")]


def test_another_group_sees_what_is_not_there(cast, booking):
    for user in (cast.charlie, cast.dana, cast.eve):
        assert signed_in(user).get(cancel_address(booking)).status_code == 404
        assert signed_in(user).post(cancel_address(booking)).status_code == 404
    assert standing() == [("Red", "09:00")]


def test_nobody_is_led_to_the_sign_in(booking):
    assert Client().post(cancel_address(booking))["Location"].startswith("/accounts/login/")


def test_after_closing_it_is_final_and_says_so(cast, booking):
    with time_machine.travel(CLOSES, tick=False):
        page = shown(signed_in(cast.alice).get(cancel_address(booking)))
        assert "Booking is closed, so this is final: your group cannot book another slot." in page
        assert signed_in(cast.alice).post(cancel_address(booking)).status_code == 303
    assert standing() == []


def test_late(cast, booking):
    with time_machine.travel(CUT_OFF, tick=False):
        response = signed_in(cast.alice).post(cancel_address(booking))
    assert response.status_code == 409
    assert "Changes were possible until Sunday 1 March, 12:00." in shown(response)
    assert standing() == [("Red", "09:00")]


def test_bad_id(cast, booking):
    client = signed_in(cast.alice)
    assert client.post("/info9023-2026/bookings/00000000-0000-0000-0000-000000000000/cancel/").status_code == 404
    assert client.post(cancel_address(booking), {"slot": "1"}).status_code == 404
    assert standing() == [("Red", "09:00")]


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_wrong_method(cast, booking, verb):
    assert getattr(signed_in(cast.alice), verb)(cancel_address(booking)).status_code == 405


def test_staff_cancel_and_say_why(cast, booking):
    client = signed_in(cast.tina)
    assert 'name="reason"' in shown(client.get(cancel_address(booking)))
    with time_machine.travel(CUT_OFF, tick=False):
        assert client.post(cancel_address(booking), {"reason": "Both are ill"}).status_code == 303
    cancelled = Booking.objects.get()
    assert (cancelled.cancelled_by, cancelled.reason) == (cast.tina, "Both are ill")


@pytest.mark.parametrize("reason", ["", "x" * 301, "a\0b"])
def test_staff_without_a_good_reason(cast, booking, reason):
    response = signed_in(cast.tina).post(cancel_address(booking), {"reason": reason})
    assert response.status_code == 400
    assert "Cancel the slot of Red?" in shown(response)
    assert standing() == [("Red", "09:00")]
