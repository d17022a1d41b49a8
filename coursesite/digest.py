"""Once a day, together: what students have left for the digest, and what waits for the staff.

Sent at 7 on the wall clock of the edition, by the first sweep after that: it is told once, by its key.
"""

import json
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from coursesite import agenda, mail, todo
from coursesite.agenda import Entry
from coursesite.mail import optional_kinds
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail

AT = time(7)
LATE = timedelta(hours=12)  # who slept so long over it waits for the next one

Items = list[dict[str, Any]]


def queue_digests(edition: CourseEdition, now: datetime, agenda_of: list[Entry] | None = None) -> int:
    """One mail for each who has something in it. A number of queries that does not grow with students.

    Looked at once a day: who has nothing in the morning hears nothing later. agenda_of: the edition's agenda, where it
    was read just now.
    """
    local = now.astimezone(edition.zone)
    at = datetime.combine(local.date(), AT, edition.zone)
    if not at <= local < at + LATE or edition.digested_on == at.date():
        return 0
    readers = Enrolment.objects.filter(edition=edition, user__is_active=True).select_related("user")
    wants = Q(role__in=Enrolment.STAFF_ROLES) | Q(optional_mail=Enrolment.OptionalMail.DIGEST)
    rows = list(readers.filter(wants).exclude(optional_mail=Enrolment.OptionalMail.NONE))
    news = []
    if not all(row.is_staff for row in rows):
        news = for_students(agenda.collect(edition, now) if agenda_of is None else agenda_of, edition, at, now)
    found = [(row, contents(row, news, edition, now)) for row in rows]
    letters = [letter(row, items, edition, at, now) for row, items in found if items]
    with transaction.atomic():
        if not edition.mark_digested(at.date()):
            return 0  # another sweep was faster
        mail.write(letters)
    return len(letters)


def contents(row: Enrolment, news: list[Entry], edition: CourseEdition, now: datetime) -> Items:
    if row.is_staff:
        return waiting(row.user, now)
    return [item(entry, edition) for entry in news if row.user_id in entry.owed_by]


def letter(row: Enrolment, items: Items, edition: CourseEdition, at: datetime, now: datetime) -> mail.NewRow:
    facts = json.dumps({"items": items, "url": settings.SITE_URL + edition.get_absolute_url()})
    key, person = f"{kind_of(row)}:{key_of(row, at)}:{row.user_id}", row.user
    return key, person.pk, person.email, kind_of(row), edition.pk, facts, QueuedEmail.NEWS, now, None


def kind_of(row: Enrolment) -> str:
    return "staff_digest" if row.is_staff else "digest"


def key_of(row: Enrolment, at: datetime) -> str:
    """What waits for a member of staff is told of all their editions together, so once."""
    return f"{at.date()}" if row.is_staff else f"{row.edition_id}:{at.date()}"


def for_students(entries: list[Entry], edition: CourseEdition, at: datetime, now: datetime) -> list[Entry]:
    """The optional entries of which they would have been told by themselves since yesterday's digest."""
    optional, yesterday = optional_kinds(), at - timedelta(days=1)
    return [
        entry
        for entry in entries
        if entry.mail in optional
        and now < entry.too_late_at
        and any(yesterday < moment <= at for moment, _offset in entry.moments(edition.zone))
    ]


def item(entry: Entry, edition: CourseEdition) -> dict[str, Any]:
    day, _last = entry.days(edition.zone)
    when = {"starts_on": day.isoformat()} if entry.is_all_day else {"starts_at": entry.starts_at.isoformat()}
    return when | {
        "title": str(entry.title),
        "place": entry.place,
        "url": entry.address,
    }


def waiting(user: User, now: datetime) -> Items:
    """What the start page of the admin tells them."""
    with translation.override(user.language or settings.LANGUAGE_CODE):
        found = todo.collect(user, now)
    return [{"title": each.sentence, "url": urljoin(settings.SITE_URL, each.url)} for each in found]
