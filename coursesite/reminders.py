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
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from coursesite import access, agenda, mail
from coursesite.agenda import Entry
from coursesite.booking import BookingRefused, refuse_archived
from coursesite.mail import optional_kinds
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.offsets import Offset
from coursesite.outbox import HeldReminder, QueuedEmail

REMINDER = QueuedEmail.REMINDER
# For how long an answer of the agenda holds while the edition does not change; where reading it takes long, that many
# times as long, so that mails take most of the time, and never longer than it may be late.
FRESH, WORTH, STALE = timedelta(seconds=20), 50, timedelta(minutes=1)
# Within a batch: seconds after which the state of the edition is compared again, and how many times as long as reading
# the agenda takes a change may wait.
LOOK_AGAIN, PACE = 0.25, 5


def reminding(edition: CourseEdition, now: datetime, agenda_of: list[Entry] | None = None) -> Iterator[Entry]:
    """The entries of which somebody is reminded, each with those alone who want its mail by itself.

    agenda_of: the edition's agenda, where it was read just now.
    """
    whole = agenda.collect(edition, now) if agenda_of is None else agenda_of
    entries = [entry for entry in whole if entry.mail and entry.offsets and entry.owed_by]
    optional = optional_kinds() & {entry.mail for entry in entries}
    muted = Enrolment.objects.without_single_mails(edition) if optional else frozenset()
    for entry in entries:
        yield replace(entry, owed_by=entry.owed_by - muted) if entry.mail in optional else entry


def name_of(entry: Entry, offset: Offset) -> str:
    """Of one reminder of everybody whom it concerns: what staff hold and send."""
    return f"{about(entry)}:{offset}"


def due(edition: CourseEdition, now: datetime, agenda_of: list[Entry] | None = None) -> dict[str, tuple[Entry, int]]:
    """Every reminder that is right at this instant, told or not: key -> entry and the id of the person."""
    return due_of(reminding(edition, now, agenda_of), edition, now)


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


def queue(edition: CourseEdition, now: datetime, agenda_of: list[Entry] | None = None) -> int:
    """Write the rows of the reminders that are due and not yet told. Two sweeps at once write each row once."""
    wanted = due(edition, now, agenda_of)
    for key in told(edition, now) & wanted.keys() if wanted else ():
        del wanted[key]
    return write(edition, wanted, now) if wanted else 0


def write(edition: CourseEdition, wanted: dict[str, tuple[Entry, int]], now: datetime, **more: Any) -> int:
    """Rows with these keys, to who is there to get them; `more` goes to their facts."""
    addresses = addresses_in(edition)
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


def addresses_in(edition: CourseEdition) -> dict[int, str]:
    """Of all to whom mails of the edition go, by their id."""
    people = User.objects.filter(enrolments__edition=edition, is_active=True)
    return dict(people.values_list("pk", "email"))


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


# By hand: asked for each batch of mails. What raises none of these does not change who owes what.
STATE = "SELECT revision, {} FROM coursesite_courseedition WHERE id = %s"


def state_of(edition: int) -> tuple[int, ...]:
    """What every change of the edition, and of a booking in it, raises. One query."""
    with connection.cursor() as cursor:
        cursor.execute(STATE.format(access.bookings_counted()), [edition])
        return tuple(cursor.fetchone() or ())


@dataclass
class Answer:
    """Of the agenda of an edition, as it was in this state."""

    state: tuple[int, ...]
    at: datetime
    cost: timedelta  # of reading it
    keys: frozenset[str]  # that are due
    there: frozenset[str]  # reminders without their offset, of all that is on the agenda
    owed: frozenset[tuple[str, int]]  # the same, and who owes what they are about
    unwanted: frozenset[tuple[str, int]]  # the same, where they do not want it by itself
    looked: dict[uuid.UUID | None, float] = field(default_factory=dict)  # by batch, when the state was compared

    def is_fresh(self, now: datetime) -> bool:
        longest = min(max(FRESH, WORTH * self.cost), STALE)
        return self.at - FRESH <= now <= self.at + self.cost + longest

    def objection(self, row: QueuedEmail) -> str:
        """Why it is not right; empty: it is. What staff send before its time only has to be owed."""
        if row.key in self.keys:
            return ""
        what = row.key.rsplit(":", 2)[0]
        if (what, row.recipient_id) in self.owed:
            return "" if "asked_by" in row.facts else _("A later reminder has taken its place, or it is held back.")
        if (what, row.recipient_id) in self.unwanted:
            return _("They do not want such mails by themselves.")
        return _("It was done already.") if what in self.there else _("Its date has moved, or it is gone.")

    def stands(self, row: QueuedEmail, now: datetime) -> bool:
        """Whether nothing has changed since: compared for each batch, and now and then while a slow one goes.

        In a batch in which it was compared already, a change waits for as long as mails are to have most of the time.
        """
        clock, looked = time.monotonic(), self.looked.get(row.lease)
        if looked is not None and clock - looked < LOOK_AGAIN:
            return True
        self.looked[row.lease] = clock
        if looked is not None and now < self.at + PACE * self.cost:
            return True
        return self.state == state_of(row.edition_id or 0)


