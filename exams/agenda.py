"""The dated facts of exams: their days, when booking opens and closes, and each student's own appointment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from coursesite import offsets
from coursesite.agenda import Entry, Theme, present, whole_days
from coursesite.models import CourseEdition, Enrolment, User
from exams import emails
from exams.models import ExamDay, ExamSession, OralExam

# What is read of an appointment and of its student.
COLUMNS = (
    *("session", "code", "starts_at", "ends_at", "room", "online_url", "picked_at", "invitation", "sequence"),
    *("student__user__first_name", "student__user__last_name", "student__user__email"),
)


def entries(edition: CourseEdition, now: datetime) -> list[Entry]:
    """Five queries, whatever the number of sessions and people. A session tells nothing until it is published."""
    sessions = {row.pk: row for row in ExamSession.objects.filter(edition=edition, is_published=True)}
    for session in sessions.values():
        session.edition = edition
    students = dict(Enrolment.objects.students().filter(edition=edition).values_list("pk", "user"))
    appointments = (
        OralExam.objects.picked()
        .with_last_change()
        .filter(session__in=sessions)
        .select_related("student__user")
        .only(*COLUMNS)
    )
    pairs = OralExam.examiners.through.objects.filter(oralexam__session__in=sessions)
    examiners = present(pairs, "oralexam")
    coming: dict[int, set[int]] = {session: set() for session in sessions}
    found = list(announced(edition, list(sessions.values()), frozenset(students.values())))
    for row in appointments:
        row.session = sessions[row.session_id]
        coming[row.session_id].add(row.student_id or 0)
        found.append(appointment(row, examiners.get(row.pk, [])))
    for session in sessions.values():
        found.append(days(session))
        waiting = frozenset(user for student, user in students.items() if student not in coming[session.pk])
        found += window(session, waiting, now)
    return found


def announced(edition: CourseEdition, sessions: list[ExamSession], students: frozenset[int]) -> Iterator[Entry]:
    """The days that the README names: where a session says more about one, for visitors alone, who see no session."""
    rows: Any = ExamDay.objects.filter(edition=edition, is_missing=False, held_on__isnull=False)
    for pk, held_on, title in rows.values_list("pk", "held_on", "title"):
        says_more = any(session.is_on(held_on) for session in sessions)
        yield Entry(
            kind="exam.announced",
            key=f"examday:{pk}:{held_on}",
            title=title,
            url=edition.get_absolute_url(),
            owed_by=frozenset() if says_more else students,
            concerns=frozenset() if says_more else None,
            offsets=offsets.read(edition.deadline_offsets),
            mail="exam_day_soon",
            is_public=True,
            theme=Theme.EXAMS,
            name=f"examday-{pk}",
            **whole_days(held_on, held_on, edition.zone),
        )


def days(session: ExamSession) -> Entry:
    last = session.ends_on or session.starts_on
    return Entry(
        kind="exam.days",
        key=f"examsession:{session.pk}:days:{session.starts_on}:{last}",
        title=session.title,
        url=session.get_absolute_url(),
        theme=Theme.EXAMS,
        name=f"exam-{session.code}",
        **whole_days(session.starts_on, last, session.edition.zone),
    )


def window(session: ExamSession, waiting: frozenset[int], now: datetime) -> Iterator[Entry]:
    """When booking opens and closes. Every student owes an appointment, unless the session is not for all of them."""
    opens_at, closes_at = session.booking_opens_at, session.booking_closes_at
    if opens_at is None or closes_at is None:
        return
    board = session.get_absolute_url()
    yield Entry(
        kind="exam.booking_opens",
        key=f"examsession:{session.pk}:opens:{opens_at.isoformat()}",
        title=_("%(session)s: booking opens") % {"session": session},
        starts_at=opens_at,
        url=board,
        name=f"exam-{session.code}-opens",
    )
    yield Entry(
        kind="exam.booking_closes",
        key=f"examsession:{session.pk}:closes:{closes_at.isoformat()}",
        title=_("%(session)s: booking closes") % {"session": session},
        starts_at=closes_at,
        url=board,
        owed_by=waiting if session.is_for_everyone and now >= opens_at else frozenset(),
        offsets=session.remind_of("closing", session.edition),
        mail="appointment_needed_soon",
        action=_("Pick an appointment"),
        step=_("Pick your appointment for %(session)s") % {"session": session},
        name=f"exam-{session.code}-closes",
        facts=emails.session_facts(session),
    )


def appointment(row: OralExam, examiners: list[User]) -> Entry:
    """A student's own appointment; for its examiners as well."""
    assert row.student  # noqa: S101 - only picked ones come here
    return Entry(
        kind="exam.appointment",
        key=f"oralexam:{row.invitation}:{row.starts_at.isoformat()}",
        title=_("%(session)s: %(student)s") % {"session": row.session, "student": row.student.user},
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        place=emails.place(row),
        url=row.session.get_absolute_url(),
        owed_by=frozenset({row.student.user_id}),
        concerns=frozenset({row.student.user_id, *(person.pk for person in examiners)}),
        since=row.changed_at if row.sequence else row.picked_at,
        offsets=row.session.remind_of("place", row.session.edition),
        mail="appointment_soon",
        with_whom=", ".join(map(str, examiners)),
        theme=Theme.EXAMS,
        name=f"appointment-{row.code}",
        uid=str(row.invitation),
        sequence=row.sequence,
        facts=emails.appointment_facts(row),
    )
