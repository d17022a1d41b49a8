"""What exams put on everybody's agenda."""

from datetime import date, timedelta

import pytest

from coursesite.offsets import Offset
from exams import agenda, appointments, models
from exams.models import ExamDay, ExamSession
from tests.cast import CLOSES, FIRST_SLOT, OPENS, WHILE_OPEN, cut_appointments, enrol
from tests.statements import counted


def by_kind(edition, now=WHILE_OPEN) -> dict:
    """The entries of one session; each kind is there once."""
    entries = agenda.entries(edition, now)
    found = {entry.kind: entry for entry in entries}
    assert len(found) == len(entries)
    return found


def ids(*users) -> set[int]:
    return {user.pk for user in users}


def test_what_there_is_before_anybody_has_picked(cast, edition, exam_session):
    found = by_kind(edition)
    assert set(found) == {"exam.days", "exam.booking_opens", "exam.booking_closes"}
    days, opens, closes = found.values()
    assert (days.title, days.is_all_day) == ("Oral exam", True)
    assert (days.starts_at, days.ends_at - days.starts_at) == (
        FIRST_SLOT.replace(hour=0) - timedelta(hours=1),
        timedelta(days=1),
    )
    assert (opens.title, opens.starts_at) == ("Oral exam: booking opens", OPENS)
    assert opens.url == closes.url == exam_session.get_absolute_url()


def test_who_has_none_owes_an_appointment(cast, edition, times):
    appointments.pick(times[0], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    closes = by_kind(edition)["exam.booking_closes"]
    assert (closes.starts_at, closes.mail) == (CLOSES, "appointment_needed_soon")
    assert closes.owed_by == ids(cast.bob, cast.charlie, cast.chloe, cast.dana)
    assert closes.offsets == (Offset(days=7), Offset(days=3), Offset(days=1))


def test_nobody_owes_one_before_booking_opens(cast, edition, exam_session):
    assert by_kind(edition, OPENS - timedelta(seconds=1))["exam.booking_closes"].owed_by == frozenset()


def test_nobody_owes_one_of_a_resit(cast, edition, exam_session):
    ExamSession.objects.update(is_for_everyone=False)
    assert by_kind(edition)["exam.booking_closes"].owed_by == frozenset()


def test_one_s_own_appointment_is_for_its_examiners_too(cast, edition, times):
    times[1].examiners.add(cast.ines)
    picked = appointments.pick(times[1], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    own = by_kind(edition)["exam.appointment"]
    assert (own.title, own.place, own.since) == ("Oral exam: Alice A.", "R7", WHILE_OPEN)
    assert own.starts_at == FIRST_SLOT + timedelta(minutes=20)
    assert (own.owed_by, own.concerns) == (ids(cast.alice), ids(cast.alice, cast.ines))
    assert (own.offsets, own.mail) == ((Offset(days=1), Offset(hours=2)), "appointment_soon")
    assert own.key == f"oralexam:{picked.invitation}:2026-03-02T09:20:00+00:00"


def test_a_moved_appointment_is_told_anew(cast, edition, times):
    appointments.pick(times[1], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    before = by_kind(edition)["exam.appointment"].key
    appointments.move(times[2], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    assert by_kind(edition)["exam.appointment"].key != before


def test_an_unpublished_session_tells_nothing(cast, edition, exam_session):
    ExamSession.objects.update(is_published=False)
    assert agenda.entries(edition, WHILE_OPEN) == []


def test_an_announced_day_is_told_until_a_session_says_more(cast, edition):
    ExamDay.objects.create(edition=edition, title="Oral exam", held_on=FIRST_SLOT.date())
    ExamDay.objects.create(edition=edition, title="Undated")
    ExamDay.objects.create(edition=edition, title="Gone", held_on=date(2026, 6, 1), is_missing=True)
    announced = by_kind(edition)
    assert [(entry.kind, entry.title, entry.url) for entry in announced.values()] == [
        ("exam.announced", "Oral exam", "/info9023-2026/")
    ]


def test_told_once(edition, exam_session):
    ExamDay.objects.create(edition=edition, title="Oral exam", held_on=FIRST_SLOT.date())
    announced = by_kind(edition)["exam.announced"]
    assert (announced.concerns, announced.is_public) == (frozenset(), True)  # for visitors, who see no session


@pytest.mark.parametrize("count", [1, 30])
def test_five_statements_and_one_address(cast, edition, exam_session, count, monkeypatch):
    first, *_others = cut_appointments(exam_session, count, room="R8")
    first.examiners.add(cast.ines)
    for number, time in enumerate(exam_session.appointments.filter(room="R8").select_related("session__edition")):
        enrolment = enrol(edition, f"student{number}")
        appointments.pick(time, enrolment, by=enrolment.user, now=WHILE_OPEN)
    made: list[str] = []
    monkeypatch.setattr(models, "reverse", lambda name, **more: made.append(name) or name)
    with counted() as statements:
        found = agenda.entries(edition, WHILE_OPEN)
    assert len(statements) == 5
    assert made == ["exams:session"]
    assert sum(entry.kind == "exam.appointment" for entry in found) == count
    assert [entry.with_whom for entry in found if entry.with_whom] == ["Ines I."]
