"""Give a group another name."""

from projects.models import ProjectGroup
from tests.projects.group_pages import group_address, post
from tests.projects.pages import shown, signed_in


def rename(cast, name, user=None, group=None):
    return post(user or cast.alice, "rename_group", name=name, group=(group or cast.red).code)


def names():
    return sorted(ProjectGroup.objects.values_list("name", flat=True))


def test_a_member_renames_the_group(cast):
    assert rename(cast, " Crimson ").status_code == 303
    assert names() == ["Blue", "Crimson"]


def test_the_own_name_again_is_no_error(cast):
    assert rename(cast, "Red").status_code == 303


def test_another_groups_name_is_taken(cast):
    response = rename(cast, "Blue")
    assert response.status_code == 409
    assert "Another group is called “Blue”. Choose another name." in shown(response)
    assert names() == ["Blue", "Red"]


def test_an_empty_name_comes_back(cast):
    response = rename(cast, "")
    assert response.status_code == 400
    assert '<details class="panel narrow" open>' in shown(response)


def test_another_group_cannot_be_named(cast):
    """An old tab, or a forged form: one's own group keeps its name as well."""
    response = rename(cast, "Green", group=cast.blue)
    assert response.status_code == 409
    assert "You are no longer in the group that this page showed." in shown(response)
    assert names() == ["Blue", "Red"]


def test_who_has_no_group_is_told(cast):
    assert rename(cast, "Green", user=cast.dana).status_code == 409


def test_a_stranger_finds_nothing(cast):
    assert rename(cast, "Green", user=cast.eve).status_code == 404


def test_looking_renames_nothing(cast):
    assert signed_in(cast.alice).get(group_address("rename_group")).status_code == 405
