"""The slots of a milestone, as staff make them: cut, preview, create, publish, withdraw, delete, change.

Everything here holds the milestone's row, as every booking does, so that no slot changes under somebody's click; what
makes or moves slots then holds the edition's, under which rooms and staff are free or taken (occupancy.py).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import clock, occupancy
from coursesite.booking import BookingRefused, under_lock
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.occupancy import Claim
from coursesite.places import (
    Order,
    Owner,
    Preview,
    Window,
    places_preview,
    refuse_window,
    require_unchanged,
    taken_meanwhile,
)
from projects import bookings
from projects.models import Booking, Milestone, ProjectGroup, Slot

Result = TypeVar("Result")


class SlotRefused(BookingRefused):
    """The like of it for slots: one sentence for the member of staff."""


def owner(milestone: Milestone) -> Owner:
    there = Slot.objects.filter(milestone=milestone).values_list("starts_at", "room", "online_url")
    return Owner(milestone.edition, str(milestone), milestone.starts_on, milestone.ends_on, frozenset(there))


def preview(milestone: Milestone, order: Order, now: datetime) -> Preview:
    """Every slot that would come out, and why some do not. Two queries, whatever their number."""
    return places_preview(owner(milestone), order, now)


def create(milestone: Milestone, order: Order, *, seal: str, now: datetime) -> list[Slot]:
    """The slots of the preview with this seal, as drafts: students see them when they are published."""

    def act(milestone: Milestone) -> list[Slot]:
        occupancy.lock(milestone.edition)
        if milestone.kind != Milestone.Kind.WINDOW:
            raise SlotRefused(_("All groups present on one day at %(milestone)s.") % {"milestone": milestone})
        plan = preview(milestone, order, now)
        require_unchanged(plan, seal)
        made = Slot.objects.bulk_create(
            Slot(
                milestone=milestone,
                starts_at=cut.starts_at,
                ends_at=cut.ends_at,
                room=cut.room,
                online_url=order.online_url,
            )
            for cut in plan.cuts
        )
        present = Slot.staff.through
        present.objects.bulk_create(present(slot=slot, user=user) for slot in made for user in order.staff)
        whole = owner(milestone)
        occupancy.occupy(milestone.edition, [claim(whole, slot, order.staff) for slot in made])
        return made

    return holding(milestone, act)


# --- Publish -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """How many groups there will be: those that are there, and those that students without one can form."""

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
        groups=ProjectGroup.objects.filter(edition=edition).count(),
        alone=students.filter(membership=None).count(),
        largest=edition.group_max_size,
    )


def seats(slots: Collection[Slot], now: datetime) -> int:
    """What has a group, and what one can still have."""
    return sum(slot.held_by is not None or slot.starts_at > now for slot in slots)


def publish(milestone: Milestone, window: Window, *, now: datetime) -> int:
    """Show all slots, also those that came later, to be booked within the window. Gives the number of slots."""

    def act(milestone: Milestone) -> int:
        slots = list(slots_of(milestone))
        if not slots:
            raise SlotRefused(_("%(milestone)s has no slots yet. Cut some first.") % {"milestone": milestone})
        refuse_window(window, milestone, slots[0], now, milestone.edition.zone)
        needed, there = need(milestone.edition), seats(slots, now)
        if there < needed.seats:
            raise SlotRefused(too_few(milestone, there, needed))
        milestone.booking_opens_at, milestone.booking_closes_at = window.opens_at, window.closes_at
        milestone.changes_until, milestone.is_published = window.changes_until, True
        milestone.save(update_fields=["booking_opens_at", "booking_closes_at", "changes_until", "is_published"])
        Slot.objects.filter(milestone=milestone).update(is_published=True)
        milestone.edition.touch()
        return len(slots)

    return holding(milestone, act)


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


def withdraw(milestone: Milestone, codes: Collection[UUID]) -> int:
    """Take free slots off the board; they stay as drafts. Gives their number. Without any left, booking ends."""

    def act(milestone: Milestone) -> int:
        chosen = free_ones(milestone, codes)
        count = chosen.update(is_published=False)
        end_booking_without_slots(milestone)
        milestone.edition.touch()
        return count

    return holding(milestone, act)


def delete(milestone: Milestone, codes: Collection[UUID], *, by: User) -> int:
    """Delete free slots, with bookings of them that were cancelled (their history stays). Gives their number."""

    def act(milestone: Milestone) -> int:
        chosen = list(free_ones(milestone, codes))
        for booking in Booking.objects.filter(slot__in=chosen):
            booking._history_user = by
            booking.delete()
        occupancy.free(slot.holder for slot in chosen)
        Slot.objects.filter(pk__in=[slot.pk for slot in chosen]).delete()
        end_booking_without_slots(milestone)
        milestone.edition.touch()
        return len(chosen)

    return holding(milestone, act)


def free_ones(milestone: Milestone, codes: Collection[UUID]) -> QuerySet[Slot]:
    """These slots of the milestone. Refused when one of them is booked."""
    chosen = list(slots_of(milestone).filter(code__in=codes))
    for slot in chosen:
        if slot.held_by is not None:
            raise SlotRefused(
                _("%(slot)s is booked by %(group)s. Move or cancel that booking first.")
                % {
                    "slot": clock.said_in_full(slot.starts_at, milestone.edition.zone),
                    "group": ProjectGroup.objects.get(pk=slot.held_by),
                }
            )
    return Slot.objects.filter(pk__in=[slot.pk for slot in chosen])


def end_booking_without_slots(milestone: Milestone) -> None:
    if not Slot.objects.published().filter(milestone=milestone).exists():
        milestone.is_published = False
        milestone.save(update_fields=["is_published"])


# --- Change --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What a slot is to be."""

    starts_at: datetime
    ends_at: datetime
    room: str
    online_url: str
    staff: tuple[User, ...]


