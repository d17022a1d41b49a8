"""Who and which room is taken when, over all apps.

Written under the lock of the milestone or session whose places are made or moved, and then under the edition's: rooms
are the edition's, so whoever holds it decides alone. The edition's row is the last lock of every transaction
(CourseEdition.touch), so that no two of them wait for each other; an import alone begins with it, and runs again where
that was in somebody's way. People cross editions: what two editions want at
once is refused by the database (migration 0002); this module finds it first and names the other event.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from coursesite.models import CourseEdition, Occupancy, User


class Resource(NamedTuple):
    """What is in one place at a time: `key` for the database, `name` for people."""

    key: str
    name: str


@dataclass(frozen=True)
class Claim:
    """`holder` takes these resources from start to end; `label` is what a person calls the event."""

    holder: str
    label: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[Resource, ...]


@dataclass(frozen=True)
class Clash:
    claim: Claim
    resource: Resource
    other: str  # the label of the event that was there first

    @property
    def reason(self) -> str:
        """For a line that names the claim itself."""
        return _("%(name)s is taken then by %(other)s.") % {"name": self.resource.name, "other": self.other}

    @property
    def sentence(self) -> str:
        return f"{self.claim.label}: {self.reason}"


def person(user: User) -> Resource:
    """A person is in one place at a time, whatever the course."""
    return Resource(f"person:{user.pk}", str(user))


def room(edition: CourseEdition, name: str) -> Resource:
    """Rooms are known by name within an edition: two courses may each have a "Room 1"."""
    return Resource(f"room:{edition.pk}:{' '.join(name.casefold().split())}", name)


def lock(edition: CourseEdition) -> None:
    """Hold the edition until the end of the transaction, and tell its pages that it changed."""
    edition.touch()


def clashes(claims: Iterable[Claim]) -> list[Clash]:
    """The claims that cannot be, each with the event that was there first: rows of other holders, or an earlier claim.

    A claim that clashes takes nothing, so that it is in nobody's way. One query.
    """
    wanted = sorted(claims, key=lambda claim: claim.starts_at)
    if not wanted:
        return []
    busy: dict[str, list[tuple[datetime, datetime, str]]] = {}
    rows = Occupancy.objects.filter(
        starts_at__lt=max(claim.ends_at for claim in wanted),
        ends_at__gt=wanted[0].starts_at,
        resource__in={resource.key for claim in wanted for resource in claim.resources},
    ).exclude(holder__in={claim.holder for claim in wanted})
    for row in rows:
        busy.setdefault(row.resource, []).append((row.starts_at, row.ends_at, row.label))
    found = []
    for claim in wanted:
        if clash := first_clash(claim, busy):
            found.append(clash)
        else:
            for resource in claim.resources:
                busy.setdefault(resource.key, []).append((claim.starts_at, claim.ends_at, claim.label))
    return found


def first_clash(claim: Claim, busy: dict[str, list[tuple[datetime, datetime, str]]]) -> Clash | None:
    for resource in claim.resources:
        for starts_at, ends_at, label in busy.get(resource.key, ()):
            if starts_at < claim.ends_at and claim.starts_at < ends_at:
                return Clash(claim, resource, label)
    return None


def occupy(edition: CourseEdition, claims: Iterable[Claim]) -> None:
    """Write the claims, in place of what their holders had. The edition is locked and `clashes` was empty.

    Raises IntegrityError where a row of another edition has come in between.
    """
    claims = list(claims)
    free(claim.holder for claim in claims)
    Occupancy.objects.bulk_create(
        Occupancy(
            edition=edition,
            resource=resource.key,
            starts_at=claim.starts_at,
            ends_at=claim.ends_at,
            holder=claim.holder,
            label=claim.label[:300],
        )
        for claim in claims
        for resource in claim.resources
    )


def free(holders: Iterable[str]) -> None:
    """Give up what these holders had."""
    Occupancy.objects.filter(holder__in=list(holders)).delete()
