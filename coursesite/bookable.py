"""What milestones, exam sessions, their places and released things have in common: models of the apps inherit it."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager

from coursesite import offsets
from coursesite.bounds import sane_instants
from coursesite.offsets import Offset


class OffsetsField(models.CharField):
    """Reminders, as offsets.py reads them; empty where something else decides."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 60)
        kwargs.setdefault("validators", [offsets.understood])
        super().__init__(*args, **kwargs)


LIKE_EDITION = _("For example “7 d, 3 d, 2 h”; 0 for none; empty: as in the course edition.")


class LeanHistoryManager(HistoryManager):
    """For HistoricalRecords: simple_history makes a manager class at each write of a history row; one is enough."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class, class_name=None):
        return super().from_queryset(queryset_class, class_name)


class Bookable(models.Model):
    """What has places that people book within a window of time: a milestone, an exam session. Its row is the lock."""

    edition: Any  # each model's own foreign key
    booking_opens_at = models.DateTimeField(_("booking opens"), null=True, blank=True)
    booking_closes_at = models.DateTimeField(_("booking closes"), null=True, blank=True)
    changes_until = models.DateTimeField(
        _("changes until"),
        null=True,
        blank=True,
        help_text=_(
            "Who has a place may still move it until then: not before booking closes, not after the first place."
        ),
    )
    closing_offsets = OffsetsField(_("reminders before booking closes"), blank=True, help_text=LIKE_EDITION)
    place_offsets = OffsetsField(_("reminders before the own place"), blank=True, help_text=LIKE_EDITION)
    is_published = models.BooleanField(_("published"), default=False, editable=False)
    # Raised by every change of a booking; the UPDATE that raises it is the one row lock of that change.
    revision = models.PositiveBigIntegerField(default=1, editable=False)

    kept_places: int = 0  # how many are kept at an instant, where a board has read that

    class Meta:
        abstract = True

    def remind_of(self, what: str, edition: Any) -> tuple[Offset, ...]:
        """`what`: closing or place. Its own reminders, or those of the edition."""
        name = f"{what}_offsets"
        return offsets.read(getattr(self, name) or getattr(edition, name))


def window_constraints(model: str) -> list[models.CheckConstraint]:
    """Opening < closing <= cut-off, where they are set; the first place is compared by the activity that publishes."""
    return [
        models.CheckConstraint(
            condition=Q(booking_opens_at__isnull=True) | Q(booking_opens_at__lt=F("booking_closes_at")),
            name=f"{model}_opens_before_closing",
        ),
        models.CheckConstraint(
            condition=Q(changes_until__isnull=True) | Q(booking_closes_at__lte=F("changes_until")),
            name=f"{model}_closes_before_cut_off",
        ),
        models.CheckConstraint(
            condition=Q(is_published=False)
            | Q(booking_opens_at__isnull=False, booking_closes_at__isnull=False, changes_until__isnull=False),
            name=f"{model}_published_with_window",
        ),
        sane_instants(model, "booking_opens_at", "booking_closes_at", "changes_until"),
    ]


class Appointment(models.Model):
    """A stretch of time at a place that somebody can book, with a public name for its address."""

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    room = models.CharField(_("room"), max_length=120, blank=True)
    online_url = models.URLField(_("online at"), max_length=500, blank=True)
    is_published = models.BooleanField(_("published"), default=False)
    # Nobody but whoever it is kept for can take it until then: nearest.py.
    kept_for: Any  # each model's own foreign key, to who books
    kept_for_id: int | None
    kept_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def is_kept_from(self, whom: int, at: datetime) -> bool:
        """Whether it is somebody else's alone to take at that instant. `whom`: as in `kept_for`."""
        return who_may(self.kept_for_id, self.kept_until, at) not in (None, whom)


def who_may(kept_for: int | None, kept_until: datetime | None, at: datetime) -> int | None:
    """Who alone may take a free place at that instant; None: everybody."""
    return kept_for if kept_until and at < kept_until else None


def not_kept_from(whom: int, at: datetime) -> Q:
    return Q(kept_for=None) | Q(kept_for=whom) | Q(kept_until__lte=at)


class Release(models.Model):
    """What students see from a moment on, or once staff let it go by hand. Until then not even its title is there.

    The moment changes pages without an edit: access.py counts those that have passed, for their ETags.
    """

    released_at = models.DateTimeField(_("students see it from"), null=True, blank=True, help_text=_("Empty: at once."))
    is_held = models.BooleanField(
        _("held back"), default=False, help_text=_("Students see it once you release it by hand.")
    )

    class Meta:
        abstract = True

    def is_released(self, at: datetime) -> bool:
        return not self.is_held and (self.released_at is None or self.released_at <= at)


class ReleaseQuerySet(models.QuerySet[Any]):
    def released(self, at: datetime) -> Self:
        return self.filter(Q(released_at__isnull=True) | Q(released_at__lte=at), is_held=False)


def release_constraints(model: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(
            condition=Q(is_held=False) | Q(released_at__isnull=True),
            name=f"{model}_held_or_timed",
            violation_error_message=_("Choose one: a time from which students see it, or held back."),
        ),
        sane_instants(model, "released_at"),
    ]
