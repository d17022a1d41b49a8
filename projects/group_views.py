"""The page of one's own group, its verbs, and the staff's list.

Nobody names a group in an address: a verb acts on the group of whoever asks, and the form says which one they saw.
"""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coursesite import access, clock
from coursesite.access import Viewer
from coursesite.board import SeeOther
from coursesite.booking import BookingRefused
from coursesite.models import CourseEdition, Enrolment, User
from projects import groups as activity
from projects.forms import GroupForm, InvitationForm
from projects.models import Booking, Invitation, Membership, Milestone, ProjectGroup


@require_safe
def group(request: HttpRequest, edition: str) -> HttpResponse:
    """One's own group, or how to come by one. Staff are led to the list."""
    viewer = access.member(request, edition)
    if viewer.is_staff:
        return redirect("projects:groups", edition)
    if not viewer.is_student:
        raise Http404
    return page(request, viewer)


@require_safe
def groups(request: HttpRequest, edition: str) -> HttpResponse:
    """For staff: every group, whether it is complete and what it has booked, and the students without one."""
    viewer = access.staff(request, edition)
    booked = Booking.objects.standing().select_related("slot", "milestone").order_by("milestone__number")
    rows = ProjectGroup.objects.filter(edition=viewer.edition).prefetch_related(
        Prefetch("memberships", Membership.objects.select_related("enrolment__user")),
        Prefetch("bookings", booked),
        Prefetch("invitations", Invitation.objects.pending().select_related("enrolment__user")),
    )
    teams = [team(row, viewer.edition) for row in rows]
    alone = Enrolment.objects.students().filter(edition=viewer.edition, membership=None).select_related("user")
    context = {
        "here": "group",
        "teams": teams,
        "complete": sum(each["is_complete"] for each in teams),
        "alone": alone.order_by("user__last_name", "user__first_name", "user__email"),
        "sizes": sizes(viewer.edition),
    }
    return render(request, "projects/groups.html", context)


