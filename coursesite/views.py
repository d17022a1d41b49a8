"""The door: the current edition, and what probes ask."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views import defaults
from django.views.decorators.http import require_safe

from coursesite import heartbeat
from coursesite.models import CourseEdition


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The current edition is the one that somebody made last for the latest year."""
    edition = CourseEdition.objects.only("slug").first()
    if edition is None:
        return render(request, "coursesite/empty.html")
    return redirect(edition)


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
