"""The page of one's own group."""

import pytest

from projects import bookings
from projects.models import Membership
from tests.cast import WHILE_OPEN, enrol, team
from tests.projects.group_pages import ask, group_address, look
from tests.projects.pages import shown, signed_in

pytestmark = pytest.mark.usefixtures("while_open")


def test_without_a_group_it_says_why_and_what_to_do(cast):
    text = shown(look(cast.dana))
    assert "Projects are done in groups of 2 or 3. You are in none yet." in text
    assert 'action="/info9023-2026/group/create/"' in text
    assert "mailto:ines@example.org" in text


def test_who_is_invited_sees_by_whom_and_can_answer(cast):
    invitation = ask(cast, cast.red, "dana", by="bob")
    text = shown(look(cast.dana))
    assert "Bob B. invites you. In the group: Alice A., Bob B." in text
    assert group_address("accept_invitation", invitation.code) in text
    assert group_address("decline_invitation", invitation.code) in text


def test_the_invitation_of_a_full_group_can_only_be_declined(cast, edition):
    invitation = ask(cast, cast.red, "dana", by="bob")
    Membership.objects.create(group=cast.red, enrolment=enrol(edition, "emma"))
    text = shown(look(cast.dana))
    assert "The group is full now." in text
    assert group_address("accept_invitation", invitation.code) not in text
    assert group_address("decline_invitation", invitation.code) in text


def test_a_complete_group_is_led_to_the_board(cast, milestone):
    text = shown(look(cast.alice))
    assert "Alice A. (you)" in text
    assert '<span class="state-good">Complete</span>' in text
    assert '<a class="button" href="/info9023-2026/milestones/1/">Open MS1</a>' in text


def test_an_incomplete_group_reads_what_is_missing(cast, edition, milestone):
    emma = enrol(edition, "emma")
    team(edition, "Green", emma)
    text = shown(look(emma.user))
    assert "Not complete: one more member is needed" in text
    assert "Next: invite a classmate." in text
    assert "Open MS1" not in text


def test_everyone_sees_who_has_not_answered(cast):
    invitation = ask(cast, cast.red, "dana", by="bob")
    text = shown(look(cast.alice))
    assert "Dana D." in text
    assert "has not answered, asked on" in text
    assert group_address("withdraw_invitation", invitation.code) in text


def test_who_has_joined_another_group_meanwhile_is_shown_as_such(cast):
    ask(cast, cast.red, "charlie", by="bob")
    assert "is in another group now" in shown(look(cast.alice))


def test_a_full_group_invites_nobody(cast, edition):
    Membership.objects.create(group=cast.red, enrolment=enrol(edition, "emma"))
    text = shown(look(cast.alice))
    assert "Complete and full" in text
    assert group_address("invite_member") not in text


def test_what_is_booked_is_said_and_keeps_the_members_together(cast, milestone):
    bookings.book(milestone.slots.first(), cast.red, by=cast.bob, now=WHILE_OPEN)
    text = shown(look(cast.alice))
    assert "<strong>Mon 2 March, 10:00</strong>, R7" in text
    assert "A member can leave while nothing is booked." in text
    assert group_address("leave_group") not in text
    assert "Open MS1" not in text


def test_staff_are_led_to_the_list(cast):
    for who in (cast.tina, cast.ines):
        assert look(who)["Location"] == group_address("groups")


def test_a_stranger_finds_nothing(cast):
    assert look(cast.eve).status_code == 404


def test_nobody_is_sent_to_sign_in(cast, client):
    assert client.get(group_address()).status_code == 302


def test_another_edition_is_not_there(cast):
    assert signed_in(cast.alice).get(group_address(edition="no-such")).status_code == 404


def test_a_page_is_not_changed_by_looking(cast):
    assert signed_in(cast.alice).post(group_address()).status_code == 405


def test_the_page_takes_the_same_queries_for_any_number_of_invitations(cast, edition, django_assert_num_queries):
    who = signed_in(cast.alice)
    for name in ("emma", "felix", "gina", "hugo"):
        cast.red.invitations.create(enrolment=enrol(edition, name), invited_by=cast.bob)
    with django_assert_num_queries(8):
        who.get(group_address())