def change(slot: Slot, wanted: Wanted, *, by: User, now: datetime) -> Slot:
    """Another time, place or staff. A group that has booked it gets an update of its invitation."""

    def act(milestone: Milestone) -> Slot:
        occupancy.lock(milestone.edition)
        left = Slot.objects.filter(pk=slot.pk).first()
        if left is None:
            raise SlotRefused(_("This slot was deleted meanwhile."), lost_race=True)
        changed = Slot.objects.get(pk=slot.pk)
        changed.milestone = left.milestone = milestone
        changed.starts_at, changed.ends_at = wanted.starts_at, wanted.ends_at
        changed.room, changed.online_url = wanted.room, wanted.online_url
        whole = owner(milestone)
        refuse_change(whole, left, changed, now)
        asked = claim(whole, changed, wanted.staff)
        for clash in occupancy.clashes([asked]):
            raise SlotRefused(clash.reason, lost_race=True)
        changed.save(update_fields=["starts_at", "ends_at", "room", "online_url"])
        changed.staff.set(wanted.staff)
        occupancy.occupy(milestone.edition, [asked])
        if what_members_see(changed) != what_members_see(left):
            bookings.slot_changed(changed, left=left, by=by, now=now)
        return changed

    return holding(slot.milestone, act)


def refuse_change(whole: Owner, left: Slot, changed: Slot, now: datetime) -> None:
    milestone = changed.milestone
    if changed.starts_at >= changed.ends_at:
        raise SlotRefused(_("A slot ends after it starts."))
    if (left.starts_at, left.ends_at) != (changed.starts_at, changed.ends_at):
        if left.starts_at <= now:
            raise SlotRefused(_("This slot has begun already: its time stays."))
        if reason := whole.why_not(changed.starts_at, now):
            raise SlotRefused(reason)
        if milestone.is_published and milestone.changes_until and changed.starts_at < milestone.changes_until:
            raise SlotRefused(
                _("Groups may change their slot until %(time)s: no slot begins before that.")
                % {"time": clock.said_in_full(milestone.changes_until, milestone.edition.zone)}
            )
    twin = Slot.objects.filter(milestone=milestone, starts_at=changed.starts_at, room=changed.room)
    if twin.filter(online_url=changed.online_url).exclude(pk=changed.pk).exists():
        raise SlotRefused(_("There is a slot at that time and place already."))


def what_members_see(slot: Slot) -> tuple[datetime, datetime, str, str]:
    return slot.starts_at, slot.ends_at, slot.room, slot.online_url


# --- What they share -----------------------------------------------------------------------------------------------


def holding(milestone: Milestone, act: Callable[[Milestone], Result]) -> Result:
    """Run `act` with the milestone as it is now, in a transaction that holds it."""
    row = Milestone.objects.filter(pk=milestone.pk)
    return under_lock(row, lambda: act(row.select_related("edition").get()), after_conflict=taken_meanwhile)


def slots_of(milestone: Milestone) -> QuerySet[Slot]:
    """All, in order of time, each with who holds it."""
    return Slot.objects.with_holder().filter(milestone=milestone)


def claim(whole: Owner, slot: Slot, staff: Collection[User]) -> Claim:
    return Claim(
        slot.holder,
        whole.label(slot.starts_at, slot.room),
        slot.starts_at,
        slot.ends_at,
        whole.resources(slot.room, staff),
    )
