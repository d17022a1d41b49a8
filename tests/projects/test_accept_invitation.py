"""Accept an invitation: the last seat is given once, and nobody is in two groups."""

import pytest

from coursesite.models import CourseEdition
from coursesite.outbox import QueuedEmail
from projects import bookings, groups
from projects.models import Invitation, Membership, ProjectGroup
from tests.cast import WHILE_OPEN, enrol, team
from tests.letters import event, letter
from tests.projects.group_pages import ask, group_address, invitations, look, post, teams
from tests.projects.pages import mails, shown, signed_in


def accept(user, invitation):
    return post(user, "accept_invitation", invitation.code)


@pytest.fixture
def invitation(cast) -> Invitation:
    return ask(cast, cast.red, "dana", by="bob")


def test_the_student_is_in_and_the_members_are_told(cast, invitation):
    response = accept(cast.dana, invitation)
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert teams()["Red"] == ["Alice", "Bob", "Dana"]
    assert invitations() == [("Red", "Dana", "accepted")]
    assert mails() == [("invitation_accepted", "alice@example.org"), ("invitation_accepted", "bob@example.org")]
    assert CourseEdition.objects.get().revision == 2
    assert letter(QueuedEmail.objects.first()).subject == "Dana D. has joined Red"


def test_a_second_click_is_no_second_answer(cast, invitation):
    accept(cast.dana, invitation)
    assert accept(cast.dana, invitation).status_code == 303
    assert (teams()["Red"].count("Dana"), len(mails())) == (1, 2)


def test_an_old_yes_is_no_way_back(cast, invitation):
    accept(cast.dana, invitation)
    groups.leave(cast.red, cast.enrolments.dana, now=WHILE_OPEN)
    response = accept(cast.dana, invitation)
    assert response.status_code == 409
    assert "You are not in this group any more." in shown(response)


def test_of_two_who_are_asked_for_the_last_seat_one_has_it(cast, edition, invitation):
    other = cast.red.invitations.create(enrolment=enrol(edition, "emma"), invited_by=cast.bob)
    accept(cast.dana, invitation)
    response = accept(other.enrolment.user, other)
    assert response.status_code == 409
    assert "“Red” is full: a group has at most 3 members." in shown(response)
    assert invitations() == [("Red", "Dana", "accepted"), ("Red", "Emma", "pending")]


def test_the_seat_that_gets_free_again_can_be_had(cast, edition, invitation):
    emma = enrol(edition, "emma")
    other = cast.red.invitations.create(enrolment=emma, invited_by=cast.bob)
    accept(cast.dana, invitation)
    groups.leave(cast.red, cast.enrolments.dana, now=WHILE_OPEN)
    assert accept(emma.user, other).status_code == 303


def test_one_group_at_a_time(cast):
    invitation = ask(cast, cast.red, "charlie", by="bob")
    response = accept(cast.charlie, invitation)
    assert response.status_code == 409
    assert "You are in the group “Blue” already. To be in another one, leave it first." in shown(response)
    assert invitations() == [("Red", "Charlie", "pending")]


def test_other_invitations_wait_and_count_again_after_leaving(cast, invitation):
    """Decided: they are not declined for the student, who may have joined by mistake."""
    other = ask(cast, cast.blue, "dana", by="chloe")
    accept(cast.dana, invitation)
    assert "is in another group now" in shown(look(cast.chloe))
    groups.leave(cast.red, cast.enrolments.dana, now=WHILE_OPEN)
    assert accept(cast.dana, other).status_code == 303
    assert teams()["Blue"] == ["Charlie", "Chloe", "Dana"]


def test_the_database_has_the_last_word(cast, invitation, monkeypatch):
    """As if the student had joined another group right after the look."""
    Membership.objects.create(group=cast.blue, enrolment=cast.enrolments.dana)
    monkeypatch.setattr(groups, "refuse_in_a_group", lambda *args: None)
    with pytest.raises(groups.GroupRefused) as refusal:
        groups.accept(invitation, now=WHILE_OPEN)
    assert refusal.value.sentence.startswith("You are in the group “Blue” already.")
    assert (invitations(), mails()) == ([("Red", "Dana", "pending")], [])


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("withdrawn", "This invitation has been withdrawn. Ask the group for a new one."),
        ("declined", "This invitation has been declined already. The group can send a new one."),
    ],
)
def test_what_was_answered_or_withdrawn_is_over(cast, invitation, state, sentence):
    Invitation.objects.update(state=state)
    response = accept(cast.dana, invitation)
    assert response.status_code == 409
    assert sentence in shown(response)
    assert "Dana" not in teams()["Red"]


def test_who_joins_after_booking_gets_the_slot_into_their_calendar(cast, milestone, invitation):
    booking = bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)
    groups.accept(invitation, now=WHILE_OPEN)
    row = QueuedEmail.objects.get(kind="slot_booked", to_address="dana@example.org")
    assert event(row) == ("REQUEST", str(booking.code), 0, "02/03 10:00 CET", "R7")
    assert QueuedEmail.objects.filter(kind="slot_booked").count() == 3


def test_a_slot_of_the_past_is_no_news(cast, milestone, invitation):
    booking = bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)
    groups.accept(invitation, now=booking.slot.ends_at)
    assert not QueuedEmail.objects.filter(kind="slot_booked", to_address="dana@example.org").exists()


@pytest.mark.parametrize("who", ["alice", "charlie", "tina", "ines", "eve"])
def test_nobody_answers_for_another(cast, invitation, who):
    assert accept(getattr(cast, who), invitation).status_code == 404
    assert invitations() == [("Red", "Dana", "pending")]


def test_an_invitation_of_another_edition_is_not_here(cast, edition, invitation):
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    foreign = team(other, "Elsewhere", enrol(other, "olga")).invitations.create(
        enrolment=other.enrolments.create(user=cast.dana), invited_by=cast.dana
    )
    assert accept(cast.dana, foreign).status_code == 404


@pytest.mark.parametrize("code", ["00000000-0000-0000-0000-000000000000"])
def test_a_code_that_is_none(cast, code):
    assert post(cast.dana, "accept_invitation", code).status_code == 404


def test_a_group_dissolved_meanwhile_is_a_sentence(cast, invitation):
    stale = Invitation.objects.select_related("group__edition", "enrolment__user").get()
    ProjectGroup.objects.filter(pk=cast.red.pk).delete()
    with pytest.raises(groups.BookingRefused, match="just been changed"):
        groups.accept(stale, now=WHILE_OPEN)


def test_looking_accepts_nothing(cast, invitation):
    assert signed_in(cast.dana).get(group_address("accept_invitation", invitation.code)).status_code == 405
