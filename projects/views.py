"""Milestones, their boards, and the three verbs of a slot."""

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
from coursesite.nearest import kept_now, take_or_nearest
from projects import board, bookings, overview
from projects.board import Seen
from projects.forms import ReasonForm
from projects.models import Booking, ProjectGroup


@require_safe
def milestones(request: HttpRequest, edition: str) -> HttpResponse:
    """All milestones of the course, each with its state and the one thing to do."""
    viewer = access.member(request, edition)
    if not (viewer.is_student or viewer.is_staff):
        raise Http404
    context = {"here": "milestones", "lines": overview.read(viewer, clock.now())}
    return render(request, "projects/milestones.html", context)


@require_safe
def milestone(request: HttpRequest, edition: str, number: int) -> HttpResponse:
    """The board. With ?group= staff choose for whom they act."""
    return board_page(request, edition, number, clock.now(), acting_for=group_code(request.GET))


@require_POST
def book_slot(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    return act_on_slot(
        request,
        edition,
        code,
        bookings.book,
        _("Booked: %(slot)s. All members get a mail."),
        instead=_("Somebody was faster. Booked in its place: %(slot)s. All members get a mail."),
    )


@require_POST
def move_slot(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    return act_on_slot(request, edition, code, bookings.move, _("Moved to %(slot)s. All members get a mail."))


@require_http_methods(["GET", "HEAD", "POST"])
def cancel_slot(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    """GET asks whether it is meant, POST does it."""
    now = timezone.now()
    seen, booking = board.seen_through(request, edition, board.BOOKINGS, code)
    as_staff = seen.viewer.is_staff
    if not as_staff and booking.group_id != (seen.group and seen.group.pk):
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method != "POST":
        return cancel_page(request, seen, booking, form, clock.now())
    if as_staff and not form.is_valid():
        return cancel_page(request, seen, booking, form, now, status=400)
    try:
        bookings.cancel(
            booking,
            by=seen.user,
            now=now,
            as_staff=as_staff,
            reason=form.cleaned_data["reason"] if as_staff else "",
            slot_code=as_code(request.POST.get("slot")),
        )
    except BookingRefused as refusal:
        return board_page(request, edition, seen.milestone.number, now, refused=refusal.sentence)
    messages.success(
        request,
        _("Cancelled: %(slot)s. All members get a mail.")
        % {"slot": boards.said(booking.slot, seen.milestone.edition.zone)},
    )
    return boards.SeeOther(seen.milestone.get_absolute_url())


def cancel_page(
    request: HttpRequest, seen: Seen, booking: Booking, form: ReasonForm, now: datetime, status: int = 200
) -> HttpResponse:
    if booking.cancelled_at:
        return boards.SeeOther(seen.milestone.get_absolute_url())
    context = {
        "here": "milestones",
        "milestone": seen.milestone,
        "booking": booking,
        "slot": boards.said(booking.slot, seen.milestone.edition.zone),
        "form": form if seen.viewer.is_staff else None,
        "is_final": phase(seen.milestone, now) is not Phase.OPEN and not seen.viewer.is_staff,
    }
    return render(request, "projects/cancel_slot.html", context, status=status)


def act_on_slot(
    request: HttpRequest, edition: str, code: UUID, verb: Callable[..., Booking], done: str, instead: str = ""
) -> HttpResponse:
    """Book or move: to the board when it is done, else the sentence why not and the fresh board at once.

    `instead` is said where a student would take the nearest slot if this one is gone, and has got that. If they would
    not, that one is kept for them for a moment.
    """
    now = timezone.now()
    seen, slot = board.seen_through(request, edition, board.SLOTS, code)
    for_whom = chosen_group(request, seen) if seen.viewer.is_staff else seen.group
    may_get_another = bool(instead) and not seen.viewer.is_staff
    refused = ""
    try:
        if for_whom is None:
            raise BookingRefused(str(board.NO_GROUP))
        reason = boards.stated_reason(ReasonForm(request.POST)) if seen.viewer.is_staff else ""
        take = partial(verb, group=for_whom, by=seen.user, now=now, as_staff=seen.viewer.is_staff, reason=reason)
        free = partial(bookings.all_free, slot.milestone, for_whom, now)
        got = take_or_nearest(slot, take, free if may_get_another and "or_nearest" in request.POST else None)
    except PlaceGone as gone:
        kept = bookings.keep_nearest(slot, for_whom, by=seen.user) if may_get_another and for_whom else None
        refused = boards.gone_and_kept(gone, kept)
    except BookingRefused as refusal:
        refused = refusal.sentence
    if refused:
        acting_for = for_whom.code if for_whom and seen.viewer.is_staff else None
        return board_page(request, edition, seen.milestone.number, now, refused=refused, acting_for=acting_for)
    told = done if got is slot else instead
    messages.success(request, told % {"slot": boards.said(got, seen.milestone.edition.zone)})
    return boards.SeeOther(seen.milestone.get_absolute_url())


def board_page(
    request: HttpRequest,
    edition: str,
    number: int,
    now: datetime,
    *,
    refused: str = "",
    acting_for: UUID | None = None,
) -> HttpResponse:
    """The board as it is now: the whole page, or for a script the part of it that changes."""
    seen, _row = board.seen_through(request, edition, board.MILESTONES, number, *kept_now())
    if not seen.viewer.is_staff:
        acting_for = None  # whatever a link says

    def read() -> dict[str, Any]:
        return {
            "here": "milestones",
            "milestone": seen.milestone,
            "when": overview.days(seen.milestone),
            "board": board.read(seen, now, acting_for=acting_for),
            "form": ReasonForm(request.POST or None),
        }

    return boards.answer(
        request,
        seen.viewer,
        seen.milestone,
        acting_for,
        now=now,
        page="projects/milestone.html",
        part="projects/_board.html",
        read=read,
        refused=refused,
    )


def chosen_group(request: HttpRequest, seen: Seen) -> ProjectGroup:
    code = group_code(request.POST)
    if code is None:
        raise Http404
    return get_object_or_404(ProjectGroup.objects.select_related("edition"), code=code, edition=seen.viewer.edition)


def group_code(values) -> UUID | None:
    """The group that a link or a form of staff names; 404 for what is none."""
    return as_code(values["group"]) if "group" in values else None


def as_code(value: str | None) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None
