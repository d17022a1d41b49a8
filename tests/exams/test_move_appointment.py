"""Move an appointment to another free time, in one step."""

import pytest
import time_machine

from exams.models import OralExam
from tests.cast import CLOSES, CUT_OFF
from tests.exams.pages import address, click, mails, standing
from tests.projects.pages import shown, signed_in
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def hers(cast, times) -> OralExam:
    click(cast.alice, "pick", times[0])
    return times[0]


def test_works(cast, exam_session, times, hers):
    response = click(cast.alice, "move", times[2])
    assert (response.status_code, response["Location"]) == (303, f"/info9023-2026/exams/{exam_session.code}/")
    assert standing() == [("Alice", "09:40")]
    assert mails()[1:] == [("appointment_moved", "alice@example.org")]


def test_the_board_says_so(cast, times, hers):
    page = shown(signed_in(cast.alice).post(address("move", times[2]), follow=True))
    assert "Moved to Monday 2 March, 10:40, R7. You get a mail." in page


def test_the_old_one_is_kept_when_the_new_one_is_gone(cast, times, hers):
    click(cast.charlie, "pick", times[1])
    response = click(cast.alice, "move", times[1])
    page = shown(response)
    assert response.status_code == 409
    assert "Monday 2 March, 10:20 has just been taken. Choose another one." in page
    assert '<span class="nowrap">10:00–10:20</span>' in page
    assert standing() == [("Alice", "09:00"), ("Charlie", "09:20")]


def test_after_closing_until_the_cut_off(cast, times, hers):
    client = signed_in(cast.alice)
    with time_machine.travel(CLOSES, tick=False):
        assert client.post(address("move", times[1])).status_code == 303
    with time_machine.travel(CUT_OFF, tick=False):
        response = client.post(address("move", times[2]))
    assert (response.status_code, standing()) == (409, [("Alice", "09:20")])
    assert "Changes were possible until Sunday 1 March, 12:00." in shown(response)


def test_who_has_none(cast, times, hers):
    response = click(cast.bob, "move", times[1])
    assert (response.status_code, standing()) == (409, [("Alice", "09:00")])
    assert "There is no appointment to move any more. Pick one of the free ones." in shown(response)


def test_a_teammate_does_not_move_hers(cast, times, hers):
    click(cast.bob, "move", times[1], student=cast.enrolments.alice.pk, reason="Please")
    assert standing() == [("Alice", "09:00")]


def test_outsider(cast, times, hers):
    assert click(cast.eve, "move", times[1]).status_code == 404


def test_bad_id(cast, times, hers):
    client = signed_in(cast.alice)
    assert client.post("/info9023-2026/appointments/00000000-0000-0000-0000-000000000000/move/").status_code == 404


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete"])
def test_wrong_method(cast, times, verb):
    assert getattr(signed_in(cast.alice), verb)(address("move", times[0])).status_code == 405


def test_staff_move_for_a_student_and_say_why(cast, times, hers):
    response = click(cast.tina, "move", times[3], student=cast.enrolments.alice.pk, reason="Train strike")
    assert (response.status_code, standing()) == (303, [("Alice", "10:00")])
    assert mails()[1:] == [("appointment_moved", "alice@example.org")]
    moved = OralExam.objects.picked().get()
    assert (moved.picked_by, moved.reason) == (cast.tina, "Train strike")


def test_staff_need_a_reason(cast, times, hers):
    response = click(cast.tina, "move", times[3], student=cast.enrolments.alice.pk)
    assert (response.status_code, "Move Alice A." in shown(response)) == (409, True)
    assert standing() == [("Alice", "09:00")]


def test_eleven_statements(cast, times, hers):
    """Two appointments change where a booking of a slot changes one row: each with its history, which is counted."""
    client = signed_in(cast.alice)
    with counted() as statements:
        assert client.post(address("move", times[1])).status_code == 303
    assert len(statements) == 11
