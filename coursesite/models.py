"""Who is here, in which edition, and who and which room is taken when. What we tell them is in outbox.py."""

import hashlib
import secrets
import uuid
import zoneinfo
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coursesite.bookable import OffsetsField
from coursesite.bounds import EARLIEST, sane_instants
from coursesite.clock import FIRST_YEAR, LAST_YEAR
from coursesite.outbox import HeldReminder, QueuedEmail  # noqa: F401 - models of this app


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)  # None: unusable, this person signs in by code
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person. The address is the name; it is kept in lower case."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    student_number = models.CharField(_("student number"), max_length=30, blank=True)
    github = models.CharField(_("GitHub handle"), max_length=39, blank=True)
    language = models.CharField(_("language"), max_length=10, default=settings.LANGUAGE_CODE)
    is_active = models.BooleanField(_("active"), default=True)  # type: ignore[misc]  # a plain attribute above
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_lower_case"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def is_staff(self) -> bool:
        """Django admin's own word. Who teaches is decided per edition by Enrolment (access.py), never stored here."""
        return self.is_superuser


RESERVED_SLUGS = {"accounts", "admin", "healthz", "readyz", "static", "mail", "feeds", "calendar", "courses"}


def not_reserved(value: str) -> None:
    if value in RESERVED_SLUGS:
        raise ValidationError(
            _("“%(value)s” is an address of the site itself: choose another one."), params={"value": value}
        )


def known_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("“%(value)s” is not a time zone: write it as Europe/Brussels."), params={"value": value}
        )


class CourseEditionQuerySet(models.QuerySet["CourseEdition"]):
    def current(self) -> Self:
        """Those that are not archives."""
        return self.filter(archived_at__isnull=True)


class CourseEdition(models.Model):
    """One course in one season of one year; everything else on the site belongs to an edition."""

    class Season(models.TextChoices):
        SPRING = "spring", pgettext_lazy("season", "spring")
        SUMMER = "summer", pgettext_lazy("season", "summer")
        FALL = "fall", pgettext_lazy("season", "fall")
        WINTER = "winter", pgettext_lazy("season", "winter")

    code = models.CharField(_("course code"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=300)
    season = models.CharField(_("season"), max_length=10, choices=Season, blank=True)
    year = models.PositiveSmallIntegerField(
        _("year"), validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)]
    )
    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        validators=[not_reserved],
        help_text=_("The part after the site's address."),
    )
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Brussels", validators=[known_time_zone])
    group_min_size = models.PositiveSmallIntegerField(_("smallest group"), default=2, validators=[MinValueValidator(1)])
    group_max_size = models.PositiveSmallIntegerField(_("largest group"), default=3, validators=[MinValueValidator(1)])
    reply_to = models.EmailField(
        _("staff's address"),
        blank=True,
        help_text=_("Answers to the site's mails go there; empty: to all instructors."),
    )
    repository_url = models.URLField(
        _("address of the materials"),
        blank=True,
        max_length=500,
        help_text=_(
            "Links of the README that name a file are resolved against it, "
            "for example https://github.com/OWNER/REPOSITORY/blob/main/"
        ),
    )
    closing_offsets = OffsetsField(_("booking closes"), default="7 d, 3 d, 1 d", help_text=_("To who has not booked."))
    place_offsets = OffsetsField(_("own slot or appointment"), default="1 d, 2 h")
    deadline_offsets = OffsetsField(
        _("other dates"),
        default="3 d, 1 d",
        help_text=_("Presentations and exams of a day, and whatever the schedule wants handed in."),
    )
    class_offsets = OffsetsField(_("classes"), default="0")
    is_demo = models.BooleanField(default=False, editable=False)
    digested_on = models.DateField(null=True, editable=False)  # the day of the last daily mails (digest.py)
    # Since then an archive: whoever could read it still can, nobody books, joins or is reminded, and no file is
    # imported. Staff still mend it in the admin.
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True, editable=False)
    # Rises in the transaction of every change that a page shows: half of every page's ETag (pages.py).
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CourseEditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("course edition")
        verbose_name_plural = _("course editions")
        ordering = ["-year", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(year__gte=FIRST_YEAR, year__lte=LAST_YEAR), name="courseedition_sane_year"
            ),
            models.CheckConstraint(
                condition=Q(group_min_size__gte=1, group_min_size__lte=F("group_max_size")),
                name="courseedition_group_sizes",
                violation_error_message=_("The largest group cannot be smaller than the smallest."),
            ),
            sane_instants("courseedition", "archived_at"),
        ]

    def __str__(self) -> str:
        return (
            " ".join(filter(None, [self.code, self.season and self.get_season_display(), str(self.year)])) or self.title
        )

    def get_absolute_url(self) -> str:
        return reverse("schedule:course", args=[self.slug])

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @cached_property
    def answer_addresses(self) -> list[str]:
        """Where answers to the site's mails go, and who invites to an appointment."""
        if self.reply_to:
            return [self.reply_to]
        teaching = Enrolment.objects.filter(edition=self, role=Enrolment.Role.INSTRUCTOR, user__is_active=True)
        return list(teaching.order_by("pk").values_list("user__email", flat=True))

    def mark_digested(self, day: date) -> bool:
        """Whether we are the first: no page shows it, so its revision stays."""
        rows = CourseEdition.objects.filter(Q(digested_on=None) | ~Q(digested_on=day), pk=self.pk)
        return bool(rows.update(digested_on=day))

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    def mark_archived(self, at: datetime) -> None:
        self.archived_at = at
        CourseEdition.objects.filter(pk=self.pk).update(archived_at=at, revision=F("revision") + 1)

    def mark_reopened(self) -> None:
        self.archived_at = None
        CourseEdition.objects.filter(pk=self.pk).update(archived_at=None, revision=F("revision") + 1)

    def touch(self) -> None:
        """Tell every page of this edition that it has changed. Call it last in the transaction: it locks the row."""
        CourseEdition.objects.filter(pk=self.pk).update(revision=F("revision") + 1)


