"""What the board of an exam session shows: its appointments, and for whom the viewer may pick one.

Students see no name. Staff see who comes when, and so do the edition's examiners, who change nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite import access
from coursesite.access import Viewer
from coursesite.board import OF_PLACE, Board, Place, lay_out, state_of, summary, until_when
from coursesite.bookable import who_may
from coursesite.booking import why_not
from coursesite.joined import Joined
from coursesite.models import Enrolment, User
from coursesite.nearest import kept_places
from exams.models import ExamSession, OralExam


@dataclass(frozen=True)
class Seen:
    """What one query through the person brings: who looks, and at which session."""

    viewer: Viewer
    user: User
    session: ExamSession

    @property
    def sees_names(self) -> bool:
        return self.viewer.is_staff or not self.viewer.is_student


SESSIONS = Joined(ExamSession, "edition", by="code", more={"kept_places": kept_places(OralExam, "session")})
APPOINTMENTS = Joined(OralExam, "session", "session__edition", by="code")


def seen_through(request: HttpRequest, edition: str, rows: Joined, code: UUID, *more: Any) -> tuple[Seen, Any]:
    """The session, or the appointment in one, and who looks at it. Outsiders get 404.

    more: the values for the placeholders of `rows`.
    """
    viewer, row = access.seen_through(request, rows, edition, code, more)
    if viewer.enrolment is None and not viewer.is_staff:
        raise Http404
    session = row if isinstance(row, ExamSession) else row.session
    return Seen(viewer, cast(User, request.user), session), row


@dataclass(frozen=True)
class Examinee:
    """A student as the board names them."""

    pk: int
    name: str


@dataclass(kw_only=True)
class SessionBoard(Board):
    bookable: ExamSession
    examinee: Examinee | None = None  # for whom staff act
    waiting: list[Examinee] = field(default_factory=list)  # students without an appointment; staff and examiners only

    def offer_appointments(self, verb: str) -> None:
        """Make a button of every free appointment, and let one's own go."""
        slug = self.bookable.edition.slug
        self.offer(verb, f"exams:{verb}_appointment", slug)
        if self.own:
            self.cancel_url = reverse("exams:cancel_appointment", args=[slug, self.own.code])


def read(seen: Seen, now: datetime, *, acting_for: int | None = None) -> SessionBoard:
    """The board as `seen.user` may see it. `acting_for`: the enrolment of whom staff choose an appointment for."""
    if seen.viewer.is_staff:
        return for_staff(seen, now, acting_for)
    return for_student(seen, now) if seen.viewer.is_student else with_names(seen, now, None)


def for_student(seen: Seen, now: datetime) -> SessionBoard:
    session, student = seen.session, cast(Enrolment, seen.viewer.enrolment)
    zone = session.edition.zone
    board = laid_out(session, {}, student.pk, now)
    board.own_entry = f"appointment-{board.own.code}" if board.own else ""
    board.why_not = why_not(session, now, zone, changing=board.own is not None)
    if not board.why_not:
        board.offer_appointments("move" if board.own else "pick")
        board.changes = until_when(session, now, zone)
    return board


def for_staff(seen: Seen, now: datetime, acting_for: int | None) -> SessionBoard:
    board = with_names(seen, now, acting_for)
    if acting_for is not None and board.examinee is None:
        raise Http404
    if not seen.session.is_published:
        board.why_not = _("No appointments are published yet. Cut and publish them in the administration.")
    elif board.examinee:
        board.offer_appointments("move" if board.own else "pick")
    return board


def with_names(seen: Seen, now: datetime, acting_for: int | None) -> SessionBoard:
    session = seen.session
    everyone = {student.pk: Examinee(student.pk, str(student.user)) for student in students(session)}
    board = laid_out(session, everyone, acting_for, now, acting=True)
    board.examinee = None if acting_for is None else everyone.get(acting_for)
    coming = {cell.holder for cell in board.cells if cell.holder}
    board.waiting = [each for each in everyone.values() if each not in coming]
    return board


def students(session: ExamSession) -> QuerySet[Enrolment]:
    """By name. Who has another role by now may still hold an appointment."""
    is_one = Q(role=Enrolment.Role.STUDENT) | Q(oral_exams__session=session)
    rows = Enrolment.objects.filter(is_one, edition=session.edition).select_related("user").distinct()
    return rows.order_by("user__last_name", "user__first_name", "user__email")


def laid_out(
    session: ExamSession, known: dict[int, Examinee], own: int | None, now: datetime, *, acting: bool = False
) -> SessionBoard:
    zone = session.edition.zone
    days = lay_out(places(session, known, own), now, zone, acting=acting)
    return SessionBoard(
        bookable=session, url=session.get_absolute_url(), days=days, summary=summary(session, days, now, zone)
    )


def places(session: ExamSession, known: dict[int, Examinee], own: int | None) -> Iterator[Place]:
    """The published appointments in order of time. One query."""
    if not session.is_published:
        return
    appointments = OralExam.objects.filter(session=session).published()
    rows = appointments.values_list(*OF_PLACE, "student")
    now = timezone.now()  # kept by the real clock
    for code, starts_at, ends_at, room, online_url, kept_for, kept_until, student in rows:
        state = state_of(student, who_may(kept_for, kept_until, now), own)
        yield Place(code, starts_at, ends_at, room, online_url, kept_until, state, known.get(student))
