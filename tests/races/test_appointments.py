"""Everybody wants an appointment in the same second: real processes, a real database, and the control."""

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from coursesite.outbox import QueuedEmail
from exams import appointments
from exams.models import ExamSession, OralExam
from tests.cast import cut_appointments, enrol
from tests.exams.pages import address
from tests.races.crowd import clicks, constraints_taken_away, person, within_tries

pytestmark = pytest.mark.django_db(transaction=True)

RULE = "oralexam_one_per_student_and_session"


def crowded(edition, *, students: int, times: int) -> SimpleNamespace:
    """Booking is open now, by the real clock. Each student has two tabs open on the board."""
    now = timezone.now()
    session = ExamSession.objects.create(
        edition=edition,
        starts_on=(now + timedelta(days=3)).date(),
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=1),
        changes_until=now + timedelta(days=2),
        is_published=True,
    )
    cut_appointments(session, times, first=now + timedelta(days=3))
    everyone = [enrol(edition, f"s{number}") for number in range(students)]
    return SimpleNamespace(
        session=session,
        times=list(session.appointments.select_related("session__edition").order_by("starts_at")),
        students=everyone,
        tabs=[
            person(enrolment.user, board=session.get_absolute_url(), verb="pick")
            for enrolment in everyone
            for _tab in range(2)
        ],
    )


def greediest() -> int:
    """How many appointments the student with the most has."""
    return max(Counter(OralExam.objects.picked().values_list("student", flat=True)).values(), default=0)


def confirmations() -> int:
    return QueuedEmail.objects.filter(kind="appointment_picked").count()


def most_promised() -> int:
    """To how many students the most promised appointment was confirmed."""
    rows = QueuedEmail.objects.filter(kind="appointment_picked").values_list("facts__starts_at", flat=True)
    return max(Counter(rows).values(), default=0)


def test_25_students_with_two_tabs_on_20_appointments(edition, tmp_path):
    world = crowded(edition, students=25, times=20)
    statuses = Counter(status for each in clicks(world.tabs, tmp_path) for status in each)
    assert set(statuses) <= {303, 409}
    assert (greediest(), most_promised()) == (1, 1)
    assert (OralExam.objects.picked().count(), OralExam.history.count(), confirmations()) == (20, 20, 20)


def losers(world: SimpleNamespace) -> list[dict]:
    """The first student has the eighth appointment; the others want it, and then what is kept for them."""
    gone, (first, *others) = world.times[7], world.students
    appointments.pick(gone, first, by=first.user, now=timezone.now())
    return [person(student.user, lost=address("pick", gone)) for student in others]


@pytest.mark.once("postgres")  # nearest.py is the same for slots, which are raced on both
def test_whoever_has_lost_wins_with_the_next_click(edition, tmp_path):
    """As many students as appointments: 12 have lost one, and 12 others click wherever it looks free."""
    world = crowded(edition, students=25, times=25)
    lost = losers(world)
    answers = clicks(lost[:12] + world.tabs[26::2], tmp_path)
    assert answers[:12] == [[409, 303]] * 12
    assert (greediest(), most_promised(), OralExam.objects.picked().count()) == (1, 1, 25)


@pytest.mark.once("postgres")
def test_control_keeping_without_the_lock(edition, tmp_path):
    """One appointment is promised to two."""
    world = crowded(edition, students=13, times=13)
    lost = losers(world)

    def shows() -> bool:
        others = OralExam.objects.exclude(pk=world.times[7].pk)
        others.update(student=None, picked_by=None, picked_at=None, invitation=None, kept_for=None, kept_until=None)
        without = {"weaken": "coursesite.nearest", "slow": "exams.appointments.all_free"}
        return any(answer in ([409], [409, 409]) for answer in clicks(lost, tmp_path, **without))

    assert within_tries(shows)


def test_control_without_lock_guard_and_constraint(edition, tmp_path):
    world = crowded(edition, students=25, times=20)

    def shows() -> bool:
        QueuedEmail.objects.all().delete()
        OralExam.objects.update(student=None, picked_by=None, picked_at=None, invitation=None)
        clicks(world.tabs, tmp_path, weaken="exams.appointments", unguard="exams.models.OralExam.while_held_by")
        return max(greediest(), most_promised()) > 1

    with constraints_taken_away(OralExam, RULE):
        assert within_tries(shows)


def test_without_the_lock_the_database_still_decides(edition, tmp_path):
    """A script that forgot the lock: nobody has two, and nothing is promised twice."""
    world = crowded(edition, students=25, times=20)
    clicks(world.tabs, tmp_path, weaken="exams.appointments")
    assert (greediest(), most_promised()) == (1, 1)
    assert OralExam.objects.picked().count() == confirmations()


def test_50_clicks_on_one_appointment(edition, tmp_path):
    world = crowded(edition, students=25, times=1)
    answers = Counter(status for each in clicks(world.tabs, tmp_path) for status in each)
    assert (OralExam.objects.picked().count(), confirmations()) == (1, 1)
    assert set(answers) <= {303, 409}
    assert answers[303] in (1, 2)  # the second is the other tab of the first: theirs already


def test_everybody_moves_to_one_and_keeps_theirs_when_they_lose(edition, tmp_path):
    world = crowded(edition, students=10, times=11)
    for time, student in zip(world.times, world.students, strict=False):
        appointments.pick(time, student, by=student.user, now=timezone.now())
    wanted = reverse("exams:move_appointment", args=[edition.slug, world.times[10].code])
    answers = clicks([person(student.user, posts=[wanted]) for student in world.students], tmp_path)
    assert Counter(status for each in answers for status in each) == {303: 1, 409: 9}
    assert (OralExam.objects.picked().count(), greediest()) == (10, 1)
    assert QueuedEmail.objects.filter(kind="appointment_moved").count() == 1


def test_one_moves_and_cancels_and_another_waits(edition, tmp_path):
    """A place changes hands in every order of the three clicks, and is never in two."""
    world = crowded(edition, students=20, times=10)
    first, second = world.students[:10], world.students[10:]
    for time, student in zip(world.times, first, strict=True):
        appointments.pick(time, student, by=student.user, now=timezone.now())
    people = []
    for time, holder, waiting in zip(world.times, first, second, strict=True):
        cancel = reverse("exams:cancel_appointment", args=[edition.slug, time.code])
        pick = reverse("exams:pick_appointment", args=[edition.slug, time.code])
        people += [person(holder.user, posts=[cancel, cancel]), person(waiting.user, posts=[pick, pick])]
    answers = clicks(people, tmp_path)
    assert {status for each in answers for status in each} <= {303, 404, 409}
    holders = set(OralExam.objects.picked().values_list("student", flat=True))
    assert holders <= {student.pk for student in second}
    assert greediest() <= 1
    assert QueuedEmail.objects.filter(kind="appointment_cancelled").count() == 10
