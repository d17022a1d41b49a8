"""The last seat, two groups for one student, leaving while a teammate books: real processes, a real database."""

from collections import Counter

import pytest
from django.db.models import Count
from django.urls import reverse

from projects.models import Booking, Invitation, Membership, ProjectGroup
from tests.cast import enrol, team
from tests.projects.group_pages import group_address
from tests.races.crowd import clicks, person
from tests.races.test_slots import open_milestone

pytestmark = pytest.mark.django_db(transaction=True)


def asked(edition, group, names) -> list[Invitation]:
    by = group.memberships.first().enrolment.user
    return [group.invitations.create(enrolment=enrol(edition, name), invited_by=by) for name in names]


def accepts(invitations) -> list[dict]:
    return [
        person(invitation.enrolment.user, posts=[group_address("accept_invitation", invitation.code)])
        for invitation in invitations
    ]


def crowded_group(edition) -> tuple[ProjectGroup, list[dict]]:
    """Two members, one seat, twenty who are asked."""
    group = team(edition, "Red", enrol(edition, "alice"), enrol(edition, "bob"))
    return group, accepts(asked(edition, group, [f"s{number}" for number in range(20)]))


def test_twenty_accept_the_last_seat(edition, tmp_path):
    group, people = crowded_group(edition)
    statuses = Counter(status for each in clicks(people, tmp_path) for status in each)
    assert statuses == {303: 1, 409: 19}
    assert group.memberships.count() == 3
    assert Counter(Invitation.objects.values_list("state", flat=True)) == {"accepted": 1, "pending": 19}


def test_control_without_the_lock(edition, tmp_path):
    group, people = crowded_group(edition)
    clicks(people, tmp_path, weaken="projects.groups", slow="projects.groups.refuse_full")
    assert group.memberships.count() > 3


def test_one_student_accepts_ten_invitations(edition, tmp_path):
    dana = enrol(edition, "dana")
    posts = []
    for number in range(10):
        member = enrol(edition, f"s{number}")
        group = team(edition, f"Team {number}", member)
        invitation = group.invitations.create(enrolment=dana, invited_by=member.user)
        posts.append(group_address("accept_invitation", invitation.code))
    answers = clicks([person(dana.user, posts=[post]) for post in posts], tmp_path)
    assert Counter(status for each in answers for status in each) == {303: 1, 409: 9}
    assert Membership.objects.filter(enrolment=dana).count() == 1
    assert Invitation.objects.filter(state="accepted").count() == 1


def test_one_student_creates_ten_groups(edition, tmp_path):
    dana = enrol(edition, "dana")
    create = group_address("create_group")
    people = [person(dana.user, posts=[[create, {"name": f"Team {number}"}]]) for number in range(10)]
    answers = clicks(people, tmp_path)
    assert Counter(status for each in answers for status in each) == {303: 1, 409: 9}
    assert (ProjectGroup.objects.count(), Membership.objects.count()) == (1, 1)


def test_one_leaves_while_the_other_books(edition, tmp_path):
    """Twenty pairs: whoever is first, no group is left incomplete with a slot."""
    milestone = open_milestone(edition, 20)
    slots = list(milestone.slots.order_by("starts_at"))
    people = []
    for number, slot in enumerate(slots):
        stays, leaves = enrol(edition, f"a{number}"), enrol(edition, f"b{number}")
        group = team(edition, f"Team {number}", stays, leaves)
        book = reverse("projects:book_slot", args=[edition.slug, slot.code])
        people += [
            person(stays.user, posts=[book]),
            person(leaves.user, posts=[[group_address("leave_group"), {"group": str(group.code)}]]),
        ]
    answers = clicks(people, tmp_path)
    pairs = [sorted(a + b) for a, b in zip(answers[::2], answers[1::2], strict=True)]
    assert pairs == [[303, 409]] * 20
    sizes = ProjectGroup.objects.annotate(
        size=Count("memberships", distinct=True), slots=Count("bookings", distinct=True)
    )
    assert {(group.size, group.slots) for group in sizes} <= {(2, 1), (1, 0)}
    assert Booking.objects.count() + ProjectGroup.objects.filter(bookings=None).count() == 20
