"""The board of a milestone: who sees what of it, and the one thing to do."""

import html
import json
from datetime import timedelta

import pytest
import time_machine
from django.db.models import F
from django.test import Client

from coursesite.models import Enrolment
from projects.models import Invitation, Milestone, Slot
from tests.cast import CLOSES, CUT_OFF, FIRST_SLOT, OPENS, WHILE_OPEN, cut_slots, enrol, team
from tests.projects.pages import click, shown, signed_in
from tests.statements import counted

BOARD = "/info9023-2026/milestones/1/"

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


def board(user, query: str = "") -> str:
    response = signed_in(user).get(BOARD + query)
    assert response.status_code == 200
    return shown(response)


def button(slot: Slot, verb: str) -> str:
    return f'formaction="/info9023-2026/slots/{slot.code}/{verb}/"'


def test_free_slots_are_buttons_that_say_all(cast, slots):
    page = board(cast.alice)
    assert "4 of 4 free, 15 minutes each, booking closes Friday 27 February, 18:00 (in 7 days)" in page
    assert [button(slot, "book") in page for slot in slots] == [True] * 4
    said = 'aria-label="Monday 2 March, 10:00, R7, free"><strong>10:00</strong> <span>R7, free</span></button>'
    assert said in page


def test_slots_of_different_lengths_say_so(cast, slots):
    Slot.objects.filter(pk=slots[-1].pk).update(ends_at=F("starts_at") + timedelta(minutes=30))
    assert "4 of 4 free, 15 to 30 minutes each, booking closes" in board(cast.alice)


def test_what_others_have_is_taken_and_nameless(cast, slots):
    click(cast.charlie, "book", slots[1])
    page = board(cast.alice)
    assert "3 of 4 free" in page
    assert "<strong>10:15</strong> <span>R7, taken</span></div>" in page
    assert "Blue" not in page
    assert "Charlie" not in page
    assert button(slots[1], "book") not in page


def test_one_s_own_comes_first_with_until_when(cast, slots):
    click(cast.alice, "book", slots[1])
    for user in (cast.alice, cast.bob):
        page = board(user)
        assert page.index("Your slot") < page.index("3 of 4 free") < page.index('class="board-day"')
        assert 'Monday 2 March, <span class="nowrap">10:15–10:30</span>' in page
        assert "Red: Alice A., Bob B." in page
        assert "To move it, choose another free slot below, until Sunday 1 March, 12:00 (in 9 days)." in page
        assert button(slots[0], "move") in page
        assert button(slots[1], "move") not in page
        assert "Cancel this slot" in page


def test_early(cast, slots):
    with time_machine.travel(OPENS - timedelta(hours=3), tick=False):
        page = board(cast.alice)
    assert "4 slots, 15 minutes each, booking opens Monday 16 February, 09:00 (in 3 hours)" in page
    assert "Booking opens on Monday 16 February, 09:00." in page
    assert "formaction" not in page


def test_closed_for_who_has_none(cast, slots):
    with time_machine.travel(CLOSES, tick=False):
        page = board(cast.alice)
    assert "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place." in page
    assert "formaction" not in page


def test_closed_for_who_has_one(cast, slots):
    click(cast.alice, "book", slots[1])
    with time_machine.travel(CLOSES, tick=False):
        page = board(cast.bob)
    assert "You can still move it until Sunday 1 March, 12:00 (in 2 days); to cancel it would be final." in page
    assert button(slots[0], "move") in page


def test_after_the_cut_off(cast, slots):
    click(cast.alice, "book", slots[1])
    with time_machine.travel(CUT_OFF, tick=False):
        page = board(cast.bob)
    assert "Your slot" in page
    assert "Changes were possible until Sunday 1 March, 12:00. If something came up, write to the staff." in page
    assert "formaction" not in page
    assert "Cancel this slot" not in page


def test_who_has_no_group_is_led_to_one(cast, slots):
    page = board(cast.dana)
    assert "Slots are booked by groups, and you are in none yet." in page
    assert 'href="/info9023-2026/group/">Find a group</a>' in page
    assert "formaction" not in page


def test_who_is_invited_reads_by_whom(cast, slots):
    Invitation.objects.create(group=cast.red, enrolment=cast.enrolments.dana, invited_by=cast.alice)
    page = board(cast.dana)
    assert "Alice A. invites you to the group “Red”." in page
    assert 'href="/info9023-2026/group/">Answer the invitation</a>' in page


