"""Decline an invitation."""

import pytest

from coursesite.outbox import QueuedEmail
from projects.models import Invitation
from tests.letters import letter
from tests.projects.group_pages import ask, group_address, invitations, post, teams
from tests.projects.pages import mails, shown, signed_in


@pytest.fixture
def invitation(cast) -> Invitation:
    return ask(cast, cast.red, "dana", by="bob")


def decline(user, invitation):
    return post(user, "decline_invitation", invitation.code)


def test_the_members_are_told(cast, invitation):
    response = decline(cast.dana, invitation)
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert invitations() == [("Red", "Dana", "declined")]
    assert mails() == [("invitation_declined", "alice@example.org"), ("invitation_declined", "bob@example.org")]
    assert letter(QueuedEmail.objects.first()).subject == "Dana D. does not join Red"


def test_once(cast, invitation):
    decline(cast.dana, invitation)
    assert decline(cast.dana, invitation).status_code == 303
    assert len(mails()) == 2


def test_also_from_within_another_group(cast):
    invitation = ask(cast, cast.red, "charlie", by="bob")
    assert decline(cast.charlie, invitation).status_code == 303
    assert teams()["Blue"] == ["Charlie", "Chloe"]


def test_what_was_withdrawn_is_over(cast, invitation):
    Invitation.objects.update(state="withdrawn")
    response = decline(cast.dana, invitation)
    assert response.status_code == 409
    assert "This invitation has been withdrawn." in shown(response)
    assert mails() == []


@pytest.mark.parametrize("who", ["alice", "charlie", "tina", "eve"])
def test_nobody_answers_for_another(cast, invitation, who):
    assert decline(getattr(cast, who), invitation).status_code == 404
    assert invitations() == [("Red", "Dana", "pending")]


def test_looking_declines_nothing(cast, invitation):
    assert signed_in(cast.dana).get(group_address("decline_invitation", invitation.code)).status_code == 405
