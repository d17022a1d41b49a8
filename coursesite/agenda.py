"""Dated facts of a course, said once by each app and read by the reminders, the calendar and the next action.

An app offers them in its `agenda.py`: `entries(edition, now) -> Iterable[Entry]`, in a number of queries that does
not grow with people. The site finds these functions by settings.AGENDA_SOURCES.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from coursesite.models import CourseEdition, User
from coursesite.offsets import Offset

MORNING = time(9)
AN_INSTANT = timedelta(microseconds=1)


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
    know title, starts_at, ends_at, place and url of the entry. Reminders of what takes whole days are counted from
    9 o'clock of the first.
    action: the words of the button at `url`, where who owes it has something to do until then, and not just to come.
    step: what they have to do, where the title only says what ends then.
    with_whom: the names of those who are there or who ask.
    is_open_ended: waits since starts_at, and nothing says until when: for no calendar, and never late.
    told_until: of news, whose mails go when it starts and until then; other mails go before it starts.
    is_public: visitors may see it, as it stands on the course page or the schedule. theme: by what calendars filter.
    name: what it is called in addresses and in calendars, the same whatever its date; empty: its key. uid, sequence:
    of its calendar event, where invitations by mail have told of it.
    invites, invited: the kind of mail that puts it into the calendars of these users, once for each sequence. Kinds of
    the same name with `_changed` and `_cancelled` follow it there (invitations.py).
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
    told_until: datetime | None = None
    offsets: tuple[Offset, ...] = ()
    mail: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    action: str = ""
    step: str = ""
    with_whom: str = ""
    is_open_ended: bool = False
    is_public: bool = False
    theme: Theme = Theme.DEADLINES
    name: str = ""
    uid: str = ""
    sequence: int | None = None
    invites: str = ""
    invited: frozenset[int] = frozenset()

    def is_own(self, person: int) -> bool:
        """Theirs by name or to be done by them, and not because it is everybody's."""
        if self.concerns is None:
            return bool(self.action) and person in self.owed_by
        return person in self.concerns

    def is_ahead(self, at: datetime) -> bool:
        """To come, or still going on."""
        return self.is_open_ended or (self.told_until or self.ends_at or self.starts_at) > at

    @property
    def is_news(self) -> bool:
        return self.told_until is not None

    @property
    def too_late_at(self) -> datetime:
        """When no mail tells of it any more."""
        return self.told_until or self.starts_at

    @property
    def address(self) -> str:
        """Its page, as mails and calendars name it; empty where it has none."""
        return urljoin(settings.SITE_URL, self.url) if self.url else ""

    def days(self, zone: ZoneInfo) -> tuple[date, date]:
        """The first and the last that it touches: what ends at midnight is not on the day which begins then."""
        ends_at = self.starts_at if self.ends_at is None else self.ends_at - AN_INSTANT
        return self.starts_at.astimezone(zone).date(), ends_at.astimezone(zone).date()

    def offset_due(self, at: datetime, zone: ZoneInfo) -> Offset | None:
        """The latest reminder whose moment has come; those before it count as told. None after the deadline."""
        if at >= self.too_late_at:
            return None
        come = [pair for pair in self.moments(zone) if pair[0] <= at]
        return max(come, key=lambda pair: pair[0])[1] if come else None

    def moments(self, zone: ZoneInfo) -> list[tuple[datetime, Offset]]:
        """When which reminder is due, as far as the entry was a fact by then."""
        start = self.starts_at
        if self.is_all_day:
            start = datetime.combine(start.astimezone(zone).date(), MORNING, zone)
        found = [(offset.before(start, zone), offset) for offset in self.offsets]
        return [pair for pair in found if self.since is None or pair[0] >= self.since]


def whole_days(first: date, last: date, zone: ZoneInfo) -> dict[str, Any]:
    """For an entry that takes all of these days: from the first midnight to the one after the last."""
    return {
        "starts_at": datetime.combine(first, time.min, zone).astimezone(UTC),
        "ends_at": datetime.combine(last + timedelta(days=1), time.min, zone).astimezone(UTC),
        "is_all_day": True,
    }


def present(pairs: models.QuerySet[Any], place: str) -> dict[int, list[User]]:
    """The staff of each place by its id, from rows of `place` and `user`.

    Few people are at many places: they are made once, which prefetch_related does not.
    """
    names = pairs.order_by("pk").values_list(place, "user", "user__first_name", "user__last_name", "user__email")
    people: dict[int, User] = {}
    found: dict[int, list[User]] = defaultdict(list)
    for where, pk, first, last, email in names:
        if pk not in people:
            people[pk] = User(pk=pk, first_name=first, last_name=last, email=email)
        found[where].append(people[pk])
    return found


Source = Callable[[CourseEdition, datetime], Iterable[Entry]]


def collect(edition: CourseEdition, now: datetime) -> list[Entry]:
    """All entries of an edition, in order of time. In an archive nobody has anything to do, or is reminded."""
    sources: list[Source] = [import_string(path) for path in settings.AGENDA_SOURCES]
    found = [entry for source in sources for entry in source(edition, now)]
    if edition.is_archived:
        found = [replace(each, owed_by=frozenset(), action="", mail="") for each in found if not each.is_open_ended]
    return sorted(found, key=lambda e: (e.starts_at, e.key))
