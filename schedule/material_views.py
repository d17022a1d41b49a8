"""Where a material is: its file, or where its link leads; and its release by hand."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from coursesite import access, clock, links, pages
from coursesite.access import Viewer
from coursesite.board import SeeOther
from schedule import file_types, materials
from schedule.models import Material

logger = logging.getLogger(__name__)
# A browser that shows it after all runs nothing in it.
NOTHING_RUNS = "sandbox; default-src 'none'; frame-ancestors 'none'"


@login_not_required
@require_safe
def material(request: HttpRequest, edition: str, pk: int) -> HttpResponseBase:
    """The file; or a file of the course's repository: there, or where to find it while its address is not known."""
    viewer = access.visitor(request, edition)
    rows = materials.seen_by(viewer, clock.now()).select_related("lecture")
    found = get_object_or_404(rows, pk=pk)
    if found.file:
        return file_of(request, viewer, found)
    if target := links.resolve(found.href, viewer.edition.repository_url):
        return redirect(target)
    return render(request, "schedule/material.html", {"material": found, "here": "schedule"})


def file_of(request: HttpRequest, viewer: Viewer, found: Material) -> HttpResponseBase:
    """To be kept, never shown: under its own name, of the type that its ending says, whatever its bytes say."""
    tag = pages.etag(viewer, found.file.name)  # a replaced file has another name
    if (unchanged := pages.not_modified(request, tag)) is not None:
        return unchanged
    try:
        content = found.file.open("rb")
    except OSError as error:
        logger.error("the file of material %s cannot be read: %s", found.pk, type(error).__name__)
        return render(request, "schedule/no_file.html", {"material": found, "here": "schedule"}, status=503)
    response = FileResponse(
        content,
        as_attachment=True,
        filename=found.file_name,
        content_type=file_types.content_type(found.file_name),
        headers={
            "Content-Security-Policy": NOTHING_RUNS,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
    response["ETag"], response["Cache-Control"] = tag, "private, no-cache"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def release_material(request: HttpRequest, edition: str, pk: int) -> HttpResponse:
    """GET asks whether it is meant, as students may get a mail of it; POST does it."""
    viewer = access.instructor(request, edition)
    rows = materials.seen_by(viewer, clock.now()).select_related("lecture", "edition")
    found = get_object_or_404(rows, pk=pk)
    back = reverse("schedule:schedule", args=[edition])
    if found.lecture and not found.lecture.is_missing:
        back = reverse("schedule:lecture_page", args=[edition, found.lecture_id])
    if request.method != "POST":
        return render(request, "schedule/release_material.html", {"material": found, "back": back, "here": "schedule"})
    if materials.release([found], timezone.now()):
        messages.success(request, _("Students see “%(name)s” now.") % {"name": found.label})
    else:
        messages.info(request, _("Students see “%(name)s” already.") % {"name": found.label})
    return SeeOther(back)
