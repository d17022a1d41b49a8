"""Django's own admin for staff: who may see what follows from the roster, at every request.

An app's ModelAdmin derives from EditionAdmin and says the path to its edition; nothing else is needed to keep a
teaching assistant inside their own course.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coursesite import access
from coursesite.models import CourseEdition, Enrolment


class StaffAdminSite(admin.AdminSite):
    site_header = _("Course administration")
    site_title = _("Course administration")
    index_title = _("What waits for you")

    def has_permission(self, request: HttpRequest) -> bool:
        return access.administers(request.user)


# Guesses at a password go through allauth and its limits, here as on the site.
StaffAdminSite.login = secure_admin_login(StaffAdminSite.login)  # type: ignore[method-assign]


class EditionAdmin(admin.ModelAdmin):
    """Rows of the editions in which the person has one of `roles`; `edition_path` leads from the model to its edition."""

    edition_path: ClassVar[str] = "edition"
    roles: ClassVar[Sequence[str]] = (Enrolment.Role.INSTRUCTOR,)
    view_roles: ClassVar[Sequence[str]] = ()  # who may look and not touch

    def editions(self, request: HttpRequest, *, to_change: bool = False) -> QuerySet[CourseEdition]:
        return access.staffed_editions(request.user, *self.roles, *(() if to_change else self.view_roles))

    def edition_of(self, obj: Model) -> CourseEdition:
        found: Any = obj
        for step in filter(None, self.edition_path.split("__")):
            found = getattr(found, step)
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        path = f"{self.edition_path}__in" if self.edition_path else "pk__in"
        return super().get_queryset(request).filter(**{path: self.editions(request)})

    def allowed(self, request: HttpRequest, obj: Model | None, *, to_change: bool) -> bool:
        editions = self.editions(request, to_change=to_change)
        return editions.exists() if obj is None else editions.filter(pk=self.edition_of(obj).pk).exists()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, None, to_change=False)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=False)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=True)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allowed(request, None, to_change=True)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=True)
