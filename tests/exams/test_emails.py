"""What students are told about their appointment, when it is not told, and what it does in their calendar."""

from datetime import timedelta

import pytest

from coursesite import reminders
from coursesite.outbox import QueuedEmail
from exams import appointments, emails
from exams.models import OralExam
from tests.cast import CLOSES, FIRST_SLOT, WHILE_OPEN, cut_appointments
from tests.letters import event, letter, mark


@pytest.fixture
def alice(cast):
    return cast.enrolments.alice


def row(kind: str) -> QueuedEmail:
    return QueuedEmail.objects.get(kind=kind, to_address="alice@example.org")


def is_true(queued: QueuedEmail) -> bool:
    return emails.KINDS[queued.kind].still_true(queued)


def test_a_confirmation(cast, alice, times):
    picked = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    told = letter(row("appointment_picked"))
    assert told.subject == "Oral exam: you come Mon 2 March, 10:00"
    assert "Hello Alice," in told.text
    assert "You picked an appointment: Oral exam." in told.text
    assert "Monday 2 March 2026, 10:00–10:20 (Europe/Brussels)" in told.text
    assert f"http://127.0.0.1:8000{times[0].session.get_absolute_url()}" in told.text
    assert "Reason" not in told.text + told.html
    assert "You picked an appointment: Oral exam." in told.html
    assert event(row("appointment_picked")) == ("REQUEST", str(picked.invitation), 0, "02/03 10:00 CET", "R7")


def test_after_the_clocks_change_the_hour_is_the_wall_s(cast, alice, exam_session):
    """30 March: ten o'clock in Brussels is eight in UTC."""
    [time] = cut_appointments(exam_session, 1, first=FIRST_SLOT + timedelta(days=28, hours=-1), room="R9")
    appointments.pick(time, alice, by=cast.alice, now=WHILE_OPEN)
    assert "Monday 30 March 2026, 10:00–10:20" in letter(row("appointment_picked")).text
    assert event(row("appointment_picked"))[3:] == ("30/03 10:00 CEST", "R9")


def test_staff_give_their_reason(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="Asked <by> mail")
    told = letter(row("appointment_picked"))
    assert "Tina T. picked an appointment for you: Oral exam." in told.text
    assert "Reason: Asked <by> mail" in told.text
    assert "Reason: Asked &lt;by&gt; mail" in told.html


def test_a_move_replaces_the_confirmation_that_was_not_sent(cast, alice, times):
    picked = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.move(times[2], alice, by=cast.alice, now=WHILE_OPEN)
    told = letter(row("appointment_moved"))
    assert (is_true(row("appointment_picked")), is_true(row("appointment_moved"))) == (False, True)
    assert told.subject == "Oral exam: you now come Mon 2 March, 10:40"
    assert "You moved your appointment: Oral exam. It was on Monday 2 March, 10:00." in told.text
    assert event(row("appointment_moved")) == ("REQUEST", str(picked.invitation), 1, "02/03 10:40 CET", "R7")


def test_an_appointment_that_staff_change(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    left, changed = (OralExam.objects.select_related("session__edition").get(pk=times[0].pk) for _ in range(2))
    changed.room = "R8"
    changed.save(update_fields=["room"])
    appointments.appointment_changed(changed, left=left, by=cast.ines, now=WHILE_OPEN)
    told = letter(row("appointment_changed"))
    assert told.subject == "Oral exam: your appointment is now Mon 2 March, 10:00, R8"
    assert "Ines I. changed your appointment: Oral exam. It was on Monday 2 March, 10:00, R7." in told.text
    assert is_true(row("appointment_changed"))
    assert event(row("appointment_changed")) == ("REQUEST", str(left.invitation), 1, "02/03 10:00 CET", "R8")


def test_what_may_be_in_a_calendar_is_taken_out(cast, alice, times):
    picked = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    mark(row("appointment_picked"), state="sent")
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    told = letter(row("appointment_cancelled"))
    assert (is_true(row("appointment_picked")), is_true(row("appointment_cancelled"))) == (False, True)
    assert told.subject == "Oral exam: Mon 2 March, 10:00 is cancelled"
    assert "You cancelled your appointment: Oral exam." in told.text
    assert event(row("appointment_cancelled")) == ("CANCEL", str(picked.invitation), 1, "02/03 10:00 CET", "R7")


def test_nobody_is_told_that_what_they_never_heard_of_is_over(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    assert not is_true(row("appointment_cancelled"))


def test_but_what_staff_did_and_why(cast, alice, times):
    appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    appointments.cancel(times[0], alice, by=cast.tina, now=WHILE_OPEN, as_staff=True, reason="The room is flooded")
    assert is_true(row("appointment_cancelled"))
    assert event(row("appointment_cancelled")) == ()
    assert "Reason: The room is flooded" in letter(row("appointment_cancelled")).text


def test_who_picks_again_is_told_of_another_event(cast, alice, times):
    first = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN).invitation
    appointments.cancel(times[0], alice, by=cast.alice, now=WHILE_OPEN)
    again = appointments.pick(times[0], alice, by=cast.alice, now=WHILE_OPEN).invitation
    assert first != again
    assert QueuedEmail.objects.filter(kind="appointment_picked").count() == 2


def test_reminders_say_what_to_do(cast, edition, times):
    """Charlie has an appointment, the others have none: three days before booking closes, and a day before."""
    appointments.pick(times[0], cast.enrolments.charlie, by=cast.charlie, now=WHILE_OPEN)
    reminders.queue(edition, CLOSES - timedelta(days=3))
    reminders.queue(edition, FIRST_SLOT - timedelta(days=1))
    rows = QueuedEmail.objects.filter(priority=QueuedEmail.REMINDER).order_by("kind", "to_address")
    assert list(rows.values_list("kind", "to_address")) == [
        ("appointment_needed_soon", "alice@example.org"),
        ("appointment_needed_soon", "bob@example.org"),
        ("appointment_needed_soon", "chloe@example.org"),
        ("appointment_needed_soon", "dana@example.org"),
        ("appointment_soon", "charlie@example.org"),
    ]
    needed, soon = letter(rows[0]), letter(rows[4])
    assert needed.subject == "Oral exam: pick an appointment before Fri 27 February, 18:00"
    assert "You have no appointment yet (Oral exam), and booking closes on Friday 27 February, 18:00." in needed.text
    assert f"http://127.0.0.1:8000{times[0].session.get_absolute_url()}" in needed.text
    assert soon.subject == "Oral exam: your appointment is Mon 2 March, 10:00"
    assert "Where: R7" in soon.text
