"""The rows of the course page. An instructor changes them here, and the page follows."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from coursesite.admin_site import EditionAdmin
from coursesite.models import CourseEdition
from schedule.material_admin import MaterialInline, NoRoomForFiles
from schedule.models import (
    CultureItem,
    Deadline,
    Holiday,
    Lecture,
    LogisticsItem,
    Resource,
    Section,
    Sprint,
    StaffMember,
)
from schedule.readme_admin import WrittenReadme

# The edition's own pages in the admin, and those about its README.
admin.site.unregister(CourseEdition)
admin.site.register(CourseEdition, WrittenReadme)


class SourceRowAdmin(EditionAdmin):
    """What an import wrote; what is changed here stays when the README is imported again."""

    list_filter = ["edition", "is_missing"]
    list_select_related = ["edition"]


@admin.register(Sprint)
class SprintAdmin(SourceRowAdmin):
    list_display = ("label", "title", "position", "edition", "is_missing")
    fields = ("edition", "label", "title", "position", "is_missing")


@admin.register(Lecture)
class LectureAdmin(NoRoomForFiles, SourceRowAdmin):
    list_display = ("taught_on", "week", "title", "sprint", "edition", "is_missing")
    list_display_links = ("title",)
    ordering = Lecture.IN_ORDER
    list_select_related = ["sprint", "edition"]
    search_fields = ("title", "notes")
    fieldsets = (
        (
            None,
            {"fields": ("edition", "title", ("taught_on", "ends_on"), ("begins", "ends", "room"), "week", "sprint")},
        ),
        (_("Beside it"), {"fields": ("notes", "material_note", "directed_work_note", "position", "is_missing")}),
    )
    inlines = (MaterialInline,)


@admin.register(Holiday)
class HolidayAdmin(SourceRowAdmin):
    list_display = ("title", "starts_on", "ends_on", "edition", "is_missing")
    fields = ("edition", "title", ("starts_on", "ends_on"), "is_missing")


@admin.register(Deadline)
class DeadlineAdmin(SourceRowAdmin):
    list_display = ("title", "due_on", "edition", "is_missing")
    fields = ("edition", "title", "due_on", "is_missing")


@admin.register(Section)
class SectionAdmin(SourceRowAdmin):
    list_display = ("__str__", "kind", "position", "edition", "is_missing")
    fields = ("edition", "kind", "title", "text", "position", "is_missing")


@admin.register(CultureItem)
class CultureItemAdmin(SourceRowAdmin):
    list_display = ("name", "kind", "position", "edition", "is_missing")
    fields = ("edition", "kind", "name", "text", "position", "is_missing")


@admin.register(StaffMember)
class StaffMemberAdmin(SourceRowAdmin):
    list_display = ("name", "role", "email", "position", "edition", "is_missing")
    fields = ("edition", "name", "role", "email", "position", "is_missing")


@admin.register(LogisticsItem)
class LogisticsItemAdmin(SourceRowAdmin):
    list_display = ("label", "position", "edition", "is_missing")
    fields = ("edition", "label", "text", "position", "is_missing")


@admin.register(Resource)
class ResourceAdmin(SourceRowAdmin):
    list_display = ("title", "kind", "authors", "position", "edition", "is_missing")
    list_filter = ["kind", *SourceRowAdmin.list_filter]
    search_fields = ("title", "authors")
    fields = ("edition", "kind", "title", "authors", "href", "details", "position", "is_missing")
