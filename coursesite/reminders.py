"""Reminders are derived from the agenda, then recorded: due, not done and not yet told -> one row in the outbox.

A reminder is its key: kind of mail, object and version of its date, offset, recipient. The sweep writes the keys that
are due and have no row; before a row is sent its key must be due still. So what is done, moved or overtaken by a later
reminder is not sent, and a sweep that slept for days tells the latest only.
"""

import json
import threading
import time
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings

from coursesite import agenda, mail
from coursesite.agenda import Entry
from coursesite.models import CourseEdition, QueuedEmail, User

REMINDER = QueuedEmail.REMINDER
# For how long an answer of the agenda holds while the edition does not change; where reading it takes long, that many
# times as long, so that mails take most of the time, and never longer than it may be late.
FRESH, WORTH, STALE = timedelta(seconds=5), 20, timedelta(minutes=1)


def due(edition: CourseEdition, now: datetime) -> dict[str, tuple[Entry, int]]:
    """Every reminder that is right at this instant, told or not: key -> entry and the id of the person."""
    zone, found = edition.zone, {}
    for entry in agenda.collect(edition, now):
        if entry.mail and entry.owed_by and (offset := entry.offset_due(now, zone)):
            for person in entry.owed_by:
                found[f"{entry.mail}:{entry.key}:{offset}:{person}"] = entry, person
    return found


def queue(edition: CourseEdition, now: datetime) -> int:
    """Write the rows of the reminders that are due and not yet told. Two sweeps at once write each row once."""
    wanted = due(edition, now)
    for key in told(edition, now) & wanted.keys() if wanted else ():
        del wanted[key]
    if not wanted:
        return 0
    people = User.objects.filter(enrolments__edition=edition, is_active=True)
    addresses = dict(people.values_list("pk", "email"))
    entries = {(entry.mail, entry.key): entry for entry, _person in wanted.values()}
    said = {name: json.dumps(facts(entry)) for name, entry in entries.items()}
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
            entry.starts_at,
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


def facts(entry: Entry) -> dict[str, Any]:
    return {
        "title": str(entry.title),
        "starts_at": entry.starts_at.isoformat(),
        "ends_at": entry.ends_at.isoformat() if entry.ends_at else None,
        "place": entry.place,
        "url": urljoin(settings.SITE_URL, entry.url) if entry.url else "",
    } | entry.facts


class StillOwed:
    """Whether a reminder is right at the moment of sending: asked for each row, answered for a whole edition.

    Reads the agenda again when the edition's revision (as read with the row) has changed or the answer is not FRESH.
    """

    def __init__(self) -> None:
        self._answers: dict[int, tuple[int, datetime, datetime, frozenset[str]]] = {}
        self._reading = threading.Lock()  # the threads of a worker wait for one answer instead of asking four times

    def __call__(self, row: QueuedEmail, now: datetime) -> bool:
        edition = row.edition
        if edition is None:
            return False
        with self._reading:
            revision, at, until, keys = self._answers.get(edition.pk, (-1, now, now, frozenset()))
            if revision < edition.revision or not at - FRESH <= now <= until:
                started = time.monotonic()
                keys = frozenset(due(edition, now))
                cost = timedelta(seconds=time.monotonic() - started)
                until = now + cost + min(max(FRESH, WORTH * cost), STALE)
                self._answers[edition.pk] = edition.revision, now, until, keys
        return row.key in keys