class SourceField(models.TextField):
    """A file's text to the last character. Postgres keeps no NUL: a sign of its own stands for it in the database."""

    NUL, SIGN = "\ue002n", "\ue002"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text and text.replace(self.SIGN, f"{self.SIGN}s").replace("\0", self.NUL)

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return value and value.replace(self.NUL, "\0").replace(f"{self.SIGN}s", self.SIGN)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options  # a column like any other


class Readme(models.Model):
    """An edition's README as it was last imported. Apart from the edition, as only the next import reads it."""

    edition = models.OneToOneField(CourseEdition, models.CASCADE, primary_key=True, related_name="readme")
    text = SourceField()
    imported = models.JSONField(default=dict)  # code, title, season and year as it gave them: see SourceRow

    class Meta:
        verbose_name = "README"
        verbose_name_plural = "READMEs"

    def __str__(self) -> str:
        return str(self.edition)


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def students(self) -> Self:
        return self.filter(role=Enrolment.Role.STUDENT)

    def staff(self) -> Self:
        return self.filter(role__in=Enrolment.STAFF_ROLES)

    def without_single_mails(self, edition: CourseEdition) -> frozenset[int]:
        """The ids of the users who want what is optional in a digest, or not at all."""
        rows = self.filter(edition=edition).exclude(optional_mail=Enrolment.OptionalMail.SINGLE)
        return frozenset(rows.values_list("user", flat=True))


