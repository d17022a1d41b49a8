"""What every kind of booking shares: the window of time, refusals, one lock with retries, the answer after a lost race.

The apps own the rules of what is booked (`projects/bookings.py`, `exams/appointments.py`); they give the row to lock.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, models, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from coursesite.models import Bookable

Result = TypeVar("Result")

PAUSES = (0.02, 0.04, 0.08, 0.16)  # seconds between five tries, each with jitter
# Deadlock, serialisation failure, lock time-out: another transaction was in the way and this one may run again.
PASSING_SQLSTATES = {"40P01", "40001", "55P03"}


class BookingRefused(Exception):
    """One sentence for the person. `lost_race`: it was true a moment ago, the page they clicked on is out of date."""

    def __init__(self, sentence: str, *, lost_race: bool = False):
        super().__init__(sentence)
        self.sentence = sentence
        self.lost_race = lost_race


class Busy(Exception):
    """Five tries met a lock each time: 503, try again."""


class Phase(Enum):
    """Where an instant lies in a booking window."""

    UNSCHEDULED = "unscheduled"  # nothing is published
    EARLY = "early"  # before booking opens
    OPEN = "open"
    CHANGES_ONLY = "changes only"  # closed, and who has a place may still move or give it up
    OVER = "over"


def phase(bookable: Bookable, at: datetime) -> Phase:
    """The server's clock decides, read once per operation. Opening counts as open, closing as closed."""
    if not bookable.is_published or bookable.booking_opens_at is None or bookable.booking_closes_at is None:
        return Phase.UNSCHEDULED
    if at < bookable.booking_opens_at:
        return Phase.EARLY
    if at < bookable.booking_closes_at:
        return Phase.OPEN
    if at < (bookable.changes_until or bookable.booking_closes_at):
        return Phase.CHANGES_ONLY
    return Phase.OVER


def under_lock(rows: models.QuerySet, act: Callable[[], Result], *, after_conflict: Callable[[], Exception]) -> Result:
    """Run `act` in one transaction that holds the one row of `rows`, and raise that row's revision with it.

    The UPDATE that raises the revision is the lock: one statement instead of two, and on SQLite the transaction is
    IMMEDIATE anyway. `act` reads again what it decides on. A constraint that fails, also one checked at COMMIT, is
    caught outside of the transaction, where `after_conflict` reads what is true now and gives the exception to raise.

    Raises Busy after five tries against deadlocks and lock time-outs.
    """

    def once() -> Result:
        with transaction.atomic():
            if not rows.update(revision=F("revision") + 1):
                raise BookingRefused(_("This is no longer offered. Please look again."), lost_race=True)
            return act()

    try:
        return retried(once)
    except IntegrityError:
        raise after_conflict() from None


def retried(transact: Callable[[], Result]) -> Result:
    """Run a whole transaction, again when another one was in its way."""
    for pause in PAUSES:
        try:
            return transact()
        except OperationalError as error:
            if not is_passing(error):
                raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
    try:
        return transact()
    except OperationalError as error:
        if is_passing(error):
            raise Busy from error
        raise


def is_passing(error: DatabaseError) -> bool:
    """Whether the same transaction may succeed a moment later."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) in PASSING_SQLSTATES or "database is locked" in str(error)
