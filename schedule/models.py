"""What is taught when, and what else the course's README says."""

import secrets
from datetime import datetime, time, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from coursesite.bookable import Release, ReleaseQuerySet, release_constraints
from coursesite.bounds import END_BEFORE_START, days_in_order, sane_days
from coursesite.models import CourseEdition

NIGHT = time(3)  # from which a watched README is looked at


class SourceRow(models.Model):
    """A row that an import may have written.

    `imported` holds each field's value as the README last gave it: a field is written again only when the README's
    value changes, so that what a person typed since is kept. A row that vanished from the README is marked, never
    deleted: histories go back and forth.
    """

    edition = models.ForeignKey(CourseEdition, models.PROTECT, verbose_name=_("edition"))
    position = models.PositiveIntegerField(_("order"), default=0)
    source_line = models.PositiveIntegerField(_("line of the README"), null=True, blank=True, editable=False)
    is_missing = models.BooleanField(_("no longer in the README"), default=False)
    imported = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        abstract = True


def colour(position: int) -> int:
    """Of the sprint at that place: 1 to 6, as on the course's own roadmap; after the sixth they repeat."""
    return (max(position, 1) - 1) % 6 + 1


class Sprint(SourceRow):
    label = models.CharField(_("label"), max_length=60, help_text=_("As the README calls it: “Sprint 1”."))
    title = models.CharField(_("title"), max_length=200, blank=True, help_text=_("Yours; an import never changes it."))

    class Meta:
        verbose_name = _("sprint")
        verbose_name_plural = _("sprints")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["edition", "label"], name="sprint_label_once")]

    def __str__(self) -> str:
        return f"{self.label}: {self.title}" if self.title else self.label

    @property
    def colour(self) -> int:
        return colour(self.position)


class LectureQuerySet(models.QuerySet["Lecture"]):
    def in_order(self) -> Self:
        """As they are taught, those without a date last: of themselves SQLite would put these first."""
        return self.order_by(*Lecture.IN_ORDER)


class Lecture(SourceRow):
    IN_ORDER = (F("taught_on").asc(nulls_last=True), "position", "pk")

    taught_on = models.DateField(_("date"), null=True, blank=True, help_text=_("Empty: not fixed yet."))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Only where it takes more than a day.")
    )
    begins = models.TimeField(_("from"), null=True, blank=True)
    ends = models.TimeField(_("to"), null=True, blank=True)
    room = models.CharField(_("room"), max_length=120, blank=True)
    week = models.CharField(_("week"), max_length=40, blank=True)
    sprint = models.ForeignKey(
        Sprint, models.SET_NULL, null=True, blank=True, related_name="lectures", verbose_name=_("sprint")
    )
    title = models.CharField(_("topic"), max_length=300)
    notes = models.TextField(_("notes"), blank=True)
    material_note = models.CharField(_("instead of material"), max_length=300, blank=True)
    directed_work_note = models.CharField(_("instead of directed work"), max_length=300, blank=True)
    extra = models.JSONField(_("other columns"), default=dict, blank=True)

    objects = LectureQuerySet.as_manager()

    class Meta:
        verbose_name = _("lecture")
        verbose_name_plural = _("lectures")
        ordering = ["taught_on", "position", "pk"]
        constraints = [
            days_in_order("lecture", "taught_on"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gt=F("begins")),
                name="lecture_hours_in_order",
                violation_error_message=END_BEFORE_START,
            ),
            sane_days("lecture", "taught_on", "ends_on"),
        ]
        # The schedule page reads an edition in order of date.
        indexes = [models.Index(fields=["edition", "taught_on"], name="lecture_edition_date")]

    def __str__(self) -> str:
        return f"{self.week} {self.title}".strip()


