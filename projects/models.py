"""Project groups, milestones, their slots and who booked them."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from coursesite import clock
from coursesite.bookable import Appointment, Bookable, LeanHistoryManager, window_constraints
from coursesite.bounds import days_in_order, sane_days, sane_instants
from coursesite.models import CourseEdition, Enrolment, User
from schedule.models import SourceRow


class ProjectGroup(models.Model):
    edition = models.ForeignKey(CourseEdition, models.PROTECT, related_name="groups", verbose_name=_("edition"))
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)
    # Raised by every change of its members: the UPDATE is the lock under which the size is checked (groups.py).
    revision = models.PositiveBigIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="projectgroup_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="projectgroup_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A student in a group. One-to-one with the enrolment: one group per student and edition, held by the database."""

    group = models.ForeignKey(ProjectGroup, models.CASCADE, related_name="memberships", verbose_name=_("group"))
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="membership", verbose_name=_("student"))
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["joined_at", "pk"]

    def __str__(self) -> str:
        return str(self.enrolment.user)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def pending(self) -> Self:
        return self.filter(state=Invitation.State.PENDING)


class Invitation(models.Model):
    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("invitation", "not answered")
        ACCEPTED = "accepted", pgettext_lazy("invitation", "accepted")
        DECLINED = "declined", pgettext_lazy("invitation", "declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("invitation", "withdrawn")

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    group = models.ForeignKey(ProjectGroup, models.CASCADE, related_name="invitations", verbose_name=_("group"))
    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="invitations", verbose_name=_("student"))
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["created_at", "pk"]
        constraints = [
            # Two members invite the same classmate at once: one question, one mail.
            models.UniqueConstraint(
                fields=["group", "enrolment"], condition=Q(state="pending"), name="invitation_pending_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} → {self.enrolment.user}"


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def mark_dated(self, at: datetime) -> int:
        """Their calendar event has changed. In the transaction of the change, whatever EVENT was changed by."""
        return self.update(sequence=F("sequence") + 1, dated_at=at)


class Milestone(SourceRow, Bookable):
    """A presentation: a window of days in which each group picks a slot, or one day for all."""

    EVENT = frozenset({"number", "kind", "starts_on", "ends_on", "place", "is_missing"})  # what its event shows

    class Kind(models.TextChoices):
        WINDOW = "window", _("each group picks a slot")
        DAY = "day", _("all groups on one day")

    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.WINDOW)
    title = models.CharField(_("title"), max_length=300, blank=True)
    text = models.TextField(_("description"), blank=True, help_text=_("Markdown."))
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    is_confirmed = models.BooleanField(_("date confirmed"), default=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    # Of the event of its days in feed and invitations: rises with every change of EVENT, and when that was.
    sequence = models.PositiveIntegerField(default=0, editable=False)
    dated_at = models.DateTimeField(null=True, editable=False)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "number"], name="milestone_number_once"),
            days_in_order("milestone"),
            sane_days("milestone", "starts_on", "ends_on"),
            *window_constraints("milestone"),
        ]

    def __str__(self) -> str:
        return f"MS{self.number}"

    def get_absolute_url(self) -> str:
        return self.path

    @cached_property  # the agenda asks for it once for each booking
    def path(self) -> str:
        return reverse("projects:milestone", args=[self.edition.slug, self.number])


# By hand, as coursesite/joined.py and for its reason.
HOLDER = "SELECT group_id FROM projects_booking WHERE slot_id = projects_slot.id AND cancelled_at IS NULL LIMIT 1"


