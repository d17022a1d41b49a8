"""What every kind of booking shares: the window of time, refusals, one lock with retries, the answer after a lost race.

The apps own the rules of what is booked (`projects/bookings.py`, `exams/appointments.py`); they give the row to lock.
"""

import random
import time
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.bookable import Appointment, Bookable
from coursesite.models import CourseEdition
from coursesite.outbox import QueuedEmail

Result = TypeVar("Result")
Lock = Callable[[], int]  # takes the row of a bookable or a group, and says how many rows it has got: 1 or 0

PAUSES = (0.02, 0.04, 0.08, 0.16)  # seconds between five tries, each with jitter
PATIENCE = 10.0  # seconds after which a try that failed is the last one: the database's own time-outs are long
MOST_CHANGES = 25  # of what one group or student has in a milestone or session; then it is the staff's
# Deadlock, serialisation failure, lock time-out: another transaction was in the way and this one may run again.
PASSING_SQLSTATES = {"40P01", "40001", "55P03"}


class BookingRefused(Exception):
    """One sentence for the person. `lost_race`: it was true a moment ago, the page they clicked on is out of date."""

    def __init__(self, sentence: str, *, lost_race: bool = False):
        super().__init__(sentence)
        self.sentence = sentence
        self.lost_race = lost_race


class PlaceGone(BookingRefused):
    """Somebody was faster: this place is not to be had any more, another one may be."""

    def __init__(self, sentence: str):
        super().__init__(sentence, lost_race=True)


class Busy(Exception):
    """Every try met a lock: 503, try again."""


class Phase(Enum):
    """Where an instant lies in a booking window."""

    UNSCHEDULED = "unscheduled"  # nothing is published
    EARLY = "early"  # before booking opens
    OPEN = "open"
    CHANGES_ONLY = "changes only"  # closed, and who has a place may still move or give it up
    OVER = "over"


def phase(bookable: Bookable, at: datetime) -> Phase:
    """The server's clock decides, read once per operation. Opening counts as open, closing as closed."""
    if bookable.edition.is_archived:
        return Phase.OVER
    if not bookable.is_published or bookable.booking_opens_at is None or bookable.booking_closes_at is None:
        return Phase.UNSCHEDULED
    if at < bookable.booking_opens_at:
        return Phase.EARLY
    if at < bookable.booking_closes_at:
        return Phase.OPEN
    if at < (bookable.changes_until or bookable.booking_closes_at):
        return Phase.CHANGES_ONLY
    return Phase.OVER


def why_not(bookable: Bookable, at: datetime, zone: ZoneInfo, *, changing: bool) -> str:
    """Why nobody can take a place at that instant, or (changing) move it or give it up; empty where they can."""
    if bookable.edition.is_archived:
        return archived(bookable.edition)
    then = phase(bookable, at)
    if then is Phase.OPEN or (changing and then is Phase.CHANGES_ONLY):
        return ""
    opens_at, closes_at = bookable.booking_opens_at, bookable.booking_closes_at
    if then is Phase.UNSCHEDULED or opens_at is None or closes_at is None:
        return _("Nothing is on offer here yet.")
    if then is Phase.EARLY:
        return _("Booking opens on %(when)s.") % {"when": clock.said_in_full(opens_at, zone)}
    if changing:
        return _("Changes were possible until %(when)s. If something came up, write to the staff.") % {
            "when": clock.said_in_full(bookable.changes_until or closes_at, zone)
        }
    return _("Booking closed on %(when)s. Write to the staff: they can still find you a place.") % {
        "when": clock.said_in_full(closes_at, zone)
    }


def archived(edition: CourseEdition) -> str:
    return _("%(edition)s is an archive: it can be read, and nothing is booked or changed any more.") % {
        "edition": edition
    }


def refuse_archived(edition: CourseEdition) -> None:
    if edition.is_archived:
        raise BookingRefused(archived(edition))


def refuse_outside_window(bookable: Bookable, at: datetime, zone: ZoneInfo, *, changing: bool) -> None:
    """Raise BookingRefused with that sentence, if there is one."""
    if sentence := why_not(bookable, at, zone, changing=changing):
        raise BookingRefused(sentence)


def refuse_without_reason(reason: str) -> None:
    """What staff do for others, they explain."""
    if not reason.strip():
        raise BookingRefused(_("Please say why: it is told in the mail."))


def refuse_restless(times: int) -> None:
    """Every change is a mail, to each member of a group."""
    if times >= MOST_CHANGES:
        raise BookingRefused(
            _("This has been changed very often. Keep what you have, or write to the staff, who can change it.")
        )


def taken(place: Appointment, zone: ZoneInfo) -> PlaceGone:
    said = clock.said_in_full(place.starts_at, zone)
    return PlaceGone(_("%(time)s has just been taken. Choose another one.") % {"time": said})


