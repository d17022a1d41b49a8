"""Editions, people, the roster with its class list, and the log of mails."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db import InterfaceError, OperationalError
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from coursesite import roster
from coursesite.admin_site import EditionAdmin, ReadOnly, instant
from coursesite.forms import EnrolmentForm, PersonForm, RosterForm
from coursesite.mail import as_it_looks, kinds
from coursesite.models import CourseEdition, Enrolment, Upload, User
from coursesite.outbox import QueuedEmail
from coursesite.roster import PlanChanged, RosterRefused

# Of a mail as a page: its own inline style, and nothing runs, is fetched, sent or framed.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox"
)
SHOWN = 200  # rows of a preview; the numbers are of all


@admin.register(CourseEdition)
class CourseEditionAdmin(EditionAdmin):
    edition_path = ""
    list_display = ("__str__", "title", "people", "class_list", "import_link", "is_archive")
    actions = ("archive", "open_again")
    fieldsets = (
        (None, {"fields": ("code", "title", ("season", "year"), "slug", "timezone")}),
        (gettext_lazy("Groups"), {"fields": (("group_min_size", "group_max_size"),)}),
        (
            gettext_lazy("Reminders"),
            {
                "fields": ("closing_offsets", "place_offsets", "deadline_offsets", "class_offsets"),
                "description": gettext_lazy("How long before, for example “7 d, 3 d, 2 h”; 0 for none."),
            },
        ),
        (gettext_lazy("Mails and materials"), {"fields": ("reply_to", "repository_url")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseEdition]:
        return super().get_queryset(request).annotate(enrolled=Count("enrolments"))

    @admin.display(description=gettext_lazy("on the roster"), ordering="enrolled")
    def people(self, edition: CourseEdition) -> int:
        return edition.enrolled  # type: ignore[attr-defined]  # annotated above

    @admin.display(description=gettext_lazy("class list"))
    def class_list(self, edition: CourseEdition) -> SafeString:
        url = reverse("admin:coursesite_courseedition_roster", args=[edition.pk])
        return format_html('<a href="{}">{}</a>', url, _("Import or export"))

    @admin.display(description=gettext_lazy("README"))
    def import_link(self, edition: CourseEdition) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("schedule:import_readme", args=[edition.slug]), _("Import"))

    @admin.display(description=gettext_lazy("archive"), boolean=True)
    def is_archive(self, edition: CourseEdition) -> bool:
        return edition.is_archived

    @admin.action(description=gettext_lazy("Make an archive: readable, and closed"), permissions=["change"])
    def archive(self, request: HttpRequest, editions: QuerySet[CourseEdition]) -> None:
        for edition in editions.current():  # type: ignore[attr-defined]
            edition.mark_archived(timezone.now())
            messages.success(request, _("%(edition)s is an archive now.") % {"edition": edition})

    @admin.action(description=gettext_lazy("Open an archive again"), permissions=["change"])
    def open_again(self, request: HttpRequest, editions: QuerySet[CourseEdition]) -> None:
        for edition in editions.filter(archived_at__isnull=False):
            edition.mark_reopened()
            messages.success(request, _("%(edition)s is open again.") % {"edition": edition})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An edition starts with its README: start_course and import_readme make it."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/roster/", view(self.roster_view), name="coursesite_courseedition_roster"),
            path("<int:pk>/roster/export/", view(self.export_view), name="coursesite_courseedition_export"),
            path(
                "<int:pk>/roster/<uuid:code>/", view(self.preview_view), name="coursesite_courseedition_roster_preview"
            ),
            *super().get_urls(),
        ]

    def edition_for(self, request: HttpRequest, pk: int) -> CourseEdition:
        edition = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, edition):
            raise Http404
        return edition

    def page(
        self, request: HttpRequest, edition: CourseEdition, template: str, status: int = 200, **context: Any
    ) -> TemplateResponse:
        shared = self.admin_site.each_context(request) | {"opts": self.opts, "original": edition}
        return TemplateResponse(request, f"admin/coursesite/{template}.html", shared | context, status=status)

    def roster_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose a file; it is kept for a day, and shown before anything is written."""
        edition = self.edition_for(request, pk)
        form = RosterForm(request.POST, request.FILES) if request.method == "POST" else RosterForm()
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                data = file.read(roster.MAX_BYTES + 1)
                roster.parse(data)
            except RosterRefused as refusal:
                return self.page(request, edition, "roster", 400, title=_("Class list"), form=form, refusal=refusal)
            person: Any = request.user
            upload = Upload.keep(person, edition, "roster", file.name, data, timezone.now())
            return redirect("admin:coursesite_courseedition_roster_preview", edition.pk, upload.code)
        return self.page(request, edition, "roster", 400 if form.is_bound else 200, title=_("Class list"), form=form)

    def preview_view(self, request: HttpRequest, pk: int, code: UUID) -> HttpResponse:
        """What the file would change, and the button that does exactly that."""
        edition = self.edition_for(request, pk)
        person: Any = request.user
        kept = Upload.objects.filter(owner=person, edition=edition, kind="roster", expires_at__gt=timezone.now())
        upload = kept.filter(code=code).first()
        if upload is None:
            messages.warning(request, _("This preview is gone: its list was imported, or is older than a day."))
            return redirect("admin:coursesite_courseedition_roster", edition.pk)
        class_list = roster.parse(bytes(upload.content))
        objection: RosterRefused | None = None
        changed_meanwhile = False
        if request.method == "POST":
            try:
                made = roster.apply(edition, class_list, by=person, seal=request.POST.get("seal", ""))
            except RosterRefused:
                pass  # said by the preview as well
            except PlanChanged:
                changed_meanwhile = True
            else:
                upload.delete()
                messages.success(request, done(made))
                return redirect("admin:coursesite_courseedition_roster", edition.pk)
        made = roster.plan(edition, class_list)
        try:
            roster.refuse_archive(edition)
            made.refuse_own_role(person)
        except RosterRefused as refusal:
            objection = refusal
        return self.page(
            request,
            edition,
            "roster_preview",
            200 if request.method == "GET" else 409,
            title=_("Class list: what would change"),
            upload=upload,
            class_list=class_list,
            plan=made,
            objection=objection,
            changed_meanwhile=changed_meanwhile,
            new=made.new[:SHOWN],
            changed=made.changed[:SHOWN],
            kept=made.kept[:SHOWN],
            missing=made.missing[:SHOWN],
            shown=SHOWN,
        )

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        edition = self.edition_for(request, pk)
        headers = {"Content-Disposition": f'attachment; filename="roster-{edition.slug}.csv"'}
        return HttpResponse(f"\ufeff{roster.export(edition)}", content_type="text/csv; charset=utf-8", headers=headers)