def test_who_is_incomplete_reads_what_is_missing(cast, slots, edition):
    team(edition, "Lone", cast.enrolments.dana)
    page = board(cast.dana)
    assert "Your group needs one more member before it can book. Invite a classmate first." in page
    assert 'href="/info9023-2026/group/">Complete your group</a>' in page
    assert "formaction" not in page


def test_unpublished_slots_and_milestones_show_no_slot(cast, slots):
    Slot.objects.filter(pk=slots[0].pk).update(is_published=False)
    assert "3 of 3 free" in board(cast.alice)
    Milestone.objects.update(is_published=False)
    page = board(cast.alice)
    assert "Nothing is on offer here yet." in page
    assert 'class="slot' not in page


def test_all_on_one_day(cast, milestone):
    Milestone.objects.filter(pk=milestone.pk).update(
        kind="day", is_published=False, place="Room 204", ends_on=milestone.starts_on
    )
    page = board(cast.alice)
    assert "Monday 2 March, Room 204" in page
    assert "All groups present on this day: there is nothing to book." in page


def test_days_follow_the_clock_of_the_edition(cast, milestone):
    """MS2 begins the day after clocks go forward: ten o'clock is eight in UTC."""
    milestone.slots.all().delete()
    cut_slots(milestone, 1, first=FIRST_SLOT + timedelta(days=26))
    cut_slots(milestone, 1, first=FIRST_SLOT + timedelta(days=28, hours=-1))
    page = board(cast.alice)
    assert page.index("<h2>Saturday 28 March</h2>") < page.index("<h2>Monday 30 March</h2>")
    assert page.count("<strong>10:00</strong>") == 2


def test_staff_see_names_and_who_has_none(cast, slots):
    click(cast.charlie, "book", slots[1])
    page = board(cast.tina)
    assert '<span class="slot-holder"><b>Blue</b> Charlie C., Chloe C.</span>' in page
    assert "<b>Red</b>: Alice A., Bob B." in page
    assert "<h2>Students without a group</h2> <p>Dana D. <a" in page
    assert f'href="/admin/projects/milestone/{slots[0].milestone_id}/places/"' in page
    assert "formaction" not in page


@pytest.mark.parametrize("change", [{"is_published": False}, {"is_published": False, "kind": "day"}])
def test_staff_book_for_nobody_where_there_is_nothing_to_book(cast, slots, change):
    Milestone.objects.update(**change)
    for page in (board(cast.tina), board(cast.tina, f"?group={cast.red.code}")):
        offered = ("Book for", "Groups without a slot", 'name="reason"', "Students without a group")
        assert [words in page for words in offered] == [False, False, False, True]


def test_staff_choose_for_whom_they_book(cast, slots):
    page = board(cast.tina, f"?group={cast.red.code}")
    assert "Book for Red" in page
    assert 'name="reason"' in page
    assert button(slots[0], "book") in page
    assert page.index('<button type="submit" disabled hidden>') < page.index("formaction")


def test_staff_choose_whom_they_move(cast, slots):
    click(cast.charlie, "book", slots[1])
    page = board(cast.ines, f"?group={cast.blue.code}")
    assert "Move Blue" in page
    assert "R7, theirs" in page
    assert button(slots[0], "move") in page


@pytest.mark.parametrize("query", ["?group=1", "?group=", "?group=00000000-0000-0000-0000-000000000000"])
def test_staff_for_no_group(cast, slots, query):
    assert signed_in(cast.tina).get(BOARD + query).status_code == 404


def test_a_student_who_names_a_group_sees_their_own_board(cast, slots):
    assert "Blue" not in board(cast.alice, f"?group={cast.blue.code}")


def test_outsiders_see_what_is_not_there(cast, slots, edition):
    examiner = enrol(edition, "xavier", Enrolment.Role.EXAMINER).user
    for user in (cast.eve, examiner):
        assert signed_in(user).get(BOARD).status_code == 404
    assert Client().get(BOARD)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("number", ["2", "99999999999999999999", "x"])
def test_bad_id(cast, slots, number):
    assert signed_in(cast.alice).get(f"/info9023-2026/milestones/{number}/").status_code == 404


def test_wrong_method(cast, slots):
    assert signed_in(cast.alice).post(BOARD).status_code == 405


