"""The rules of picking, moving and cancelling an appointment, without a page: what every caller meets."""

from datetime import timedelta

import pytest

from coursesite.booking import MOST_CHANGES, BookingRefused
from coursesite.outbox import QueuedEmail
from exams import appointments
from exams.models import ExamSession, OralExam
from tests.cast import CLOSES, CUT_OFF, FIRST_SLOT, OPENS, WHILE_OPEN, cut_appointments
from tests.statements import counted

STAFF = {"now": WHILE_OPEN, "as_staff": True, "reason": "Asked by mail"}


@pytest.fixture
def alice(cast):
    return cast.enrolments.alice


@pytest.fixture
def charlie(cast):
    return cast.enrolments.charlie


def reloaded(appointment: OralExam) -> OralExam:
    return OralExam.objects.select_related("session__edition").get(pk=appointment.pk)


def standing() -> list[tuple[str, int]]:
    """Who has which appointment, by its number."""
    rows = OralExam.objects.picked().select_related("student__user")
    return [(row.student.user.first_name, (row.starts_at - FIRST_SLOT) // timedelta(minutes=20)) for row in rows]


def mails() -> list[tuple[str, str]]:
    return list(QueuedEmail.objects.order_by("pk").values_list("kind", "to_address"))


def refused(verb, *args, **kwargs) -> BookingRefused:
    """It is refused, and nothing is written."""
    before = standing(), mails(), OralExam.history.count()
    with pytest.raises(BookingRefused) as caught:
        verb(*args, **kwargs)
    assert (standing(), mails(), OralExam.history.count()) == before
    return caught.value


def test_a_student_picks_an_appointment_and_is_told(cast, alice, times):
    picked = appointments.pick(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    assert standing() == [("Alice", 1)]
    assert (picked.picked_by, picked.picked_at, picked.reason, picked.sequence) == (cast.alice, WHILE_OPEN, "", 0)
    assert mails() == [("appointment_picked", "alice@example.org")]
    history = OralExam.history.get()
    assert (history.history_type, history.history_user, history.student) == ("~", cast.alice, alice)


def test_picking_takes_as_many_statements_as_booking_a_slot(cast, alice, times):
    appointments.pick(times[3], cast.enrolments.bob, by=cast.bob, now=WHILE_OPEN)
    with counted() as statements:
        appointments.pick(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    assert len(statements) == 5  # lock, read again, the appointment, its history, the mail


def test_every_change_raises_the_revision_of_the_session(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.move(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.cancel(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    assert ExamSession.objects.get().revision == 4


@pytest.mark.parametrize("read", [lambda row: row, reloaded])
def test_the_same_click_twice_is_one_appointment_and_one_mail(cast, alice, times, read):
    first = appointments.pick(read(times[0]), alice, by=cast.alice, now=WHILE_OPEN)
    again = appointments.pick(read(times[0]), alice, by=cast.alice, now=WHILE_OPEN)
    assert (first, first.invitation) == (again, again.invitation)
    assert (standing(), len(mails()), OralExam.history.count()) == ([("Alice", 0)], 1, 1)


@pytest.mark.parametrize("read", [lambda row: row, reloaded])
def test_a_taken_appointment_is_refused(cast, alice, charlie, times, read):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    answer = refused(appointments.pick, read(times[0]), charlie, by=cast.charlie, now=WHILE_OPEN)
    assert answer.sentence == "Monday 2 March, 10:00 has just been taken. Choose another one."
    assert answer.lost_race


def test_a_second_appointment_of_the_session_is_refused(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    answer = refused(appointments.pick, times[1], alice, by=cast.alice, now=WHILE_OPEN)
    assert answer.sentence == "You have Monday 2 March, 10:00 already. You can move it to another free time."


def test_rooms_in_parallel_are_one_exam(cast, alice, exam_session, times):
    [elsewhere] = cut_appointments(exam_session, 1, room="R8")
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert "already" in refused(appointments.pick, elsewhere, alice, by=cast.alice, now=WHILE_OPEN).sentence


def test_a_resit_is_another_exam(cast, edition, alice, exam_session, times):
    resit = ExamSession.objects.create(
        edition=edition,
        title="Resit",
        starts_on=FIRST_SLOT.date(),
        booking_opens_at=OPENS,
        booking_closes_at=CLOSES,
        changes_until=CUT_OFF,
        is_published=True,
    )
    [later] = cut_appointments(resit, 1, first=FIRST_SLOT + timedelta(days=60))
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.pick(later, alice, by=cast.alice, now=WHILE_OPEN)
    assert OralExam.objects.picked().count() == 2


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (OPENS - timedelta(seconds=1), "Booking opens on Monday 16 February, 09:00."),
        (CLOSES, "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place."),
        (CUT_OFF, "Booking closed on Friday 27 February, 18:00. Write to the staff: they can still find you a place."),
    ],
)
def test_students_pick_only_while_booking_is_open(cast, alice, times, now, sentence):
    assert refused(appointments.pick, times[0], alice, by=cast.alice, now=now).sentence == sentence


def test_opening_is_open_and_the_last_second_too(cast, alice, charlie, times):
    appointments.pick(times[0], alice, by=cast.alice, now=OPENS)
    appointments.pick(times[1], charlie, by=cast.charlie, now=CLOSES - timedelta(seconds=1))
    assert standing() == [("Alice", 0), ("Charlie", 1)]


def test_staff_pick_for_a_student_after_closing_and_say_why(cast, alice, times):
    picked = appointments.pick(times[0], alice, by=cast.tina, now=CUT_OFF, as_staff=True, reason="Was ill")
    assert (standing(), picked.picked_by, picked.reason) == ([("Alice", 0)], cast.tina, "Was ill")
    mail = QueuedEmail.objects.get()
    assert (mail.to_address, mail.facts["by"], mail.facts["reason"]) == ("alice@example.org", "Tina T.", "Was ill")


@pytest.mark.parametrize("verb", [appointments.pick, appointments.move, appointments.cancel])
def test_staff_without_a_reason_are_refused(cast, alice, times, verb):
    answer = refused(verb, times[0], alice, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason=" ")
    assert answer.sentence == "Please say why: it is told in the mail."


def test_staff_never_double_book(cast, alice, charlie, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert "taken" in refused(appointments.pick, times[0], charlie, by=cast.tina, **STAFF).sentence
    assert refused(appointments.pick, times[1], alice, by=cast.tina, **STAFF).sentence == (
        "This student has Monday 2 March, 10:00 already. Move that appointment instead."
    )


@pytest.mark.parametrize("as_staff", [False, True])
@pytest.mark.parametrize(
    "change", [{"is_published": False}, {"room": "R8"}, {"starts_at": FIRST_SLOT - timedelta(minutes=5)}]
)
def test_an_appointment_that_staff_changed_meanwhile_is_refused(cast, alice, times, change, as_staff):
    OralExam.objects.filter(pk=times[0].pk).update(**change)
    answer = refused(
        appointments.pick, times[0], alice, by=cast.tina, now=WHILE_OPEN, as_staff=as_staff, reason="Asked by mail"
    )
    assert answer.sentence == "Monday 2 March, 10:00 was changed or removed by the staff. Choose another one."


@pytest.mark.parametrize("verb", [appointments.pick, appointments.move])
def test_an_appointment_that_staff_removed_meanwhile_is_refused(cast, alice, times, verb):
    OralExam.objects.filter(pk=times[0].pk).delete()
    assert "was changed or removed" in refused(verb, times[0], alice, by=cast.alice, now=WHILE_OPEN).sentence


@pytest.mark.parametrize("change", [{"booking_closes_at": WHILE_OPEN}, {"is_published": False}])
def test_a_window_that_staff_changed_meanwhile_is_refused(cast, alice, times, change):
    ExamSession.objects.update(**change)
    answer = refused(appointments.pick, times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert answer.sentence == "This has just been changed. Please look again."


def test_an_appointment_that_has_begun_is_nobodys(cast, alice, times):
    answer = refused(appointments.pick, times[0], alice, by=cast.tina, **STAFF | {"now": FIRST_SLOT})
    assert answer.sentence == "Monday 2 March, 10:00 has begun already."


def test_a_session_that_is_not_published_is_nobodys_not_even_for_staff(cast, alice, exam_session):
    ExamSession.objects.update(is_published=False)
    appointment = exam_session.appointments.select_related("session__edition").first()
    assert refused(appointments.pick, appointment, alice, by=cast.tina, **STAFF).sentence == (
        "“Oral exam” is not published yet."
    )


def test_a_move_takes_the_calendar_event_along(cast, alice, times):
    picked = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    moved = appointments.move(times[2], alice, by=cast.alice, now=WHILE_OPEN + timedelta(minutes=1))
    assert standing() == [("Alice", 2)]
    assert (moved.invitation, moved.sequence) == (picked.invitation, 1)
    left = reloaded(times[0])
    assert (left.student, left.picked_by, left.picked_at, left.invitation, left.sequence) == (None,) * 4 + (0,)
    facts = QueuedEmail.objects.get(kind="appointment_moved").facts
    assert (facts["left_at"], facts["starts_at"]) == ("2026-03-02T09:00:00+00:00", "2026-03-02T09:40:00+00:00")


def test_the_old_appointment_is_kept_when_the_new_one_is_gone(cast, alice, charlie, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.pick(times[1], charlie, by=cast.charlie, now=WHILE_OPEN)
    assert "taken" in refused(appointments.move, times[1], alice, by=cast.alice, now=WHILE_OPEN).sentence
    assert standing() == [("Alice", 0), ("Charlie", 1)]


def test_who_has_an_appointment_moves_it_until_the_cut_off(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.move(times[1], alice, by=cast.alice, now=CUT_OFF - timedelta(seconds=1))
    assert refused(appointments.move, times[2], alice, by=cast.alice, now=CUT_OFF).sentence == (
        "Changes were possible until Sunday 1 March, 12:00. If something came up, write to the staff."
    )
    assert standing() == [("Alice", 1)]


def test_a_move_twice_is_one_move(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    moved = [appointments.move(times[1], alice, by=cast.alice, now=WHILE_OPEN) for _ in range(2)]
    assert ([row.sequence for row in moved], len(mails())) == ([1, 1], 2)


def test_a_move_without_an_appointment_is_refused(cast, alice, times):
    assert refused(appointments.move, times[0], alice, by=cast.alice, now=WHILE_OPEN).sentence == (
        "There is no appointment to move any more. Pick one of the free ones."
    )


def test_staff_move_who_missed_their_time(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    late = FIRST_SLOT + timedelta(minutes=5)
    appointments.move(times[3], alice, by=cast.tina, now=late, as_staff=True, reason="Train was late")
    assert standing() == [("Alice", 3)]


def test_a_cancelled_appointment_is_free_and_the_student_is_told(cast, alice, charlie, times):
    picked = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert (standing(), mails()[1:]) == ([], [("appointment_cancelled", "alice@example.org")])
    facts = QueuedEmail.objects.get(kind="appointment_cancelled").facts
    assert (facts["uid"], facts["sequence"], facts["method"]) == (str(picked.invitation), 1, "CANCEL")
    appointments.pick(times[0], charlie, by=cast.charlie, now=WHILE_OPEN)
    appointments.pick(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    assert standing() == [("Charlie", 0), ("Alice", 1)]


def test_a_second_cancel_touches_nobody(cast, alice, charlie, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.pick(times[0], charlie, by=cast.charlie, now=WHILE_OPEN)
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert (standing(), len(mails())) == ([("Charlie", 0)], 3)


def test_after_the_cut_off_only_staff_cancel(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    answer = refused(appointments.cancel, times[0], alice, by=cast.alice, now=CUT_OFF)
    assert "Changes were possible until" in answer.sentence
    appointments.cancel(times[0], alice, by=cast.tina, now=CUT_OFF, as_staff=True, reason="Ill")
    assert (standing(), QueuedEmail.objects.get(kind="appointment_cancelled").facts["reason"]) == ([], "Ill")
    history = OralExam.history.first()
    assert (history.history_user, history.reason, history.student) == (cast.tina, "Ill", None)


def test_an_appointment_that_has_begun_is_not_given_back(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    answer = refused(appointments.cancel, times[0], alice, by=cast.tina, **STAFF | {"now": FIRST_SLOT})
    assert answer.sentence == "Monday 2 March, 10:00 has begun already."


def test_only_the_appointment_that_was_seen_is_given_back(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.move(times[1], alice, by=cast.alice, now=WHILE_OPEN)
    answer = refused(appointments.cancel, times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert answer.sentence == "The appointment is on Monday 2 March, 10:20 now. Look again before you cancel."


def test_who_moves_very_often_is_sent_to_the_staff(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    for step in range(MOST_CHANGES):
        appointments.move(times[1 + step % 2], alice, by=cast.alice, now=WHILE_OPEN)
    assert "very often" in refused(appointments.move, times[0], alice, by=cast.alice, now=WHILE_OPEN).sentence
    assert "very often" in refused(appointments.cancel, times[1], alice, by=cast.alice, now=WHILE_OPEN).sentence
    appointments.move(times[0], alice, by=cast.tina, **STAFF)
    assert standing() == [("Alice", 0)]


def test_who_cancels_very_often_keeps_what_they_have(cast, alice, times):
    for _ in range(MOST_CHANGES):
        appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
        appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
        times[0].refresh_from_db()
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert "very often" in refused(appointments.cancel, times[0], alice, by=cast.alice, now=WHILE_OPEN).sentence
    assert standing() == [("Alice", 0)]


def test_who_has_an_appointment_whose_place_staff_change_is_told(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    left, changed = reloaded(times[0]), reloaded(times[0])
    changed.room = "R8"
    appointments.appointment_changed(changed, left=left, by=cast.ines, now=WHILE_OPEN)
    appointments.appointment_changed(times[1], left=times[1], by=cast.ines, now=WHILE_OPEN)  # nobody has it
    assert mails()[1:] == [("appointment_changed", "alice@example.org")]
    facts = QueuedEmail.objects.get(kind="appointment_changed").facts
    assert (facts["left_place"], facts["place"], facts["sequence"], facts["by"]) == ("R7", "R8", 1, "Ines I.")