class StillOwed:
    """Whether a reminder is right at the moment of sending: asked for each row, answered for a whole edition.

    Who did it before a batch was claimed gets none of it: the agenda is read again where something has changed. It is
    also read again when the answer is not FRESH: as time goes by, something else is due.
    """

    def __init__(self) -> None:
        self._answers: dict[int, Answer] = {}
        self._reading = threading.Lock()  # the threads of a worker wait for one answer instead of asking four times

    def objection(self, row: QueuedEmail, now: datetime) -> str:
        """Why it is not to go; empty: it is."""
        edition = row.edition
        if edition is None:
            return _("Its date has moved, or it is gone.")
        if edition.is_archived:
            return _("The course is over: it is an archive.")
        with self._reading:
            answer = self._answers.get(edition.pk)
            # An answer from before the row was due knows nothing of it.
            if answer is None or answer.at < row.due_at or not answer.is_fresh(now) or not answer.stands(row, now):
                answer = self._answers[edition.pk] = self.read(edition, now)
                answer.looked[row.lease] = time.monotonic()
        return answer.objection(row)

    @staticmethod
    def read(edition: CourseEdition, now: datetime) -> Answer:
        started, state = time.monotonic(), state_of(edition.pk)  # first: what changes meanwhile is read again
        whole = agenda.collect(edition, now)
        entries = list(reminding(edition, now, whole))
        owed, optional = owing(entries), optional_kinds()
        return Answer(
            state=state,
            at=now,
            keys=frozenset(due_of(entries, edition, now)),
            there=frozenset(about(entry) for entry in whole),
            owed=owed,
            unwanted=owing(entry for entry in whole if entry.mail in optional) - owed,
            cost=timedelta(seconds=time.monotonic() - started),
        )


def about(entry: Entry) -> str:
    """The key of its reminders, without offset and recipient."""
    return f"{entry.mail}:{entry.key}"


def owing(entries: Iterable[Entry]) -> frozenset[tuple[str, int]]:
    return frozenset((about(entry), person) for entry in entries for person in entry.owed_by)


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


class ReminderRefused(BookingRefused):
    """The like of it for reminders: one sentence for the person."""


def hold(edition: CourseEdition, name: str, *, by: User, now: datetime) -> None:
    """Keep it back until it is released. Twice is once."""
    refuse_archived(edition)
    find(edition, name, now)
    HeldReminder.objects.bulk_create(
        [HeldReminder(edition=edition, name=name, held_by=by, held_at=now)], ignore_conflicts=True
    )
    edition.touch()


def release(edition: CourseEdition, name: str) -> None:
    """It goes at its time; if that has come, with the next sweep."""
    refuse_archived(edition)
    HeldReminder.objects.filter(edition=edition, name=name).delete()
    edition.touch()


def send_now(edition: CourseEdition, name: str, *, by: User, now: datetime) -> int:
    """To all who owe it and do not have it; at its own time nobody gets it a second time."""
    refuse_archived(edition)
    entry = find(edition, name, now)
    if entry.is_news and now < entry.starts_at:
        raise ReminderRefused(_("This is told when it has come about, and not before."))
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
    """The entry of a reminder that lies ahead. Raises ReminderRefused where there is none of that name any more."""
    for entry in reminding(edition, now):
        if now < entry.too_late_at and any(name_of(entry, offset) == name for offset in entry.offsets):
            return entry
    raise ReminderRefused(_("This reminder has just been done, moved or taken away. Please look again."))
