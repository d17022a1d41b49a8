"""The README of an edition in the admin: what the site would change in it, to copy, and the whole file."""

import difflib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite.admin import CourseEditionAdmin
from coursesite.models import CourseEdition
from schedule import importing, materials, writing


class WrittenReadme(CourseEditionAdmin):
    """The pages of an edition, and those about its README."""

    list_display: tuple[str, ...] = (*CourseEditionAdmin.list_display, "written_readme")  # type: ignore[assignment]

    def written_readme(self, edition: CourseEdition) -> SafeString:
        url = reverse("admin:coursesite_courseedition_readme_diff", args=[edition.pk])
        return format_html('<a href="{}">{}</a>', url, _("What changed here"))

    written_readme.short_description = gettext_lazy("README")  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        diff = self.admin_site.admin_view(self.readme_diff_view)
        download = self.admin_site.admin_view(self.readme_download_view)
        return [
            path("<int:pk>/readme/diff/", diff, name="coursesite_courseedition_readme_diff"),
            path("<int:pk>/readme/download/", download, name="coursesite_courseedition_readme_download"),
            *super().get_urls(),
        ]

    def readme_diff_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What was changed on the site since the README was read, as a patch for the course's repository."""
        edition = self.edition_for(request, pk)
        export, source = writing.export(edition), importing.last_read(edition).text
        lines = patch(source, export.text)
        return self.page(
            request,
            edition,
            "readme_diff",
            title=_("README: what changed here"),
            refused=export.refused,
            unlisted=materials.for_the_course_alone(edition, timezone.now()),
            lines=[(kind_of(line), line) for line in lines],
            has_source=bool(source),
        )

    def readme_download_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = self.edition_for(request, pk)
        headers = {"Content-Disposition": f'attachment; filename="README-{edition.slug}.md"'}
        data = writing.export(edition).data
        return HttpResponse(data, content_type="text/markdown; charset=utf-8", headers=headers)


def patch(before: str, after: str) -> list[str]:
    """A unified diff that `git apply` takes: lines end where LF ends them, and a missing last end is said."""
    lines = difflib.unified_diff(
        re.findall(r"[^\n]*\n|[^\n]+", before), re.findall(r"[^\n]*\n|[^\n]+", after), "a/README.md", "b/README.md"
    )
    found = []
    for line in lines:
        found.append(line.removesuffix("\n"))
        if not line.endswith("\n"):
            found.append(r"\ No newline at end of file")
    return found


def kind_of(line: str) -> str:
    if line.startswith(("---", "+++", "@@", "\\")):
        return "about"
    return {"+": "added", "-": "removed"}.get(line[:1], "")
