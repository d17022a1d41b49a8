"""Invite a classmate by the address with which they sign in."""

import pytest

from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from projects import emails, groups
from projects.models import Invitation, Membership
from tests.cast import WHILE_OPEN, enrol
from tests.letters import letter
from tests.projects.group_pages import ask, group_address, invitations, post
from tests.projects.pages import mails, shown, signed_in

UNKNOWN = "We know no student of this course edition by that address."


def invite(cast, email="dana@example.org", user=None, group=None):
    return post(user or cast.alice, "invite_member", email=email, group=(group or cast.red).code)


def refused(cast, *args, **kwargs):
    response = invite(cast, *args, **kwargs)
    assert response.status_code == 409
    return shown(response)


def test_the_classmate_gets_a_mail_and_decides(cast):
    response = invite(cast, " Dana@Example.org ")
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert invitations() == [("Red", "Dana", "pending")]
    assert mails() == [("invitation", "dana@example.org")]
    assert CourseEdition.objects.get().revision == 2


def test_the_mail_says_who_invites_and_where_to_answer(cast):
    invite(cast)
    told = letter(QueuedEmail.objects.get())
    assert told.subject == "Alice A. invites you to the group Red"
    assert "Hello Dana," in told.text
    assert "/info9023-2026/group/" in told.text
    assert "Answer the invitation" in told.html


def test_an_invitation_that_was_withdrawn_is_not_told(cast):
    invite(cast)
    row = QueuedEmail.objects.get()
    assert emails.KINDS["invitation"].still_true(row)
    groups.withdraw(Invitation.objects.get(), by=cast.bob, now=WHILE_OPEN)
    assert not emails.KINDS["invitation"].still_true(row)


def test_every_other_address_gets_one_and_the_same_sentence(cast, edition):
    """A stranger with an account, staff, an examiner, another course's student, and nobody at all."""
    enrol(edition, "edith", Enrolment.Role.EXAMINER)
    enrol(CourseEdition.objects.create(title="Another", year=2026, slug="other"), "olga")
    for name in ("eve", "tina", "ines", "edith", "olga", "nobody"):
        assert UNKNOWN in refused(cast, f"{name}@example.org")
    assert (invitations(), mails()) == ([], [])


def test_what_was_typed_comes_back(cast):
    assert 'value="nobody@example.org"' in refused(cast, "nobody@example.org")


def test_a_member_of_the_group(cast):
    assert "Bob B. is in your group already." in refused(cast, "bob@example.org")


def test_oneself(cast):
    assert "That is your own address." in refused(cast, "alice@example.org")


def test_a_classmate_of_another_group(cast):
    assert "Charlie C. is in another group and would have to leave it first." in refused(cast, "charlie@example.org")


def test_who_has_an_invitation_is_not_asked_twice(cast):
    invite(cast)
    assert "Dana D. has an invitation of your group and has not answered yet." in refused(cast, user=cast.bob)
    assert mails() == [("invitation", "dana@example.org")]


def test_two_members_at_once_are_one_question(cast, monkeypatch):
    """As if the other's invitation had come right after the look: the constraint decides."""
    ask(cast, cast.red, "dana", by="bob")
    monkeypatch.setattr(groups, "refuse_asked", lambda *args: None)
    assert "Dana D. has an invitation of your group and has not answered yet." in refused(cast)
    assert (len(invitations()), mails()) == (1, [])


def test_a_full_group_has_no_seat_to_offer(cast, edition):
    Membership.objects.create(group=cast.red, enrolment=enrol(edition, "emma"))
    assert "“Red” is full: a group has at most 3 members." in refused(cast)


def test_more_may_be_asked_than_there_are_seats(cast, edition):
    for name in ("emma", "felix", "gina"):
        enrol(edition, name)
        assert invite(cast, f"{name}@example.org").status_code == 303
    assert len(invitations()) == 3


def test_but_not_the_whole_class(cast, edition):
    for number in range(groups.MOST_PENDING):
        cast.red.invitations.create(enrolment=enrol(edition, f"s{number}"), invited_by=cast.bob)
    assert "Many invitations of your group are open." in refused(cast)


def test_nor_the_same_classmate_again_and_again(cast):
    for _ in range(groups.MOST_TIMES):
        invite(cast)
        groups.decline(Invitation.objects.pending().get(), now=WHILE_OPEN)
    assert "Your group has asked Dana D. several times." in refused(cast)


@pytest.mark.parametrize("email", ["", "dana", "dana@example.org\x00", "d" * 250 + "@example.org"])
def test_what_is_no_address_comes_back_with_the_reason(cast, email):
    response = invite(cast, email)
    assert response.status_code == 400
    assert 'aria-invalid="true"' in shown(response)


def test_nobody_invites_to_another_group(cast):
    assert "You are no longer in the group that this page showed." in refused(cast, group=cast.blue)
    assert invitations() == []


def test_who_was_taken_out_invites_nobody(cast):
    groups.remove(cast.red, cast.enrolments.alice, now=WHILE_OPEN)
    assert "You are no longer in the group that this page showed." in refused(cast)


@pytest.mark.parametrize("who", ["tina", "eve"])
def test_only_students_invite(cast, who):
    assert invite(cast, user=getattr(cast, who)).status_code == 404


def test_looking_invites_nobody(cast):
    assert signed_in(cast.alice).get(group_address("invite_member")).status_code == 405
