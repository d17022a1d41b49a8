"""Milestones with their slots, groups with their members, and who has booked what."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coursesite.admin_site import EditionAdmin, EditionForm, HistoryAdmin, ReadOnly, instant
from coursesite.booking import BookingRefused
from coursesite.models import Enrolment
from coursesite.place_admin import BookableAdmin
from projects import bookings, groups, slotting
from projects.forms import MilestoneForm, ReasonForm
from projects.models import Booking, Invitation, Membership, Milestone, ProjectGroup


def attempt(request: HttpRequest, verb: Callable[[], object]) -> bool:
    """Whether it was done; where it was refused, the sentence why stands above the list."""
    try:
        verb()
    except BookingRefused as refusal:
        messages.error(request, refusal.sentence)
        return False
    return True


@admin.register(Milestone)
class MilestoneAdmin(BookableAdmin):
    roles = Enrolment.STAFF_ROLES
    form = MilestoneForm
    supply = slotting.supply
    fields = (
        *("edition", ("number", "kind"), "title", "text", ("starts_on", "ends_on"), "is_confirmed", "place"),
        *(("closing_offsets", "place_offsets"), "is_missing"),
    )
    list_display = ("__str__", "title", "edition", "starts_on", "ends_on", "is_published", "taken", "is_missing")
    list_filter = ("edition", "is_published", "is_missing")
    list_select_related = ("edition",)
    search_fields = ("title",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change or Milestone.EVENT & set(form.changed_data):
            Milestone.objects.filter(pk=obj.pk).mark_dated(timezone.now())

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        cut = Count("slots", distinct=True)
        standing = Count("bookings", filter=Q(bookings__cancelled_at__isnull=True), distinct=True)
        return super().get_queryset(request).annotate(cut=cut, standing=standing)

    @admin.display(description=gettext_lazy("slots"))
    def taken(self, milestone: Any) -> str:
        if milestone.kind == Milestone.Kind.DAY:
            return "–"
        return _("%(standing)d of %(cut)d taken") % {"standing": milestone.standing, "cut": milestone.cut}


class StudentsField(forms.ModelMultipleChoiceField):
    """Named with their address: two students may have one name."""

    def label_from_instance(self, obj: Any) -> str:
        person = obj.enrolment.user if isinstance(obj, Membership) else obj.user
        return f"{person} ({person.email})" if person.get_full_name() else person.email


class GroupForm(EditionForm):
    """The name, and who comes and goes: each by the same activity as on the site."""

    place = StudentsField(
        Enrolment.objects.none(),
        required=False,
        label=gettext_lazy("Place students"),
        help_text=gettext_lazy("Students of this edition who are in no group. All members are told by mail."),
    )
    remove = StudentsField(
        Membership.objects.none(),
        required=False,
        label=gettext_lazy("Take members out"),
        help_text=gettext_lazy(
            "They are told by mail. A slot that the group has booked stays the group's. "
            "To take everybody out, choose “Dissolve” in the list of groups."
        ),
    )

    class Meta:
        model = ProjectGroup
        fields = ("edition", "name")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            alone = Enrolment.objects.students().filter(edition=self.instance.edition, membership=None)
            self.field("place").queryset = alone.select_related("user").order_by("user__last_name", "user__email")
            self.field("remove").queryset = self.instance.memberships.select_related("enrolment__user")

    def field(self, name: str) -> Any:
        return self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        going = cleaned.get("remove")
        if going and not cleaned.get("place") and len(going) == self.instance.memberships.count():
            self.add_error("remove", _("These are all members: choose “Dissolve” in the list of groups instead."))
        return cleaned


@admin.register(ProjectGroup)
class ProjectGroupAdmin(EditionAdmin):
    form = GroupForm
    roles = Enrolment.STAFF_ROLES
    list_display = ("name", "edition", "size")
    list_filter = ("edition",)
    list_select_related = ("edition",)
    search_fields = ("name", "memberships__enrolment__user__last_name", "memberships__enrolment__user__email")
    readonly_fields = ("members",)
    actions = ("dissolve",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(members_count=Count("memberships", distinct=True))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A group is created first, and then it has members."""
        return ("edition", "name", "members", "place", "remove") if obj else ("edition", "name")

    @admin.display(description=gettext_lazy("members"), ordering="members_count")
    def size(self, group: Any) -> int:
        return group.members_count

    @admin.display(description=gettext_lazy("members"))
    def members(self, group: ProjectGroup) -> str:
        people = group.memberships.select_related("enrolment__user")
        return ", ".join(f"{membership} ({membership.enrolment.user.email})" for membership in people) or "–"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # groups are dissolved: their members are told, and what is booked is in the way

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The edition's row is the last lock (occupancy.py): those who come and go come first."""
        coming, going = form.cleaned_data.get("place", ()), form.cleaned_data.get("remove", ())
        self.exchange(request, form.instance, [*coming], [*going])
        super().save_related(request, form, formsets, change)

    def exchange(
        self, request: HttpRequest, group: ProjectGroup, coming: list[Enrolment], going: list[Membership]
    ) -> None:
        """Somebody comes while there is a seat, else somebody goes: so the group has a member at every moment."""
        now = timezone.now()
        seats = group.edition.group_max_size - group.memberships.count()
        while coming or going:
            if coming and (seats > 0 or not going):
                seats -= attempt(request, partial(groups.place, group, coming.pop(0), now=now))
            else:
                seats += attempt(request, partial(groups.remove, group, going.pop(0).enrolment, now=now))

    @admin.action(description=gettext_lazy("Dissolve the groups and tell their members"))
    def dissolve(self, request: HttpRequest, queryset: QuerySet[ProjectGroup]) -> None:
        now = timezone.now()
        chosen = ProjectGroup.objects.filter(pk__in=queryset.values("pk")).select_related("edition")
        done = sum(attempt(request, partial(groups.dissolve, group, now=now)) for group in chosen)
        if done:
            said = ngettext("%(count)d group is dissolved.", "%(count)d groups are dissolved.", done)
            messages.success(request, said % {"count": done})


