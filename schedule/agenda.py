"""The dated facts of what is taught: classes, and the days on which the schedule wants something handed in."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from coursesite import offsets
from coursesite.agenda import Entry, Theme, whole_days
from coursesite.clock import NoSuchTime, end_of, localise
from coursesite.models import CourseEdition, Enrolment
from schedule.models import Deadline, Lecture


def entries(edition: CourseEdition, now: datetime) -> list[Entry]:
    """Three queries. Every student is reminded where the edition says so: who has handed in is not known here."""
    students = frozenset(Enrolment.objects.students().filter(edition=edition).values_list("user", flat=True))
    schedule = reverse("schedule:schedule", args=[edition.slug])
    lectures = Lecture.objects.filter(edition=edition, is_missing=False, taught_on__isnull=False)
    deadlines = Deadline.objects.filter(edition=edition, is_missing=False, due_on__isnull=False)
    return [lecture(row, edition, schedule, students) for row in lectures.defer("notes", "imported")] + [
        deadline(row, edition, schedule, students) for row in deadlines
    ]


def lecture(row: Lecture, edition: CourseEdition, url: str, students: frozenset[int]) -> Entry:
    return Entry(
        kind="lecture",
        key=f"lecture:{row.pk}:{row.taught_on}:{row.begins or ''}",
        title=row.title,
        place=row.room,
        url=url,
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
