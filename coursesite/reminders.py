"""Reminders are derived from the agenda, then recorded: due, not done and not yet told -> one row in the outbox.

A reminder is its key: kind of mail, object and version of its date, offset, recipient. The sweep writes the keys that
are due and have no row; before a row is sent its key must be due still. So what is done, moved or overtaken by a later
reminder is not sent, and a sweep that slept for days tells the latest only.

What staff see of the next days is computed in the same way; they hold a reminder, or send it before its time.
"""

import json
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from coursesite import agenda, mail
from coursesite.agenda import Entry
from coursesite.booking import BookingRefused
from coursesite.mail import optional_kinds
from coursesite.models import CourseEdition, Enrolment, HeldReminder, QueuedEmail, User
from coursesite.offsets import Offset

REMINDER = QueuedEmail.REMINDER
# For how long an answer of the agenda holds while the edition does not change; where reading it takes long, that many
# times as long, so that mails take most of the time, and never longer than it may be late.
FRESH, WORTH, STALE = timedelta(seconds=5), 20, timedelta(minutes=1)


def reminding(edition: CourseEdition, now: datetime) -> Iterator[Entry]:
    """The entries of which somebody is reminded, each with those alone who want its mail by itself."""
    entries = [entry for entry in agenda.collect(edition, now) if entry.mail and entry.offsets and entry.owed_by]
    optional = optional_kinds() & {entry.mail for entry in entries}
    muted = Enrolment.objects.without_single_mails(edition) if optional else frozenset()
    for entry in entries:
        yield replace(entry, owed_by=entry.owed_by - muted) if entry.mail in optional else entry


def name_of(entry: Entry, offset: Offset) -> str:
    """Of one reminder of everybody whom it concerns: what staff hold and send."""
    return f"{entry.mail}:{entry.key}:{offset}"


def due(edition: CourseEdition, now: datetime) -> dict[str, tuple[Entry, int]]:
    """Every reminder that is right at this instant, told or not: key -> entry and the id of the person."""
    return due_of(reminding(edition, now), edition, now)


def due_of(entries: Iterable[Entry], edition: CourseEdition, now: datetime) -> dict[str, tuple[Entry, int]]:
    zone, held = edition.zone, HeldReminder.objects.names(edition)
    found = {}
    for entry in entries:
        offset = entry.offset_due(now, zone)
        if offset is None or (name := name_of(entry, offset)) in held:
            continue
        for person in entry.owed_by:
            found[f"{name}:{person}"] = entry, person
    return found


def queue(edition: CourseEdition, now: datetime) -> int:
    """Write the rows of the reminders that are due and not yet told. Two sweeps at once write each row once."""
    wanted = due(edition, now)
    for key in told(edition, now) & wanted.keys() if wanted else ():
        del wanted[key]
    return write(edition, wanted, now) if wanted else 0


def write(edition: CourseEdition, wanted: dict[str, tuple[Entry, int]], now: datetime, **more: Any) -> int:
    """Rows with these keys, to who is there to get them; `more` goes to their facts."""
    people = User.objects.filter(enrolments__edition=edition, is_active=True)
    addresses = dict(people.values_list("pk", "email"))
    entries = {(entry.mail, entry.key): entry for entry, _person in wanted.values()}
    said = {name: json.dumps(facts(entry, edition) | more) for name, entry in entries.items()}
    rows = [
        (
            key,
            person,
            addresses[person],
            entry.mail,
            edition.pk,
            said[entry.mail, entry.key],
            REMINDER,
            now,
            entry.too_late_at,
        )
        for key, (entry, person) in wanted.items()
        if person in addresses
    ]
    mail.write(rows)
    return len(rows)


def told(edition: CourseEdition, now: datetime) -> set[str]:
    """The keys that have a row, of everything that is still ahead."""
    rows = QueuedEmail.objects.filter(edition=edition, priority=QueuedEmail.REMINDER, expires_at__gt=now)
    return set(rows.values_list("key", flat=True))


def facts(entry: Entry, edition: CourseEdition) -> dict[str, Any]:
    said = {
        "title": str(entry.title),
        "starts_at": entry.starts_at.isoformat(),
        "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
        "place": entry.place,
        "url": entry.address,
    }
    if entry.is_all_day and entry.ends_at:
        said["last_on"] = entry.days(edition.zone)[1].isoformat()
    return said | entry.facts


