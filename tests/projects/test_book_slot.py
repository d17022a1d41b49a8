"""Book a slot with one click."""

import pytest
import time_machine
from django.test import Client

from coursesite import clock
from coursesite.models import Enrolment
from coursesite.outbox import QueuedEmail
from projects.models import Booking, Milestone, Slot
from tests.cast import CLOSES, OPENS, cut_slots, enrol, team
from tests.projects.pages import address, click, mails, shown, signed_in, standing
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


def test_works(cast, slots):
    response = click(cast.alice, "book", slots[0])
    assert (response.status_code, response["Location"]) == (303, "/info9023-2026/milestones/1/")
    assert standing() == [("Red", "09:00")]
    assert mails() == [("slot_booked", "alice@example.org"), ("slot_booked", "bob@example.org")]


def test_at_the_time_that_it_is_and_not_as_a_page_is_looked_at(cast, slots):
    with clock.standing_at(CLOSES):
        click(cast.alice, "book", slots[0])
    assert standing() == [("Red", "09:00")]


def test_the_board_says_so(cast, slots):
    client = signed_in(cast.alice)
    page = shown(client.post(address("book", slots[0]), follow=True))
    assert "Booked: Monday 2 March, 10:00, R7. All members get a mail." in page
    assert "Your slot" in page


def test_a_script_gets_the_board_alone(cast, slots):
    client = signed_in(cast.alice)
    response = client.post(address("book", slots[0]), follow=True, headers={"HX-Request": "true"})
    page = shown(response)
    assert page.startswith('<section id="board"')
    assert "Booked: Monday 2 March, 10:00, R7. All members get a mail." in page


def test_teammate_clicks_the_same_slot(cast, slots):
    for user in (cast.alice, cast.bob, cast.alice):
        assert click(user, "book", slots[0]).status_code == 303
    assert standing() == [("Red", "09:00")]
    assert len(mails()) == 2


def test_teammate_clicks_another_slot(cast, slots):
    click(cast.alice, "book", slots[0])
    response = click(cast.bob, "book", slots[1])
    assert response.status_code == 409
    assert "Your group has Monday 2 March, 10:00 already." in shown(response)
    assert standing() == [("Red", "09:00")]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_lost_race_shows_the_fresh_board_on_which_the_next_click_wins(cast, slots, headers):
    client = signed_in(cast.charlie)
    click(cast.alice, "book", slots[0])
    response = client.post(address("book", slots[0]), headers=headers)
    page = shown(response)
    assert response.status_code == 409
    assert "Monday 2 March, 10:00 has just been taken. Choose another one." in page
    assert f'formaction="{address("book", slots[0])}"' not in page
    assert f'formaction="{address("book", slots[1])}"' in page
    assert ("<html" in page) is not bool(headers)
    assert client.post(address("book", slots[1]), headers=headers).status_code == 303
    assert standing() == [("Red", "09:00"), ("Blue", "09:15")]


def test_who_would_take_the_nearest_gets_it(cast, slots):
    """Nearest in time, before or after; what begins at once or is not published is none."""
    click(cast.alice, "book", slots[1])
    Slot.objects.filter(pk=slots[0].pk).update(is_published=False)
    client = signed_in(cast.charlie)
    page = shown(client.post(address("book", slots[1]), {"or_nearest": "1"}, follow=True))
    assert "Somebody was faster. Booked in its place: Monday 2 March, 10:30, R7. All members get a mail." in page
    assert standing() == [("Red", "09:15"), ("Blue", "09:30")]
    response = client.post(address("book", slots[1]), {"or_nearest": "1"})  # the same form again
    assert response.status_code == 409
    assert "Your group has Monday 2 March, 10:30 already." in shown(response)


def test_who_gets_their_choice_is_not_asked_for_another(cast, slots):
    assert click(cast.alice, "book", slots[2], or_nearest="1").status_code == 303
    assert standing() == [("Red", "09:30")]


def test_nothing_is_near(cast, slots):
    click(cast.alice, "book", slots[0])
    Slot.objects.exclude(pk=slots[0].pk).update(is_published=False)
    response = click(cast.charlie, "book", slots[0], or_nearest="1")
    assert response.status_code == 409
    assert "Somebody was faster, and no other one is free any more." in shown(response)


def test_the_nearest_is_of_the_same_milestone(cast, slots, edition):
    other = Milestone.objects.create(edition=edition, number=9)
    cut_slots(other, 2, first=slots[0].starts_at, room="R9")
    click(cast.alice, "book", slots[0])
    click(cast.charlie, "book", slots[0], or_nearest="1")
    assert standing() == [("Red", "09:00"), ("Blue", "09:15")]


def test_who_may_wish(cast, slots, edition):
    team(edition, "Lone", cast.enrolments.dana)
    box = '<input type="checkbox" id="or-nearest-box" name="or_nearest" value="1"'
    assert f"{box}>" in shown(signed_in(cast.alice).get(slots[0].milestone.get_absolute_url()))
    assert box not in shown(signed_in(cast.dana).get(slots[0].milestone.get_absolute_url()))
    click(cast.alice, "book", slots[0])
    assert box not in shown(signed_in(cast.alice).get(slots[0].milestone.get_absolute_url()))


