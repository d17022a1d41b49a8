"""Who and which room is taken when, over all apps.

Taken under the lock of the edition, which comes before every other lock and only when places are made or moved. The
database refuses an overlap by itself (migration 0002); this module finds it first and names the other event.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from coursesite.models import CourseEdition, Occupancy, User


@dataclass(frozen=True)
class Claim:
    """`holder` takes these resources from start to end; `label` is what a person calls the event."""

    holder: str
    label: str
    starts_at: datetime
    ends_at: datetime
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    claim: Claim
    resource: str
    other: str  # the label of the event that was there first

    @property
    def sentence(self) -> str:
        kind, _sep, _name = self.resource.partition(":")
        if kind == "person":
            return _("%(label)s: a member of staff is already taken by %(other)s.") % {
                "label": self.claim.label,
                "other": self.other,
            }
        return _("%(label)s: the room is already taken by %(other)s.") % {
            "label": self.claim.label,
            "other": self.other,
        }


def person(user: User) -> str:
    """A person is in one place at a time, whatever the course."""
    return f"person:{user.pk}"


def room(edition: CourseEdition, name: str) -> str:
    """Rooms are known by name within an edition: two courses may each have a "Room 1"."""
    return f"room:{edition.pk}:{' '.join(name.casefold().split())}"


def lock(edition: CourseEdition) -> None:
    """Hold the edition until the end of the transaction, and tell its pages that it changed."""
    edition.touch()


def clashes(claims: Iterable[Claim]) -> list[Clash]:
    """What these claims would overlap with: rows of other holders, and each other. One query."""
    wanted = sorted(claims, key=lambda claim: claim.starts_at)
    if not wanted:
        return []
    found: list[Clash] = []
    holders = {claim.holder for claim in wanted}
    taken = list(
        Occupancy.objects.filter(
            Q(starts_at__lt=max(claim.ends_at for claim in wanted), ends_at__gt=wanted[0].starts_at),
            resource__in={resource for claim in wanted for resource in claim.resources},
        ).exclude(holder__in=holders)
    )
    busy: dict[str, list[tuple[datetime, datetime, str]]] = {}
    for row in taken:
        busy.setdefault(row.resource, []).append((row.starts_at, row.ends_at, row.label))
    for claim in wanted:
        for resource in claim.resources:
            others = busy.setdefault(resource, [])
            for starts_at, ends_at, label in others:
                if starts_at < claim.ends_at and claim.starts_at < ends_at:
                    found.append(Clash(claim, resource, label))
                    break
            else:
                others.append((claim.starts_at, claim.ends_at, claim.label))
    return found


def occupy(edition: CourseEdition, claims: Iterable[Claim]) -> None:
    """Write the claims, in place of what their holders had. The edition is locked and `clashes` was empty."""
    claims = list(claims)
    free(claim.holder for claim in claims)
    Occupancy.objects.bulk_create(
        Occupancy(
            edition=edition,
            resource=resource,
            starts_at=claim.starts_at,
            ends_at=claim.ends_at,
            holder=claim.holder,
            label=claim.label,
        )
        for claim in claims
        for resource in claim.resources
    )


def free(holders: Iterable[str]) -> None:
    """Give up what these holders had."""
    Occupancy.objects.filter(holder__in=list(holders)).delete()
