"""Leave a group while nothing is booked."""

import pytest

from coursesite.outbox import QueuedEmail
from projects import bookings, groups
from projects.models import Booking, Invitation, ProjectGroup
from tests.cast import WHILE_OPEN
from tests.letters import letter
from tests.projects.group_pages import ask, group_address, look, post, teams
from tests.projects.pages import mails, shown, signed_in


def leave(user, group):
    return post(user, "leave_group", group=group.code)


def book(cast, milestone) -> Booking:
    return bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)


def test_it_is_asked_once_more(cast):
    text = shown(look(cast.alice, "leave_group"))
    assert "Leave Red?" in text
    assert "The others stay in the group and get a mail." in text
    assert teams()["Red"] == ["Alice", "Bob"]


def test_the_others_are_told(cast):
    response = leave(cast.alice, cast.red)
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert teams()["Red"] == ["Bob"]
    assert mails() == [("member_left", "bob@example.org")]
    assert letter(QueuedEmail.objects.get()).subject == "Alice A. is no longer in Red"


def test_who_comes_back_and_leaves_again_is_told_again(cast):
    for minute in (1, 2):
        groups.leave(cast.red, cast.enrolments.alice, now=WHILE_OPEN.replace(minute=minute))
        groups.place(cast.red, cast.enrolments.alice, now=WHILE_OPEN)
    assert QueuedEmail.objects.filter(kind="member_left").count() == 2


def test_the_last_one_dissolves_the_group(cast):
    ask(cast, cast.red, "dana", by="bob")
    leave(cast.alice, cast.red)
    assert "You are the last member: the group is dissolved" in shown(look(cast.bob, "leave_group"))
    leave(cast.bob, cast.red)
    assert teams() == {"Blue": ["Charlie", "Chloe"]}
    assert not Invitation.objects.exists()


def test_a_group_with_a_booking_stays_together(cast, milestone):
    book(cast, milestone)
    response = leave(cast.bob, cast.red)
    assert response.status_code == 409
    assert "Your group has booked MS1, Mon 2 March, 10:00. Cancel that booking before you leave" in shown(response)
    assert "Not now: your group has booked MS1" in shown(look(cast.bob, "leave_group"))
    assert teams()["Red"] == ["Alice", "Bob"]


def test_after_cancelling_it_can_be_left_and_its_history_stays(cast, milestone):
    bookings.cancel(book(cast, milestone), by=cast.bob, now=WHILE_OPEN)
    leave(cast.alice, cast.red)
    leave(cast.bob, cast.red)
    assert not ProjectGroup.objects.filter(name="Red").exists()
    assert list(Booking.history.order_by("history_id").values_list("history_type", flat=True)) == ["+", "~", "-"]


def test_a_second_click_leaves_nothing_else(cast):
    leave(cast.alice, cast.red)
    response = leave(cast.alice, cast.red)
    assert response.status_code == 409
    assert "You are no longer in the group that this page showed." in shown(response)


def test_an_old_tab_does_not_leave_the_new_group(cast):
    leave(cast.alice, cast.red)
    groups.create(cast.enrolments.alice, "Green", now=WHILE_OPEN)
    assert leave(cast.alice, cast.red).status_code == 409
    assert teams()["Green"] == ["Alice"]


@pytest.mark.parametrize("data", [{}, {"group": "x"}, {"group": ""}])
def test_a_form_that_says_no_group(cast, data):
    assert post(cast.alice, "leave_group", **data).status_code == 409
    assert teams()["Red"] == ["Alice", "Bob"]


def test_nobody_leaves_for_another(cast):
    assert leave(cast.charlie, cast.red).status_code == 409
    assert teams()["Red"] == ["Alice", "Bob"]


def test_without_a_group_there_is_nothing_to_ask(cast):
    assert look(cast.dana, "leave_group")["Location"] == group_address()


@pytest.mark.parametrize("who", ["tina", "ines", "eve"])
def test_only_students(cast, who):
    assert leave(getattr(cast, who), cast.red).status_code == 404


def test_other_methods(cast):
    assert signed_in(cast.alice).put(group_address("leave_group")).status_code == 405