def test_staff_get_what_they_chose_or_nothing(cast, slots):
    click(cast.alice, "book", slots[0])
    data = {"group": str(cast.blue.code), "reason": "Asked by mail", "or_nearest": "1"}
    assert click(cast.tina, "book", slots[0], **data).status_code == 409
    assert standing() == [("Red", "09:00")]


def test_outsider_sees_what_is_not_there(cast, slots):
    assert click(cast.eve, "book", slots[0]).status_code == 404
    assert standing() == []


def test_a_student_of_another_edition_sees_what_is_not_there(cast, slots, edition):
    edition.pk, edition.slug = None, "other-2026"
    edition.save(force_insert=True)
    other = enrol(edition, "frank")
    team(edition, "Others", other)
    assert click(other.user, "book", slots[0]).status_code == 404
    wrong = address("book", slots[0]).replace("info9023-2026", "other-2026")
    assert signed_in(other.user).post(wrong).status_code == 404
    assert standing() == []


def test_an_examiner_has_no_board(cast, slots, edition):
    examiner = enrol(edition, "xavier", Enrolment.Role.EXAMINER)
    assert click(examiner.user, "book", slots[0]).status_code == 404


def test_nobody_is_led_to_the_sign_in(slots):
    response = Client().post(address("book", slots[0]))
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_without_a_group(cast, slots):
    response = click(cast.dana, "book", slots[0])
    assert response.status_code == 409
    assert "Slots are booked by groups, and you are in none yet." in shown(response)
    assert standing() == []


def test_in_an_incomplete_group(cast, slots, edition):
    team(edition, "Lone", cast.enrolments.dana)
    response = click(cast.dana, "book", slots[0])
    assert response.status_code == 409
    assert "Your group needs one more member before it can book. Invite a classmate first." in shown(response)
    assert standing() == []


@pytest.mark.parametrize(("now", "sentence"), [(OPENS, None), (CLOSES, "Booking closed on Friday 27 February, 18:00.")])
def test_closed(cast, slots, now, sentence):
    with time_machine.travel(now, tick=False):
        response = click(cast.alice, "book", slots[0])
    assert response.status_code == (409 if sentence else 303)
    assert sentence is None or sentence in shown(response)


def test_unpublished(cast, slots):
    Slot.objects.filter(pk=slots[0].pk).update(is_published=False)
    response = click(cast.alice, "book", slots[0])
    assert response.status_code == 409
    assert "was changed or removed by the staff. Choose another one." in shown(response)
    Milestone.objects.update(is_published=False)
    assert click(cast.alice, "book", slots[1]).status_code == 409
    assert standing() == []


def test_bad_id(cast, slots):
    client = signed_in(cast.alice)
    assert client.post("/info9023-2026/slots/00000000-0000-0000-0000-000000000000/book/").status_code == 404
    assert client.post("/info9023-2026/slots/1/book/").status_code == 404


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete"])
def test_wrong_method(cast, slots, verb):
    assert getattr(signed_in(cast.alice), verb)(address("book", slots[0])).status_code == 405


def test_from_another_site(cast, slots):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    assert client.post(address("book", slots[0])).status_code == 403
    assert standing() == []


def test_what_a_form_does_not_ask_is_not_read(cast, slots):
    """A student who adds another group, or a reason, books for their own, without one."""
    click(cast.alice, "book", slots[0], group=str(cast.blue.code), reason="Because", as_staff="on")
    assert standing() == [("Red", "09:00")]
    assert Booking.objects.get().reason == ""


def test_staff_book_for_a_group_and_say_why(cast, slots):
    response = click(cast.tina, "book", slots[0], group=str(cast.blue.code), reason="Asked by mail")
    assert response.status_code == 303
    assert standing() == [("Blue", "09:00")]
    booking = Booking.objects.get()
    assert (booking.booked_by, booking.reason) == (cast.tina, "Asked by mail")
    assert {mail.facts["by"] for mail in QueuedEmail.objects.all()} == {"Tina T."}


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\0b"])
def test_staff_without_a_good_reason(cast, slots, reason):
    response = click(cast.tina, "book", slots[0], group=str(cast.blue.code), reason=reason)
    assert response.status_code == 409
    assert "Book for Blue" in shown(response)
    assert standing() == []


@pytest.mark.parametrize("group", [None, "", "1", "00000000-0000-0000-0000-000000000000"])
def test_staff_for_no_group(cast, slots, group):
    data = {"reason": "Asked by mail"} | ({} if group is None else {"group": group})
    assert click(cast.tina, "book", slots[0], **data).status_code == 404
    assert standing() == []


@pytest.mark.parametrize("count", [1, 30])
def test_eight_statements(cast, slots, milestone, count):
    cut_slots(milestone, count, room="R8")
    client = signed_in(cast.alice)
    with counted() as statements:
        assert client.post(address("book", slots[0])).status_code == 303
    assert len(statements) == 8
