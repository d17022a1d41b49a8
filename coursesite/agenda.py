"""Dated facts of a course, said once by each app and read by the reminders, the calendar and the next action.

An app offers them in its `agenda.py`: `entries(edition, now) -> Iterable[Entry]`, in a number of queries that does
not grow with people. The site finds these functions by settings.AGENDA_SOURCES.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from coursesite.models import CourseEdition


@dataclass(frozen=True)
class Offset:
    """How long before an entry its reminder is due: days are wall-clock in the edition's zone, hours elapsed time."""

    days: int = 0
    hours: int = 0

    def __str__(self) -> str:
        return f"{self.days}d{self.hours}h"

    def before(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant of the reminder. `instant` is aware; the day before noon is noon, also over a clock change."""
        if self.days:  # arithmetic forgets which of an autumn night's two 02:30 it was, so not without need
            instant = instant.astimezone(zone) - timedelta(days=self.days)  # Python subtracts wall-clock in one zone
        return instant.astimezone(UTC) - timedelta(hours=self.hours)


class Theme(models.TextChoices):
    """What a calendar can be asked for: ?only=classes,exams"""

    CLASSES = "classes", _("classes")
    DEADLINES = "deadlines", _("deadlines")
    SLOTS = "slots", _("milestones and your slots")
    EXAMS = "exams", _("exams and your appointments")


@dataclass(frozen=True)
class Entry:
    """One dated fact of an edition.

    kind: what it is, such as "milestone.booking_closes". key: the object and the version of its date, such as
    "milestone:3:2026-03-01T22:59:59+00:00"; a moved deadline or slot has another key and is told anew.
    owed_by: the ids of the users who still have to act or to come; concerns: of all whom it is for, None: everybody.
    since: when it became a fact. A reminder whose moment had passed by then is not sent: a slot booked three hours
    before it starts is not announced "one day before".
    mail, facts: kind of mail and what its templates need (JSON), where the entry is reminded of. Its templates also
    know title, starts_at, ends_at, place and url of the entry.
    is_public: visitors may see it, as it stands on the course page or the schedule. theme: by what calendars filter.
    name: what it is called in addresses and in calendars, the same whatever its date; empty: its key. uid, sequence:
    of its calendar event, where invitations by mail have told of it.
    """

    kind: str
    key: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    is_all_day: bool = False
    place: str = ""
    url: str = ""
    owed_by: frozenset[int] = frozenset()
    concerns: frozenset[int] | None = None
    since: datetime | None = None
    offsets: tuple[Offset, ...] = ()
    mail: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    is_public: bool = False
    theme: Theme = Theme.DEADLINES
    name: str = ""
    uid: str = ""
    sequence: int | None = None

    def offset_due(self, at: datetime, zone: ZoneInfo) -> Offset | None:
        """The latest reminder whose moment has come; those before it count as told. None after the deadline."""
        if at >= self.starts_at:
            return None
        moments = [(offset.before(self.starts_at, zone), offset) for offset in self.offsets]
        come = [pair for pair in moments if pair[0] <= at and (self.since is None or pair[0] >= self.since)]
        return max(come, key=lambda pair: pair[0])[1] if come else None


def whole_days(first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    """For an entry that takes all of these days: from the first midnight to the one after the last."""
    return {
        "starts_at": datetime.combine(first, time.min, zone).astimezone(UTC),
        "ends_at": datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC),
        "is_all_day": True,
    }


Source = Callable[[CourseEdition, datetime], Iterable[Entry]]


def collect(edition: CourseEdition, now: datetime) -> list[Entry]:
    """All entries of an edition, in order of time."""
    sources: list[Source] = [import_string(path) for path in settings.AGENDA_SOURCES]
    return sorted((entry for source in sources for entry in source(edition, now)), key=lambda e: (e.starts_at, e.key))