class Enrolment(models.Model):
    """A row of the roster: this person has this role in this edition."""

    class Role(models.TextChoices):
        STUDENT = "student", _("student")
        TEACHING_ASSISTANT = "teaching_assistant", _("teaching assistant")
        INSTRUCTOR = "instructor", _("instructor")
        EXAMINER = "examiner", _("examiner")

    class OptionalMail(models.TextChoices):
        SINGLE = "single", _("each by itself")
        DIGEST = "digest", _("together, once a day")
        NONE = "none", _("not at all")

    STAFF_ROLES = (Role.TEACHING_ASSISTANT, Role.INSTRUCTOR)

    edition = models.ForeignKey(CourseEdition, models.PROTECT, related_name="enrolments", verbose_name=_("edition"))
    user = models.ForeignKey(User, models.PROTECT, related_name="enrolments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.STUDENT)
    optional_mail = models.CharField(
        _("optional mails"), max_length=10, choices=OptionalMail, default=OptionalMail.SINGLE
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("roster")
        constraints = [
            # Also the index of access.py's look-up, on every page of a signed-in person.
            models.UniqueConstraint(fields=["user", "edition"], name="enrolment_one_per_person_and_edition"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"

    @property
    def is_staff(self) -> bool:
        return self.role in self.STAFF_ROLES


def new_code() -> str:
    return secrets.token_urlsafe(16)


class CalendarFeed(models.Model):
    """A person's calendar of one edition, for programs that cannot sign in: whoever has the address may read it.

    The address is made of `code` and of a signature with SECRET_KEY, and only the code is stored. So its page can show
    it at any time, which a hash would not allow, and yet nobody can make an address of a stolen database or of its
    statements in a log. A new code, a row that goes or a new SECRET_KEY ends the address; so does leaving the roster.
    """

    SIGNER: ClassVar[Signer] = Signer(salt="coursesite.calendar", sep=".")

    enrolment = models.OneToOneField(Enrolment, models.CASCADE, related_name="calendar_feed")
    code = models.CharField(max_length=32, unique=True, default=new_code)  # 128 random bits
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return str(self.enrolment)  # not the code

    @property
    def token(self) -> str:
        return self.SIGNER.sign(self.code)

    @staticmethod
    def code_of(token: str) -> str:
        """Empty for what we have not signed."""
        try:
            return CalendarFeed.SIGNER.unsign(token)
        except BadSignature:
            return ""


class Occupancy(models.Model):
    """A member of staff or a room is taken. Two rows of one resource never overlap: the database refuses it.

    Django has no constraint for this on SQLite; migration 0002 adds an exclusion constraint there and triggers here.
    """

    edition = models.ForeignKey(CourseEdition, models.CASCADE, related_name="occupancies")
    resource = models.CharField(max_length=300)  # "person:7", "room:3:r7 (b37)": see occupancy.py
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    holder = models.CharField(max_length=60)  # "projects.slot:12": the row that takes it
    label = models.CharField(max_length=300)  # the event as a person would name it

    class Meta:
        verbose_name_plural = "occupancies"
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="occupancy_ends_after_start"),
            sane_instants("occupancy", "starts_at", "ends_at"),
        ]
        indexes = [
            # The look for a clash, and the SQLite trigger.
            models.Index(fields=["resource", "starts_at"], name="occupancy_resource_start"),
            # Freeing what a slot held.
            models.Index(fields=["holder"], name="occupancy_holder"),
        ]

    def __str__(self) -> str:
        return self.label


class Upload(models.Model):
    """A file between its preview and its "apply": what was previewed is what is applied."""

    LIFETIME = timedelta(hours=24)

    code = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="uploads")
    edition = models.ForeignKey(CourseEdition, models.CASCADE, related_name="uploads")
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="upload_expiry")]  # the sweep's removal of old files

    def __str__(self) -> str:
        return self.name

    @classmethod
    def keep(cls, owner: User, edition: CourseEdition, kind: str, name: str, content: bytes, now: datetime) -> Self:
        return cls.objects.create(
            owner=owner,
            edition=edition,
            kind=kind,
            name=name[:200],
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
            expires_at=now + cls.LIFETIME,
        )


class Heartbeat(models.Model):
    """When something that should happen regularly last did."""

    name = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[a-z]+$")])
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def beat(name: str, at: datetime) -> None:
        if not Heartbeat.objects.filter(name=name).update(beat_at=at):
            Heartbeat.objects.bulk_create([Heartbeat(name=name, beat_at=at)], ignore_conflicts=True)

    @staticmethod
    def take_turn(name: str, at: datetime, period: timedelta) -> bool:
        """Whether this did not happen for that long, asked by exactly one. A clock that was set back is no reason."""
        rows, recently = Heartbeat.objects.filter(name=name), Q(beat_at__gt=at - period, beat_at__lt=at + period)
        if rows.filter(recently).exists():  # without a lock: mostly it is so
            return False
        Heartbeat.objects.bulk_create([Heartbeat(name=name, beat_at=EARLIEST)], ignore_conflicts=True)
        return bool(rows.exclude(recently).update(beat_at=at))
