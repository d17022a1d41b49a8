"""Oral exams: sessions and their appointments, case studies with their questions, practice exams."""

import uuid
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from coursesite.models import (
    Appointment,
    Bookable,
    CourseEdition,
    Enrolment,
    sane_days,
    sane_instants,
    window_constraints,
)
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
    """One day, one room, its examiners; students pick one of its appointments."""

    edition = models.ForeignKey(CourseEdition, models.PROTECT, related_name="exam_sessions", verbose_name=_("edition"))
    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    title = models.CharField(_("title"), max_length=200, default="Oral exam")
    held_on = models.DateField(_("day"))
    room = models.CharField(_("room"), max_length=120, blank=True)
    online_url = models.URLField(_("online at"), max_length=500, blank=True)
    examiners = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("examiners"))

    class Meta:
        verbose_name = _("exam session")
        verbose_name_plural = _("exam sessions")
        ordering = ["held_on", "pk"]
        constraints = [sane_days("examsession", "held_on"), *window_constraints("examsession")]

    def __str__(self) -> str:
        return f"{self.title}, {self.held_on:%d/%m/%Y}"

    def get_absolute_url(self) -> str:
        return reverse("exams:session", args=[self.edition.slug, self.code])


class OralExamQuerySet(models.QuerySet["OralExam"]):
    def free(self) -> Self:
        return self.filter(student__isnull=True)


class OralExam(Appointment):
    """An appointment of a session; `student` is null until somebody picks it."""

    session = models.ForeignKey(ExamSession, models.PROTECT, related_name="appointments", verbose_name=_("session"))
    student = models.ForeignKey(
        Enrolment, models.PROTECT, null=True, blank=True, related_name="oral_exams", verbose_name=_("student")
    )
    picked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("picked by")
    )
    picked_at = models.DateTimeField(_("picked"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    invitation = models.UUIDField(
        null=True, blank=True, editable=False
    )  # of the calendar event; moves with the student
    sequence = models.PositiveIntegerField(default=0, editable=False)

    history = HistoricalRecords()
    objects = OralExamQuerySet.as_manager()

    class Meta:
        verbose_name = _("oral exam")
        verbose_name_plural = _("oral exams")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="oralexam_ends_after_start"),
            models.UniqueConstraint(fields=["session", "starts_at"], name="oralexam_start_once"),
            # A student clicks two appointments of a session at once: one of them is theirs.
            models.UniqueConstraint(
                fields=["session", "student"],
                condition=Q(student__isnull=False),
                name="oralexam_one_per_student_and_session",
            ),
            models.CheckConstraint(
                condition=Q(student__isnull=True, picked_at__isnull=True, invitation__isnull=True)
                | Q(student__isnull=False, picked_at__isnull=False, invitation__isnull=False),
                name="oralexam_picked_whole",
            ),
            sane_instants("oralexam", "starts_at", "ends_at", "picked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.session.title} {self.starts_at:%d/%m/%Y %H:%M}"

    @property
    def holder(self) -> str:
        """Its name in occupancy."""
        return f"exams.oralexam:{self.pk}"


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
