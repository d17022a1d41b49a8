"""The list of exams: each with its state and the one thing to do."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from coursesite.models import Enrolment
from exams.models import ExamDay, ExamSession
from tests.cast import CLOSES, FIRST_SLOT, enrol
from tests.exams.pages import click
from tests.projects.pages import shown, signed_in
from tests.statements import counted

LIST = "/info9023-2026/exams/"
pytestmark = pytest.mark.usefixtures("while_open")


def listed(user) -> str:
    response = signed_in(user).get(LIST)
    assert response.status_code == 200
    return shown(response)


def test_who_has_none_reads_until_when(cast, times):
    page = listed(cast.alice)
    assert '<p class="when">Monday 2 March <a' in page
    assert "Booking is open until Friday 27 February, 18:00 (in 7 days)." in page
    assert "Pick an appointment<" in page


def test_who_has_one_reads_when(cast, times):
    click(cast.alice, "pick", times[1])
    page = listed(cast.alice)
    assert "Your appointment is on Monday 2 March, 10:20, R7." in page
    assert "Move or cancel<" in page
    assert "Your appointment" not in listed(cast.bob)


def test_closed(cast, times):
    with time_machine.travel(CLOSES, tick=False):
        assert "Booking closed on Friday 27 February, 18:00." in listed(cast.alice)


def test_students_see_what_is_published(cast, exam_session):
    ExamSession.objects.update(is_published=False)
    assert "There is no appointment to pick yet." in listed(cast.alice)
    assert "Not published: students do not see it yet." in listed(cast.tina)


def test_staff_and_examiners_see_how_many(cast, edition, times):
    click(cast.alice, "pick", times[1])
    for user in (cast.tina, enrol(edition, "rosa", Enrolment.Role.EXAMINER).user):
        assert "1 of 4 appointments are taken." in listed(user)


def test_what_the_readme_announces(cast, edition):
    ExamDay.objects.create(edition=edition, title="Oral exam", held_on=date(2026, 6, 8))
    ExamDay.objects.create(edition=edition, title="Resit")
    ExamDay.objects.create(edition=edition, title="Old", held_on=date(2026, 6, 1), is_missing=True)
    page = listed(cast.alice)
    assert "<li>Monday 8 June: Oral exam <a" in page
    assert "<li>date to be confirmed: Resit</li>" in page
    assert "Old" not in page


def test_a_session_says_more_than_the_readme(cast, edition, exam_session):
    ExamDay.objects.create(edition=edition, title="Oral", held_on=FIRST_SLOT.date())
    assert "Announced" not in listed(cast.alice)
    ExamSession.objects.update(is_published=False)
    assert "<li>Monday 2 March: Oral <a" in listed(cast.tina)


def test_a_session_is_the_date_of_an_exam_that_had_none(cast, edition, exam_session):
    ExamDay.objects.create(edition=edition, title=exam_session.title)
    assert "Announced" not in listed(cast.alice)


def test_outsider_and_visitor(cast):
    assert signed_in(cast.eve).get(LIST).status_code == 404
    assert Client().get(LIST).status_code == 302
    assert signed_in(cast.alice).get("/nothing/exams/").status_code == 404


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_wrong_method(cast, verb):
    assert getattr(signed_in(cast.alice), verb)(LIST).status_code == 405


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("name", "statements"), [("alice", 6), ("tina", 5)])
def test_statements(cast, edition, name, statements, count):
    for number in range(count):
        ExamSession.objects.create(edition=edition, title=f"Exam {number}", starts_on=FIRST_SLOT.date())
    client = signed_in(getattr(cast, name))
    with counted() as found:
        assert client.get(LIST).status_code == 200
    assert len(found) == statements
