"""Cancel an appointment: asked once, then done."""

import pytest
import time_machine

from exams.models import OralExam
from tests.cast import CLOSES, CUT_OFF
from tests.exams.pages import address, click, mails, standing
from tests.projects.pages import shown, signed_in

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def hers(cast, times) -> OralExam:
    click(cast.alice, "pick", times[0])
    return times[0]


def test_it_asks_and_writes_nothing(cast, hers):
    page = shown(signed_in(cast.alice).get(address("cancel", hers)))
    assert "Cancel your appointment?" in page
    assert "Cancel Monday 2 March, 10:00, R7</button>" in page
    assert "you can pick another one until booking closes" in page
    assert 'name="reason"' not in page
    assert standing() == [("Alice", "09:00")]


def test_works(cast, exam_session, hers):
    response = click(cast.alice, "cancel", hers)
    assert (response.status_code, response["Location"]) == (303, f"/info9023-2026/exams/{exam_session.code}/")
    assert (standing(), mails()[1:]) == ([], [("appointment_cancelled", "alice@example.org")])


def test_the_board_says_so(cast, hers):
    page = shown(signed_in(cast.alice).post(address("cancel", hers), follow=True))
    assert "Cancelled: Monday 2 March, 10:00, R7. You get a mail." in page


def test_twice_is_once(cast, hers):
    client = signed_in(cast.alice)
    assert [client.post(address("cancel", hers)).status_code for _ in range(2)] == [303, 303]
    assert len(mails()) == 2
    assert client.get(address("cancel", hers)).status_code == 303


def test_after_closing_it_warns_that_this_is_final(cast, hers):
    with time_machine.travel(CLOSES, tick=False):
        assert "Booking is closed, so this is final" in shown(signed_in(cast.alice).get(address("cancel", hers)))
        assert click(cast.alice, "cancel", hers).status_code == 303
    assert standing() == []


def test_after_the_cut_off(cast, hers):
    with time_machine.travel(CUT_OFF, tick=False):
        response = click(cast.alice, "cancel", hers)
    assert (response.status_code, standing()) == (409, [("Alice", "09:00")])
    assert "Changes were possible until Sunday 1 March, 12:00." in shown(response)


def test_from_an_old_tab(cast, times, hers):
    click(cast.alice, "move", times[1])
    response = click(cast.alice, "cancel", hers)
    assert (response.status_code, standing()) == (409, [("Alice", "09:20")])
    assert "The appointment is on Monday 2 March, 10:20 now. Look again before you cancel." in shown(response)


@pytest.mark.parametrize("name", ["bob", "charlie", "eve"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_s_is_not_there(cast, hers, name, method):
    client = signed_in(getattr(cast, name))
    assert getattr(client, method)(address("cancel", hers)).status_code == 404
    assert standing() == [("Alice", "09:00")]


def test_what_nobody_has_cannot_be_cancelled(cast, times, hers):
    assert click(cast.bob, "cancel", times[1]).status_code == 303
    assert (standing(), len(mails())) == ([("Alice", "09:00")], 1)


def test_bad_id(cast, hers):
    client = signed_in(cast.alice)
    assert client.post("/info9023-2026/appointments/00000000-0000-0000-0000-000000000000/cancel/").status_code == 404


@pytest.mark.parametrize("verb", ["put", "patch", "delete"])
def test_wrong_method(cast, hers, verb):
    assert getattr(signed_in(cast.alice), verb)(address("cancel", hers)).status_code == 405


def test_staff_cancel_with_a_reason(cast, hers):
    page = shown(signed_in(cast.tina).get(address("cancel", hers)))
    assert "Cancel the appointment of Alice A.?" in page
    response = click(cast.tina, "cancel", hers, student=cast.enrolments.alice.pk, reason="Fire drill")
    assert (response.status_code, standing()) == (303, [])
    assert OralExam.history.first().reason == "Fire drill"


def test_staff_need_a_reason(cast, hers):
    response = click(cast.tina, "cancel", hers, student=cast.enrolments.alice.pk, reason=" ")
    assert (response.status_code, standing()) == (400, [("Alice", "09:00")])
    assert "Please say why: the student reads it in the mail." in shown(response)


def test_staff_do_not_cancel_what_another_student_has_meanwhile(cast, hers):
    click(cast.alice, "cancel", hers)
    click(cast.charlie, "pick", hers)
    response = click(cast.tina, "cancel", hers, student=cast.enrolments.alice.pk, reason="Fire drill")
    assert (response.status_code, standing()) == (303, [("Charlie", "09:00")])
