"""Withdraw an invitation that has not been answered."""

import pytest

from projects import groups
from projects.models import Invitation
from tests.cast import WHILE_OPEN
from tests.projects.group_pages import ask, group_address, invitations, post
from tests.projects.pages import mails, shown, signed_in


@pytest.fixture
def invitation(cast) -> Invitation:
    return ask(cast, cast.red, "dana", by="bob")


def withdraw(user, invitation):
    return post(user, "withdraw_invitation", invitation.code)


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_any_member_withdraws(cast, invitation, who):
    response = withdraw(getattr(cast, who), invitation)
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert (invitations(), mails()) == ([("Red", "Dana", "withdrawn")], [])


def test_a_second_click_is_harmless(cast, invitation):
    withdraw(cast.alice, invitation)
    assert withdraw(cast.bob, invitation).status_code == 303


def test_the_classmate_was_faster(cast, invitation):
    groups.accept(invitation, now=WHILE_OPEN)
    response = withdraw(cast.bob, invitation)
    assert response.status_code == 409
    assert "This invitation has been accepted already." in shown(response)


def test_afterwards_the_same_classmate_can_be_asked_again(cast, invitation):
    withdraw(cast.alice, invitation)
    groups.invite(cast.red, "dana@example.org", by=cast.alice, now=WHILE_OPEN)
    assert invitations() == [("Red", "Dana", "withdrawn"), ("Red", "Dana", "pending")]


@pytest.mark.parametrize("who", ["charlie", "dana", "tina", "eve"])
def test_only_members_withdraw(cast, invitation, who):
    assert withdraw(getattr(cast, who), invitation).status_code == 404
    assert invitations() == [("Red", "Dana", "pending")]


def test_looking_withdraws_nothing(cast, invitation):
    assert signed_in(cast.alice).get(group_address("withdraw_invitation", invitation.code)).status_code == 405
