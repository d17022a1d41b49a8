"""Pick an appointment with one click."""

import pytest
import time_machine
from django.test import Client

from coursesite.models import CourseEdition, Enrolment
from exams.models import ExamSession, OralExam
from tests.cast import CLOSES, OPENS, cut_appointments, enrol
from tests.exams.pages import address, click, mails, standing
from tests.projects.pages import shown, signed_in
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


def test_works(cast, exam_session, times):
    response = click(cast.alice, "pick", times[0])
    assert (response.status_code, response["Location"]) == (303, f"/info9023-2026/exams/{exam_session.code}/")
    assert standing() == [("Alice", "09:00")]
    assert mails() == [("appointment_picked", "alice@example.org")]


def test_the_board_says_so(cast, times):
    page = shown(signed_in(cast.alice).post(address("pick", times[0]), follow=True))
    assert "Yours: Monday 2 March, 10:00, R7. You get a mail." in page
    assert "Your appointment" in page


def test_a_script_gets_the_board_alone(cast, times):
    client = signed_in(cast.alice)
    page = shown(client.post(address("pick", times[0]), follow=True, headers={"HX-Request": "true"}))
    assert page.startswith('<section id="board"')
    assert "Yours: Monday 2 March, 10:00, R7. You get a mail." in page


def test_a_teammate_picks_for_herself(cast, times):
    click(cast.alice, "pick", times[0])
    click(cast.bob, "pick", times[1])
    assert standing() == [("Alice", "09:00"), ("Bob", "09:20")]


def test_the_same_click_twice(cast, times):
    assert [click(cast.alice, "pick", times[0]).status_code for _ in range(2)] == [303, 303]
    assert (standing(), len(mails())) == ([("Alice", "09:00")], 1)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_lost_race_shows_the_fresh_board_on_which_the_next_click_wins(cast, times, headers):
    click(cast.alice, "pick", times[0])
    client = signed_in(cast.charlie)
    response = client.post(address("pick", times[0]), headers=headers)
    page = shown(response)
    assert response.status_code == 409
    assert "Monday 2 March, 10:00 has just been taken. Choose another one." in page
    assert ("<html" in page) is not bool(headers)
    assert (address("pick", times[0]) in page, address("pick", times[1]) in page) == (False, True)
    assert client.post(address("pick", times[1]), headers=headers).status_code == 303


def test_who_would_take_the_nearest_gets_it(cast, times):
    click(cast.alice, "pick", times[0])
    page = shown(signed_in(cast.charlie).post(address("pick", times[0]), {"or_nearest": "1"}, follow=True))
    assert "Somebody was faster. Yours in its place: Monday 2 March, 10:20, R7. You get a mail." in page
    assert standing() == [("Alice", "09:00"), ("Charlie", "09:20")]


def test_nothing_is_near(cast, times):
    click(cast.alice, "pick", times[0])
    OralExam.objects.exclude(pk=times[0].pk).update(is_published=False)
    response = click(cast.charlie, "pick", times[0], or_nearest="1")
    assert (response.status_code, "no other one is free any more." in shown(response)) == (409, True)


def test_outsider(cast, times):
    assert click(cast.eve, "pick", times[0]).status_code == 404
    assert standing() == []


def test_student_of_another_edition(cast, times):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    zoe = enrol(other, "zoe").user
    assert click(zoe, "pick", times[0]).status_code == 404
    client = signed_in(zoe)
    assert client.post(address("pick", times[0]).replace("info9023-2026", "other")).status_code == 404


def test_not_signed_in(times, cast):
    response = Client().post(address("pick", times[0]))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert standing() == []


def test_an_examiner_only_looks(cast, edition, times):
    rosa = enrol(edition, "rosa", Enrolment.Role.EXAMINER).user
    assert click(rosa, "pick", times[0], student=cast.enrolments.alice.pk, reason="Asked").status_code == 404


def test_role_lost_while_the_page_was_open(cast, times):
    client = signed_in(cast.alice)
    Enrolment.objects.filter(user=cast.alice).update(role=Enrolment.Role.EXAMINER)
    assert client.post(address("pick", times[0])).status_code == 404


@pytest.mark.parametrize(("now", "sentence"), [(OPENS, None), (CLOSES, "Booking closed on Friday 27 February, 18:00.")])
def test_closed(cast, times, now, sentence):
    with time_machine.travel(now, tick=False):
        response = click(cast.alice, "pick", times[0])
    assert response.status_code == (409 if sentence else 303)
    assert sentence is None or sentence in shown(response)


def test_unpublished(cast, times):
    OralExam.objects.filter(pk=times[0].pk).update(is_published=False)
    response = click(cast.alice, "pick", times[0])
    assert response.status_code == 409
    assert "was changed or removed by the staff. Choose another one." in shown(response)
    ExamSession.objects.update(is_published=False)
    response = click(cast.alice, "pick", times[1])
    assert (response.status_code, "Nothing is on offer here yet." in shown(response)) == (409, True)
    assert standing() == []


def test_bad_id(cast, times):
    client = signed_in(cast.alice)
    assert client.post("/info9023-2026/appointments/00000000-0000-0000-0000-000000000000/pick/").status_code == 404
    assert client.post("/info9023-2026/appointments/1/pick/").status_code == 404


@pytest.mark.parametrize("verb", ["get", "put", "patch", "delete"])
def test_wrong_method(cast, times, verb):
    assert getattr(signed_in(cast.alice), verb)(address("pick", times[0])).status_code == 405


def test_from_another_site(cast, times):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    assert client.post(address("pick", times[0])).status_code == 403
    assert standing() == []


def test_what_a_form_does_not_ask_is_not_read(cast, times):
    """A student who names another one picks for themselves, without a reason."""
    click(cast.alice, "pick", times[0], student=cast.enrolments.bob.pk, reason="Because", as_staff="on")
    assert standing() == [("Alice", "09:00")]
    assert OralExam.objects.picked().get().reason == ""


def test_staff_pick_for_a_student_and_say_why(cast, times):
    response = click(cast.tina, "pick", times[0], student=cast.enrolments.bob.pk, reason="Asked by mail")
    assert (response.status_code, standing()) == (303, [("Bob", "09:00")])
    picked = OralExam.objects.picked().get()
    assert (picked.picked_by, picked.reason) == (cast.tina, "Asked by mail")
    assert mails() == [("appointment_picked", "bob@example.org")]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\0b"])
def test_staff_without_a_good_reason(cast, times, reason):
    response = click(cast.tina, "pick", times[0], student=cast.enrolments.bob.pk, reason=reason)
    assert (response.status_code, "Pick for Bob B." in shown(response)) == (409, True)
    assert standing() == []


@pytest.mark.parametrize("student", [None, "", "x", "-1", "0", "²", "9" * 18, "9" * 30])
def test_staff_for_no_student(cast, times, student):
    data = {"reason": "Asked by mail"} | ({} if student is None else {"student": student})
    assert click(cast.tina, "pick", times[0], **data).status_code == 404
    assert standing() == []


def test_staff_do_not_pick_for_staff_nor_for_another_edition(cast, times):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    for enrolment in (cast.enrolments.ines, enrol(other, "zoe")):
        assert click(cast.tina, "pick", times[0], student=enrolment.pk, reason="Asked by mail").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_eight_statements(cast, times, exam_session, count):
    cut_appointments(exam_session, count, room="R8")
    client = signed_in(cast.alice)
    with counted() as statements:
        assert client.post(address("pick", times[0])).status_code == 303
    assert len(statements) == 8
