"""Django's own admin for staff: who may see what follows from the roster, at every request.

An app's ModelAdmin derives from EditionAdmin and says by which path its rows lead to their edition, and which roles may
change or only view them. The rest follows: other editions' rows are not there, choices are those of the person's own
editions, and every change tells the edition's pages.
"""

from collections.abc import Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from allauth.account.decorators import secure_admin_login
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from coursesite import access, clock, todo
from coursesite.models import CourseEdition, Enrolment

LONGEST_TEXT = 100_000  # characters, as many as an import keeps


class StaffAdminSite(admin.AdminSite):
    site_header = gettext_lazy("Course administration")
    site_title = settings.SITE_NAME
    index_title = gettext_lazy("What you look after")
    index_template = "admin/start.html"

    def has_permission(self, request: HttpRequest) -> bool:
        return access.administers(request.user)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """What is not theirs is not there: a 404 instead of the login page or a 403."""
        inner = super().admin_view(view, cacheable)

        def not_found_for_others(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            try:
                return inner(request, *args, **kwargs)
            except PermissionDenied:
                raise Http404 from None
            except IntegrityError:  # somebody else has saved or deleted since this was looked at
                if request.method != "POST":
                    raise
                messages.error(request, _("Nothing was saved: somebody else changed the same just now. Look again."))
                return redirect(request.get_full_path())

        return not_found_for_others

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """No form of its own: guesses at a password meet allauth's limits here as on the site."""
        if not request.user.is_authenticated:
            return secure_admin_login(super().login)(request, extra_context)
        if not self.has_permission(request):
            raise Http404
        return redirect("admin:index")

    def get_urls(self) -> list[Any]:
        """Without the page that leads to any row's address, whoever's it is."""
        return [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        waiting = todo.collect(request.user, timezone.now())  # type: ignore[arg-type]  # signed in, or not here
        return super().index(request, {"waiting": waiting} | (extra_context or {}))


class EditionForm(forms.ModelForm):
    """Rows that one row names belong to one edition."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        edition = cleaned.get("edition") or (getattr(self.instance, "edition_id", None) and self.instance.edition)
        for name, value in [*cleaned.items()]:  # add_error takes out what is wrong
            other = getattr(value, "edition_id", None)
            if edition is not None and other is not None and other != edition.pk:
                self.add_error(name, ValidationError(_("This belongs to another edition than %s.") % edition))
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """On a change the edition is not asked again, and still belongs to what is there once in an edition."""
        excluded = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "edition" in self.fields else excluded - {"edition"}


class Restricted:
    """Choices of a form in the admin are rows that the person may see themselves."""

    admin_site: admin.AdminSite

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.choices(db_field.remote_field.model, request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs.setdefault("queryset", self.choices(db_field.remote_field.model, request))
        return super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]

    def editions(self, request: HttpRequest, *, to_change: bool = False) -> models.QuerySet[CourseEdition]:
        raise NotImplementedError

    def choices(self, model: type[models.Model], request: HttpRequest) -> models.QuerySet:
        if model is CourseEdition:
            return self.editions(request, to_change=True)
        if self.admin_site.is_registered(model):
            return self.admin_site.get_model_admin(model).get_queryset(request)
        return model._default_manager.none()


class OwnChoices(admin.RelatedFieldListFilter):
    """The filter beside a list: of rows that the person may see themselves."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        model = field.remote_field.model
        rows = model_admin.editions(request) if model is CourseEdition else model_admin.choices(model, request)
        return [(str(row.pk), str(row)) for row in rows]


class EditionAdmin(Restricted, admin.ModelAdmin):
    """Rows of the editions in which the person has one of `roles`; `edition_path` leads from a row to its edition."""

    form: type[forms.ModelForm] = EditionForm
    # Said when it is sent: a limit that the browser keeps cuts what is pasted, without a word.
    formfield_overrides: ClassVar[Any] = {models.TextField: {"validators": [MaxLengthValidator(LONGEST_TEXT)]}}
    edition_path: ClassVar[str] = "edition"
    roles: ClassVar[Sequence[str]] = (Enrolment.Role.INSTRUCTOR,)
    view_roles: ClassVar[Sequence[str]] = ()  # who may look and not touch

    def editions(self, request: HttpRequest, *, to_change: bool = False) -> models.QuerySet[CourseEdition]:
        return access.staffed_editions(request.user, *self.roles, *(() if to_change else self.view_roles))

    def edition_of(self, obj: models.Model) -> CourseEdition:
        found: Any = obj
        for step in filter(None, self.edition_path.split("__")):
            found = getattr(found, step)
        return found

    def zone_of(self, obj: models.Model) -> ZoneInfo:
        edition: CourseEdition | None = self.edition_of(obj)  # none: a person, or a mail to who is no one here
        return edition.zone if edition else ZoneInfo(settings.TIME_ZONE)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        path = f"{self.edition_path}__in" if self.edition_path else "pk__in"
        return super().get_queryset(request).filter(**{path: self.editions(request)})

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[str]:
        """A row stays in its edition."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "edition"] if obj is not None and self.edition_path == "edition" else [*fields]

    def allowed(self, request: HttpRequest, obj: models.Model | None, *, to_change: bool) -> bool:
        """Asked several times for each model by every page, for its menu: read once a request for the same roles."""
        asked = (*self.roles, *(() if to_change else self.view_roles))
        known: dict[Any, set[int]] = request.__dict__.setdefault("_editions_allowed", {})
        if asked not in known:
            known[asked] = set(self.editions(request, to_change=to_change).values_list("pk", flat=True))
        return bool(known[asked]) if obj is None else self.edition_of(obj).pk in known[asked]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, None, to_change=False)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=False)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=True)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allowed(request, None, to_change=True)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.allowed(request, obj, to_change=True)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [
            (name, OwnChoices) if isinstance(name, str) and is_relation(self.model, name) else name
            for name in super().get_list_filter(request)
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """By what the filters offer. Django lets any column be asked, also for the first letters of a secret."""
        offered = [entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request)]
        names = [name for name in (*offered, self.date_hierarchy) if isinstance(name, str)]
        is_offered = any(f"{lookup}__".startswith(f"{name}__") for name in names)
        return is_offered and super().lookup_allowed(lookup, value, request)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        has_page = obj is not None and self.view_on_site and hasattr(obj, "get_absolute_url")
        return obj.get_absolute_url() if has_page else None

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> HttpResponse:
        """Django leads to the start page with a message: what is not theirs is not there."""
        raise Http404

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who changed what and when, on the wall clock of the edition."""
        page = super().history_view(request, *args, **kwargs)
        if not isinstance(page, TemplateResponse) or page.context_data is None:
            return page  # rendered already: see HistoryAdmin
        with timezone.override(self.zone_of(page.context_data["object"])):
            return page.render()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Where somebody saved the same since the form looked, it looks again: what was typed comes back with why."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            return super().changeform_view(request, *args, **kwargs)

    # Django saves a form, and a list's editable rows, in one transaction that ends with save_related.

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        """What was typed and nothing else: a revision or a window that moved meanwhile is not set back."""
        columns = {field.name for field in self.opts.concrete_fields}
        obj.save(update_fields=columns & set(form.changed_data) if change else None)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        self.edition_of(form.instance).touch()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rows under a row belong to its edition."""
        for inline in formset.forms:
            if hasattr(inline.instance, "edition_id") and inline.instance.edition_id is None:
                inline.instance.edition = self.edition_of(form.instance)
        super().save_formset(request, form, formset, change)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        edition = self.edition_of(obj)
        super().delete_model(request, obj)
        edition.touch()

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with transaction.atomic():
            editions = {self.edition_of(obj) for obj in queryset}
            super().delete_queryset(request, queryset)
            for edition in editions:
                edition.touch()


def is_relation(model: type[models.Model], path: str) -> bool:
    field: Any = None
    for step in path.split("__"):
        field = (field.related_model if field else model)._meta.get_field(step)
    return bool(field.many_to_one)


def instant(name: str, description: Any) -> Any:
    """A column of an EditionAdmin, and a field to read: the row's instant on the wall clock of its edition."""

    @admin.display(description=description, ordering=name)
    def said(self: EditionAdmin, row: models.Model) -> str | None:
        at = getattr(row, name)
        return at and clock.said(at, self.zone_of(row))

    return said


class UnderEdition(Restricted):
    """Mix into an inline: who may change the row above may change these."""

    parent_model: type[models.Model]

    def above(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def editions(self, request: HttpRequest, *, to_change: bool = False) -> models.QuerySet[CourseEdition]:
        return self.above().editions(request, to_change=to_change)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.above().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.above().has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.above().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.above().has_change_permission(request, obj)


class ReadOnly:
    """Mix into a ModelAdmin or an inline: rows that only activities write, and their history if there is one."""

    def history_form_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the row said at some time. simple_history takes a POST from whoever may look."""
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        shown: HttpResponse = super().history_form_view(request, *args, **kwargs)  # type: ignore[misc]
        return shown

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class HistoryAdmin(ReadOnly, EditionAdmin, SimpleHistoryAdmin):
    """Rows that only activities write, and what happened to them, on the wall clock of their edition."""

    def render_history_view(self, request: HttpRequest, template: str, context: Any, **kwargs: Any) -> HttpResponse:
        row = context.get("object") or context["original"]
        with timezone.override(self.zone_of(row)):
            return super().render_history_view(request, template, context, **kwargs)
