"""Pick, move and cancel an appointment: one activity per verb, used by pages, admin and commands alike.

The session's row is the one lock of every change of its appointments. What was read before it only refuses early; what
is true is read again under it, and the database has the last word: a constraint says one appointment per student, and
an appointment is only written while it is in the hands in which it was read.

Students act while booking is open; who has an appointment may still move or cancel it until the cut-off. Staff
(`as_staff`) act at any time before an appointment begins, and say why: the student reads it.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite import clock, nearest
from coursesite.bookable import not_kept_from
from coursesite.booking import (
    BookingRefused,
    as_seen,
    begun,
    changed,
    kept,
    refuse_outside_window,
    refuse_restless,
    refuse_without_reason,
    taken,
    under_lock,
    withdrawn,
)
from coursesite.models import Enrolment, User
from exams import emails
from exams.models import ExamSession, OralExam, OralExamQuerySet


def pick(
    appointment: OralExam, student: Enrolment, *, by: User, now: datetime, as_staff: bool = False, reason: str = ""
) -> OralExam:
    """Give the appointment to the student. The same click twice is one appointment and one mail.

    Raises BookingRefused or Busy; then nothing is written.
    """
    if appointment.student_id == student.pk:
        return appointment
    refuse_early(appointment, student, now, as_staff=as_staff, reason=reason, moving=False)

    def act() -> OralExam:
        truth = read_again(appointment, student)
        if truth.own and truth.own.pk == appointment.pk:
            return truth.own
        target = still_free(appointment, student, truth, now)
        if truth.own:
            raise has_another(truth.own, as_staff=as_staff)
        if not target.mark_picked(student, by=by, at=now, reason=reason):
            raise changed()
        if truth.keeps_another:
            nearest.let_go(appointments_of(appointment.session), student, now)
        emails.appointment_picked(target, now=now)
        return target

    return under_lock(
        as_seen(appointment.session),
        act,
        after_conflict=lambda: what_is_true(appointment, student, now, as_staff=as_staff),
    )


def move(
    appointment: OralExam, student: Enrolment, *, by: User, now: datetime, as_staff: bool = False, reason: str = ""
) -> OralExam:
    """Give the student this appointment in place of the one they have: where that fails, the old one is kept.

    Raises BookingRefused or Busy.
    """
    if appointment.student_id == student.pk:
        return appointment
    refuse_early(appointment, student, now, as_staff=as_staff, reason=reason, moving=True)

    def act() -> OralExam:
        truth = read_again(appointment, student)
        if truth.own and truth.own.pk == appointment.pk:
            return truth.own
        target = still_free(appointment, student, truth, now)
        if truth.own is None:
            raise BookingRefused(
                _("There is no appointment to move any more. Pick one of the free ones."), lost_race=True
            )
        if not as_staff:
            refuse_restless(changes(appointment.session, student))
        before = emails.before(truth.own)
        if not target.mark_moved(truth.own, by=by, at=now, reason=reason):
            raise changed()
        emails.appointment_moved(target, before, now=now)
        return target

    return under_lock(
        as_seen(appointment.session),
        act,
        after_conflict=lambda: what_is_true(appointment, student, now, as_staff=as_staff),
    )


def cancel(
    appointment: OralExam, student: Enrolment, *, by: User, now: datetime, as_staff: bool = False, reason: str = ""
) -> bool:
    """Give back the student's appointment, if it still is the one that was seen. False: there is none to give back.

    Raises BookingRefused or Busy.
    """
    session = appointment.session
    if as_staff:
        refuse_without_reason(reason)
    else:
        refuse_outside_window(session, now, session.edition.zone, changing=True)

    def act() -> bool:
        own = read_again(appointment, student).own
        if own is None:
            return False
        if own.pk != appointment.pk:
            raise BookingRefused(
                _("The appointment is on %(time)s now. Look again before you cancel.") % {"time": when(own)},
                lost_race=True,
            )
        if own.starts_at <= now:
            raise begun(own, session.edition.zone)
        if not as_staff:
            refuse_restless(changes(session, student))
        emails.appointment_cancelled(own, by=by, reason=reason, now=now)
        if not own.mark_given_up(by=by, at=now, reason=reason):
            raise changed()
        return True

    return under_lock(as_seen(session), act, after_conflict=changed)


def keep_nearest(lost: OralExam, student: Enrolment) -> OralExam | None:
    """Keep the free appointment nearest to the lost one for the student, for a moment. None where they have one."""
    now = timezone.now()
    return nearest.keep_nearest(
        lost,
        student,
        lost.session,
        places=appointments_of(lost.session),
        free=lambda: all_free(lost.session, student, now),
        may_take=lambda: read_again(lost, student).own is None,
    )


def appointment_changed(appointment: OralExam, *, left: OralExam, by: User, now: datetime) -> None:
    """Tell the student whose appointment staff gave another time or place, with a new invitation.

    Called by what changes appointments, in its transaction and under the session's lock.
    """
    if appointment.student is not None and appointment.mark_changed(by=by, at=now):
        emails.appointment_changed(appointment, emails.before(left), by=by, now=now)


# --- What is true --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Truth:
    """What holds under the lock: the appointment as it is, None where it is gone; the one the student has; and whether
    another one is kept for them."""

    target: OralExam | None
    own: OralExam | None
    keeps_another: bool


def appointments_of(session: ExamSession) -> OralExamQuerySet:
    return OralExam.objects.filter(session=session)


def read_again(appointment: OralExam, student: Enrolment) -> Truth:
    """One query, under the lock of the session."""
    target = own = None
    keeps_another = False
    theirs = Q(student=student) | Q(kept_for=student)
    for row in OralExam.objects.filter(Q(pk=appointment.pk) | Q(theirs, session=appointment.session_id)):
        row.session = appointment.session
        if row.student_id == student.pk:
            row.student = student
            own = row
        if row.pk == appointment.pk:
            target = row
        elif row.kept_for_id == student.pk:
            keeps_another = True
    return Truth(target, own, keeps_another)


def changes(session: ExamSession, student: Enrolment) -> int:
    """How often the student has picked another appointment than the first one, or one anew. One query."""
    own = OralExam.history.filter(session=session, student=student, history_user=student.user_id)
    return own.count() - 1


def all_free(session: ExamSession, student: Enrolment, now: datetime) -> list[OralExam]:
    """Those that the student can pick. One query."""
    ahead = appointments_of(session).published().filter(not_kept_from(student.pk, now), starts_at__gt=now)
    rows = list(ahead.free())
    for row in rows:
        row.session = session
    return rows


def what_is_true(
    appointment: OralExam, student: Enrolment, now: datetime, *, as_staff: bool
) -> OralExam | BookingRefused:
    """After a constraint failed: what already stands, or the sentence for what came in between."""
    truth = read_again(appointment, student)
    if truth.own and truth.own.pk == appointment.pk:
        return truth.own
    try:
        still_free(appointment, student, truth, now)
    except BookingRefused as refusal:
        return refusal
    return has_another(truth.own, as_staff=as_staff) if truth.own else changed()


# --- Why not -------------------------------------------------------------------------------------------------------


def refuse_early(
    appointment: OralExam, student: Enrolment, now: datetime, *, as_staff: bool, reason: str, moving: bool
) -> None:
    """What can be said without the lock; under a rush most clicks end here."""
    session = appointment.session
    zone = session.edition.zone
    if as_staff:
        refuse_without_reason(reason)
        if not session.is_published:
            raise BookingRefused(_("“%(session)s” is not published yet.") % {"session": session})
    else:
        refuse_outside_window(session, now, zone, changing=moving)
    if appointment.starts_at <= now:
        raise begun(appointment, zone)
    if not appointment.is_published:
        raise withdrawn(appointment, zone)
    if appointment.student_id:
        raise taken(appointment, zone)
    if appointment.is_kept_from(student.pk, now):
        raise kept(appointment, zone)


def still_free(seen: OralExam, student: Enrolment, truth: Truth, now: datetime) -> OralExam:
    """The row as it is now: free for the student, published, at the time and place that were seen."""
    zone = seen.session.edition.zone
    target = truth.target
    if target is None or not target.is_published or not target.is_where(seen):
        raise withdrawn(seen, zone)
    if target.student_id:
        raise taken(seen, zone)
    if target.is_kept_from(student.pk, now):
        raise kept(seen, zone)
    return target


def has_another(own: OralExam, *, as_staff: bool) -> BookingRefused:
    sentence = (
        _("This student has %(time)s already. Move that appointment instead.")
        if as_staff
        else _("You have %(time)s already. You can move it to another free time.")
    )
    return BookingRefused(sentence % {"time": when(own)}, lost_race=True)


def when(appointment: OralExam) -> str:
    return clock.said_in_full(appointment.starts_at, appointment.session.edition.zone)