def done(made: roster.Plan) -> str:
    new = ngettext("%(count)d person is new", "%(count)d people are new", len(made.new)) % {"count": len(made.new)}
    changed = ngettext("%(count)d was changed", "%(count)d were changed", len(made.changed)) % {
        "count": len(made.changed)
    }
    return _("Imported: %(new)s, %(changed)s.") % {"new": new, "changed": changed}


@admin.register(User)
class UserAdmin(EditionAdmin):
    """People of the person's editions: names and addresses, no passwords and no powers."""

    edition_path = "enrolments__edition"
    list_display = ("email", "first_name", "last_name", "student_number", "github")
    search_fields = ("email", "first_name", "last_name", "student_number", "github")
    form = PersonForm
    fields = ("email", "first_name", "last_name", "student_number", "github", "language")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, *(("is_active", "is_superuser") if request.user.is_superuser else ()))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = User.objects.order_by("last_name", "first_name", "email")
        if request.user.is_superuser:
            return people
        enrolled = Enrolment.objects.filter(edition__in=self.editions(request)).values("user")
        return people.filter(pk__in=enrolled)

    def edition_of(self, obj: Any) -> Any:
        return None  # a person may have several

    def allowed(self, request: HttpRequest, obj: Any, *, to_change: bool) -> bool:
        """Whoever also belongs to another course, or runs the site, is not one instructor's to rename."""
        editions = self.editions(request, to_change=to_change)
        if obj is None or request.user.is_superuser:
            return editions.exists() or bool(request.user.is_superuser)
        inside = obj.enrolments.filter(edition__in=editions).exists()
        if not to_change:
            return inside
        return inside and not obj.is_superuser and not obj.enrolments.exclude(edition__in=editions).exists()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # people come with the roster

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        form.save_m2m()
        self.touch_all(form.instance)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        obj.delete()  # who is on a roster is protected: nothing of an edition goes with them

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        queryset.delete()

    def touch_all(self, user: User) -> None:
        """Boards and group pages of every edition show the name."""
        for enrolment in user.enrolments.select_related("edition"):
            enrolment.edition.touch()


@admin.register(Enrolment)
class EnrolmentAdmin(EditionAdmin):
    change_list_template = "admin/coursesite/enrolments.html"
    list_display = ("user", "address", "role", "edition", "mails")
    list_filter = ("role", "edition")
    list_select_related = ("user", "edition")
    search_fields = ("user__email", "user__first_name", "user__last_name", "user__student_number")
    fields = ("edition", "user", "role")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Whoever looks for the class list looks here: each edition's is one click away."""
        lists = [
            (
                reverse("admin:coursesite_courseedition_roster", args=[edition.pk]),
                _("Import or export: %(edition)s") % {"edition": edition},
            )
            for edition in self.editions(request, to_change=True)
        ]
        context = {"title": _("Roster"), "class_lists": lists, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = EnrolmentForm
            kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("edition", "email", "first_name", "last_name", "role") if obj is None else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), *(["user"] if obj else [])]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody takes their own role away by mistake."""
        is_own = obj is not None and obj.user_id == request.user.pk and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_own

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_own = obj is not None and obj.user_id == request.user.pk and not request.user.is_superuser
        return super().has_delete_permission(request, obj) and not is_own

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What an app lets go with a place on the roster, as invitations, asks for no permission of its own."""
        rows, count, _needed, protected = super().get_deleted_objects(objs, request)
        own = {self.opts.verbose_name for row in objs if not self.has_delete_permission(request, row)}
        return rows, count, own, protected

    @admin.display(description=gettext_lazy("mails"))
    def mails(self, enrolment: Enrolment) -> SafeString:
        url = reverse("admin:coursesite_queuedemail_changelist")
        return format_html('<a href="{}?recipient__exact={}">{}</a>', url, enrolment.user_id, _("All mails"))

    @admin.display(description=gettext_lazy("e-mail"), ordering="user__email")
    def address(self, enrolment: Enrolment) -> str:
        return enrolment.user.email


