"""What of the exams waits for staff on their start page."""

from datetime import timedelta

import pytest

from exams import appointments, todo
from exams.models import CaseStudy, ExamSession
from tests.cast import FIRST_SLOT, WHILE_OPEN
from tests.statements import counted


def sentences(user, now=WHILE_OPEN) -> list[str]:
    return [item.sentence for item in todo.waiting(user, now)]


def test_students_without_an_appointment(cast, times):
    appointments.pick(times[0], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    (item,) = todo.waiting(cast.tina, WHILE_OPEN)
    assert item.sentence == "INFO9023 spring 2026, Oral exam: 4 students have no appointment."
    assert item.url == times[0].session.get_absolute_url()


def test_a_resit_waits_for_nobody(cast, exam_session):
    ExamSession.objects.update(is_for_everyone=False)
    assert sentences(cast.tina) == []


def test_what_is_to_be_published(cast, exam_session):
    ExamSession.objects.update(is_published=False)
    assert sentences(cast.tina) == ["INFO9023 spring 2026, Oral exam: 4 appointments wait to be published."]
    exam_session.appointments.all().delete()
    assert sentences(cast.tina) == ["INFO9023 spring 2026, Oral exam: no appointments are cut yet."]


def test_nothing_waits_when_it_is_over(cast, exam_session):
    assert sentences(cast.tina, FIRST_SLOT + timedelta(days=1)) == []


@pytest.mark.parametrize(("zone", "day_begins"), [("Pacific/Auckland", 11), ("Pacific/Honolulu", 34)])
def test_a_day_is_over_by_the_clock_of_the_edition(cast, edition, exam_session, zone, day_begins):
    edition.timezone = zone
    edition.save()
    midnight = FIRST_SLOT.replace(hour=0) + timedelta(hours=day_begins)  # at the end of that day
    assert len(sentences(cast.tina, midnight - timedelta(seconds=1))) == 1
    assert sentences(cast.tina, midnight) == []


def test_only_instructors_hear_of_case_studies(cast, edition):
    CaseStudy.objects.create(edition=edition, title="Bread", text="A secret")
    assert sentences(cast.ines) == ["1 case study is a draft."]
    assert sentences(cast.tina) == []


@pytest.mark.parametrize("name", ["alice", "eve"])
def test_nothing_waits_for_others(cast, edition, exam_session, name):
    CaseStudy.objects.create(edition=edition, title="Bread", text="A secret")
    assert sentences(getattr(cast, name)) == []


@pytest.mark.parametrize("count", [1, 30])
def test_three_statements(cast, edition, count):
    for number in range(count):
        ExamSession.objects.create(edition=edition, title=f"Exam {number}", starts_on=FIRST_SLOT.date())
        CaseStudy.objects.create(edition=edition, title=f"Case {number}", text="A secret")
    with counted() as statements:
        list(todo.waiting(cast.ines, WHILE_OPEN))
    assert len(statements) == 3
