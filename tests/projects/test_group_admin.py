"""Groups, bookings and invitations in the admin: staff act by the same activities as the pages."""

import pytest
from django.urls import reverse

from coursesite.models import CourseEdition, Enrolment
from projects import bookings
from projects.models import Booking, ProjectGroup
from tests.cast import WHILE_OPEN, enrol, team
from tests.projects.group_pages import ask, teams
from tests.projects.pages import mails, shown, signed_in, standing
from tests.statements import counted

GROUPS = reverse("admin:projects_projectgroup_changelist")
BOOKINGS = reverse("admin:projects_booking_changelist")

pytestmark = pytest.mark.usefixtures("while_open")


def page(group: ProjectGroup, name: str = "change") -> str:
    return reverse(f"admin:projects_projectgroup_{name}", args=[group.pk])


def save(user, group, **data):
    return signed_in(user).post(page(group), {"name": group.name} | data, follow=True)


@pytest.fixture
def booking(cast, milestone) -> Booking:
    return bookings.book(milestone.slots.first(), cast.red, by=cast.alice, now=WHILE_OPEN)


def test_a_student_is_placed(cast):
    response = save(cast.tina, cast.red, place=[cast.enrolments.dana.pk])
    assert response.status_code == 200
    assert teams()["Red"] == ["Alice", "Bob", "Dana"]
    assert ("member_placed", "dana@example.org") in mails()
    assert CourseEdition.objects.get().revision == 3  # the place, and the form


def test_only_students_without_a_group_are_offered(cast, edition):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    enrol(other, "olga")
    text = shown(signed_in(cast.tina).get(page(cast.red)))
    offered = text[text.index('name="place"') : text.index("</select>")]
    assert [name in offered for name in ("dana@", "charlie@", "tina@", "olga@")] == [True, False, False, False]


def test_a_swap_in_one_form(cast, edition):
    emma = enrol(edition, "emma")
    team(edition, "Green", emma)
    save(cast.tina, cast.red, remove=[cast.enrolments.bob.membership.pk], place=[cast.enrolments.dana.pk])
    assert teams()["Red"] == ["Alice", "Dana"]


@pytest.mark.parametrize("full", [False, True])
def test_all_members_are_exchanged_in_one_form(cast, edition, full):
    edition.group_max_size = 2 if full else 3
    edition.save()
    memberships = [cast.enrolments.alice.membership.pk, cast.enrolments.bob.membership.pk]
    save(cast.tina, cast.red, remove=memberships, place=[cast.enrolments.dana.pk, enrol(edition, "emma").pk])
    assert teams()["Red"] == ["Dana", "Emma"]


def test_to_take_everybody_out_is_to_dissolve_the_group(cast):
    memberships = [cast.enrolments.alice.membership.pk, cast.enrolments.bob.membership.pk]
    response = save(cast.tina, cast.red, remove=memberships)
    assert "These are all members: choose “Dissolve” in the list of groups instead." in shown(response)
    assert teams()["Red"] == ["Alice", "Bob"]


def test_the_size_is_kept_and_the_reason_said(cast, edition):
    alone = [cast.enrolments.dana.pk, enrol(edition, "emma").pk]
    response = save(cast.tina, cast.red, place=alone)
    assert "“Red” is full: a group has at most 3 members." in shown(response)
    assert len(teams()["Red"]) == 3


def test_a_group_with_a_booking_is_not_dissolved(cast, booking):
    client = signed_in(cast.tina)
    chosen = {"action": "dissolve", "_selected_action": [cast.red.pk, cast.blue.pk]}
    text = shown(client.post(GROUPS, chosen, follow=True))
    assert "Red has booked MS1: cancel the booking first." in text
    assert "1 group is dissolved." in text
    assert list(teams()) == ["Red"]


def test_nothing_is_deleted_past_the_activity(cast):
    client = signed_in(cast.ines)
    assert client.post(page(cast.red, "delete"), {"post": "yes"}).status_code == 404
    chosen = {"action": "delete_selected", "_selected_action": [cast.red.pk], "post": "yes"}
    client.post(GROUPS, chosen, follow=True)
    assert sorted(teams()) == ["Blue", "Red"]


def test_a_group_is_made_for_students(cast):
    client = signed_in(cast.tina)
    data = {"edition": cast.edition.pk, "name": "Green"}
    assert client.post(reverse("admin:projects_projectgroup_add"), data).status_code == 302
    assert teams()["Green"] == []


@pytest.mark.parametrize("name", ["Blue", "", "x" * 81])
def test_a_name_that_cannot_be(cast, name):
    response = save(cast.tina, cast.red, name=name)
    assert "Please correct the error" in shown(response)
    assert sorted(teams()) == ["Blue", "Red"]


