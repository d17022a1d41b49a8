"""Materials in the admin: links and files, released at a time or by hand."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coursesite import clock
from coursesite.admin_site import EditionAdmin, UnderEdition
from coursesite.uploads import reason_of
from schedule import materials
from schedule.material_forms import MaterialForm, MaterialFormSet
from schedule.models import Lecture, Material

WHEN = (("released_at", "is_held"), ("tells_students", "is_public"))


class NoRoomForFiles:
    """Mix into a ModelAdmin whose forms have files: where they cannot be kept, nothing is saved, and it is said."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]
        except OSError as error:
            if request.method != "POST" or not request.FILES:
                raise
            said = {"reason": reason_of(error)}
            messages.error(request, _("Nothing was saved: the file could not be kept (%(reason)s).") % said)
            request.method = "GET"  # the form once more, as it was
            return super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]


class MaterialInline(UnderEdition, admin.StackedInline):  # a table of fields has no labels
    model = Material
    form = MaterialForm
    formset = MaterialFormSet
    fields = (("column", "kind"), "label", "href", "file", *WHEN, ("position", "is_missing"))
    extra = 1  # one to fill in, also without JavaScript
    max_num = settings.MATERIALS_PER_CLASS
    show_change_link = True


@admin.register(Material)
class MaterialAdmin(NoRoomForFiles, EditionAdmin):
    form = MaterialForm
    list_display = ("label", "lecture", "seen", "is_public", "edition")
    list_filter = ["edition", "is_held", "is_missing"]
    list_select_related = ["lecture", "edition"]
    search_fields = ("label", "lecture__title")
    actions = ("release_now", "hold_back")
    view_on_site = False
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("edition", "lecture", "label", ("column", "kind"), "href", "file")}),
        (gettext_lazy("For whom, from when"), {"fields": WHEN}),
        (gettext_lazy("Beside it"), {"fields": ("position", "is_missing")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The box that takes a file away is there where there is one."""
        given = super().get_fieldsets(request, obj)
        sets: list[tuple[Any, dict[str, Any]]] = [(title, dict(options)) for title, options in given]
        if obj is not None and obj.file:
            sets[0][1]["fields"] = [*sets[0][1].get("fields", ()), "without_file"]
        return sets

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "lecture":
            kwargs["queryset"] = self.choices(Lecture, request).select_related("edition").order_by(*Lecture.IN_ORDER)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=gettext_lazy("students see it"), ordering="released_at")
    def seen(self, row: Material) -> str:
        if row.is_held:
            return _("not yet: held back")
        if row.is_released(timezone.now()) or row.released_at is None:
            return _("yes")
        return _("from %(time)s") % {"time": clock.said(row.released_at, row.edition.zone)}

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        obj.save(update_fields=form.written if change else None)

    @admin.action(description=gettext_lazy("Release now"), permissions=["change"])
    def release_now(self, request: HttpRequest, queryset: QuerySet[Material]) -> None:
        count = materials.release(queryset, timezone.now())
        said = ngettext("%(count)d is released.", "%(count)d are released.", count) % {"count": count}
        messages.success(request, said)

    @admin.action(description=gettext_lazy("Hold back"), permissions=["change"])
    def hold_back(self, request: HttpRequest, queryset: QuerySet[Material]) -> None:
        count = materials.hold_back(queryset, timezone.now())
        said = ngettext("%(count)d is held back.", "%(count)d are held back.", count) % {"count": count}
        messages.success(request, f"{said} {_('Students see them once you release them.')}")
