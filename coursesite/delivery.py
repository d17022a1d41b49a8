"""One step of sending: claim, check, send, mark. The loop around it is the tick's (tasks.py).

Rows are claimed with a lease, and that is committed before the mail server hears of them; then each is checked (is it
still true?), rendered, sent and marked before the next. So a worker that is killed leaves at most one mail for each of
its threads of which nobody knows whether the server took it; that one goes again, with the same Message-ID, once the
lease has run out.
"""

import logging
import smtplib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from coursesite.mail import Draft, Letter, MailKind, addressed, draft, kinds, message, one_line
from coursesite.marking import Marks
from coursesite.mime import Message, hand_over
from coursesite.outbox import QueuedEmail, QueuedEmailQuerySet
from coursesite.reminders import StillOwed

logger = logging.getLogger(__name__)
marks = Marks()

BATCH = 100  # rows in one claim, over one connection
BATCH_SECONDS = 10.0  # then the rest is put back: no sign-in code waits for a long batch to a slow server
# A mail that the server puts off goes again after these pauses, for a day in all; then it has failed.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 5, 15, 60, 120, 240, 360, 600))
# A server that is away is no mail's failure: all wait as long as it takes, and not long once it is back.
AWAY = 3
SIGN_IN_PAUSE = timedelta(seconds=10)  # somebody is waiting for it, and the code expires
MARK_PAUSES = (0.1, 0.5, 1, 2, 4)  # seconds for a database that restarts just when a mail was sent
GOODBYE = 421  # "closing transmission channel"
REASON_LENGTH = 500
COUNTS = ("sent", "failed", "suppressed", "put_off", "put_back")


@dataclass
class Tally:
    """What became of the rows of one step, or of several added up."""

    sent: int = 0
    failed: int = 0
    suppressed: int = 0
    put_off: int = 0  # by the server
    put_back: int = 0  # untried: the step ended before their turn
    trouble: str = ""  # the server's own words

    def __add__(self, other: "Tally") -> "Tally":
        counts = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return Tally(**counts, trouble=other.trouble or self.trouble)

    def __str__(self) -> str:
        counts = [f"{count} {name.replace('_', ' ')}" for name in COUNTS if (count := getattr(self, name))]
        return ", ".join(counts) + (f" ({self.trouble})" if self.trouble else "")

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in COUNTS)

    @property
    def has_progress(self) -> bool:
        return bool(self.sent or self.failed or self.suppressed)