def test_a_group_of_another_edition_is_not_there(cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    zoe = enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user
    assert signed_in(zoe).get(page(cast.red)).status_code == 404
    data = {"edition": cast.edition.pk, "name": "Intruder"}
    assert signed_in(zoe).post(reverse("admin:projects_projectgroup_add"), data).status_code == 200
    assert not ProjectGroup.objects.filter(name="Intruder").exists()
    signed_in(zoe).post(GROUPS, {"action": "dissolve", "_selected_action": [cast.red.pk]})
    assert sorted(teams()) == ["Blue", "Red"]


@pytest.mark.parametrize("who", ["alice", "eve"])
def test_not_for_students(cast, booking, who):
    client = signed_in(getattr(cast, who))
    for address in (GROUPS, BOOKINGS, page(cast.red), reverse("admin:projects_invitation_changelist")):
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


# --- Bookings ------------------------------------------------------------------------------------------------------


def cancel(user, *chosen, **data):
    chosen = [booking.pk for booking in chosen]
    return signed_in(user).post(BOOKINGS, {"action": "cancel", "_selected_action": chosen} | data, follow=True)


def test_bookings_are_seen_with_their_history_and_not_written(cast, booking):
    client = signed_in(cast.tina)
    assert "MS1, Mon 2 March, 10:00" in shown(client.get(BOOKINGS))
    address = reverse("admin:projects_booking_change", args=[booking.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": "x"}).status_code == 404
    history = shown(client.get(reverse("admin:projects_booking_history", args=[booking.pk])))
    assert "Alice A." in history


def test_a_booking_is_cancelled_with_a_reason(cast, booking):
    asked = shown(cancel(cast.tina, booking))
    assert "Red: MS1, Mon 2 March, 10:00" in asked
    assert standing() == [("Red", "09:00")]
    done = shown(cancel(cast.tina, booking, reason="The room is flooded"))
    assert "1 booking is cancelled." in done
    booking.refresh_from_db()
    assert (booking.cancelled_by, booking.reason) == (cast.tina, "The room is flooded")
    assert ("slot_cancelled", "bob@example.org") in mails()


def test_not_without_a_reason(cast, booking):
    assert "Please say why" in shown(cancel(cast.tina, booking, reason=" "))
    assert standing() == [("Red", "09:00")]


def test_what_is_cancelled_stays_cancelled(cast, booking):
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    assert "These bookings are cancelled already." in shown(cancel(cast.tina, booking))


def test_nobody_cancels_in_another_course(cast, booking):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    zoe = enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user
    cancel(zoe, booking, reason="x")
    assert standing() == [("Red", "09:00")]


def test_times_are_on_the_clock_of_the_edition(cast, edition, booking):
    edition.timezone = "America/New_York"
    edition.save()
    bookings.cancel(booking, by=cast.alice, now=WHILE_OPEN)
    text = shown(signed_in(cast.tina).get(BOOKINGS))
    assert text.count("Fri 20 February, 05:00") == 2
    assert "MS1, Mon 2 March, 04:00" in text


# --- Invitations ---------------------------------------------------------------------------------------------------


def test_invitations_are_seen_and_not_written(cast):
    invitation = ask(cast, cast.red, "dana", by="bob")
    client = signed_in(cast.tina)
    listed = shown(client.get(reverse("admin:projects_invitation_changelist")))
    assert ("Dana D." in listed, "Fri 20 February, 11:00" in listed) == (True, True)
    address = reverse("admin:projects_invitation_change", args=[invitation.pk])
    assert (client.get(address).status_code, client.post(address, {"state": "accepted"}).status_code) == (200, 404)
    assert client.get(reverse("admin:projects_invitation_add")).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_statements(cast, edition, milestone, count):
    for number in range(count):
        group = team(edition, f"Team {number}", enrol(edition, f"s{number}"))
        ask(cast, group, "dana", by="bob")
    client, found = signed_in(cast.tina), []
    for address in (GROUPS, BOOKINGS, reverse("admin:projects_invitation_changelist")):
        with counted() as statements:
            assert client.get(address).status_code == 200
        found.append(len(statements))
    assert found == [13, 13, 13]


def test_the_staff_s_list_leads_to_the_mails_of_a_group(cast, mails):
    mails(cast.alice, title="For Alice")
    mails(cast.charlie, title="For Charlie")
    page = shown(signed_in(cast.tina).get("/info9023-2026/groups/"))
    link = f"/admin/coursesite/queuedemail/?recipient__in={cast.alice.pk},{cast.bob.pk}"
    assert link in page
    log = shown(signed_in(cast.tina).get(link))
    assert "alice@example.org" in log and "charlie@example.org" not in log


def test_a_milestone_has_reminders_of_its_own(cast, milestone):
    client = signed_in(cast.ines)
    page = client.get(f"/admin/projects/milestone/{milestone.pk}/change/")
    form = page.context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields} | {"closing_offsets": "soon"}
    address = page.request["PATH_INFO"]
    assert "Write days and hours" in shown(client.post(address, data))
    assert client.post(address, data | {"closing_offsets": "2 d", "place_offsets": "0"}).status_code == 302
    milestone.refresh_from_db()
    assert (milestone.closing_offsets, milestone.place_offsets) == ("2 d", "0")