@pytest.mark.parametrize("count", [1, 30])
def test_six_statements_for_students(cast, milestone, count):
    cut_slots(milestone, count, room="R8")
    client = signed_in(cast.alice)
    with counted() as statements:
        client.get(BOARD)
    assert len(statements) == 5


@pytest.mark.parametrize("count", [1, 30])
def test_six_statements_without_a_group(cast, milestone, count):
    cut_slots(milestone, count, room="R8")
    client = signed_in(cast.dana)
    with counted() as statements:
        client.get(BOARD)
    assert len(statements) == 5


@pytest.mark.parametrize("count", [1, 30])
def test_six_statements_for_staff(cast, milestone, edition, count):
    cut_slots(milestone, count, room="R8")
    for number in range(count):
        team(edition, f"Team {number}", enrol(edition, f"s{number}"), enrol(edition, f"t{number}"))
        enrol(edition, f"alone{number}")
    client = signed_in(cast.tina)
    with counted() as statements:
        client.get(BOARD)
    assert len(statements) == 6


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_after_a_click_six_statements_for_the_board(cast, milestone, headers):
    client = signed_in(cast.alice)
    client.post(f"/info9023-2026/slots/{milestone.slots.first().code}/book/")
    with counted() as statements:
        assert "Booked" in shown(client.get(BOARD, headers=headers))
    assert len(statements) == 5


def tag(response) -> dict:
    return {"If-None-Match": response["ETag"]}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_board_that_is_the_same_is_not_sent_again(cast, slots, headers):
    client = signed_in(cast.alice)
    client.get(BOARD)  # brings the CSRF cookie
    first = client.get(BOARD, headers=headers)
    assert (first.status_code, first["Cache-Control"]) == (200, "private, no-cache")
    with counted() as statements:
        second = client.get(BOARD, headers=headers | tag(first))
    assert (second.status_code, second.content) == (304, b"")
    assert len(statements) == 3


def test_the_part_carries_the_tag_with_which_it_asks(cast, slots):
    client = signed_in(cast.alice)
    part = client.get(BOARD, headers={"HX-Request": "true"})
    asked = client.get(BOARD)
    carried = html.unescape(asked.content.decode().partition('hx-headers="')[2].partition('"')[0])
    assert json.loads(carried) == tag(part)


@pytest.mark.parametrize(
    "change",
    [
        lambda cast, slots: click(cast.charlie, "book", slots[0]),
        lambda cast, slots: cast.edition.touch(),
        lambda cast, slots: Milestone.objects.update(revision=77),
    ],
)
def test_a_board_that_changed_is_sent(cast, slots, change):
    client = signed_in(cast.alice)
    first = client.get(BOARD, headers={"HX-Request": "true"})
    change(cast, slots)
    assert client.get(BOARD, headers={"HX-Request": "true"} | tag(first)).status_code == 200


@pytest.mark.parametrize("later", [WHILE_OPEN + timedelta(days=1), CLOSES, CUT_OFF])
def test_time_changes_a_board(cast, slots, later):
    client = signed_in(cast.alice)
    first = client.get(BOARD, headers={"HX-Request": "true"})
    with time_machine.travel(later, tick=False):
        assert client.get(BOARD, headers={"HX-Request": "true"} | tag(first)).status_code == 200


def test_everybody_has_a_tag_of_their_own(cast, slots):
    first = signed_in(cast.alice).get(BOARD, headers={"HX-Request": "true"})
    for user in (cast.bob, cast.tina):
        again = signed_in(user).get(BOARD, headers={"HX-Request": "true"} | tag(first))
        assert again.status_code == 200


def test_what_is_said_once_is_not_kept_by_the_browser(cast, slots):
    client = signed_in(cast.alice)
    client.post(f"/info9023-2026/slots/{slots[0].code}/book/")
    told = client.get(BOARD)
    assert "Booked" in shown(told)
    assert ("ETag" in told, told["Cache-Control"]) == (False, "no-store")
    assert "Booked" not in shown(client.get(BOARD))


def test_who_signs_in_again_gets_a_form_that_works(cast, slots):
    """The page of before is kept with a token that fits the cookie of before."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    client.get(BOARD)
    kept = client.get(BOARD)
    client.cookies["csrftoken"] = "a" * 32
    assert client.get(BOARD, headers=tag(kept)).status_code == 200