def send_due(
    now: datetime,
    limit: int = BATCH,
    *,
    still_owed: StillOwed | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Tally:
    """Claim up to `limit` rows that are due and send them over one connection."""
    if not QueuedEmail.objects.due(now).exists():  # without a lock: mostly there is nothing
        return Tally()
    claimed = QueuedEmail.objects.claim(now, now + timedelta(seconds=settings.MAIL_LEASE_SECONDS), limit)
    rows = list(claimed.select_related("recipient").prefetch_related("edition"))
    return Step(rows, now, still_owed or StillOwed()).run(is_stopping)


class Step:
    """The rows of one claim, and the one connection over which they go."""

    def __init__(self, rows: list[QueuedEmail], now: datetime, still_owed: StillOwed):
        self.rows, self.still_owed = rows, still_owed
        self.claimed_at, self.started = now, time.monotonic()
        self.kinds = kinds()
        self.drafts: dict[Any, Draft] = {}
        self.outgoing = get_connection()
        self.in_doubt: QueuedEmail | None = None  # between the first word to the server and our mark
        self.tally = Tally()

    @property
    def now(self) -> datetime:
        return self.claimed_at + timedelta(seconds=time.monotonic() - self.started)

    def has_time(self) -> bool:
        """Ends well before the lease, also in a process that was frozen: after it the rows are another worker's."""
        return time.monotonic() - self.started < min(settings.MAIL_LEASE_SECONDS / 2, BATCH_SECONDS)

    def run(self, is_stopping: Callable[[], bool]) -> Tally:
        try:
            with marks.sending():
                self.deliver(is_stopping)
        except BaseException:
            # Whatever it was, it is not these mails' fault: others need not wait for the lease to end.
            insist(lambda: self.held(row for row in self.rows if row is not self.in_doubt).put_back())
            raise
        finally:
            hang_up(self.outgoing)
        return self.tally

    def deliver(self, is_stopping: Callable[[], bool]) -> None:
        for position, row in enumerate(self.rows):
            if is_stopping() or not self.has_time():
                return self.put_back(self.rows[position:])
            if not (written := self.write(row)):
                continue
            try:
                self.outgoing.open()
            except (smtplib.SMTPException, OSError) as error:
                return self.wait_for_server(self.rows[position:], said(error))
            if (pause := self.send(row, *written)) is not None:
                return self.put_back(self.rows[position + 1 :], pause)
        return None

    def write(self, row: QueuedEmail) -> tuple[Letter, Message] | None:
        """None: no mail comes of it, now or ever, and the row is closed. Poison stops nobody else."""
        kind = self.kinds.get(row.kind)
        try:
            objection = self.objection(row, kind)
        except (OperationalError, InterfaceError):
            raise  # the database is away, which says nothing about this mail
        except Exception as error:
            logger.exception("mail %s (%s) cannot be checked", row.pk, row.kind)
            self.put_off(row, said(error))
            return None
        if objection:
            self.tally.suppressed += row.mark_suppressed(objection)
            return None
        try:
            words = draft(row, kind, self.drafts)
            letter = addressed(words, row, kind)
            return letter, message(row, letter, self.outgoing, kind, words)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            # Without its words: they may be somebody's.
            logger.warning("mail %s (%s) cannot be written: %s", row.pk, row.kind, type(error).__name__)
            self.tally.failed += row.mark_failed(said(error))
            return None

    def objection(self, row: QueuedEmail, kind: MailKind | None) -> str:
        """Why this mail is not to go any more; empty: it is."""
        if row.is_late(self.now):
            return _("It is too late for it.")
        if row.priority == QueuedEmail.REMINDER and (objection := self.still_owed.objection(row, self.now)):
            return objection
        if kind and not kind.still_true(row):
            return _("It was no longer true.")
        return ""

    def send(self, row: QueuedEmail, letter: Letter, mail: Message) -> timedelta | None:
        """None: the connection is fit for the next mail. Otherwise it is not, and this is how long the others wait."""
        self.in_doubt = row
        try:
            hand_over(self.outgoing, mail)
        except (smtplib.SMTPException, OSError) as error:
            return self.refused(row, error)
        except Exception as error:  # what cannot be put on the wire, a character or a header: nothing was sent
            self.tally.failed += row.mark_failed(said(error))
        else:
            self.tally.sent += insist(lambda: marks.mark_sent(row, self.now, letter.kept))
        self.in_doubt = None
        return None

    def refused(self, row: QueuedEmail, error: OSError) -> timedelta | None:
        code, words = answer(error)
        reason = str(code or _("no answer")) if row.is_secret else words
        self.tally.trouble = reason
        is_final = 500 <= code < 600 and not isinstance(error, smtplib.SMTPSenderRefused)  # that one is about us
        if is_final:
            self.tally.failed += row.mark_failed(reason)
        else:
            self.put_off(row, reason)
        self.in_doubt = None
        if code not in {0, GOODBYE}:
            return None
        return PAUSES[0] if is_timeout(error) else timedelta(0)

    def put_off(self, row: QueuedEmail, reason: str) -> None:
        if row.attempts >= len(PAUSES):
            self.tally.failed += row.mark_failed(reason)
        else:
            self.tally.put_off += row.mark_put_off(self.now + pause(row), reason)

    def wait_for_server(self, rows: list[QueuedEmail], trouble: str) -> None:
        """One attempt for all of them."""
        self.tally.trouble = trouble
        for tried, priority in {(row.attempts, row.priority) for row in rows}:
            alike = [row for row in rows if (row.attempts, row.priority) == (tried, priority)]
            attempts = max(tried, min(tried + 1, AWAY))
            wait = pause(alike[0], longest=AWAY)
            self.tally.put_off += self.held(alike).put_back(due_at=self.now + wait, attempts=attempts, error=trouble)

    def put_back(self, rows: list[QueuedEmail], wait: timedelta = timedelta(0)) -> None:
        """They were not tried."""
        later = {"due_at": self.now + wait} if wait else {}
        self.tally.put_back += self.held(rows).put_back(**later)

    def held(self, rows: Iterable[QueuedEmail]) -> QueuedEmailQuerySet:
        ids = [row.pk for row in rows]
        return QueuedEmail.objects.filter(pk__in=ids, state=QueuedEmail.State.SENDING, lease=self.rows[0].lease)


def pause(row: QueuedEmail, longest: int = len(PAUSES) - 1) -> timedelta:
    wait = PAUSES[min(row.attempts, longest)]
    return min(wait, SIGN_IN_PAUSE) if row.priority == QueuedEmail.SIGN_IN else wait


def answer(error: OSError) -> tuple[int, str]:
    """The server's code and words; code 0 where the connection broke."""
    code: int
    words: bytes | str
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, words = error.smtp_code, error.smtp_error
    elif isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(error, smtplib.SMTPException):
        return 0, said(error)
    else:
        return 500, said(error)  # the server cannot do what this mail needs
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return max(code, 0), one_line(f"{code} {text}", REASON_LENGTH)


def is_timeout(error: OSError) -> bool:
    """smtplib makes a lost connection of it."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def said(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}", REASON_LENGTH)


def hang_up(outgoing: BaseEmailBackend) -> None:
    """Without a word to a server that does not answer: QUIT would wait for it once more."""
    smtp = getattr(outgoing, "connection", None)
    if isinstance(smtp, smtplib.SMTP) and smtp.sock is None:
        return
    with suppress(smtplib.SMTPException, OSError):
        outgoing.close()


def insist(mark: Callable[[], int]) -> int:
    """Write what has happened, also when the database is restarting at this very moment."""
    for wait in MARK_PAUSES:
        try:
            return mark()
        except (OperationalError, InterfaceError):
            connection.close()
            time.sleep(wait)
    return mark()
