"""The list of exam sessions: where each stands for the person who looks, and the one thing to do about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.access import Viewer
from coursesite.board import open_until
from coursesite.booking import Phase, phase, why_not
from coursesite.models import CourseEdition
from exams.models import ExamDay, ExamSession, OralExam

OFFERED = Q(appointments__is_published=True)
TAKEN = OFFERED & Q(appointments__student__isnull=False)


@dataclass(frozen=True)
class Line:
    session: ExamSession
    when: str
    state: str
    todo: str  # the words of the link to the board

    @property
    def url(self) -> str:
        return self.session.get_absolute_url()


def read(viewer: Viewer, now: datetime) -> list[Line]:
    """Published sessions for students, all of them for staff and examiners; always the same number of queries."""
    sessions: Any = ExamSession.objects.filter(edition=viewer.edition)
    own = {}
    if viewer.is_student:
        own = {row.session_id: row for row in OralExam.objects.filter(student=viewer.enrolment)}
        sessions = sessions.filter(is_published=True)
    else:
        sessions = sessions.annotate(
            offered=Count("appointments", filter=OFFERED), taken=Count("appointments", filter=TAKEN)
        )
    lines = []
    for session in sessions:
        session.edition = viewer.edition
        if viewer.is_student:
            state, todo = for_student(session, own.get(session.pk), now)
        else:
            state, todo = for_staff(session), _("Open the board")
        lines.append(Line(session, clock.days_said(session.starts_on, session.ends_on), state, todo))
    return lines


def announced(edition: CourseEdition, lines: list[Line]) -> list[tuple[str, str, str]]:
    """What the course's README says of exams, when, what and its calendar entry, unless a published session says more
    of it.
    """
    published = [line.session for line in lines if line.session.is_published]
    return [
        (clock.days_said(day.held_on, None), day.title, f"examday-{day.pk}")
        if day.held_on
        else (_("date to be confirmed"), day.title, "")
        for day in ExamDay.objects.filter(edition=edition, is_missing=False)
        if not any(session.is_on(day.held_on) if day.held_on else session.title == day.title for session in published)
    ]


def for_staff(session: Any) -> str:
    if not session.is_published:
        return _("Not published: students do not see it yet.")
    return _("%(taken)s of %(offered)s appointments are taken.") % {"taken": session.taken, "offered": session.offered}


def for_student(session: ExamSession, own: OralExam | None, now: datetime) -> tuple[str, str]:
    zone = session.edition.zone
    if own is None:
        is_open = phase(session, now) is Phase.OPEN
        return open_until(session, now, zone), _("Pick an appointment") if is_open else _("See the board")
    when = clock.said_in_full(own.starts_at, zone)
    state = _("Your appointment is on %(when)s.") % {"when": f"{when}, {own.room}" if own.room else when}
    may_change = not why_not(session, now, zone, changing=True)
    return state, _("Move or cancel") if may_change else _("See your appointment")
