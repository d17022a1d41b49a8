"""What we tell whom: mails that wait, that went, and reminders that staff keep back."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from types import NoneType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coursesite.bounds import sane_instants


def new_message_id() -> str:
    """Made with the row: every try carries the same one, so that mail programs fold a repeat."""
    return f"<{uuid.uuid4()}@{punycode(urlsplit(settings.SITE_URL).hostname or 'localhost')}>"


CONTENT = ("subject", "text", "invitation")  # the words of a mail


class QueuedEmailQuerySet(models.QuerySet["QueuedEmail"]):
    def due(self, at: datetime) -> Self:
        """Rows to send at that instant: waiting and due, or taken by a worker that has not come back.

        What a server has put off comes after what was not tried yet: it may be the mail that the server chokes on.
        """
        return self.filter(
            Q(state=QueuedEmail.State.QUEUED, due_at__lte=at) | Q(state=QueuedEmail.State.SENDING, lease_until__lt=at)
        ).order_by(*QueuedEmail.QUEUE)

    def claim(self, at: datetime, until: datetime, limit: int) -> Self:
        """Take up to `limit` due rows until that instant, each by exactly one taker; committed when this returns."""
        lease = uuid.uuid4()
        with transaction.atomic():
            # Workers that claim at the same time take different rows; SQLite has no row locks, and one writer.
            due = self.due(at).select_for_update(skip_locked=True)
            taken = self.due(at).filter(pk__in=list(due.values_list("pk", flat=True)[:limit]))
            taken.update(state=QueuedEmail.State.SENDING, lease=lease, lease_until=until)
        return self.filter(state=QueuedEmail.State.SENDING, lease=lease).order_by(*QueuedEmail.QUEUE)

    def put_back(self, **fields: Any) -> int:
        """Rows in hand that were not sent wait again."""
        return self.update(state=QueuedEmail.State.QUEUED, lease=None, lease_until=None, **fields)

    def mark_sent(self, told: Sequence[tuple["QueuedEmail", datetime, dict[str, str]]]) -> set[int]:
        """QueuedEmail.mark_sent for several rows, none of them secret. The ids of those that were still ours."""
        columns: Any = self.model._meta
        names = ("id", "lease", "sent_at", *CONTENT)
        values = [
            columns.get_field(name).get_db_prep_value(value, connection, prepared=True)
            for row, at, content in told
            for name, value in zip(names, (row.pk, row.lease, at, *map(content.__getitem__, CONTENT)), strict=True)
        ]
        table, state = columns.db_table, QueuedEmail.State
        line = f"({', '.join(['%s'] * len(names))})"
        statement = f"""
            WITH told ({", ".join(names)}) AS (VALUES {", ".join([line] * len(told))})
            UPDATE {table} SET state = %s, error = '', attempts = attempts + 1, lease = NULL, lease_until = NULL,
                sent_at = told.sent_at, {", ".join(f"{name} = told.{name}" for name in CONTENT)}
            FROM told WHERE {table}.id = told.id AND {table}.lease = told.lease AND {table}.state = %s
            RETURNING {table}.id"""  # noqa: S608 # our names
        with connection.cursor() as cursor:
            cursor.execute(statement, [*values, state.SENT.value, state.SENDING.value])
            return {pk for (pk,) in cursor.fetchall()}

    def retry(self, at: datetime) -> int:
        """Failed rows start anew, where there is still something to send and time for it."""
        pointless = Q(is_secret=True, text="") | Q(expires_at__isnull=False, expires_at__lte=at)
        failed = self.filter(state=QueuedEmail.State.FAILED).exclude(pointless)
        return failed.update(state=QueuedEmail.State.QUEUED, due_at=at, attempts=0, error="")

    def erase_secrets(self, at: datetime) -> int:
        """Empty the sign-in mails whose code has expired, except those that a worker has in hand."""
        old = self.filter(is_secret=True, created_at__lte=at - QueuedEmail.SECRET_LIFETIME).exclude(text="")
        old = old.exclude(state=QueuedEmail.State.SENDING, lease_until__gte=at)
        unsent = old.filter(state__in=[QueuedEmail.State.QUEUED, QueuedEmail.State.SENDING])
        too_late = _("The code in it had expired.")
        unsent.update(state=QueuedEmail.State.SUPPRESSED, lease=None, lease_until=None, error=too_late)
        return old.update(**QueuedEmail.ERASED)


class QueuedEmail(models.Model):
    """One mail to one person: outbox until it is sent, ledger afterwards.

    Written in the transaction of the fact that it tells; rendered when it is sent (mail.py).
    """

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("mail", "waiting")
        SENDING = "sending", pgettext_lazy("mail", "being sent")
        SENT = "sent", pgettext_lazy("mail", "sent")
        FAILED = "failed", pgettext_lazy("mail", "failed")
        SUPPRESSED = "suppressed", pgettext_lazy("mail", "no longer true")

    # Priorities: who waits at the sign-in page comes first. The agenda is asked again before a reminder goes.
    SIGN_IN, NEWS, REMINDER = 0, 5, 9
    QUEUE = ("priority", "attempts", "due_at", "pk")
    SECRET_LIFETIME = timedelta(minutes=15)
    ERASED: ClassVar[dict[str, Any]] = {"subject": "", "text": "", "facts": {}}

    # Each index is written three times for each mail, so there are none that another one stands for.
    key = models.CharField(max_length=300)  # kind:object:deadline or sequence:offset:recipient
    kind = models.CharField(_("kind"), max_length=60)
    edition = models.ForeignKey(
        "coursesite.CourseEdition", models.CASCADE, null=True, blank=True, related_name="emails", db_index=False
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="emails"
    )
    to_address = models.EmailField(_("to"), max_length=254)
    facts = models.JSONField(default=dict, blank=True)
    is_secret = models.BooleanField(default=False)  # carries a sign-in code: shown to nobody, erased when sent
    priority = models.PositiveSmallIntegerField(default=NEWS)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)  # not sent afterwards: a reminder after its deadline
    lease_until = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    message_id = models.CharField(max_length=320, default=new_message_id, editable=False)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    text = models.TextField(blank=True)
    invitation = models.TextField(blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = QueuedEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="queuedemail_once"),
            models.CheckConstraint(condition=~Q(key=""), name="queuedemail_key_not_empty"),
            sane_instants("queuedemail", "due_at", "expires_at", "lease_until"),
        ]
        indexes = [
            # The tick's look for work, every two seconds: only rows that still have to go.
            models.Index(
                fields=["priority", "attempts", "due_at", "id"],
                name="queuedemail_to_send",
                condition=Q(state__in=["queued", "sending"]),
            ),
            # The sweep's look for sign-in mails to erase: one or two, among all that were ever sent.
            models.Index(fields=["created_at"], name="queuedemail_secret", condition=Q(is_secret=True) & ~Q(text="")),
            # What was told of an edition's coming dates, for the sweep; and the admin's list of an edition.
            models.Index(fields=["edition", "expires_at"], name="queuedemail_told_in"),
            # Staff's look for what did not arrive.
            models.Index(fields=["edition", "created_at"], name="queuedemail_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_address}"

    def is_late(self, at: datetime) -> bool:
        """Nothing goes after its deadline, and no code that has expired."""
        expires_at = self.expires_at or (self.created_at + self.SECRET_LIFETIME if self.is_secret else None)
        return expires_at is not None and expires_at <= at

    # A try ends in one of four ways. Each says whether the row was still ours: a lease may have passed to another.

    def mark_sent(self, at: datetime, **content: str) -> bool:
        return self._close(self.State.SENT, sent_at=at, error="", attempts=self.attempts + 1, **content)

    def mark_failed(self, reason: str) -> bool:
        return self._close(self.State.FAILED, error=reason, attempts=self.attempts + 1)

    def mark_put_off(self, until: datetime, reason: str) -> bool:
        return self._close(self.State.QUEUED, due_at=until, error=reason, attempts=self.attempts + 1)

    def mark_suppressed(self, reason: str) -> bool:
        return self._close(self.State.SUPPRESSED, error=reason)

    def _close(self, state: str, **values: Any) -> bool:
        """In plain SQL, once for each mail: the ORM takes five times as long to word this statement as it takes."""
        values |= {"state": str(state), "lease": None, "lease_until": None}
        if self.is_secret and state != self.State.QUEUED:
            values |= self.ERASED
        held = {"id": self.pk, "state": self.State.SENDING.value, "lease": self.lease}
        changes, rule = ", ".join(f"{name} = %s" for name in values), " AND ".join(f"{name} = %s" for name in held)
        columns: Any = self._meta
        parameters = [
            # Most go as they are: Django takes longer to look at each than all take to be sent.
            value
            if type(value) in {str, int, NoneType}
            else columns.get_field(name).get_db_prep_value(value, connection, prepared=True)
            for name, value in (*values.items(), *held.items())
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {self._meta.db_table} SET {changes} WHERE {rule}", parameters)  # noqa: S608 # our names
            return cursor.rowcount == 1


class HeldReminderQuerySet(models.QuerySet["HeldReminder"]):
    def names(self, edition: models.Model) -> frozenset[str]:
        return frozenset(self.filter(edition=edition).values_list("name", flat=True))


class HeldReminder(models.Model):
    """A reminder that staff keep back: `name` is its key without the recipient (reminders.py)."""

    edition = models.ForeignKey("coursesite.CourseEdition", models.CASCADE, related_name="held_reminders")
    name = models.CharField(max_length=280)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    held_at = models.DateTimeField()

    objects = HeldReminderQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["edition", "name"], name="heldreminder_once")]

    def __str__(self) -> str:
        return self.name