class SlotQuerySet(models.QuerySet["Slot"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def with_holder(self) -> Self:
        """Each with `held_by`, the id of the group that has booked it."""
        return self.annotate(held_by=RawSQL(HOLDER, []))  # noqa: S611 - a constant

    def free(self) -> Self:
        return self.with_holder().filter(held_by=None)

    def with_standing(self) -> Self:
        """Each joined to `standing`, the booking that has it."""
        return self.annotate(standing=FilteredRelation("bookings", condition=Q(bookings__cancelled_at__isnull=True)))


class Slot(Appointment):
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="slots", verbose_name=_("milestone"))
    staff = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("staff"))
    kept_for = models.ForeignKey(
        ProjectGroup, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )

    held_by: int | None = None  # the group's id, where with_holder() has read it

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["starts_at", "room", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="slot_ends_after_start"),
            models.UniqueConstraint(fields=["milestone", "starts_at", "room", "online_url"], name="slot_once"),
            models.UniqueConstraint(fields=["kept_for", "milestone"], name="slot_kept_once"),
            sane_instants("slot", "starts_at", "ends_at"),
        ]
        # The board reads a milestone's slots in order of time.
        indexes = [models.Index(fields=["milestone", "starts_at"], name="slot_milestone_start")]

    def __str__(self) -> str:
        return f"{self.milestone}, {clock.said(self.starts_at, self.milestone.edition.zone)}"

    @property
    def holder(self) -> str:
        """Its name in occupancy."""
        return f"projects.slot:{self.pk}"


class BookingQuerySet(models.QuerySet["Booking"]):
    def standing(self) -> Self:
        return self.filter(cancelled_at__isnull=True)

    def with_last_change(self) -> Self:
        """Each with `changed_at`, when it was last booked, moved or given another time."""
        rows = Booking.history.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")
        return self.annotate(changed_at=Subquery(rows[:1]))


class Booking(models.Model):
    """A group's slot. A move changes `slot` of the same row; a cancelled row stays, with who and when.

    `milestone` stands beside `slot` so that both rules are unique constraints.
    """

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # of its calendar invitation, too
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="bookings", verbose_name=_("milestone"))
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings", verbose_name=_("slot"))
    group = models.ForeignKey(ProjectGroup, models.PROTECT, related_name="bookings", verbose_name=_("group"))
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("booked by")
    )
    booked_at = models.DateTimeField(_("booked"))
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    reason = models.CharField(
        _("reason"), max_length=300, blank=True, help_text=_("Why staff booked, moved or cancelled.")
    )
    sequence = models.PositiveIntegerField(default=0)  # of the invitation: rises with every change

    changed_at: datetime | None = None  # where with_last_change() has read it

    history = HistoricalRecords(history_manager=LeanHistoryManager)
    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-pk"]
        constraints = [
            # Fifty groups click one slot: one of them gets it.
            models.UniqueConstraint(
                fields=["slot"], condition=Q(cancelled_at__isnull=True), name="booking_one_per_slot"
            ),
            # Two members of a group book two slots at once: one of them does.
            models.UniqueConstraint(
                fields=["milestone", "group"],
                condition=Q(cancelled_at__isnull=True),
                name="booking_one_per_group_and_milestone",
            ),
            sane_instants("booking", "booked_at", "cancelled_at"),
        ]

    def __str__(self) -> str:
        return f"{self.group} · {self.milestone}"

    def mark_booked(self) -> None:
        self.note(self.booked_by, self.booked_at)
        self.save(force_insert=True)

    def mark_moved(self, slot: Slot, *, by: User, at: datetime, reason: str = "") -> None:
        self.slot, self.booked_by, self.booked_at, self.reason = slot, by, at, reason
        self.sequence += 1
        self.note(by, at)
        self.save(update_fields=["slot", "booked_by", "booked_at", "reason", "sequence"])

    def mark_cancelled(self, *, by: User, at: datetime, reason: str = "") -> None:
        self.cancelled_by, self.cancelled_at, self.reason = by, at, reason
        self.sequence += 1
        self.note(by, at)
        self.save(update_fields=["cancelled_by", "cancelled_at", "reason", "sequence"])

    def mark_slot_changed(self, *, by: User, at: datetime) -> None:
        """Staff gave its slot another time or place: the invitation is sent anew."""
        self.sequence += 1
        self.note(by, at)
        self.save(update_fields=["sequence"])

    def note(self, by: User, at: datetime) -> None:
        """For the history of what is saved next."""
        self._history_user, self._history_date = by, at
