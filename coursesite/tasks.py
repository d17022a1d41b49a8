"""Two ticks, and nothing in a message: rows are the truth, the broker only says "look now"."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from celery import current_app, shared_task, signals
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from coursesite import agenda, digest, invitations, reminders
from coursesite.delivery import BATCH, Tally, send_due
from coursesite.heartbeat import tell_outside
from coursesite.models import CourseEdition, Heartbeat, Upload
from coursesite.outbox import QueuedEmail
from coursesite.reminders import StillOwed

logger = logging.getLogger(__name__)

TICK_AT_MOST = 10.0  # seconds; the next tick goes on, and the sweep gets its turn
IMPATIENT = {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0, "connect_retries_timeout": 1}
stopping = threading.Event()
still_owed = StillOwed()  # what the agenda answered holds for the next tick as well, and for all threads


@signals.worker_shutting_down.connect
def stop_soon(**kwargs: Any) -> None:
    """What a worker has in hand is put back after the mail that it is sending."""
    stopping.set()


@contextmanager
def weathering(name: str) -> Iterator[None]:
    """A database that is away is one line in the log; the next tick finds it back."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        connection.close()
        logger.warning("%s: the database is away or busy (%s)", name, type(error).__name__)


@shared_task
def tick() -> None:
    """Send what is due."""
    with weathering("tick"):
        Heartbeat.beat("tick", timezone.now())
        ask_another(timezone.now())
        if tally := send_all_due():
            logger.log(logging.WARNING if tally.trouble else logging.INFO, "mails: %s", tally)
        tell_outside(timezone.now())


def ask_another(now: datetime) -> None:
    """Where more is due than one batch, another thread of any worker looks as well, and asks in its turn.

    A broker that is away holds this thread up for a second or two, and no other: beat asks them as always.
    """
    if QueuedEmail.objects.due(now)[BATCH:].exists():
        patience = settings.CELERY_BROKER_TRANSPORT_OPTIONS | IMPATIENT
        with suppress(BrokerAway), current_app.connection_for_write(transport_options=patience) as broker:
            tick.apply_async(expires=settings.TICK_SECONDS * 1.5, retry=False, connection=broker)


def send_all_due() -> Tally:
    """Step by step, until nothing is due, the server sends us away, or the next tick may go on."""
    started, total = time.monotonic(), Tally()
    while time.monotonic() - started < TICK_AT_MOST:
        tally = send_due(timezone.now(), still_owed=still_owed, is_stopping=stopping.is_set)
        total += tally
        if not tally.has_progress or stopping.is_set():
            break
    return total


@shared_task
def sweep() -> None:
    """Turn agenda entries that are due or new into mails, and put away what has expired."""
    now = timezone.now()
    with weathering("sweep"):
        told = queue_reminders(now)
        codes = QueuedEmail.objects.erase_secrets(now)
        uploads, _kinds = Upload.objects.filter(expires_at__lte=now).delete()
        if told or codes or uploads:
            logger.info("sweep: %s mails queued, %s codes and %s uploads deleted", told, codes, uploads)


def queue_reminders(now: datetime) -> int:
    """Of every edition that may have dates ahead; what is wrong with one is not the others' trouble."""
    queued = 0
    for edition in CourseEdition.objects.current().filter(year__gte=now.year - 1):
        try:
            entries = agenda.collect(edition, now)
            queued += invitations.queue(edition, entries, now)
            queued += reminders.queue(edition, now, entries) + digest.queue_digests(edition, now, entries)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("the reminders of %s could not be queued", edition.slug)
    return queued
