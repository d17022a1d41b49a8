"""Once a day, together: what students have left for the digest, and what waits for the staff.

Sent at 7 on the wall clock of the edition. Like a reminder it is told once, by its key, and asked for at every sweep.
"""

from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import Q
from django.utils import translation

from coursesite import agenda, todo
from coursesite.agenda import Entry
from coursesite.mail import optional_kinds, queue
from coursesite.models import CourseEdition, Enrolment, QueuedEmail, User

AT = time(7)
LATE = timedelta(hours=12)  # who slept so long over it waits for the next one

Items = list[dict[str, Any]]


def queue_digests(edition: CourseEdition, now: datetime) -> int:
    """One mail for each who has something in it. A number of queries that does not grow with students."""
    local = now.astimezone(edition.zone)
    at = datetime.combine(local.date(), AT, edition.zone)
    if not at <= local < at + LATE:
        return 0
    readers = Enrolment.objects.filter(edition=edition, user__is_active=True).select_related("user")
    wants = Q(role__in=Enrolment.STAFF_ROLES) | Q(optional_mail=Enrolment.OptionalMail.DIGEST)
    rows = readers.filter(wants).exclude(optional_mail=Enrolment.OptionalMail.NONE)
    wanted = {f"{kind_of(row)}:{key_of(row, at)}:{row.user_id}": row for row in rows}
    for key in QueuedEmail.objects.filter(key__in=wanted).values_list("key", flat=True):
        del wanted[key]
    news = for_students(edition, at, now) if any(not row.is_staff for row in wanted.values()) else []
    count = 0
    for row in wanted.values():
        items = waiting(row.user, now) if row.is_staff else [item(e, edition) for e in news if row.user_id in e.owed_by]
        if items:
            facts = {"items": items, "url": settings.SITE_URL + edition.get_absolute_url()}
            queue(kind_of(row), [row.user], edition=edition, key=key_of(row, at), facts=facts, now=now)
            count += 1
    return count


def kind_of(row: Enrolment) -> str:
    return "staff_digest" if row.is_staff else "digest"


def key_of(row: Enrolment, at: datetime) -> str:
    """What waits for a member of staff is told of all their editions together, so once."""
    return f"{at.date()}" if row.is_staff else f"{row.edition_id}:{at.date()}"


def for_students(edition: CourseEdition, at: datetime, now: datetime) -> list[Entry]:
    """The optional entries of which they would have been told by themselves since yesterday's digest."""
    optional, yesterday = optional_kinds(), at - timedelta(days=1)
    return [
        entry
        for entry in agenda.collect(edition, now)
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
