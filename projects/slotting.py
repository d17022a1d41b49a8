"""The slots of a milestone, as staff make them: cut, preview, create, publish, withdraw, delete, change."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite.booking import BookingRefused
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.places import Supply
from projects import bookings
from projects.models import Booking, Membership, Milestone, ProjectGroup, Slot


class SlotSupply(Supply):
    places, parent, staff = Slot, "milestone", "staff"

    def refuse_cutting(self, bookable: Milestone) -> None:
        if bookable.kind != Milestone.Kind.WINDOW:
            raise BookingRefused(_("All groups present on one day at %(milestone)s.") % {"milestone": bookable})

    def refuse_too_few(self, bookable: Milestone, ahead: int) -> None:
        needed = need(bookable.edition)
        if ahead < needed.seats:
            raise BookingRefused(too_few(bookable, ahead, needed))

    def numbers(self, bookable: Milestone, ahead: int) -> str:
        needed = need(bookable.edition)
        slots = ngettext("%(count)d slot lies ahead", "%(count)d slots lie ahead", ahead) % {"count": ahead}
        return ngettext(
            "%(slots)s, %(seats)d is needed (%(need)s).", "%(slots)s, %(seats)d are needed (%(need)s).", needed.seats
        ) % {"slots": slots, "seats": needed.seats, "need": needed.sentence}

    def holder_names(self, ids: Iterable[int | None]) -> dict[int, str]:
        groups = ProjectGroup.objects.filter(pk__in={pk for pk in ids if pk})
        return dict(groups.values_list("pk", "name"))

    def forget(self, places: Collection[Any], by: User) -> None:
        """Bookings that were cancelled go with their slot; their history stays."""
        for booking in Booking.objects.filter(slot__in=places):
            booking._history_user = by
            booking.delete()

    def tell_change(self, place: Slot, left: Slot, by: User, now: datetime) -> None:
        bookings.slot_changed(place, left=left, by=by, now=now)


@dataclass(frozen=True)
class Need:
    """How many groups there will be: those with a member, and those that students without one can form."""

    groups: int
    alone: int
    largest: int

    @property
    def to_come(self) -> int:
        return -(-self.alone // self.largest)

    @property
    def seats(self) -> int:
        return self.groups + self.to_come

    @property
    def sentence(self) -> str:
        groups = ngettext("%(count)d group", "%(count)d groups", self.groups) % {"count": self.groups}
        if not self.alone:
            return groups
        return ngettext(
            "%(groups)s, and %(count)d student without one, who makes %(to_come)d more",
            "%(groups)s, and %(count)d students without one, who make %(to_come)d more",
            self.alone,
        ) % {"groups": groups, "count": self.alone, "to_come": self.to_come}


def need(edition: CourseEdition) -> Need:
    students = Enrolment.objects.students().filter(edition=edition)
    return Need(
        groups=Membership.objects.filter(group__edition=edition).values("group").distinct().order_by().count(),
        alone=students.filter(membership=None).count(),
        largest=edition.group_max_size,
    )


def too_few(milestone: Milestone, there: int, needed: Need) -> str:
    return ngettext(
        "%(milestone)s has %(there)d slot ahead and needs %(seats)d (%(need)s). Cut %(missing)d more first.",
        "%(milestone)s has %(there)d slots ahead and needs %(seats)d (%(need)s). Cut %(missing)d more first.",
        there,
    ) % {
        "milestone": milestone,
        "there": there,
        "seats": needed.seats,
        "need": needed.sentence,
        "missing": needed.seats - there,
    }


supply = SlotSupply()
preview, create, publish = supply.preview, supply.create, supply.publish
withdraw, delete, change = supply.withdraw, supply.delete, supply.change
