"""Search in an edition: its own page, with a field in the head of every other one."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from coursesite import access, clock
from schedule import search as activity


@login_not_required
@require_safe
def search(request: HttpRequest, edition: str) -> HttpResponse:
    """As many queries for one row as for hundreds, and none but that of the visitor where nothing is asked."""
    viewer = access.visitor(request, edition)
    asked = " ".join(request.GET.get("q", "").replace("\x00", " ").split())[: activity.LONGEST]
    groups = activity.search(viewer, asked, clock.now())
    context: dict[str, Any] = {
        "here": "search",
        "asked": asked,
        "groups": groups,
        "count": sum(group.count for group in groups),
        "has_several_words": len(activity.words_of(asked)) > 1,
    }
    response = render(request, "schedule/search.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response