class Holiday(SourceRow):
    starts_on = models.DateField(_("date"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["starts_on", "pk"]
        constraints = [
            days_in_order("holiday"),
            sane_days("holiday", "starts_on", "ends_on"),
        ]

    def __str__(self) -> str:
        return self.title


class Deadline(SourceRow):
    """A day that the schedule names for handing something in."""

    due_on = models.DateField(_("date"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300)

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        ordering = ["due_on", "pk"]
        constraints = [sane_days("deadline", "due_on")]

    def __str__(self) -> str:
        return self.title


def random_name(row: "Material", name: str) -> str:
    """On disk nothing tells what a file is, and nobody guesses where."""
    return f"materials/{secrets.token_urlsafe(24)}"


class Material(Release, SourceRow):
    """A link or a file of a class; without a class, of the course as a whole. Where it has both, the file is shown."""

    class Kind(models.TextChoices):
        SLIDES = "slides", _("Slides")
        GUEST = "guest", _("Guest lecture")
        LAB = "lab", _("Lab")
        DEMO = "demo", _("Demo")
        NOTEBOOK = "notebook", _("Notebook")
        LINK = "link", _("Link")

    class Column(models.TextChoices):
        MATERIAL = "material", _("course material")
        DIRECTED_WORK = "directed_work", _("directed work")

    lecture = models.ForeignKey(
        Lecture,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="materials",
        verbose_name=_("lecture"),
        help_text=_("Empty: of the course as a whole."),
    )
    column = models.CharField(_("column"), max_length=20, choices=Column, default=Column.MATERIAL)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.LINK)
    label = models.CharField(_("label"), max_length=300)
    href = models.CharField(
        _("link"), max_length=2000, blank=True, help_text=_("An address, or a file of the course's repository.")
    )
    file = models.FileField(_("file"), upload_to=random_name, max_length=200, blank=True)
    file_name = models.CharField(max_length=200, blank=True, editable=False)  # as it was called where it came from
    file_size = models.PositiveBigIntegerField(default=0, editable=False)  # bytes
    is_public = models.BooleanField(
        _("visitors may see it"), default=True, help_text=_("Otherwise only people of this course, signed in.")
    )
    tells_students = models.BooleanField(
        _("tell students"), default=False, help_text=_("A mail at the time of its release, once.")
    )

    objects = ReleaseQuerySet.as_manager()
    _stored = ""  # the name under which its bytes are kept, as the database has it

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        ordering = ["column", "position", "pk"]
        constraints = release_constraints("material")
        # How many releases have passed: asked by every schedule page, also for its 304.
        indexes = [models.Index(fields=["edition", "released_at"], name="material_edition_released")]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        row = super().from_db(*args, **kwargs)
        row._stored = str(row.__dict__.get("file", ""))
        return row

    def keep_file(self, upload: Any) -> None:
        """Its bytes are written when the row is saved."""
        self.file, self.file_name, self.file_size = upload, upload.name[:200], upload.size


@receiver([post_save, post_delete], sender=Material)
def remove_old_bytes(instance: Material, **kwargs: Any) -> None:
    """Of a file that was replaced or deleted, also with its class: once that is committed, for nobody has it then."""
    old, now = instance._stored, str(instance.file or "")
    if "created" not in kwargs:  # deleted
        old, now = now or old, ""
    instance._stored = now
    if old and old != now:
        transaction.on_commit(lambda: Material.file.field.storage.delete(old), robust=True)


class Section(SourceRow):
    """Prose of the course page. `other` is what the reader did not understand: kept word for word, as Markdown."""

    class Kind(models.TextChoices):
        INTRODUCTION = "introduction", _("introduction")
        SCHEDULE_NOTE = "schedule_note", _("note above the schedule")
        PROJECT = "project", _("project")
        MILESTONES = "milestones", _("above the milestones")
        EXAM = "exam", _("exam")
        CREDITS = "credits", _("credits")
        OTHER = "other", _("other")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    title = models.CharField(_("title"), max_length=300, blank=True)
    text = models.TextField(_("text"), help_text=_("Markdown."))

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title or self.get_kind_display()


class CultureItem(SourceRow):
    class Kind(models.TextChoices):
        PILLAR = "pillar", _("pillar")
        STREAM = "stream", _("learning stream")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=200)
    text = models.TextField(_("text"), blank=True)

    class Meta:
        verbose_name = _("pillar or stream")
        verbose_name_plural = _("pillars and streams")
        ordering = ["kind", "position", "pk"]

    def __str__(self) -> str:
        return self.name


class StaffMember(SourceRow):
    """Who teaches, as the course page says it. What they may do on the site is said by the roster."""

    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff on the course page")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class LogisticsItem(SourceRow):
    """Communication, support, time and place: a label and what is said of it (Markdown)."""

    label = models.CharField(_("label"), max_length=200)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("practical matter")
        verbose_name_plural = _("practical matters")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label


class Resource(SourceRow):
    class Kind(models.TextChoices):
        SIMILAR = "similar", _("similar course")
        GENERAL = "general", _("general resource")
        BOOK = "book", _("book")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    title = models.CharField(_("title"), max_length=500)
    authors = models.CharField(_("authors"), max_length=500, blank=True)
    href = models.CharField(_("link"), max_length=2000, blank=True)
    details = models.TextField(_("details"), blank=True, help_text=_("Markdown."))

    class Meta:
        verbose_name = _("resource")
        verbose_name_plural = _("resources and books")
        ordering = ["kind", "position", "pk"]

    def __str__(self) -> str:
        return self.title


class ReadmeSource(models.Model):
    """The public git repository of an edition's README, at which the site looks every night (watching.py).

    No page of students shows any of it, so it moves no revision. There is no place for a password, on purpose.
    """

    edition = models.OneToOneField(CourseEdition, models.CASCADE, primary_key=True, related_name="readme_source")
    url = models.CharField(_("repository"), max_length=500)
    branch = models.CharField(_("branch"), max_length=200, blank=True)
    path = models.CharField(_("file in the repository"), max_length=400, blank=True)
    checked_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen = models.CharField(max_length=64, blank=True)  # SHA-256 of the text that was told or shown last
    has_news = models.BooleanField(default=False)  # that text is not the one that was imported
    failures = models.PositiveIntegerField(default=0)  # nights in a row
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("watched repository")
        verbose_name_plural = _("watched repositories")

    def __str__(self) -> str:
        return self.url

    def is_due(self, now: datetime) -> bool:
        """Once after each night's hour, as the clocks of the edition say it; what slept looks when it wakes."""
        if self.checked_at is None:
            return True
        here = now.astimezone(self.edition.zone)
        day = here.date() if here.time() >= NIGHT else here.date() - timedelta(days=1)
        return self.checked_at < datetime.combine(day, NIGHT, self.edition.zone)
