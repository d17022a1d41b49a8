"""The admin pages of a milestone: its slots are cut with a preview, published, withdrawn, changed."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from projects import bookings
from projects.models import Milestone, Slot
from tests.cast import OPENS, WHILE_OPEN, cut_slots, enrol
from tests.projects.pages import shown, signed_in
from tests.statements import counted

WINDOW = {
    "opens_at_day": "2026-02-16",
    "opens_at_time": "09:00",
    "closes_at_day": "2026-02-27",
    "closes_at_time": "",
    "changes_until_day": "2026-03-01",
    "changes_until_time": "12:00",
}


@pytest.fixture(autouse=True)
def before_opening():
    with time_machine.travel(OPENS, tick=False):
        yield


@pytest.fixture
def draft(cast) -> Milestone:
    return Milestone.objects.create(
        edition=cast.edition, number=1, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 5), place="R7"
    )


def page(name: str, milestone: Milestone, *more: object) -> str:
    return reverse(f"admin:projects_milestone_{name}", args=[milestone.pk, *more])


def asked(**changes) -> dict:
    return {
        "first_day": "2026-03-02",
        "last_day": "2026-03-03",
        "weekdays": ["0", "1", "2", "3", "4"],
        "hours": "10:00-10:45, 13:30-13:50",
        "length": "15",
        "rooms": "R7",
    } | changes


def preview(client, milestone, **changes):
    response = client.post(page("cut", milestone), asked(**changes) | {"preview": "1"})
    assert response.status_code == 200
    return response.context["preview"], shown(response)


def cut(cast, milestone, **changes) -> None:
    client = signed_in(cast.ines)
    seal = preview(client, milestone, **changes)[0].seal
    response = client.post(page("cut", milestone), asked(**changes) | {"create": "1", "seal": seal})
    assert response.status_code == 302


def test_the_form_knows_days_place_and_staff(cast, draft):
    text = shown(signed_in(cast.tina).get(page("cut", draft)))
    assert 'name="first_day" value="2026-03-02"' in text
    assert 'name="last_day" value="2026-03-05"' in text
    assert "> R7</textarea>" in text
    assert [name in text for name in ("Ines I.", "Tina T.", "Alice A.")] == [True, True, False]


def test_every_line_says_what_happens(cast, draft):
    seen, text = preview(signed_in(cast.ines), draft)
    assert "<td>Monday 2 March</td><td>10:00–10:15</td><td>R7</td><td>is created</td>" in text
    assert "<td>13:45–14:00</td><td>R7</td><td><strong>Not created:</strong> It would end after 13:50.</td>" in text
    assert "8 slots can be created." in text
    assert "2 lines have something against them, and are not created." in text
    assert (len(seen.cuts), len(seen.refused), Slot.objects.count()) == (8, 2, 0)


def test_what_was_previewed_is_created(cast, draft):
    cut(cast, draft, staff=[cast.tina.pk])
    assert (Slot.objects.count(), Slot.objects.published().count()) == (8, 0)
    assert list(Slot.objects.first().staff.all()) == [cast.tina]


def test_a_reload_of_the_creation_makes_nothing_twice(cast, draft):
    client = signed_in(cast.ines)
    data = asked(create="1", seal=preview(client, draft)[0].seal)
    assert client.post(page("cut", draft), data).status_code == 302
    again = client.post(page("cut", draft), data)
    assert again.status_code == 409
    assert "Nothing was created: here is how it is now." in shown(again)
    assert "It is there already." in shown(again)
    assert Slot.objects.count() == 8


@pytest.mark.parametrize("seal", ["", "x", "0" * 40])
def test_nothing_is_created_without_its_preview(cast, draft, seal):
    response = signed_in(cast.ines).post(page("cut", draft), asked(create="1", seal=seal))
    assert (response.status_code, Slot.objects.count()) == (409, 0)


def test_a_form_without_a_seal_is_no_500(cast, draft):
    response = signed_in(cast.ines).post(page("cut", draft), asked(create="1"))
    assert (response.status_code, Slot.objects.count()) == (409, 0)


def test_the_numbers_stand_above_publishing(cast, draft):
    cut(cast, draft)
    text = shown(signed_in(cast.tina).get(page("publish", draft)))
    assert "8 slots lie ahead, 3 are needed (2 groups, and 1 student without one, who makes 1 more)." in text


def test_a_window_is_proposed_until_one_is_typed(cast, draft):
    """From the next full hour to the evening before the first slot."""
    cut(cast, draft)
    text = shown(signed_in(cast.tina).get(page("publish", draft)))
    assert 'name="closes_at_day" value="2026-03-01"' in text
    Slot.objects.all().delete()
    assert 'value="2026-03-01"' not in shown(signed_in(cast.tina).get(page("publish", draft)))


def test_too_few_are_refused_with_the_numbers(cast, draft):
    cut(cast, draft, last_day="2026-03-02", hours="10:00-10:30")
    response = signed_in(cast.ines).post(page("publish", draft), WINDOW)
    assert response.status_code == 409
    assert "MS1 has 2 slots ahead and needs 3" in shown(response)
    assert 'value="2026-02-27"' in shown(response)


def test_published(cast, draft):
    cut(cast, draft)
    response = signed_in(cast.tina).post(page("publish", draft), WINDOW, follow=True)
    assert "8 slots are published." in shown(response)
    draft.refresh_from_db()
    assert draft.is_published
    assert f"{draft.booking_closes_at:%d/%m %H:%M:%S}" == "27/02 22:59:59"
    assert Slot.objects.published().count() == 8


def test_a_day_alone_says_what_it_means(cast, draft):
    assert "Without a time: until 23:59:59 of that day." in shown(signed_in(cast.tina).get(page("publish", draft)))


def test_opening_is_a_moment(cast, draft):
    cut(cast, draft)
    response = signed_in(cast.ines).post(page("publish", draft), WINDOW | {"opens_at_time": ""})
    assert "Add the time, please." in shown(response)
    assert not Milestone.objects.get().is_published


def test_a_time_that_the_clocks_skip(cast, draft):
    data = WINDOW | {"changes_until_day": "2026-03-29", "changes_until_time": "02:30"}
    response = signed_in(cast.ines).post(page("publish", draft), data)
    assert "29/03/2026 02:30 does not exist" in shown(response)


def test_slots_are_chosen_before_they_are_deleted(cast, milestone):
    client = signed_in(cast.tina)
    response = client.post(page("places", milestone), {"delete": "1"})
    assert (response.status_code, Slot.objects.count()) == (409, 4)
    assert "Choose the slots first." in shown(response)


def test_what_is_deleted_is_shown_first(cast, milestone):
    first, second, *_others = milestone.slots.all()
    client = signed_in(cast.tina)
    response = client.post(page("places", milestone), {"place": [first.code, second.code], "delete": "1"})
    text = shown(response)
    assert (response.status_code, Slot.objects.count()) == (200, 4)
    assert [f"<li>Monday 2 March, 10:{minute}, R7</li>" in text for minute in ("00–10:15", "15–10:30", "30–10:45")] == [
        *(True, True, False)
    ]
    assert [f'name="place" value="{slot.code}"' in text for slot in (first, second)] == [True, True]
    done = client.post(page("places", milestone), {"place": [first.code, second.code], "confirmed": "1"}, follow=True)
    assert ("2 slots are deleted." in shown(done), Slot.objects.count()) == (True, 2)


def test_what_is_deleted_already_is_said(cast, milestone):
    code = milestone.slots.first().code
    Slot.objects.filter(code=code).delete()
    response = signed_in(cast.tina).post(page("places", milestone), {"place": [code], "delete": "1"})
    assert (response.status_code, "These slots are deleted already." in shown(response)) == (200, True)


def test_free_ones_are_withdrawn_and_deleted_and_booked_ones_stay(cast, milestone):
    first, second, third, _fourth = milestone.slots.all()
    bookings.book(first, cast.red, by=cast.alice, now=WHILE_OPEN)
    client = signed_in(cast.tina)
    client.post(page("places", milestone), {"place": [second.code], "withdraw": "1"})
    client.post(page("places", milestone), {"place": [third.code], "confirmed": "1"})
    assert (Slot.objects.count(), Slot.objects.published().count()) == (3, 2)
    refused = client.post(page("places", milestone), {"place": [first.code], "confirmed": "1"})
    assert refused.status_code == 409
    assert "Monday 2 March, 10:00 is booked by Red." in shown(refused)
    assert "<td>Red</td>" in shown(refused)


def test_a_slot_gets_another_room_and_its_group_hears_of_it(cast, milestone):
    slot = milestone.slots.first()
    bookings.book(slot, cast.red, by=cast.alice, now=WHILE_OPEN)
    client, address = signed_in(cast.tina), page("place", milestone, slot.code)
    assert "Red has this slot and gets a mail" in shown(client.get(address))
    data = {"day": "2026-03-02", "starts": "10:00", "ends": "10:15", "room": "R9"}
    assert client.post(address, data).status_code == 302
    told = QueuedEmail.objects.filter(kind="slot_changed")
    assert {row.facts["place"] for row in told} == {"R9"}
    assert told.count() == 2


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"room": "", "online_url": ""}, "Give a room, or a link for a call."),
        ({"online_url": "http://meet.example.org"}, "beginning with https://"),
        ({"online_url": "javascript:alert(1)"}, "beginning with https://"),
        ({"day": "2026-03-29", "starts": "02:30", "ends": "03:30"}, "29/03/2026 02:30 does not exist"),
        ({"starts": "25:00"}, "Enter a valid time."),
    ],
)
def test_a_change_that_makes_no_sense_comes_back(cast, milestone, data, sentence):
    slot = milestone.slots.first()
    whole = {"day": "2026-03-02", "starts": "10:00", "ends": "10:15", "room": "R9"} | data
    response = signed_in(cast.tina).post(page("place", milestone, slot.code), whole)
    assert sentence in shown(response)
    assert Slot.objects.get(pk=slot.pk).room == "R7"


def test_staff_of_another_course_are_not_put_there(cast, milestone):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    zoe = enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user
    slot = milestone.slots.first()
    data = {"day": "2026-03-02", "starts": "10:00", "ends": "10:15", "room": "R9", "staff": [zoe.pk]}
    response = signed_in(cast.tina).post(page("place", milestone, slot.code), data)
    assert "is not one of the available choices" in shown(response)


@pytest.mark.parametrize("name", ["places", "cut", "publish", "change", "delete", "history"])
def test_not_for_others(cast, edition, milestone, name):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    outsiders = [cast.alice, cast.eve, enrol(edition, "rosa", Enrolment.Role.EXAMINER).user]
    outsiders.append(enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user)
    for user in outsiders:
        client = signed_in(user)
        assert client.get(page(name, milestone)).status_code == 404
        assert client.post(page(name, milestone)).status_code == 404
    assert Slot.objects.published().count() == 4


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(cast, milestone):
    client = signed_in(cast.tina)
    assert client.get(page("places", milestone)).status_code == 200
    Enrolment.objects.filter(user=cast.tina).update(role=Enrolment.Role.STUDENT)
    assert client.get(page("places", milestone)).status_code == 404


def test_a_milestone_is_edited_and_every_page_knows(cast, milestone):
    data = {"number": 1, "kind": "window", "title": "First look", "starts_on": "2026-03-02", "ends_on": "2026-03-05"}
    response = signed_in(cast.tina).post(page("change", milestone), data | {"is_confirmed": "on"})
    assert response.status_code == 302
    milestone.refresh_from_db()
    assert (milestone.title, milestone.is_published) == ("First look", True)
    assert CourseEdition.objects.get().revision == 2


def test_its_edition_is_not_changed(cast, milestone):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    data = {"edition": other.pk, "number": 1, "kind": "window", "starts_on": "2026-03-02", "ends_on": "2026-03-05"}
    signed_in(cast.tina).post(page("change", milestone), data)
    assert Milestone.objects.get().edition == cast.edition


@pytest.mark.parametrize(("starts", "ends"), [("2026-03-05", "2026-03-02"), ("0001-01-01", "0001-01-02")])
def test_days_out_of_order_or_time_are_refused(cast, milestone, starts, ends):
    data = {"number": 1, "kind": "window", "starts_on": starts, "ends_on": ends}
    response = signed_in(cast.tina).post(page("change", milestone), data)
    assert response.status_code == 200
    assert Milestone.objects.get().starts_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("starts", "ends", "field", "sentence"),
    [
        ("2026-03-03", "2026-03-05", "starts_on", "The slot on Monday 2 March, 10:00 would be outside."),
        ("2026-03-01", "", "ends_on", "Keep its day until you have moved or deleted it."),
        ("2026-02-27", "2026-03-01", "ends_on", "The slot on Monday 2 March, 10:00 would be outside."),
    ],
)
def test_days_that_leave_a_slot_outside_are_refused(cast, milestone, starts, ends, field, sentence):
    data = {"number": 1, "kind": "window", "starts_on": starts, "ends_on": ends}
    response = signed_in(cast.tina).post(page("change", milestone), data)
    assert (response.status_code, sentence in shown(response)) == (200, True)
    assert response.context["adminform"].form.errors.keys() == {field}
    assert Milestone.objects.get().starts_on == date(2026, 3, 2)


@pytest.mark.parametrize(("starts", "ends"), [("2026-02-27", "2026-03-02"), ("2026-03-02", ""), ("", "")])
def test_days_that_have_every_slot_are_taken(cast, milestone, starts, ends):
    data = {"number": 1, "kind": "window", "starts_on": starts, "ends_on": ends}
    assert signed_in(cast.tina).post(page("change", milestone), data).status_code == 302


def test_what_an_import_left_outside_is_in_the_way_of_days_alone(cast, milestone):
    Milestone.objects.update(starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 12))
    data = {"number": 1, "kind": "window", "starts_on": "2026-03-09", "ends_on": "2026-03-12", "title": "Later"}
    assert signed_in(cast.tina).post(page("change", milestone), data).status_code == 302


@pytest.mark.parametrize("count", [1, 30])
def test_statements(cast, edition, milestone, count):
    for slot in cut_slots(milestone, count, room="R8"):
        slot.staff.add(cast.ines)
    for number in range(2, count + 2):
        Milestone.objects.create(edition=edition, number=number)
    client = signed_in(cast.ines)
    with counted() as places:
        assert client.get(page("places", milestone)).status_code == 200
    with counted() as milestones:
        assert client.get(reverse("admin:projects_milestone_changelist")).status_code == 200
    assert (len(places), len(milestones)) == (14, 15)
