"""Invitations to what is on everybody's agenda: derived from it and recorded, as reminders are (reminders.py).

An entry that `invites` is told to each of the invited once in each of its versions: when its day becomes known, when it
moves, when somebody joins them. Who was told of one that is there no more, or now lies in the past, is told that it is
cancelled. So each change finds its way here, whoever made it: an import, a form, a class list. Places that people book
themselves are told by the verb that books them (emails.py of the apps).
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from coursesite import feeds, mail
from coursesite.agenda import Entry
from coursesite.feeds import CANCEL, REQUEST
from coursesite.mail import kinds
from coursesite.models import CourseEdition
from coursesite.outbox import QueuedEmail
from coursesite.reminders import addresses_in, facts

CHANGED, CANCELLED = "_changed", "_cancelled"  # behind the name of the kind: the mails that follow the first


@dataclass(frozen=True)
class Told:
    """The latest version of an event of which somebody has heard."""

    key: str
    sequence: int
    is_cancelled: bool

    @property
    def version(self) -> str:
        return self.key.rpartition(":")[0]


@dataclass(frozen=True)
class Letter:
    """A mail to one person about one version; `before` is what they have in their calendar."""

    kind: str
    key: str
    person: int
    entry: Entry | None
    before: Told | None


def queue(edition: CourseEdition, entries: Iterable[Entry], now: datetime) -> int:
    """Write what is not yet told. Two sweeps at once write each row once. Five queries, whatever the number of people.

    entries: the whole agenda of the edition. What is over is neither announced nor cancelled.
    """
    heard, keys = told(edition, now)
    inviting = {event_of(entry): entry for entry in entries if entry.invites}
    letters = [*announcements(inviting, heard, now), *cancellations(inviting, heard, now)]
    letters = [letter for letter in letters if letter.key not in keys]
    return write(edition, letters, now) if letters else 0


def event_of(entry: Entry) -> str:
    return f"{entry.invites}:{entry.name}"


def told(edition: CourseEdition, now: datetime) -> tuple[dict[str, dict[int, Told]], set[str]]:
    """By event and person, what they have heard; and the keys of all rows. Of events that are not over."""
    of_agenda = [name for name, kind in kinds().items() if kind.is_of_agenda]
    rows = QueuedEmail.objects.filter(edition=edition, kind__in=of_agenda, expires_at__gt=now)
    heard: dict[str, dict[int, Told]] = defaultdict(dict)
    keys = set()
    for key, kind, state in rows.order_by("pk").values_list("key", "kind", "state"):
        keys.add(key)
        event, sequence, person = key.rsplit(":", 2)
        if state != QueuedEmail.State.SUPPRESSED:
            heard[event][int(person)] = Told(key, int(sequence), kind.endswith(CANCELLED))
    return heard, keys


def announcements(inviting: dict[str, Entry], heard: dict[str, dict[int, Told]], now: datetime) -> Iterator[Letter]:
    """To the invited, and to who has it in the calendar already: they may have left their group since."""
    for event, entry in inviting.items():
        if not entry.is_ahead(now):
            continue
        have = {person: before for person, before in heard.get(event, {}).items() if not before.is_cancelled}
        for person in entry.invited | have.keys():
            before = have.get(person)
            if before is None or before.sequence < (entry.sequence or 0):
                kind = entry.invites + (CHANGED if before else "")
                yield Letter(kind, f"{event}:{entry.sequence or 0}:{person}", person, entry, before)


def cancellations(inviting: dict[str, Entry], heard: dict[str, dict[int, Told]], now: datetime) -> Iterator[Letter]:
    """Of what is there no more, and of what was moved to a day that is over.

    Whatever takes an event away has raised its sequence, as far as the event itself is still there.
    """
    for event, people in heard.items():
        entry = inviting.get(event)
        if entry and entry.is_ahead(now):
            continue
        for person, before in people.items():
            is_current = entry is not None and (entry.sequence or 0) <= before.sequence  # it has taken place
            if not before.is_cancelled and not is_current:
                kind = event.partition(":")[0] + CANCELLED
                yield Letter(kind, f"{event}:{before.sequence + 1}:{person}", person, None, before)


def write(edition: CourseEdition, letters: list[Letter], now: datetime) -> int:
    addresses, versions = addresses_in(edition), versions_before(letters)
    said: dict[tuple[str, str], tuple[str, datetime]] = {}
    rows = []
    for letter in letters:
        version = letter.before.version if letter.before else ""
        before = versions.get(version)
        if letter.entry is None and before and not before.is_ahead(now):
            continue  # what has taken place is not cancelled afterwards
        if (letter.kind, version) not in said:
            said[letter.kind, version] = words(letter, before, edition)
        known, expires_at = said[letter.kind, version]
        if address := addresses.get(letter.person):
            row = letter.key, letter.person, address, letter.kind, edition.pk, known, QueuedEmail.NEWS, now, expires_at
            rows.append(row)
    mail.write(rows)
    return len(rows)


@dataclass(frozen=True)
class Version:
    """What was said of an event the last time, and until when mails about it may go."""

    facts: dict[str, Any]
    expires_at: datetime

    def is_ahead(self, now: datetime) -> bool:
        return datetime.fromisoformat(self.facts["ends_at"] or self.facts["starts_at"]) > now


def versions_before(letters: list[Letter]) -> dict[str, Version]:
    """All who heard of a version have heard the same of it. One query."""
    samples = {letter.before.version: letter.before.key for letter in letters if letter.before}
    rows = QueuedEmail.objects.filter(key__in=samples.values()).values_list("key", "facts", "expires_at")
    found = {key: Version(said, expires_at) for key, said, expires_at in rows if expires_at}
    return {version: found[key] for version, key in samples.items()}


def words(letter: Letter, before: Version | None, edition: CourseEdition) -> tuple[str, datetime]:
    """The facts of the mail as JSON, and when it expires: with the latest of all the days that were told.

    An event that came forward is known by its rows as long as the day of which people heard first.
    """
    if letter.entry is None:
        assert before and letter.before  # noqa: S101 - only what was told is cancelled
        page = settings.SITE_URL + edition.get_absolute_url()  # its own may be gone
        changes = {"method": CANCEL, "sequence": letter.before.sequence + 1, "url": page}
        return json.dumps(before.facts | changes), before.expires_at
    entry = letter.entry
    invitation = {
        "uid": entry.uid or entry.name,
        "sequence": entry.sequence or 0,
        "method": REQUEST,
        "summary": feeds.summary(entry, edition),
    }
    left = {"left_at": before.facts["starts_at"], "left_place": before.facts["place"]} if before else {}
    ends_at = entry.ends_at or entry.starts_at
    expires_at = max(ends_at, before.expires_at) if before else ends_at
    return json.dumps(facts(entry, edition) | invitation | left), expires_at
