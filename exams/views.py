"""Exam sessions, their boards, and the three verbs of an appointment."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coursesite import access, clock
from coursesite import board as boards
from coursesite.booking import BookingRefused, Phase, PlaceGone, phase
from coursesite.models import Enrolment
from coursesite.nearest import kept_now, take_or_nearest
from exams import appointments, board, overview
from exams.board import Seen
from exams.forms import ReasonForm
from exams.models import OralExam


@require_safe
def sessions(request: HttpRequest, edition: str) -> HttpResponse:
    """The exams of the course, each with its state and the one thing to do."""
    viewer = access.member(request, edition)
    lines = overview.read(viewer, clock.now())
    context = {"here": "exams", "lines": lines, "announced": overview.announced(viewer.edition, lines)}
    return render(request, "exams/sessions.html", context)


@require_safe
def session(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    """The board. With ?student= staff choose for whom they act."""
    return board_page(request, edition, code, clock.now(), acting_for=student_number(request.GET))


@require_POST
def pick_appointment(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    return act_on_appointment(
        request,
        edition,
        code,
        appointments.pick,
        _("Yours: %(time)s."),
        _("Picked: %(time)s."),
        instead=_("Somebody was faster. Yours in its place: %(time)s."),
    )


@require_POST
def move_appointment(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    done = _("Moved to %(time)s.")
    return act_on_appointment(request, edition, code, appointments.move, done, done)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_appointment(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    """GET asks whether it is meant, POST does it. Who has none, or has cancelled before, finds nothing to cancel."""
    now = timezone.now()
    seen, appointment = seen_to_act(request, edition, code)
    as_staff = seen.viewer.is_staff
    if not as_staff and appointment.student_id not in (None, seen.viewer.enrolment and seen.viewer.enrolment.pk):
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method != "POST":
        return cancel_page(request, seen, appointment, form, clock.now())
    if as_staff and not form.is_valid():
        return cancel_page(request, seen, appointment, form, now, status=400)
    try:
        is_done = appointments.cancel(
            appointment,
            for_whom(request, seen),
            by=seen.user,
            now=now,
            as_staff=as_staff,
            reason=form.cleaned_data["reason"] if as_staff else "",
        )
    except BookingRefused as refusal:
        return board_page(request, edition, seen.session.code, now, refused=refusal.sentence)
    if is_done:
        messages.success(request, told(_("Cancelled: %(time)s."), seen, appointment))
    return boards.SeeOther(seen.session.get_absolute_url())


def cancel_page(
    request: HttpRequest, seen: Seen, appointment: OralExam, form: ReasonForm, now: datetime, status: int = 200
) -> HttpResponse:
    if appointment.student is None:
        return boards.SeeOther(seen.session.get_absolute_url())
    context = {
        "here": "exams",
        "session": seen.session,
        "appointment": appointment,
        "time": boards.said(appointment, seen.session.edition.zone),
        "form": form if seen.viewer.is_staff else None,
        "is_final": phase(seen.session, now) is not Phase.OPEN and not seen.viewer.is_staff,
    }
    return render(request, "exams/cancel_appointment.html", context, status=status)


def act_on_appointment(
    request: HttpRequest,
    edition: str,
    code: UUID,
    verb: Callable[..., OralExam],
    done: str,
    done_by_staff: str,
    instead: str = "",
) -> HttpResponse:
    """Pick or move: to the board when it is done, else the sentence why not and the fresh board at once.

    `instead` is said where a student would take the nearest appointment if this one is gone, and has got that. If they
    would not, that one is kept for them for a moment.
    """
    now = timezone.now()
    seen, appointment = seen_to_act(request, edition, code)
    as_staff = seen.viewer.is_staff
    student = for_whom(request, seen)
    may_get_another = bool(instead) and not as_staff
    refused = ""
    try:
        reason = boards.stated_reason(ReasonForm(request.POST)) if as_staff else ""
        take = partial(verb, student=student, by=seen.user, now=now, as_staff=as_staff, reason=reason)
        free = partial(appointments.all_free, appointment.session, student, now)
        got = take_or_nearest(appointment, take, free if may_get_another and "or_nearest" in request.POST else None)
    except PlaceGone as gone:
        kept = appointments.keep_nearest(appointment, student) if may_get_another else None
        refused = boards.gone_and_kept(gone, kept)
    except BookingRefused as refusal:
        refused = refusal.sentence
    if refused:
        acting_for = student.pk if as_staff else None
        return board_page(request, edition, seen.session.code, now, refused=refused, acting_for=acting_for)
    done = done if got is appointment else instead
    messages.success(request, told(done_by_staff if as_staff else done, seen, got))
    return boards.SeeOther(seen.session.get_absolute_url())


def board_page(
    request: HttpRequest,
    edition: str,
    code: UUID,
    now: datetime,
    *,
    refused: str = "",
    acting_for: int | None = None,
) -> HttpResponse:
    """The board as it is now: the whole page, or for a script the part of it that changes."""
    seen, _session = board.seen_through(request, edition, board.SESSIONS, code, *kept_now())
    if not seen.viewer.is_staff:
        acting_for = None  # whatever a link says

    def read() -> dict[str, Any]:
        return {
            "here": "exams",
            "session": seen.session,
            "when": clock.days_said(seen.session.starts_on, seen.session.ends_on),
            "board": board.read(seen, now, acting_for=acting_for),
            "sees_names": seen.sees_names,
            "form": ReasonForm(request.POST or None),
        }

    return boards.answer(
        request,
        seen.viewer,
        seen.session,
        acting_for,
        now=now,
        page="exams/session.html",
        part="exams/_board.html",
        read=read,
        refused=refused,
    )


# --- Who acts, and for whom ----------------------------------------------------------------------------------------


def seen_to_act(request: HttpRequest, edition: str, code: UUID) -> tuple[Seen, OralExam]:
    """Examiners who are not staff only look."""
    seen, appointment = board.seen_through(request, edition, board.APPOINTMENTS, code)
    if not (seen.viewer.is_student or seen.viewer.is_staff):
        raise Http404
    return seen, appointment


def for_whom(request: HttpRequest, seen: Seen) -> Enrolment:
    """Students act for themselves, whatever a form says; staff for the student that it names."""
    if seen.viewer.is_staff:
        return get_object_or_404(board.students(seen.session), pk=student_number(request.POST))
    assert seen.viewer.enrolment  # noqa: S101 - seen_to_act has answered 404 otherwise
    return seen.viewer.enrolment


def student_number(values) -> int | None:
    """The student whom a link or a form of staff names, by the id of the enrolment; 404 for what is none."""
    if "student" not in values:
        return None
    value = values["student"]
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Http404
    return int(value)


def told(sentence: str, seen: Seen, appointment: OralExam) -> str:
    who = _("The student gets a mail.") if seen.viewer.is_staff else _("You get a mail.")
    return f"{sentence % {'time': boards.said(appointment, seen.session.edition.zone)}} {who}"
