"""The door: the current edition, a person's first page of it, and what probes ask."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import defaults
from django.views.decorators.http import require_safe

from coursesite import access, clock, heartbeat, pages, todo
from coursesite import today as first_page
from coursesite.models import CourseEdition, Enrolment


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To one's first page, or a visitor to the current edition: the latest of the one course that is no archive.

    Where that is not one course, to the list of them.
    """
    fields = ("slug", "code", "title", "archived_at")
    own = list(access.own_editions(request.user).only(*fields)[: access.LISTED])
    editions = own or list(CourseEdition.objects.only(*fields)[: access.LISTED])
    if not editions:
        return render(request, "coursesite/empty.html")
    current = [edition for edition in editions if not edition.is_archived]
    if len({edition.code or edition.title for edition in current}) != 1:
        return redirect("courses")
    return redirect("today", current[0].slug) if own else redirect(current[0])


@login_not_required
@require_safe
def courses(request: HttpRequest) -> HttpResponse:
    """Every edition of the site: one's own first, what is open before archives. One query."""
    listed = access.with_role(CourseEdition.objects.all(), request.user)
    rows = sorted(listed.order_by("-year", "-pk")[: access.LISTED], key=lambda edition: edition.is_archived)
    roles = dict(Enrolment.Role.choices)
    for edition in rows:
        edition.said_role = roles.get(edition.enrolment_role or "", "")  # type: ignore[attr-defined]
    own = [edition for edition in rows if edition.said_role]  # type: ignore[attr-defined]
    others = [edition for edition in rows if not edition.said_role]  # type: ignore[attr-defined]
    return render(request, "coursesite/courses.html", {"own": own, "others": others})


@require_safe
def today(request: HttpRequest, edition: str) -> HttpResponse:
    """The one thing to do next, what waits for staff, and the agenda of the next weeks.

    Known by its words: what the agenda tells is changed by bookings as well, which no revision of the edition tells.
    """
    viewer, now = access.member(request, edition), clock.now()
    user: Any = viewer.user  # signed in, as a member
    shown = first_page.read(viewer, now)
    waiting = todo.collect(user, now) if viewer.is_staff else []
    tag = pages.etag(viewer, "today", shown, waiting)
    has_news = bool(len(get_messages(request)))  # said once: not to be kept by the browser
    if not has_news and (same := pages.not_modified(request, tag)):
        return same
    context = {"here": "today", "card": shown.card, "days": shown.days, "waiting": waiting}
    response = render(request, "coursesite/today.html", context)
    if has_news:
        response["Cache-Control"] = "no-store"
        return response
    return pages.tagged(response, tag)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, cache, and a tick that went through beat, broker and worker not long ago."""
    now = timezone.now()
    parts = {"database": False, "cache": False, "tick": False}
    try:
        tick = heartbeat.last_tick()
        parts["database"] = True
        cache.get("readyz")
        parts["cache"] = True
        parts["tick"] = heartbeat.is_alive(tick, now)
    except DatabaseError:
        pass  # said by the answer
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is not theirs is answered like what does not exist: without the name of the course that it belongs to."""
    request.viewer = None  # type: ignore[attr-defined]  # for access.viewer_context
    return defaults.page_not_found(request, exception)