@admin.register(QueuedEmail)
class QueuedEmailAdmin(ReadOnly, EditionAdmin):
    """The outbox and ledger. Words of a mail with a sign-in code are shown to nobody."""

    roles = Enrolment.STAFF_ROLES
    due, written, sent = (
        instant("due_at", gettext_lazy("due")),
        instant("created_at", gettext_lazy("written")),
        instant("sent_at", gettext_lazy("sent")),
    )
    list_display = ("to_address", "shown_subject", "state", "due", "sent", "error")
    list_select_related = ("edition",)
    list_filter = ("state", "kind", "edition")
    search_fields = ("to_address", "recipient__first_name", "recipient__last_name", "kind")
    date_hierarchy = "created_at"
    fields = (
        *("kind", "edition", "to_address", "state", "due", "attempts", "error", "written", "sent"),
        *("message_id", "shown_subject", "shown_text", "shown_html", "shown_invitation"),
    )
    readonly_fields = ("due", "written", "sent", "shown_subject", "shown_text", "shown_html", "shown_invitation")
    actions = ("send_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueuedEmail]:
        """Whoever runs the site also sees the mails of no edition: to strangers who tried to sign in."""
        rows = QueuedEmail.objects.all() if request.user.is_superuser else super().get_queryset(request)
        return rows.defer("text", "invitation", "facts")

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_safe(self.letter_view))
        return [path("<int:pk>/letter/", view, name="coursesite_queuedemail_letter"), *super().get_urls()]

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A mail as mail programs show it, sent or not. Nothing of a mail with a sign-in code."""
        rows = self.get_queryset(request).filter(is_secret=False, kind__in=kinds())
        row = get_object_or_404(rows.select_related("edition", "recipient"), pk=pk)
        try:
            letter = as_it_looks(row)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever its templates raise
            words = _("This mail cannot be shown: %(error)s") % {"error": type(error).__name__}
            return HttpResponse(words, content_type="text/plain; charset=utf-8", status=404)
        return HttpResponse(letter, headers={"Content-Security-Policy": LETTER_POLICY})

    def allowed(self, request: HttpRequest, obj: Any, *, to_change: bool) -> bool:
        return bool(request.user.is_superuser) or super().allowed(request, obj, to_change=to_change)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The roster and the list of groups lead to the mails of a person, and of a group."""
        own = lookup in {"recipient__exact", "recipient__in"}
        return own or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_actions(self, request: HttpRequest) -> Any:
        """Shown to whoever may look: sending again changes no fact."""
        return {"send_again": self.get_action("send_again")} if "_popup" not in request.GET else {}

    @admin.display(description=gettext_lazy("subject"))
    def shown_subject(self, row: QueuedEmail) -> str:
        return "" if row.is_secret else row.subject

    @admin.display(description=gettext_lazy("text"))
    def shown_text(self, row: QueuedEmail) -> SafeString:
        if row.is_secret:
            return format_html("<p>{}</p>", _("A sign-in mail: its words are shown to nobody."))
        return format_html("<pre>{}</pre>", row.text or _("It is written when it is sent."))

    @admin.display(description=gettext_lazy("as it looks"))
    def shown_html(self, row: QueuedEmail) -> str:
        if row.is_secret or row.kind not in kinds():
            return "-"
        url = reverse("admin:coursesite_queuedemail_letter", args=[row.pk])
        anew = _("written anew from what it tells, with the names and the layout of today")
        return format_html('<a href="{}">{}</a> ({})', url, _("Open the mail"), anew)

    @admin.display(description=gettext_lazy("calendar invitation"))
    def shown_invitation(self, row: QueuedEmail) -> SafeString:
        return format_html("<pre>{}</pre>", row.invitation or "-")

    @admin.action(description=gettext_lazy("Send failed mails again"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[QueuedEmail]) -> None:
        count = QueuedEmail.objects.filter(pk__in=queryset.values("pk")).retry(timezone.now())
        said = ngettext("%(count)d mail waits to be sent again.", "%(count)d mails wait to be sent again.", count)
        none = _("None of these mails failed, or there is no more time for it: nothing is sent again.")
        messages.info(request, said % {"count": count} if count else none)
