"""What students are told about their appointment: one function per mail, called in the transaction of what it tells.

No mail of the exams says a word of a case study.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

from coursesite import feeds
from coursesite.booking import is_worth_telling
from coursesite.mail import MailKind, queue
from coursesite.models import User
from coursesite.outbox import QueuedEmail
from exams.models import ExamSession, OralExam


def appointment_picked(appointment: OralExam, *, now: datetime) -> None:
    queue_appointment("appointment_picked", appointment, appointment.picked_by, now)


def appointment_moved(appointment: OralExam, before: dict[str, str], *, now: datetime) -> None:
    queue_appointment("appointment_moved", appointment, appointment.picked_by, now, **before)


def appointment_changed(appointment: OralExam, before: dict[str, str], *, by: User, now: datetime) -> None:
    """Staff gave the appointment itself another time or place."""
    queue_appointment("appointment_changed", appointment, by, now, reason="", **before)


def appointment_cancelled(appointment: OralExam, *, by: User, reason: str, now: datetime) -> None:
    """While it is still the student's: the calendar event that goes is the one that they have."""
    queue_appointment(
        "appointment_cancelled",
        appointment,
        by,
        now,
        reason=reason,
        method="CANCEL",
        sequence=appointment.sequence + 1,
    )


def queue_appointment(kind: str, appointment: OralExam, by: User | None, now: datetime, **more: Any) -> None:
    """The sequence tells one change of an appointment from the next, in the key as in the calendar."""
    facts = appointment_facts(appointment) | {"by": str(by), "reason": appointment.reason} | more
    assert appointment.student  # noqa: S101 - it is told to whose it is
    queue(
        kind,
        [appointment.student.user],
        edition=appointment.session.edition,
        key=f"{facts['uid']}:{facts['sequence']}",
        facts=facts,
        now=now,
    )


def appointment_facts(appointment: OralExam) -> dict[str, Any]:
    """What mails about an appointment say, and what its calendar invitation is made of (coursesite/feeds.py)."""
    session = appointment.session
    return session_facts(session) | {
        "uid": str(appointment.invitation),
        "sequence": appointment.sequence,
        "method": "REQUEST",
        "summary": f"{session.edition.code} {session.title}".strip(),
        "starts_at": appointment.starts_at.isoformat(),
        "ends_at": appointment.ends_at.isoformat(),
        "place": place(appointment),
    }


def place(appointment: OralExam) -> str:
    return appointment.room or appointment.online_url


def before(appointment: OralExam) -> dict[str, str]:
    return {"left_at": appointment.starts_at.isoformat(), "left_place": place(appointment)}


def session_facts(session: ExamSession) -> dict[str, Any]:
    return {"session": session.title, "url": settings.SITE_URL + session.get_absolute_url()}


def still_stands(row: QueuedEmail) -> bool:
    """Nobody has changed the appointment since; who did has queued a mail that says more."""
    facts = row.facts
    return OralExam.objects.picked().filter(invitation=facts["uid"], sequence=facts["sequence"]).exists()


KINDS = {
    "appointment_picked": MailKind("exams", still_true=still_stands, invitation=feeds.invitation),
    "appointment_moved": MailKind("exams", still_true=still_stands, invitation=feeds.invitation),
    "appointment_changed": MailKind("exams", still_true=still_stands, invitation=feeds.invitation),
    "appointment_cancelled": MailKind("exams", still_true=is_worth_telling, invitation=feeds.withdrawal),
    # Reminders: whether they are true is asked of the agenda (coursesite/reminders.py).
    "appointment_soon": MailKind("exams"),
    "appointment_needed_soon": MailKind("exams"),
    "exam_day_soon": MailKind("exams"),
}
