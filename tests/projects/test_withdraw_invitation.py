"""Withdraw an invitation that has not been answered."""

import pytest

from coursesite import mail
from coursesite.outbox import QueuedEmail
from projects import groups
from projects.models import Invitation
from tests.cast import WHILE_OPEN
from tests.letters import letter, mark
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
    assert invitations() == [("Red", "Dana", "withdrawn")]


def test_who_was_asked_is_told(cast):
    groups.invite(cast.red, "dana@example.org", by=cast.bob, now=WHILE_OPEN)
    withdraw(cast.alice, Invitation.objects.get())
    asked, told = QueuedEmail.objects.order_by("pk")
    assert (told.kind, told.to_address) == ("invitation_withdrawn", "dana@example.org")
    assert letter(told).subject == "The invitation to the group Red is withdrawn"
    assert "Alice A. has withdrawn the invitation to the group Red" in letter(told).text
    kind = mail.kinds()[told.kind]
    assert kind.still_true(told)
    mark(asked, state=QueuedEmail.State.SUPPRESSED)  # as the sending does while the invitation itself waits
    assert not kind.still_true(told)


def test_a_second_click_is_harmless(cast, invitation):
    withdraw(cast.alice, invitation)
    assert withdraw(cast.bob, invitation).status_code == 303
    assert len(mails()) == 1


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
