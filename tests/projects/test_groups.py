"""The staff's list of groups, and what staff do for those who found nobody."""

import pytest

from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from projects import bookings, groups
from projects.models import Membership, ProjectGroup
from tests.cast import WHILE_OPEN, enrol, team
from tests.letters import event, letter, mark
from tests.projects.group_pages import ask, group_address, look, teams
from tests.projects.pages import mails, shown, signed_in
from tests.statements import counted


def test_every_group_with_members_state_and_slots(cast, edition, milestone):
    bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)
    team(edition, "Green", enrol(edition, "emma"))
    ask(cast, cast.blue, "dana", by="chloe")
    text = shown(look(cast.tina, "groups"))
    assert "3 groups, 2 complete (of 2 or 3 members). 1 student has no group." in text
    assert "Alice A., Bob B." in text
    assert "MS1: Mon 2 March, 10:00" in text
    assert "one member is missing" in text
    assert "no answer yet from Dana D." in text
    assert "dana@example.org" in text


def test_an_empty_course_says_what_happens_next(edition):
    text = shown(look(enrol(edition, "ines", Enrolment.Role.INSTRUCTOR).user, "groups"))
    assert "There are no groups yet. Students create them" in text
    assert "Every student is in a group." in text


@pytest.mark.parametrize("who", ["alice", "dana", "eve"])
def test_not_for_students_or_strangers(cast, who):
    assert look(getattr(cast, who), "groups").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_statements(cast, edition, count):
    for number in range(count):
        team(edition, f"Team {number}", enrol(edition, f"s{number}"))
    client = signed_in(cast.tina)
    with counted() as statements:
        assert client.get(group_address("groups")).status_code == 200
    assert len(statements) == 8


# --- Place, remove, dissolve ---------------------------------------------------------------------------------------


def test_a_student_is_placed_and_all_members_are_told(cast):
    groups.place(cast.red, cast.enrolments.dana, now=WHILE_OPEN)
    assert teams()["Red"] == ["Alice", "Bob", "Dana"]
    assert mails() == [("member_placed", f"{name}@example.org") for name in ("alice", "bob", "dana")]
    told = letter(QueuedEmail.objects.first())
    assert told.subject == "Dana D. is now in Red"
    assert "Alice A., Bob B., Dana D. are in it now. Write to each other soon." in told.text


def test_staff_keep_the_largest_size_as_well(cast, edition):
    Membership.objects.create(group=cast.red, enrolment=enrol(edition, "emma"))
    with pytest.raises(groups.GroupRefused, match="“Red” is full"):
        groups.place(cast.red, cast.enrolments.dana, now=WHILE_OPEN)


def test_nobody_is_placed_twice(cast):
    with pytest.raises(groups.GroupRefused, match=r"Charlie C\. is in the group “Blue” already: take them out"):
        groups.place(cast.red, cast.enrolments.charlie, now=WHILE_OPEN)


@pytest.mark.parametrize("who", ["tina", "olga"])
def test_only_students_of_the_edition_are_placed(cast, who):
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    enrolment = enrol(other, "olga") if who == "olga" else cast.enrolments.tina
    with pytest.raises(groups.GroupRefused, match="is not a student of this course edition"):
        groups.place(cast.red, enrolment, now=WHILE_OPEN)


def test_who_is_taken_out_loses_the_slot_that_the_group_keeps(cast, milestone):
    booking = bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)
    mark(QueuedEmail.objects.get(kind="slot_booked", to_address="bob@example.org"), state="sent")
    groups.remove(cast.red, cast.enrolments.bob, now=WHILE_OPEN)
    assert teams()["Red"] == ["Alice"]
    row = QueuedEmail.objects.get(kind="slot_left")
    assert event(row) == ("CANCEL", str(booking.code), 0, "02/03 10:00 CET", "R7")
    assert letter(row).subject == "MS1: the slot of Red is no longer yours"
    told = QueuedEmail.objects.filter(kind="member_left").values_list("to_address", flat=True)
    assert sorted(told) == ["alice@example.org", "bob@example.org"]


def test_the_last_member_of_a_group_stays(cast):
    groups.remove(cast.red, cast.enrolments.bob, now=WHILE_OPEN)
    with pytest.raises(groups.GroupRefused, match=r"Alice A\. is the last member: dissolve the group instead\."):
        groups.remove(cast.red, cast.enrolments.alice, now=WHILE_OPEN)
    assert teams()["Red"] == ["Alice"]


def test_who_is_not_there_is_not_taken_out(cast):
    with pytest.raises(groups.GroupRefused, match=r"Dana D\. is not in this group any more"):
        groups.remove(cast.red, cast.enrolments.dana, now=WHILE_OPEN)


def test_a_group_is_dissolved_and_its_members_are_told(cast):
    groups.dissolve(cast.red, now=WHILE_OPEN)
    assert teams() == {"Blue": ["Charlie", "Chloe"]}
    assert mails() == [("group_dissolved", "alice@example.org"), ("group_dissolved", "bob@example.org")]
    assert letter(QueuedEmail.objects.first()).subject == "The group Red is no more"


def test_not_while_something_is_booked(cast, milestone):
    bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)
    with pytest.raises(groups.GroupRefused, match="Red has booked MS1: cancel the booking first"):
        groups.dissolve(cast.red, now=WHILE_OPEN)
    assert ProjectGroup.objects.filter(name="Red").exists()
