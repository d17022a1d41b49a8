"""The dated facts of what is taught: classes, the days on which something is to be handed in, and releases."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from coursesite import offsets
from coursesite.agenda import Entry, Theme, whole_days
from coursesite.clock import NoSuchTime, end_of, localise
from coursesite.models import CourseEdition, Enrolment
from coursesite.offsets import Offset
from schedule.models import Deadline, Lecture, Material

# How long a release is told: the digest of the next morning, which may come late, still has it.
NEWS = timedelta(days=2)


def entries(edition: CourseEdition, now: datetime) -> list[Entry]:
    """Four queries. Every student is reminded where the edition says so: who has handed in is not known here."""
    roles = Enrolment.Role
    people = Enrolment.objects.filter(edition=edition).values_list("user", "role")
    students = frozenset(user for user, role in people if role == roles.STUDENT)
    staff = frozenset(user for user, role in people if role in Enrolment.STAFF_ROLES)
    schedule = reverse("schedule:schedule", args=[edition.slug])
    lectures = Lecture.objects.filter(edition=edition, is_missing=False, taught_on__isnull=False)
    deadlines = Deadline.objects.filter(edition=edition, is_missing=False, due_on__isnull=False)
    return [
        *(lecture(row, edition, students) for row in lectures.defer("notes", "imported")),
        *(deadline(row, edition, schedule, students) for row in deadlines),
        *releases(edition, students, staff, now),
    ]


def releases(edition: CourseEdition, students: frozenset[int], staff: frozenset[int], now: datetime) -> Iterable[Entry]:
    """One for all that is released of a class within a minute, and one for what comes without a mail."""
    rows = Material.objects.filter(edition=edition, is_missing=False, is_held=False, released_at__isnull=False)
    rows = rows.exclude(lecture__is_missing=True).select_related("lecture")
    together: dict[tuple[int | None, datetime, bool], list[Material]] = {}
    for row in rows.defer("lecture__notes", "lecture__imported", "imported"):
        assert row.released_at  # noqa: S101 - asked for
        minute = row.released_at.replace(second=0, microsecond=0)
        together.setdefault((row.lecture_id, minute, row.tells_students), []).append(row)
    return (release(found, minute, edition, students, staff, now) for (_pk, minute, _told), found in together.items())


def release(
    rows: list[Material],
    minute: datetime,
    edition: CourseEdition,
    students: frozenset[int],
    staff: frozenset[int],
    now: datetime,
) -> Entry:
    """Before its time it is there for staff alone. It is told to students once, by its class and minute: when that is
    over, so that nothing of it comes after its mail."""
    about, is_told = rows[0].lecture, rows[0].tells_students
    quietly = "" if is_told else "-quietly"
    labels = ", ".join(row.label for row in rows)
    page = reverse("schedule:lecture_page", args=[edition.slug, about.pk]) if about else edition.get_absolute_url()
    has_come = all(row.is_released(now) for row in rows)
    return Entry(
        kind="release",
        key=f"release{quietly}:{about.pk if about else 'course'}:{minute.isoformat()}",
        title=_("New: %(labels)s (%(class)s)") % {"labels": labels, "class": about.title if about else str(edition)},
        starts_at=minute,
        url=page,
        owed_by=students,
        concerns=None if has_come else staff,
        told_until=minute + NEWS,
        offsets=(Offset(minutes=-1),) if is_told else (),
        mail="material_released",
        facts={"labels": [row.label for row in rows], "about": about.title if about else ""},
        is_public=has_come and all(row.is_public for row in rows),
        theme=Theme.CLASSES,
        name=f"release{quietly}-{about.pk if about else 'course'}-{minute:%Y%m%d%H%M}",
    )


def lecture(row: Lecture, edition: CourseEdition, students: frozenset[int]) -> Entry:
    return Entry(
        kind="lecture",
        key=f"lecture:{row.pk}:{row.taught_on}:{row.begins or ''}",
        title=row.title,
        place=row.room,
        url=reverse("schedule:lecture_page", args=[edition.slug, row.pk]),
        owed_by=students,
        offsets=offsets.read(edition.class_offsets),
        mail="class_soon",
        facts={"week": row.week},
        is_public=True,
        theme=Theme.CLASSES,
        name=f"lecture-{row.pk}",
        **hours(row, edition),
    )


def hours(row: Lecture, edition: CourseEdition) -> dict[str, Any]:
    """From when to when; the whole day where the hour is not known, or is one that clocks do not show once."""
    assert row.taught_on  # noqa: S101 - entries() takes no others
    last = row.ends_on or row.taught_on
    try:
        if row.begins:
            return {
                "starts_at": localise(datetime.combine(row.taught_on, row.begins), edition.zone),
                "ends_at": row.ends and localise(datetime.combine(last, row.ends), edition.zone),
            }
    except NoSuchTime:
        pass
    return whole_days(row.taught_on, last, edition.zone)


def deadline(row: Deadline, edition: CourseEdition, url: str, students: frozenset[int]) -> Entry:
    assert row.due_on  # noqa: S101 - entries() takes no others
    return Entry(
        kind="deadline",
        key=f"deadline:{row.pk}:{row.due_on}",
        title=row.title,
        starts_at=end_of(row.due_on, edition.zone),
        url=url,
        owed_by=students,
        offsets=offsets.read(edition.deadline_offsets),
        mail="deadline_soon",
        is_public=True,
        name=f"deadline-{row.pk}",
    )
