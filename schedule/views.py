"""The public pages of an edition: the course, its schedule and its classes."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import starmap
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from coursesite import access, calendar_views, clock, links, pages
from coursesite.access import Viewer
from schedule import importing, materials, timeline
from schedule.models import Lecture, Material, Sprint
from schedule.timeline import LectureLine, MaterialLine


@login_not_required
@require_safe
def course(request: HttpRequest, edition: str) -> HttpResponse:
    """Everything that the course's README says, from rows."""
    viewer = access.visitor(request, edition)
    now = clock.now()
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
    rows = materials.seen_by(viewer, now).filter(lecture__isnull=True).values_list(*timeline.MATERIAL_FIELDS)
    context["materials"] = timeline.links_of_course(viewer.edition, starmap(MaterialLine, rows), now)
    for milestone, _is_open in context["milestones"]:
        milestone.days = timeline.days(milestone.starts_on, milestone.ends_on)
    return render(request, "schedule/course.html", context)


@login_not_required
@require_safe
def schedule(request: HttpRequest, edition: str) -> HttpResponse:
    """Four queries, whatever the number of rows, and one when the browser has the page. By date, week or sprint."""
    now = clock.now()
    viewer = access.visitor(request, edition, now)
    by = request.GET.get("by", "")
    by = by if by in GROUPED else ""
    return of_today(request, viewer, now, "schedule", partial(schedule_context, by), by)


@login_not_required
@require_safe
def lecture_page(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """One class with its materials: three queries and that of the visitor, or one when the browser has the page."""
    now = clock.now()
    viewer = access.visitor(request, edition, now)
    return of_today(request, viewer, now, "lecture_page", partial(lecture_context, pk), pk)


def of_today(
    request: HttpRequest,
    viewer: Viewer,
    now: datetime,
    name: str,
    context: Callable[[Viewer, datetime], dict[str, Any]],
    *parts: object,
) -> HttpResponse:
    """The page schedule/`name`.html, which changes with the edition, at midnight and with each release that passes.

    `viewer` comes with the releases that have passed; `parts` say which of its kind the page is.
    """
    releases = viewer.edition.releases  # type: ignore[attr-defined]
    tag = pages.etag(viewer, name, *parts, now.astimezone(viewer.edition.zone).date(), releases)
    has_news = "messages" in request.COOKIES  # said once: neither a 304 nor kept by the browser
    if not has_news and (unchanged := pages.not_modified(request, tag)) is not None:
        return unchanged

    def page() -> str:
        return render_to_string(f"schedule/{name}.html", context(viewer, now), request)

    if has_news:
        return HttpResponse(page(), headers={"Cache-Control": "no-store"})
    if request.user.is_authenticated:
        return pages.tagged(HttpResponse(page()), tag)
    return pages.tagged(HttpResponse(pages.remembered(f"{name}:{tag}", page)), tag)


GROUPED = {"week": timeline.by_week, "sprint": timeline.by_sprint}


def schedule_context(by: str, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Three queries: lectures with their sprints, materials, and all that is no class."""
    edition = viewer.edition
    shown = {"edition": edition, "is_missing": False}
    lectures = Lecture.objects.filter(**shown).in_order().values_list(*timeline.LECTURE_FIELDS)
    found = materials.seen_by(viewer, now).filter(lecture__isnull=False).values_list(*timeline.MATERIAL_FIELDS)
    first, *more = (part.bands(edition) for part in importing.parts())
    bands = list(first.union(*more, all=True))
    rows = timeline.rows(
        edition,
        list(starmap(LectureLine, lectures)),
        starmap(MaterialLine, found),
        (band for band in bands if band[0]),
        now,
    )
    columns = timeline.columns_of(rows)
    groups = GROUPED[by](rows, now.astimezone(edition.zone).date()) if by else []
    return {
        "here": "schedule",
        "by": by,
        "columns": columns,
        "width": len(columns) + 2,
        "notes": [title for _first, _last, title, kind, _number, _pk in bands if kind == "note"],
        "rows": [] if by else [row.html(columns) for row in rows],
        "groups": [(group, [row.html(columns) for row in group.rows]) for group in groups],
    }


def lecture_context(pk: int, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Three queries: the class with its sprint, its materials, and which classes come before and after. For visitors
    one more: whether signing in shows more."""
    edition, today = viewer.edition, now.astimezone(viewer.edition.zone).date()
    shown = {"edition": edition, "is_missing": False}
    found = get_object_or_404(Lecture.objects.select_related("sprint"), pk=pk, **shown)
    rows = materials.seen_by(viewer, now).filter(lecture=found).values_list(*timeline.MATERIAL_FIELDS)
    lines = list(starmap(MaterialLine, rows))
    cells = timeline.links_by_cell(edition, {pk: found.title}, lines, now)
    order = list(Lecture.objects.filter(**shown).in_order().values("pk", "week", "title"))
    place = next((n for n, row in enumerate(order) if row["pk"] == pk), 0)
    return {
        "here": "schedule",
        "lecture": found,
        "days": timeline.days(found.taught_on, found.ends_on),
        "hours": timeline.hours(found.begins, found.ends),
        "is_today": bool(found.taught_on and found.taught_on <= today <= (found.ends_on or found.taught_on)),
        "is_past": bool(found.taught_on and (found.ends_on or found.taught_on) < today),
        "materials": mark_safe(cells.get((pk, Material.Column.MATERIAL), "")),  # noqa: S308 - escaped where it is made
        "directed_work": mark_safe(cells.get((pk, Material.Column.DIRECTED_WORK), "")),  # noqa: S308 - likewise
        "to_release": [line for line in lines if viewer.is_instructor and not line.is_released(now)],
        "has_more": materials.are_kept_from(viewer, now, pk),
        "before": order[place - 1] if place else None,
        "after": order[place + 1] if place + 1 < len(order) else None,
    }


@login_not_required
@require_safe
def lecture(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """A class for one's calendar, at an address that is short enough to stand in every row of the schedule."""
    return calendar_views.entry(request, edition, f"lecture-{pk}")