def withdrawn(place: Appointment, zone: ZoneInfo) -> PlaceGone:
    said = clock.said_in_full(place.starts_at, zone)
    return PlaceGone(_("%(time)s was changed or removed by the staff. Choose another one.") % {"time": said})


def kept(place: Appointment, zone: ZoneInfo) -> PlaceGone:
    said = clock.said_in_full(place.starts_at, zone)
    return PlaceGone(
        _("%(time)s is kept for a few seconds for somebody who has just lost another one. Choose one that is free.")
        % {"time": said}
    )


def begun(place: Appointment, zone: ZoneInfo) -> BookingRefused:
    return BookingRefused(_("%(time)s has begun already.") % {"time": clock.said_in_full(place.starts_at, zone)})


def changed() -> BookingRefused:
    return BookingRefused(_("This has just been changed. Please look again."), lost_race=True)


def as_it_is(row: Any) -> Lock:
    """The row of an edition that is no archive, whatever it says by now. Raises BookingRefused for an archive."""
    refuse_archived(row.edition)
    open_ones = CourseEdition.objects.current().filter(pk=row.edition_id)
    rows = type(row)._default_manager.filter(pk=row.pk, edition__in=open_ones)
    return lambda: rows.update(revision=F("revision") + 1)


# By hand, as access.with_place(): every booking begins with it.
RAISE_AS_SEEN = """
UPDATE {} SET revision = revision + 1
WHERE id = %s AND is_published = %s AND booking_opens_at IS NOT DISTINCT FROM %s
    AND booking_closes_at IS NOT DISTINCT FROM %s AND changes_until IS NOT DISTINCT FROM %s
    AND EXISTS (SELECT 1 FROM coursesite_courseedition WHERE id = edition_id AND archived_at IS NULL)"""


def as_seen(bookable: Bookable) -> Lock:
    """The row of `bookable`, as long as its window is the one that was decided on, and its edition no archive."""
    refuse_archived(bookable.edition)
    window = (bookable.booking_opens_at, bookable.booking_closes_at, bookable.changes_until)
    instants = map(connection.ops.adapt_datetimefield_value, window)
    values = [bookable.pk, bookable.is_published, *instants]

    def take() -> int:
        with connection.cursor() as cursor:
            cursor.execute(RAISE_AS_SEEN.format(bookable._meta.db_table), values)
            return cursor.rowcount

    return take


def under_lock(lock: Lock, act: Callable[[], Result], *, after_conflict: Callable[[], Result | Exception]) -> Result:
    """Run `act` in one transaction that holds the lock's one row, and raise that row's revision with it.

    The UPDATE that raises the revision is the lock: one statement instead of two, and on SQLite the transaction is
    IMMEDIATE anyway. `act` reads again what it decides on. A constraint that fails, also one checked at COMMIT, is
    caught outside of the transaction, where `after_conflict` reads what is true now: the exception to raise, or what
    already stands when the same click came twice.

    Raises Busy after five tries against deadlocks and lock time-outs.
    """

    def once() -> Result:
        with transaction.atomic():
            if not lock():
                raise changed()
            return act()

    try:
        return retried(once)
    except IntegrityError:
        truth = after_conflict()
        if isinstance(truth, Exception):
            raise truth from None
        return truth


def retried(transact: Callable[[], Result]) -> Result:
    """Run a whole transaction, again when another one was in its way."""
    patience_ends = time.monotonic() + PATIENCE
    for pause in (*PAUSES, None):
        try:
            return transact()
        except OperationalError as error:
            if not is_passing(error):
                raise
            if pause is None or time.monotonic() > patience_ends:
                raise Busy from error
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, no secret
    raise AssertionError("unreachable: the last try returns or raises")


def is_passing(error: DatabaseError) -> bool:
    """Whether the same transaction may succeed a moment later."""
    cause = error.__cause__
    return getattr(cause, "sqlstate", None) in PASSING_SQLSTATES or "database is locked" in str(error)


def may_be_in_calendar(row: QueuedEmail) -> bool:
    """Whether an earlier mail has, or may have, put the appointment of this one into the recipient's calendar.

    Only then is there anything to take out again. Mails about one appointment have the same `uid` among their facts.
    """
    earlier = QueuedEmail.objects.filter(
        recipient=row.recipient_id, facts__uid=row.facts["uid"], facts__method="REQUEST", pk__lt=row.pk
    )
    tried = Q(state__in=[QueuedEmail.State.SENT, QueuedEmail.State.SENDING]) | Q(attempts__gt=0)
    return earlier.filter(tried).exists()


def is_worth_telling(row: QueuedEmail) -> bool:
    """What was booked and given back before anybody was told is no news, unless staff gave it back."""
    return bool(row.facts["reason"]) or may_be_in_calendar(row)
