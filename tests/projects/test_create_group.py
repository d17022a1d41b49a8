"""Create a group."""

import pytest

from coursesite.models import CourseEdition, Enrolment
from projects import groups
from projects.models import Membership, ProjectGroup
from tests.cast import WHILE_OPEN, enrol
from tests.projects.group_pages import group_address, post, teams
from tests.projects.pages import shown, signed_in


def create(user, name="Green"):
    return post(user, "create_group", name=name)


def test_a_student_without_a_group_creates_one(cast):
    response = create(cast.dana, "  Green   team ")
    assert (response.status_code, response["Location"]) == (303, group_address())
    assert teams() == {"Red": ["Alice", "Bob"], "Blue": ["Charlie", "Chloe"], "Green team": ["Dana"]}
    assert CourseEdition.objects.get().revision == 2


def test_one_group_per_student(cast):
    response = create(cast.alice)
    assert response.status_code == 409
    assert "You are in the group “Red” already. To be in another one, leave it first." in shown(response)
    assert "Green" not in teams()


def test_the_same_form_sent_twice_is_one_group_and_a_sentence(cast):
    first, second = create(cast.dana), create(cast.dana)
    assert (first.status_code, second.status_code) == (303, 409)
    assert "You are in the group “Green” already." in shown(second)


def test_the_database_has_the_last_word(cast, monkeypatch):
    """As if the group had come right after the look."""
    monkeypatch.setattr(groups, "refuse_in_a_group", lambda *args: None)
    with pytest.raises(groups.GroupRefused) as refusal:
        groups.create(cast.enrolments.alice, "Green", now=WHILE_OPEN)
    assert refusal.value.sentence.startswith("You are in the group “Red” already.")
    assert ProjectGroup.objects.count() == 2


def test_a_name_is_given_once(cast):
    response = create(cast.dana, "Red")
    assert response.status_code == 409
    assert "Another group is called “Red”. Choose another name." in shown(response)
    assert 'value="Red"' in shown(response)


def test_the_same_name_in_another_edition_is_free(cast):
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    Enrolment.objects.create(edition=other, user=cast.dana)
    signed_in(cast.dana).post(group_address("create_group", edition="other"), {"name": "Red"})
    assert ProjectGroup.objects.filter(name="Red").count() == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x00b"])
def test_a_name_that_is_none_comes_back_with_the_reason(cast, name):
    response = create(cast.dana, name)
    assert response.status_code == 400
    assert 'aria-invalid="true"' in shown(response)
    assert 'role="alert"' in shown(response)
    assert not Membership.objects.filter(enrolment=cast.enrolments.dana).exists()


def test_a_name_is_text_and_nothing_else(cast):
    create(cast.dana, "<script>alert(1)</script>")
    assert "<script>alert" not in signed_in(cast.dana).get(group_address()).content.decode()


def test_extra_fields_change_nothing(cast):
    post(cast.dana, "create_group", name="Green", enrolment=cast.enrolments.alice.pk, edition=99)
    assert teams()["Green"] == ["Dana"]


@pytest.mark.parametrize("who", ["tina", "ines", "eve"])
def test_only_students_of_the_edition_create_groups(cast, who):
    assert create(getattr(cast, who)).status_code == 404
    assert ProjectGroup.objects.count() == 2


def test_an_examiner_is_no_student(cast, edition):
    assert create(enrol(edition, "edith", Enrolment.Role.EXAMINER).user).status_code == 404


def test_looking_creates_nothing(cast):
    assert signed_in(cast.dana).get(group_address("create_group")).status_code == 405
