"""Files and links of classes: who sees which, and how they are released and held back."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from coursesite.access import Viewer
from coursesite.models import CourseEdition
from schedule.models import Material, ReleaseQuerySet

# Within it a release can be taken back as if it had not been: then it is news once more.
SECOND_THOUGHTS = timedelta(minutes=5)
BEING_WRITTEN = timedelta(hours=1)  # a file so young may get its row yet


def seen_by(viewer: Viewer, at: datetime) -> ReleaseQuerySet:
    """What is there for this person: for staff all, for others what is released, for visitors what is public of it."""
    rows = Material.objects.filter(edition=viewer.edition, is_missing=False)
    if viewer.is_staff:
        return rows
    rows = rows.released(at)
    return rows if viewer.enrolment else rows.filter(is_public=True)


def are_kept_from(viewer: Viewer, at: datetime, lecture: int) -> bool:
    """Whether a visitor would see more of this class when signed in."""
    if viewer.enrolment or viewer.is_staff:
        return False
    rows = Material.objects.filter(edition=viewer.edition, lecture=lecture, is_missing=False, is_public=False)
    return rows.released(at).exists()


def for_the_course_alone(edition: CourseEdition, at: datetime) -> QuerySet[Material]:
    """Links that students see, and that stand in no README: everybody may read that."""
    rows = Material.objects.filter(edition=edition, is_missing=False, is_public=False).exclude(href="")
    return rows.released(at).select_related("lecture")


def was_told(material: Material, at: datetime) -> bool:
    """Whether students have heard of it: a release is told once.

    What is held back or moved after that has lost its tick "tell students", so that it is not news a second time;
    who wants it told again sets the tick. Before SECOND_THOUGHTS have passed nothing counts as told: mails that are
    still waiting are not sent, and the next release is told to all, a second time to who got one of the first.
    """
    begun = material.released_at
    return material.tells_students and not material.is_held and begun is not None and begun + SECOND_THOUGHTS <= at


def release(materials: Iterable[Material], now: datetime) -> int:
    """By hand, before their time or without one. What students see already stays as it is."""
    held = [row for row in materials if not row.is_released(now)]
    for row in held:
        row.is_held, row.released_at = False, now
    return write(held)


def hold_back(materials: Iterable[Material], now: datetime) -> int:
    """Until they are released by hand; students see them no more, from the next request on."""
    shown = [row for row in materials if not row.is_held]
    for row in shown:
        row.tells_students = row.tells_students and not was_told(row, now)
        row.is_held, row.released_at = True, None
    return write(shown)


@transaction.atomic
def write(rows: list[Material]) -> int:
    Material.objects.bulk_update(rows, ["is_held", "released_at", "tells_students"])
    for edition in CourseEdition.objects.filter(pk__in={row.edition_id for row in rows}).order_by("pk"):
        edition.touch()
    return len(rows)


def remove_orphans(now: datetime) -> int:
    """Bytes of which no row tells: the site was stopped between writing a file and its row, or before a deletion."""
    storage, folder = Material.file.field.storage, "materials"
    try:
        names = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
    except FileNotFoundError:  # nobody has given any yet
        return 0
    names -= set(Material.objects.exclude(file="").values_list("file", flat=True))
    old = [name for name in names if storage.get_modified_time(name) < now - BEING_WRITTEN]
    for name in old:
        storage.delete(name)
    return len(old)