@require_POST
def create_group(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.student(request, edition)
    form = GroupForm(request.POST)
    if not form.is_valid():
        return page(request, viewer, status=400, group_form=form)
    return after(
        request,
        viewer,
        lambda: activity.create(student(viewer), form.cleaned_data["name"], now=timezone.now()),
        _("Your group is there. Now invite your classmates."),
        group_form=form,
    )


@require_POST
def rename_group(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.student(request, edition)
    form = GroupForm(request.POST)
    if (own := own_group(viewer, request)) is None:
        return gone(request, viewer)
    if not form.is_valid():
        return page(request, viewer, status=400, group_form=form)
    return after(
        request,
        viewer,
        lambda: activity.rename(own, form.cleaned_data["name"], by=user(viewer)),
        _("Your group has its new name."),
        group_form=form,
    )


@require_POST
def invite_member(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.student(request, edition)
    form = InvitationForm(request.POST)
    if (own := own_group(viewer, request)) is None:
        return gone(request, viewer)
    if not form.is_valid():
        return page(request, viewer, status=400, invitation_form=form)
    return after(
        request,
        viewer,
        lambda: activity.invite(own, form.cleaned_data["email"], by=user(viewer), now=timezone.now()),
        _("The invitation is on its way. It counts once your classmate accepts."),
        invitation_form=form,
    )


@require_POST
def accept_invitation(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    return answer(request, edition, code, activity.accept, _("Welcome to “%(group)s”."))


@require_POST
def decline_invitation(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    return answer(request, edition, code, activity.decline, _("You have declined. “%(group)s” is told."))


def answer(request: HttpRequest, edition: str, code: UUID, verb: Callable[..., object], done: str) -> HttpResponse:
    """Yes or no, of whoever was invited."""
    viewer = access.student(request, edition)
    invitation = get_object_or_404(invitations(), code=code, enrolment=viewer.enrolment)
    said = done % {"group": invitation.group}
    return after(request, viewer, lambda: verb(invitation, now=timezone.now()), said)


@require_POST
def withdraw_invitation(request: HttpRequest, edition: str, code: UUID) -> HttpResponse:
    viewer = access.student(request, edition)
    invitation = get_object_or_404(invitations(), code=code, group__memberships__enrolment=viewer.enrolment)
    return after(
        request,
        viewer,
        lambda: activity.withdraw(invitation, by=user(viewer), now=timezone.now()),
        _("The invitation to %(name)s is withdrawn.") % {"name": invitation.enrolment.user},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def leave_group(request: HttpRequest, edition: str) -> HttpResponse:
    """GET asks once more. A second click finds no group and is told so, without harm."""
    viewer = access.student(request, edition)
    if request.method != "POST":
        if (own := own_group(viewer)) is None:
            return redirect("projects:group", edition)
        return render(request, "projects/leave_group.html", {"here": "group"} | of_group(own))
    if (own := own_group(viewer, request)) is None:
        return gone(request, viewer)
    return after(
        request,
        viewer,
        lambda: activity.leave(own, student(viewer), now=timezone.now()),
        _("You have left “%(group)s”.") % {"group": own},
    )


# --- The page ------------------------------------------------------------------------------------------------------


def page(request: HttpRequest, viewer: Viewer, *, status: int = 200, **more: Any) -> HttpResponse:
    """The student's page as things are now; also the answer to a verb that was refused."""
    own = own_group(viewer)
    context = of_group(own) if own else without_group(viewer)
    shared = {"here": "group", "sizes": sizes(viewer.edition)}
    return render(request, "projects/group.html", shared | context | more, status=status)


def of_group(own: ProjectGroup) -> dict[str, Any]:
    edition = own.edition
    members = list(own.memberships.select_related("enrolment__user"))
    standing = Booking.objects.standing().filter(group=own).select_related("slot", "milestone")
    bookings = list(standing.order_by("slot__starts_at"))
    open_ones = Milestone.objects.filter(edition=edition, is_published=True, booking_closes_at__gt=clock.now())
    to_book = open_ones.exclude(pk__in=[booking.milestone_id for booking in bookings]).order_by("number")
    elsewhere = Membership.objects.filter(enrolment=OuterRef("enrolment"))
    for milestone in (*to_book, *(booking.milestone for booking in bookings)):
        milestone.edition = edition
    return {
        "own": own,
        "members": members,
        "pending": own.invitations.pending().select_related("enrolment__user").annotate(elsewhere=Exists(elsewhere)),
        "is_full": len(members) >= edition.group_max_size,
        "missing": max(edition.group_min_size - len(members), 0),
        "bookings": bookings,
        "to_book": to_book,
        "group_form": GroupForm(initial={"name": own.name}),
        "invitation_form": InvitationForm(),
    }


def without_group(viewer: Viewer) -> dict[str, Any]:
    mine = invitations().filter(enrolment=viewer.enrolment, state=Invitation.State.PENDING)
    people = Prefetch("group__memberships", Membership.objects.select_related("enrolment__user"))
    return {
        "own": None,
        "offers": [offer(invitation) for invitation in mine.prefetch_related(people)],
        "group_form": GroupForm(),
    }


def offer(invitation: Invitation) -> dict[str, Any]:
    members = [str(membership) for membership in invitation.group.memberships.all()]
    is_full = len(members) >= invitation.group.edition.group_max_size
    return {"invitation": invitation, "members": members, "is_full": is_full}


def team(row: Any, edition: CourseEdition) -> dict[str, Any]:
    members = [str(membership) for membership in row.memberships.all()]
    return {
        "group": row,
        "members": members,
        "missing": max(edition.group_min_size - len(members), 0),
        "is_complete": edition.group_min_size <= len(members) <= edition.group_max_size,
        "bookings": row.bookings.all(),
        "asked": [str(invitation.enrolment.user) for invitation in row.invitations.all()],
        "people": ",".join(str(membership.enrolment.user_id) for membership in row.memberships.all()),
    }


def sizes(edition: CourseEdition) -> str:
    """ "2 or 3", "2 to 4", "3": how many members a group has."""
    least, most = edition.group_min_size, edition.group_max_size
    if least == most:
        return str(most)
    named = {"least": least, "most": most}
    return _("%(least)s or %(most)s") % named if most == least + 1 else _("%(least)s to %(most)s") % named


def after(request: HttpRequest, viewer: Viewer, verb: Callable[[], object], done: str, **forms: Any) -> HttpResponse:
    """Act, then lead back to the page; a refusal is its sentence above the page as it is now, with what was typed."""
    try:
        verb()
    except BookingRefused as refusal:
        return page(request, viewer, status=409, refused=refusal.sentence, **forms)
    messages.success(request, done)
    return SeeOther(reverse("projects:group", args=[viewer.edition.slug]))


def gone(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    sentence = _("You are no longer in the group that this page showed. This is how things are now.")
    return page(request, viewer, status=409, refused=sentence)


def own_group(viewer: Viewer, request: HttpRequest | None = None) -> ProjectGroup | None:
    """The viewer's group; with a request, only if it is the one that the form on their screen was about."""
    own = ProjectGroup.objects.filter(memberships__enrolment=viewer.enrolment).first()
    if own:
        own.edition = viewer.edition
        if request and request.POST.get("group") != str(own.code):
            return None
    return own


def invitations() -> QuerySet[Invitation]:
    return Invitation.objects.select_related("group__edition", "enrolment__user", "invited_by")


def student(viewer: Viewer) -> Enrolment:
    return cast(Enrolment, viewer.enrolment)  # access.student has answered 404 otherwise


def user(viewer: Viewer) -> User:
    return cast(User, viewer.user)
