"""Oral exams: sessions and their appointments, case studies with their questions, practice exams."""

import uuid
from datetime import date, datetime
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from coursesite import clock
from coursesite.bookable import Appointment, Bookable, LeanHistoryManager, window_constraints
from coursesite.bounds import days_in_order, sane_days, sane_instants
from coursesite.models import CourseEdition, Enrolment, User
from schedule.models import SourceRow


class PracticeExam(SourceRow):
    """A file to practise with, named in the README's exam section."""

    label = models.CharField(_("label"), max_length=300)
    href = models.CharField(_("link"), max_length=2000)

    class Meta:
        verbose_name = _("practice exam")
        verbose_name_plural = _("practice exams")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label


class ExamDay(SourceRow):
    """A day on which the README announces an exam; sessions with appointments are cut by staff."""

    held_on = models.DateField(_("day"), null=True, blank=True)
    title = models.CharField(_("title"), max_length=300)

    class Meta:
        verbose_name = _("announced exam")
        verbose_name_plural = _("announced exams")
        ordering = ["held_on", "pk"]
        constraints = [sane_days("examday", "held_on")]

    def __str__(self) -> str:
        return self.title


class ExamSession(Bookable):
    """An oral exam of an edition, all its days and rooms: each student picks one of its appointments.

    Parallel rooms are appointments at the same time, each with its room and examiners, so that one row is the lock and
    "one per student" is one unique constraint. A resit is another session, with another title.
    """

    edition = models.ForeignKey(CourseEdition, models.PROTECT, related_name="exam_sessions", verbose_name=_("edition"))
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(
        _("title"),
        max_length=200,
        default="Oral exam",
        help_text=_("One session for all days and rooms of an exam; a resit is another session."),
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(
        _("last day"), null=True, blank=True, help_text=_("Only where it takes more than a day.")
    )
    is_for_everyone = models.BooleanField(
        _("for every student"),
        default=True,
        help_text=_("Off for a resit: nobody is reminded to pick, and places are not counted when you publish."),
    )

    class Meta:
        verbose_name = _("exam session")
        verbose_name_plural = _("exam sessions")
        ordering = ["starts_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "title"], name="examsession_title_once"),
            days_in_order("examsession"),
            sane_days("examsession", "starts_on", "ends_on"),
            *window_constraints("examsession"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.path

    @cached_property  # the agenda asks for it once for each appointment
    def path(self) -> str:
        return reverse("exams:session", args=[self.edition.slug, self.code])

    def is_on(self, day: date) -> bool:
        return self.starts_on <= day <= (self.ends_on or self.starts_on)


class OralExamQuerySet(models.QuerySet["OralExam"]):
    def published(self) -> Self:
        return self.filter(is_published=True)

    def free(self) -> Self:
        return self.filter(student__isnull=True)

    def picked(self) -> Self:
        return self.filter(student__isnull=False)

    def with_last_change(self) -> Self:
        """Each with `changed_at`, when it was last picked, moved or given another time."""
        rows = OralExam.history.filter(id=OuterRef("pk")).order_by("-history_date").values("history_date")
        return self.annotate(changed_at=Subquery(rows[:1]))

    def with_holder(self) -> Self:
        """Each with `held_by`, the id of the enrolment that has picked it, as slots name theirs."""
        return self.annotate(held_by=F("student_id"))


class OralExam(Appointment):
    """An appointment of a session; `student` is null until somebody picks it.

    What happened to it, and why it was given up, stays in its history.
    """

    session = models.ForeignKey(ExamSession, models.PROTECT, related_name="appointments", verbose_name=_("session"))
    examiners = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("examiners")
    )
    student = models.ForeignKey(
        Enrolment, models.PROTECT, null=True, blank=True, related_name="oral_exams", verbose_name=_("student")
    )
    picked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picked by")
    )
    picked_at = models.DateTimeField(_("picked"), null=True, blank=True)
    reason = models.CharField(
        _("reason"), max_length=300, blank=True, help_text=_("Why staff picked, moved or cancelled.")
    )
    kept_for = models.ForeignKey(
        Enrolment, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    # Of the calendar event; both move with the student.
    invitation = models.UUIDField(null=True, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)

    changed_at: datetime | None = None  # where with_last_change() has read it

    history = HistoricalRecords(history_manager=LeanHistoryManager, excluded_fields=["kept_for", "kept_until"])
    objects = OralExamQuerySet.as_manager()

    class Meta:
        verbose_name = _("oral exam")
        verbose_name_plural = _("oral exams")
        ordering = ["starts_at", "room", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="oralexam_ends_after_start"),
            models.UniqueConstraint(fields=["session", "starts_at", "room", "online_url"], name="oralexam_once"),
            # A student clicks two appointments of a session at once: one of them is theirs.
            models.UniqueConstraint(
                fields=["session", "student"],
                condition=Q(student__isnull=False),
                name="oralexam_one_per_student_and_session",
            ),
            models.UniqueConstraint(fields=["kept_for", "session"], name="oralexam_kept_once"),
            models.CheckConstraint(
                condition=Q(
                    student__isnull=True, picked_by__isnull=True, picked_at__isnull=True, invitation__isnull=True
                )
                | Q(student__isnull=False, picked_by__isnull=False, picked_at__isnull=False, invitation__isnull=False),
                name="oralexam_picked_whole",
            ),
            sane_instants("oralexam", "starts_at", "ends_at", "picked_at"),
        ]
        # The board reads a session's appointments in order of time.
        indexes = [models.Index(fields=["session", "starts_at"], name="oralexam_session_start")]

    def __str__(self) -> str:
        return f"{self.session}, {clock.said(self.starts_at, self.session.edition.zone)}"

    @property
    def holder(self) -> str:
        """Its name in occupancy."""
        return f"exams.oralexam:{self.pk}"

    def is_where(self, other: "OralExam") -> bool:
        """At the same time and place."""
        mine, theirs = ((row.starts_at, row.ends_at, row.room, row.online_url) for row in (self, other))
        return mine == theirs

    PICK = ("student", "picked_by", "picked_at", "reason", "invitation", "sequence")

    # Each verb says whether it came to pass: not if the appointment changed hands since it was read. The session's lock
    # lets that happen to nobody; where a script forgets the lock, no student is overwritten.

    def mark_picked(self, student: Enrolment, *, by: User, at: datetime, reason: str = "") -> bool:
        self.student, self.picked_by, self.picked_at, self.reason = student, by, at, reason
        self.invitation, self.sequence = uuid.uuid4(), 0
        return self.save_pick(by, at, was=None)

    def mark_moved(self, left: "OralExam", *, by: User, at: datetime, reason: str = "") -> bool:
        """The student of `left` comes here, and the calendar event with them."""
        self.student, self.picked_by, self.picked_at, self.reason = left.student, by, at, reason
        self.invitation, self.sequence = left.invitation, left.sequence + 1
        # First: a student never has two of one session.
        return left.mark_given_up(by=by, at=at, reason=reason) and self.save_pick(by, at, was=None)

    def mark_given_up(self, *, by: User, at: datetime, reason: str = "") -> bool:
        was = self.student_id
        self.student = self.picked_by = self.picked_at = self.invitation = None
        self.reason, self.sequence = reason, 0
        return self.save_pick(by, at, was=was)

    def mark_changed(self, *, by: User, at: datetime) -> bool:
        """Staff gave it another time or place: the invitation is sent anew."""
        self.sequence += 1
        return self.save_pick(by, at, was=self.student_id)

    def save_pick(self, by: User, at: datetime, *, was: int | None) -> bool:
        """One UPDATE and its history, if the student is still the one that was. It is kept for nobody then."""
        pick = {name: getattr(self, name) for name in self.PICK}
        if not self.while_held_by(was).update(kept_for=None, kept_until=None, **pick):
            return False
        OralExam.history.bulk_history_create([self], update=True, default_user=by, default_date=at)
        return True

    def while_held_by(self, student: int | None) -> OralExamQuerySet:
        return OralExam.objects.filter(pk=self.pk, student=student)


class CaseStudy(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        READY = "ready", _("ready")

    TOTAL_POINTS = 20

    edition = models.ForeignKey(CourseEdition, models.PROTECT, related_name="case_studies", verbose_name=_("edition"))
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("case"), help_text=_("What the student reads. Markdown."))
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=State,
        default=State.DRAFT,
        help_text=_("Ready: the points of all parts must make 20."),
    )

    class Meta:
        verbose_name = _("case study")
        verbose_name_plural = _("case studies")
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["edition", "title"], name="casestudy_title_once")]

    def __str__(self) -> str:
        return self.title

    def mark_ready(self) -> None:
        self.state = self.State.READY
        self.save(update_fields=["state"])

    def mark_draft(self) -> None:
        self.state = self.State.DRAFT
        self.save(update_fields=["state"])


class Question(models.Model):
    case_study = models.ForeignKey(CaseStudy, models.CASCADE, related_name="questions", verbose_name=_("case study"))
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    text = models.TextField(_("question"))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["case_study", "number"], name="question_number_once")]

    def __str__(self) -> str:
        return f"{self.number}"


class QuestionPart(models.Model):
    question = models.ForeignKey(Question, models.CASCADE, related_name="parts", verbose_name=_("question"))
    number = models.PositiveSmallIntegerField(_("part"), validators=[MinValueValidator(1)])
    text = models.TextField(_("text"), blank=True)
    points = models.PositiveSmallIntegerField(
        _("points"), validators=[MinValueValidator(1), MaxValueValidator(CaseStudy.TOTAL_POINTS)]
    )

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="questionpart_number_once"),
            models.CheckConstraint(condition=Q(points__gte=1, points__lte=20), name="questionpart_points"),
        ]

    def __str__(self) -> str:
        return f"{self.question.number}.{self.number}"