@admin.register(Booking)
class BookingAdmin(HistoryAdmin):
    """Who has which slot, and what happened to it. It is booked and moved on the board, by the same activities."""

    roles = Enrolment.STAFF_ROLES
    edition_path = "milestone__edition"
    booked = instant("booked_at", gettext_lazy("booked"))
    cancelled = instant("cancelled_at", gettext_lazy("cancelled"))
    list_display = ("group", "slot", "booked_by", "booked", "cancelled", "reason")
    list_filter = ("milestone", ("cancelled_at", admin.EmptyFieldListFilter))
    list_select_related = ("group", "milestone__edition", "slot__milestone__edition", "booked_by")
    search_fields = ("group__name", "group__memberships__enrolment__user__email")
    fields = ("group", "milestone", "slot", "booked_by", "booked", "cancelled_by", "cancelled", "reason")
    readonly_fields = ("booked", "cancelled")
    history_list_display = ("slot", "reason")
    actions = ("cancel",)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.allowed(request, None, to_change=True)

    @admin.action(description=gettext_lazy("Cancel, with a reason"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Booking]) -> HttpResponse | None:
        """Asks for the reason, which the members read, then cancels each as the board does."""
        chosen = queryset.filter(cancelled_at=None)
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = self.admin_site.each_context(request) | {
                "opts": self.opts,
                "title": _("Cancel bookings"),
                "bookings": chosen,
                "form": form,
            }
            return TemplateResponse(request, "admin/projects/cancel_bookings.html", context)
        reason, now = form.cleaned_data["reason"], timezone.now()
        by: Any = request.user
        done = sum(
            attempt(request, partial(bookings.cancel, booking, by=by, now=now, as_staff=True, reason=reason))
            for booking in chosen
        )
        if done:
            said = ngettext("%(count)d booking is cancelled.", "%(count)d bookings are cancelled.", done)
            messages.success(request, said % {"count": done})
        return None


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, EditionAdmin):
    roles = Enrolment.STAFF_ROLES
    edition_path = "group__edition"
    created = instant("created_at", gettext_lazy("created"))
    answered = instant("answered_at", gettext_lazy("answered"))
    list_display = ("group", "enrolment", "invited_by", "state", "created", "answered")
    list_filter = ("state", "group__edition")
    list_select_related = ("group__edition", "enrolment__user", "invited_by")
    search_fields = ("group__name", "enrolment__user__email")
    fields = ("group", "enrolment", "invited_by", "state", "created", "answered")
    readonly_fields = ("created", "answered")
