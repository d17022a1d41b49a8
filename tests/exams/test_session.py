"""The board of an exam session: who sees what of it, and the one thing to do."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from coursesite.models import CourseEdition, Enrolment
from exams.models import ExamSession, OralExam
from tests.cast import CLOSES, CUT_OFF, OPENS, cut_appointments, enrol
from tests.exams.pages import address, click
from tests.projects.pages import shown, signed_in
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def board(exam_session):
    def read(user, query: str = "") -> str:
        response = signed_in(user).get(exam_session.get_absolute_url() + query)
        assert response.status_code == 200
        return shown(response)

    return read


def button(appointment: OralExam, verb: str) -> str:
    return f'formaction="{address(verb, appointment)}"'


def test_free_appointments_are_buttons_that_say_all(cast, board, times):
    page = board(cast.alice)
    assert "4 of 4 free, 20 minutes each, booking closes Friday 27 February, 18:00 (in 7 days)" in page
    assert [button(time, "pick") in page for time in times] == [True] * 4
    said = 'aria-label="Monday 2 March, 10:00, R7, free"><strong>10:00</strong> <span>R7, free</span></button>'
    assert said in page


def test_what_others_have_is_taken_and_nameless(cast, board, times):
    click(cast.bob, "pick", times[1])
    page = board(cast.alice)
    assert "<strong>10:20</strong> <span>R7, taken</span></div>" in page
    assert ("Bob" in page, "Students without" in page, button(times[1], "pick") in page) == (False, False, False)


def test_one_s_own_comes_first_with_until_when(cast, board, times):
    click(cast.alice, "pick", times[1])
    page = board(cast.alice)
    assert page.index("Your appointment") < page.index("3 of 4 free") < page.index('class="board-day"')
    assert '<span class="nowrap">10:20–10:40</span>' in page
    assert "To move it, choose another free slot below, until Sunday 1 March, 12:00 (in 9 days)." in page
    assert f'href="{address("cancel", times[1])}">Cancel this appointment</a>' in page
    assert (button(times[0], "move") in page, button(times[1], "move") in page) == (True, False)


def test_only_who_has_it_sees_the_address_of_an_online_appointment(cast, board, times):
    OralExam.objects.update(room="", online_url="https://meet.example.org/secret")
    click(cast.alice, "pick", times[1])
    assert '<a href="https://meet.example.org/secret">online</a>' in board(cast.alice)
    assert "meet.example.org" not in board(cast.bob)


def test_early(cast, board, times):
    with time_machine.travel(OPENS - timedelta(hours=3), tick=False):
        page = board(cast.alice)
    assert "Booking opens on Monday 16 February, 09:00." in page
    assert "formaction" not in page


def test_closed_for_who_has_none(cast, board, times):
    with time_machine.travel(CLOSES, tick=False):
        page = board(cast.alice)
    assert "Booking closed on Friday 27 February, 18:00. Write to the staff" in page
    assert "formaction" not in page


def test_closed_for_who_has_one(cast, board, times):
    click(cast.alice, "pick", times[1])
    with time_machine.travel(CLOSES, tick=False):
        page = board(cast.alice)
    assert "You can still move it until Sunday 1 March, 12:00 (in 2 days); to cancel it would be final." in page
    assert button(times[0], "move") in page


def test_after_the_cut_off(cast, board, times):
    click(cast.alice, "pick", times[1])
    with time_machine.travel(CUT_OFF, tick=False):
        page = board(cast.alice)
    assert ("Your appointment" in page, "formaction" in page, "Cancel this" in page) == (True, False, False)
    assert "Changes were possible until Sunday 1 March, 12:00." in page


def test_unpublished_appointments_and_sessions_show_nothing(cast, board, times):
    OralExam.objects.filter(pk=times[0].pk).update(is_published=False)
    assert "3 of 3 free" in board(cast.alice)
    ExamSession.objects.update(is_published=False)
    for user in (cast.alice, cast.tina):
        page = board(user)
        assert 'class="slot' not in page
    assert "Nothing is on offer here yet." in board(cast.alice)
    assert "No appointments are published yet." in board(cast.tina, f"?student={cast.enrolments.alice.pk}")


def test_staff_see_names_and_who_has_none(cast, board, times):
    click(cast.charlie, "pick", times[1])
    page = board(cast.tina)
    assert "<b>Charlie C.</b>" in page
    waiting = page[page.index("Students without an appointment") :]
    assert [name in waiting for name in ("Alice", "Bob", "Chloe", "Dana", "Charlie", "Tina")] == [True] * 4 + [
        False
    ] * 2
    assert "formaction" not in page


def test_examiners_see_names_and_change_nothing(cast, edition, board, times):
    click(cast.charlie, "pick", times[1])
    rosa = enrol(edition, "rosa", Enrolment.Role.EXAMINER).user
    page = board(rosa, f"?student={cast.enrolments.alice.pk}")
    assert "<b>Charlie C.</b>" in page
    assert [word in page for word in ("formaction", "Pick for", "Move", "Cancel", 'name="reason"')] == [False] * 5


def test_staff_pick_for_nobody_where_nothing_is_published(cast, board, exam_session):
    ExamSession.objects.update(is_published=False)
    for page in (board(cast.tina), board(cast.tina, f"?student={cast.enrolments.alice.pk}")):
        offered = ("Pick a time", "Pick for", 'name="reason"', "Students without an appointment")
        assert [words in page for words in offered] == [False, False, False, True]


def test_staff_choose_for_whom_they_pick(cast, board, times):
    page = board(cast.tina, f"?student={cast.enrolments.alice.pk}")
    assert ("Pick for Alice A." in page, 'name="reason"' in page, button(times[0], "pick") in page) == (True,) * 3
    assert page.index('<button type="submit" disabled hidden>') < page.index("formaction")


def test_staff_choose_whom_they_move(cast, board, times):
    click(cast.charlie, "pick", times[1])
    page = board(cast.ines, f"?student={cast.enrolments.charlie.pk}")
    assert ("Move Charlie C." in page, button(times[0], "move") in page) == (True, True)


def test_staff_still_find_who_is_a_student_no_more(cast, board, times):
    click(cast.charlie, "pick", times[1])
    Enrolment.objects.filter(user=cast.charlie).update(role=Enrolment.Role.TEACHING_ASSISTANT)
    assert "<b>Charlie C.</b>" in board(cast.ines)
    response = click(cast.ines, "cancel", times[1], student=cast.enrolments.charlie.pk, reason="Teaches now")
    assert (response.status_code, OralExam.objects.picked().count()) == (303, 0)


@pytest.mark.parametrize("student", ["", "x", "0", "9" * 30])
def test_staff_for_no_student(cast, exam_session, student):
    assert signed_in(cast.tina).get(f"{exam_session.get_absolute_url()}?student={student}").status_code == 404


def test_students_cannot_choose_for_others(cast, board, times):
    assert "Bob" not in board(cast.alice, f"?student={cast.enrolments.bob.pk}")


def test_outsider(cast, exam_session):
    assert signed_in(cast.eve).get(exam_session.get_absolute_url()).status_code == 404


def test_not_signed_in(exam_session):
    assert Client().get(exam_session.get_absolute_url()).status_code == 302


def test_bad_id(cast, exam_session):
    client = signed_in(cast.alice)
    assert client.get("/info9023-2026/exams/00000000-0000-0000-0000-000000000000/").status_code == 404
    CourseEdition.objects.create(title="Other", year=2026, slug="other")
    assert client.get(exam_session.get_absolute_url().replace("info9023-2026", "other")).status_code == 404


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_wrong_method(cast, exam_session, verb):
    assert getattr(signed_in(cast.alice), verb)(exam_session.get_absolute_url()).status_code == 405


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("name", "statements"), [("alice", 4), ("tina", 5)])
def test_statements(cast, times, exam_session, name, statements, count):
    cut_appointments(exam_session, count, room="R8")
    for number in range(count):
        enrolment = enrol(exam_session.edition, f"student{number}")
        click(enrolment.user, "pick", exam_session.appointments.filter(room="R8")[number])
    client = signed_in(getattr(cast, name))
    with counted() as found:
        assert client.get(exam_session.get_absolute_url()).status_code == 200
    assert len(found) == statements


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_board_that_nobody_changed_is_not_sent_again(cast, exam_session, times, headers):
    client, address = signed_in(cast.alice), exam_session.get_absolute_url()
    tag = [client.get(address, headers=headers)["ETag"] for _ in range(2)][1]  # the first one sets the form's cookie
    same = headers | {"If-None-Match": tag}
    assert client.get(address, headers=same).status_code == 304
    click(cast.bob, "pick", times[0])
    assert client.get(address, headers=same).status_code == 200
    assert signed_in(cast.bob).get(address, headers=same).status_code == 200
