"""The public pages of an edition: the course, its schedule, and where a file of it is."""

from datetime import date
from itertools import starmap
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from coursesite import access, calendar_views, clock, links, pages
from coursesite.models import CourseEdition
from schedule import importing, timeline
from schedule.models import Lecture, Material, Sprint
from schedule.timeline import LectureLine, MaterialLine


@login_not_required
@require_safe
def course(request: HttpRequest, edition: str) -> HttpResponse:
    """Everything that the course's README says, from rows."""
    viewer = access.visitor(request, edition)
    now = timezone.now()
    today = now.astimezone(viewer.edition.zone).date()
    context: dict[str, Any] = {"here": "course", "today": today}
    for part in importing.parts():
        context |= part.page(viewer.edition, now)
    shown = Lecture.objects.filter(edition=viewer.edition, is_missing=False)
    lectures = list(shown.select_related("sprint").in_order())
    if following := timeline.next_class(lectures, today):
        context |= {"next_class": following, "next_days": clock.days_said(following.taught_on, following.ends_on)}
    sprints = Sprint.objects.filter(edition=viewer.edition, is_missing=False)
    context["roadmap"] = timeline.roadmap(sprints, lectures, today)
    linked = [*context["practice_exams"], *(item for kind in context["resources"].values() for item in kind)]
    for item in linked:
        item.opens = links.resolve(item.href, viewer.edition.repository_url)
    for milestone, _is_open in context["milestones"]:
        milestone.days = timeline.days(milestone.starts_on, milestone.ends_on)
    return render(request, "schedule/course.html", context)


@login_not_required
@require_safe
def schedule(request: HttpRequest, edition: str) -> HttpResponse:
    """Four queries, whatever the number of rows, and one when the browser has the page."""
    viewer = access.visitor(request, edition)
    today = timezone.now().astimezone(viewer.edition.zone).date()
    tag = pages.etag(viewer, "schedule", today)
    has_news = "messages" in request.COOKIES  # said once: neither a 304 nor kept by the browser
    if not has_news and (unchanged := pages.not_modified(request, tag)) is not None:
        return unchanged

    def page() -> str:
        return render_to_string("schedule/schedule.html", schedule_context(viewer.edition, today), request)

    if has_news:
        return HttpResponse(page(), headers={"Cache-Control": "no-store"})
    if request.user.is_authenticated:
        return pages.tagged(HttpResponse(page()), tag)
    return pages.tagged(HttpResponse(pages.remembered(f"schedule:{tag}", page)), tag)


def schedule_context(edition: CourseEdition, today: date) -> dict[str, Any]:
    """Three queries: lectures with their sprints, materials, and all that is no class."""
    shown = {"edition": edition, "is_missing": False}
    lectures = Lecture.objects.filter(**shown).in_order().values_list(*timeline.LECTURE_FIELDS)
    materials = Material.objects.filter(**shown).values_list(*timeline.MATERIAL_FIELDS)
    first, *more = (part.bands(edition) for part in importing.parts())
    bands = list(first.union(*more, all=True))
    return {
        "here": "schedule",
        "notes": [title for _first, _last, title, kind, _number, _pk in bands if kind == "note"],
        "rows": timeline.rows(
            edition,
            list(starmap(LectureLine, lectures)),
            starmap(MaterialLine, materials),
            (band for band in bands if band[0]),
            today,
        ),
    }


@login_not_required
@require_safe
def lecture(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """A class for one's calendar, at an address that is short enough to stand in every row of the schedule."""
    return calendar_views.entry(request, edition, f"lecture-{pk}")


@login_not_required
@require_safe
def material(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """A file of the course's repository: there, or where to find it while the repository's address is not known."""
    viewer = access.visitor(request, edition)
    found = get_object_or_404(
        Material.objects.select_related("lecture"), pk=pk, edition=viewer.edition, is_missing=False
    )
    if target := links.resolve(found.href, viewer.edition.repository_url):
        return redirect(target)
    return render(request, "schedule/material.html", {"material": found, "here": "schedule"})