class StillOwed:
    """Whether a reminder is right at the moment of sending: asked for each row, answered for a whole edition.

    Reads the agenda again when the edition's revision (as read with the row) has changed or the answer is not FRESH.
    What staff send before its time only has to be owed.
    """

    def __init__(self) -> None:
        # The edition's revision, from when to when the answer holds, the keys that are due, and who owes what.
        self._answers: dict[int, tuple[int, datetime, datetime, frozenset[str], frozenset[tuple[str, int]]]] = {}
        self._reading = threading.Lock()  # the threads of a worker wait for one answer instead of asking four times

    def __call__(self, row: QueuedEmail, now: datetime) -> bool:
        edition = row.edition
        if edition is None:
            return False
        with self._reading:
            revision, at, until, keys, owed = self._answers.get(edition.pk, (-1, now, now, frozenset(), frozenset()))
            # An answer from before the row was due knows nothing of it.
            if revision < edition.revision or at < row.due_at or not at - FRESH <= now <= until:
                started = time.monotonic()
                entries = list(reminding(edition, now))
                keys = frozenset(due_of(entries, edition, now))
                owed = frozenset((f"{entry.mail}:{entry.key}", person) for entry in entries for person in entry.owed_by)
                cost = timedelta(seconds=time.monotonic() - started)
                until = now + cost + min(max(FRESH, WORTH * cost), STALE)
                self._answers[edition.pk] = edition.revision, now, until, keys, owed
        if "asked_by" in row.facts:
            return (row.key.rsplit(":", 2)[0], row.recipient_id) in owed
        return row.key in keys


# --- What staff see and do -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coming:
    """One reminder that will be due, and to whom it would go as things stand."""

    name: str
    at: datetime
    entry: Entry
    people: frozenset[int]
    is_held: bool
    told: int  # of them have it already, because staff sent it


def coming(edition: CourseEdition, now: datetime, until: datetime) -> list[Coming]:
    """What will be sent until then, in order of time, and what is held back although its time has come."""
    zone, held, known = edition.zone, HeldReminder.objects.names(edition), told(edition, now)
    found = []
    for entry in reminding(edition, now):
        for at, offset in entry.moments(zone):
            name = name_of(entry, offset)
            is_held = name in held
            if now < at <= until or (is_held and at <= now < entry.too_late_at):
                have = sum(f"{name}:{person}" in known for person in entry.owed_by)
                found.append(Coming(name, at, entry, entry.owed_by, is_held, have))
    return sorted(found, key=lambda each: (each.at, each.name))


def hold(edition: CourseEdition, name: str, *, by: User, now: datetime) -> None:
    """Keep it back until it is released. Twice is once."""
    find(edition, name, now)
    HeldReminder.objects.bulk_create(
        [HeldReminder(edition=edition, name=name, held_by=by, held_at=now)], ignore_conflicts=True
    )
    edition.touch()


def release(edition: CourseEdition, name: str) -> None:
    """It goes at its time; if that has come, with the next sweep."""
    HeldReminder.objects.filter(edition=edition, name=name).delete()
    edition.touch()


def send_now(edition: CourseEdition, name: str, *, by: User, now: datetime) -> int:
    """To all who owe it and do not have it; at its own time nobody gets it a second time."""
    entry = find(edition, name, now)
    if entry.is_news and now < entry.starts_at:
        raise BookingRefused(_("This is told when it has come about, and not before."))
    wanted = {f"{name}:{person}": (entry, person) for person in entry.owed_by}
    for key in told(edition, now) & wanted.keys():
        del wanted[key]
    return write(edition, wanted, now, asked_by=by.pk)


def send_test(edition: CourseEdition, name: str, *, to: User, now: datetime) -> None:
    """The same mail to oneself, marked as a test."""
    entry = find(edition, name, now)
    QueuedEmail.objects.create(
        key=f"test:{uuid.uuid4()}",
        kind=entry.mail,
        edition=edition,
        recipient=to,
        to_address=to.email,
        facts=facts(entry, edition) | {"is_test": True},
        due_at=now,
    )


def find(edition: CourseEdition, name: str, now: datetime) -> Entry:
    """The entry of a reminder that lies ahead. Raises BookingRefused where there is none of that name any more."""
    for entry in reminding(edition, now):
        if now < entry.too_late_at and any(name_of(entry, offset) == name for offset in entry.offsets):
            return entry
    raise BookingRefused(_("This reminder has just been done, moved or taken away. Please look again."), lost_race=True)
