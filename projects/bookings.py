"""Book, move and cancel: one activity per verb, used by pages, admin and commands alike.

The milestone's row is the one lock of every change of its bookings. What was read before it only refuses early; what
is true is read again under it, and the constraints of Booking have the last word.

Students act while booking is open, for a group that is complete; who has a slot may still move or cancel until the
cut-off. Staff (`as_staff`) act at any time before a slot begins and for any group, and say why: the members read it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import clock, nearest
from coursesite.bookable import not_kept_from
from coursesite.booking import (
    BookingRefused,
    as_seen,
    begun,
    changed,
    kept,
    refuse_outside_window,
    refuse_restless,
    refuse_without_reason,
    taken,
    under_lock,
    withdrawn,
)
from coursesite.models import User
from projects import emails
from projects.models import Booking, Milestone, ProjectGroup, Slot, SlotQuerySet


def book(
    slot: Slot, group: ProjectGroup, *, by: User, now: datetime, as_staff: bool = False, reason: str = ""
) -> Booking:
    """Give the slot to the group. The same click twice is one booking and one mail to each member.

    Raises BookingRefused or Busy; then nothing is written.
    """
    if slot.held_by == group.pk and (same := holding(slot, group)):
        return same
    refuse_early(slot, group, now, as_staff=as_staff, reason=reason, moving=False)

    def act() -> Booking:
        truth = read_again(slot, group, now)
        if truth.held_by == group.pk and (same := holding(slot, group)):
            return same
        refuse_slot_lost(slot, truth)
        if truth.own_booking:
            raise has_another(slot, group, as_staff=as_staff)
        if not as_staff:
            refuse_stranger(by, truth.members)
            refuse_incomplete(group, truth)
        booking = Booking(milestone=slot.milestone, slot=slot, group=group, booked_by=by, booked_at=now, reason=reason)
        booking.mark_booked()
        if truth.keeps_another:
            nearest.let_go(slots_of(slot.milestone), group, now)
        emails.slot_booked(booking, truth.members, now=now)
        return booking

    return under_lock(as_seen(slot.milestone), act, after_conflict=lambda: what_is_true(slot, group, as_staff=as_staff))


def move(
    slot: Slot, group: ProjectGroup, *, by: User, now: datetime, as_staff: bool = False, reason: str = ""
) -> Booking:
    """Move the group's booking of this milestone to the slot, in one UPDATE: where it fails, the old slot is kept.

    Raises BookingRefused or Busy.
    """
    if slot.held_by == group.pk and (same := holding(slot, group)):
        return same
    refuse_early(slot, group, now, as_staff=as_staff, reason=reason, moving=True)

    def act() -> Booking:
        truth = read_again(slot, group, now)
        if truth.held_by == group.pk and (same := holding(slot, group)):
            return same
        refuse_slot_lost(slot, truth)
        if not truth.own_booking:
            raise BookingRefused(
                _("%(group)s has no slot to move any more. Book one of the free ones.") % {"group": group},
                lost_race=True,
            )
        booking = Booking.objects.select_related("slot").get(pk=truth.own_booking)
        if not as_staff:
            refuse_stranger(by, truth.members)
            refuse_restless(booking.sequence)
        booking.milestone, booking.group, left = slot.milestone, group, booking.slot
        booking.mark_moved(slot, by=by, at=now, reason=reason)
        free_for_all(left, slot.milestone, now)
        emails.slot_moved(booking, truth.members, left=left, now=now)
        return booking

    return under_lock(as_seen(slot.milestone), act, after_conflict=lambda: what_is_true(slot, group, as_staff=as_staff))


def cancel(
    booking: Booking,
    *,
    by: User,
    now: datetime,
    as_staff: bool = False,
    reason: str = "",
    slot_code: UUID | None = None,
) -> Booking:
    """Give the slot back. `slot_code`: the slot that the person saw when they confirmed; another one is not given back.

    A booking that is cancelled already stays as it is. Raises BookingRefused or Busy.
    """
    if booking.cancelled_at:
        return booking
    milestone = booking.milestone
    if as_staff:
        refuse_without_reason(reason)
    else:
        refuse_outside_window(milestone, now, milestone.edition.zone, changing=True)
    seen = slot_code or booking.slot.code

    def act() -> Booking:
        current = Booking.objects.select_related("slot", "group").get(pk=booking.pk)
        current.milestone = milestone
        if current.cancelled_at:
            return current
        if current.slot.code != seen:
            raise BookingRefused(
                _("%(group)s has moved to %(slot)s meanwhile. Look again before you cancel.")
                % {"group": current.group, "slot": slot_said(current.slot, milestone)},
                lost_race=True,
            )
        if current.slot.starts_at <= now:
            raise begun(current.slot, milestone.edition.zone)
        members = list(members_of(current.group))
        if not as_staff:
            refuse_stranger(by, members)
            refuse_restless(current.group.bookings.filter(milestone=milestone, cancelled_at__isnull=False).count())
        current.mark_cancelled(by=by, at=now, reason=reason)
        free_for_all(current.slot, milestone, now)
        emails.slot_cancelled(current, members, now=now)
        return current

    return under_lock(as_seen(milestone), act, after_conflict=changed)


def keep_nearest(lost: Slot, group: ProjectGroup, *, by: User) -> Slot | None:
    """Keep the free slot nearest to the lost one for the group, for a moment. None where it could not book one."""
    milestone, now = lost.milestone, timezone.now()

    def may_book() -> bool:
        truth = read_again(lost, group, now)
        refuse_stranger(by, truth.members)
        refuse_incomplete(group, truth)
        return not truth.own_booking

    return nearest.keep_nearest(
        lost,
        group,
        milestone,
        places=slots_of(milestone),
        free=lambda: all_free(milestone, group, now),
        may_take=may_book,
    )


def free_for_all(given_back: Slot, milestone: Milestone, now: datetime) -> None:
    """Whoever had it kept has taken it, and does not keep it any longer once they have given it back."""
    if given_back.kept_for:
        nearest.let_go(slots_of(milestone), given_back.kept_for, now)


def slot_changed(slot: Slot, *, left: Slot, by: User, now: datetime) -> None:
    """Tell the group whose slot staff gave another time or place, with a new invitation.

    Called by what changes slots, in its transaction and under the milestone's lock.
    """
    booking = Booking.objects.standing().filter(slot=slot).select_related("group").first()
    if booking is None:
        return
    booking.milestone, booking.slot = slot.milestone, slot
    booking.mark_slot_changed(by=by, at=now)
    emails.slot_changed(booking, list(members_of(booking.group)), left=left, by=by, now=now)


# --- What is true --------------------------------------------------------------------------------------------------


def slots_of(milestone: Milestone) -> SlotQuerySet:
    return Slot.objects.filter(milestone=milestone)


def members_of(group: ProjectGroup) -> QuerySet[User]:
    return User.objects.filter(enrolments__membership__group=group).only("email").order_by("pk")


@dataclass(frozen=True)
class Truth:
    """What holds under the lock: who is in the group, which group has the slot, which booking the group has, whether
    the slot is offered as it was seen, or kept for others, and whether another one is kept for the group."""

    members: list[User]
    held_by: int | None
    own_booking: int | None
    is_offered: bool
    is_kept: bool
    keeps_another: bool


# By hand: Django would put this together anew at every booking, which takes longer than half of all that it does there.
READ_AGAIN = """
SELECT person.id, person.email,
    (SELECT group_id FROM projects_booking WHERE slot_id = %(slot)s AND cancelled_at IS NULL LIMIT 1) AS held_by,
    (SELECT id FROM projects_booking
     WHERE milestone_id = %(milestone)s AND group_id = %(group)s AND cancelled_at IS NULL LIMIT 1) AS own_booking,
    EXISTS (SELECT 1 FROM projects_slot
            WHERE id = %(slot)s AND is_published AND starts_at = %(starts_at)s AND ends_at = %(ends_at)s
              AND room = %(room)s AND online_url = %(online_url)s) AS is_offered,
    EXISTS (SELECT 1 FROM projects_slot
            WHERE id = %(slot)s AND kept_for_id <> %(group)s AND kept_until > %(now)s) AS is_kept,
    EXISTS (SELECT 1 FROM projects_slot
            WHERE id <> %(slot)s AND milestone_id = %(milestone)s AND kept_for_id = %(group)s) AS keeps_another
FROM projects_membership member
JOIN coursesite_enrolment enrolment ON enrolment.id = member.enrolment_id
JOIN coursesite_user person ON person.id = enrolment.user_id
WHERE member.group_id = %(group)s
ORDER BY person.id
"""


def read_again(slot: Slot, group: ProjectGroup, now: datetime) -> Truth:
    """One query, under the lock of the milestone; who leaves a group takes the same lock (groups.py)."""
    stored = connection.ops.adapt_datetimefield_value
    seen = {
        "slot": slot.pk,
        "milestone": slot.milestone_id,
        "group": group.pk,
        "starts_at": stored(slot.starts_at),
        "ends_at": stored(slot.ends_at),
        "room": slot.room,
        "online_url": slot.online_url,
        "now": stored(now),
    }
    members: list[Any] = list(User.objects.raw(READ_AGAIN, seen))
    if not members:
        raise BookingRefused(_("%(group)s has no members any more.") % {"group": group}, lost_race=True)
    first = members[0]
    flags = map(bool, (first.is_offered, first.is_kept, first.keeps_another))
    return Truth(members, first.held_by, first.own_booking, *flags)


def holding(slot: Slot, group: ProjectGroup) -> Booking | None:
    return Booking.objects.standing().filter(slot=slot, group=group).select_related("slot").first()


def all_free(milestone: Milestone, group: ProjectGroup, now: datetime) -> list[Slot]:
    """Those that the group can take. One query."""
    ahead = slots_of(milestone).published().filter(not_kept_from(group.pk, now), starts_at__gt=now)
    slots = list(ahead.free())
    for slot in slots:
        slot.milestone = milestone
    return slots


def what_is_true(slot: Slot, group: ProjectGroup, *, as_staff: bool) -> Booking | BookingRefused:
    """After a constraint failed: what already stands, or the sentence for what came in between."""
    if same := holding(slot, group):
        return same
    now = Slot.objects.with_holder().filter(pk=slot.pk).first()
    if now is None or not now.is_published:
        return withdrawn(slot, slot.milestone.edition.zone)
    if now.held_by:
        return taken(slot, slot.milestone.edition.zone)
    if Booking.objects.standing().filter(milestone=slot.milestone_id, group=group).exists():
        return has_another(slot, group, as_staff=as_staff)
    return changed()


# --- Why not -------------------------------------------------------------------------------------------------------


def refuse_early(slot: Slot, group: ProjectGroup, now: datetime, *, as_staff: bool, reason: str, moving: bool) -> None:
    """What can be said without the lock; under a rush most clicks end here."""
    milestone = slot.milestone
    if as_staff:
        refuse_without_reason(reason)
        if not milestone.is_published:
            raise BookingRefused(_("%(milestone)s is not published yet.") % {"milestone": milestone})
    else:
        refuse_outside_window(milestone, now, milestone.edition.zone, changing=moving)
    if slot.starts_at <= now:
        raise begun(slot, milestone.edition.zone)
    if not slot.is_published:
        raise withdrawn(slot, slot.milestone.edition.zone)
    if slot.held_by not in (None, group.pk):
        raise taken(slot, slot.milestone.edition.zone)
    if slot.is_kept_from(group.pk, now):
        raise kept(slot, slot.milestone.edition.zone)


def refuse_slot_lost(slot: Slot, truth: Truth) -> None:
    if truth.held_by:
        raise taken(slot, slot.milestone.edition.zone)
    if not truth.is_offered:
        raise withdrawn(slot, slot.milestone.edition.zone)
    if truth.is_kept:
        raise kept(slot, slot.milestone.edition.zone)


def refuse_incomplete(group: ProjectGroup, truth: Truth) -> None:
    needed = group.edition.group_min_size - len(truth.members)
    if needed > 0:
        raise BookingRefused(incomplete(needed))


def refuse_stranger(by: User, members: list[User]) -> None:
    """Who has left the group since they clicked."""
    if by.pk not in {member.pk for member in members}:
        raise BookingRefused(_("You are not in this group any more."), lost_race=True)


def incomplete(needed: int) -> str:
    return ngettext(
        "Your group needs one more member before it can book. Invite a classmate first.",
        "Your group needs %(needed)s more members before it can book. Invite classmates first.",
        needed,
    ) % {"needed": needed}


def has_another(slot: Slot, group: ProjectGroup, *, as_staff: bool) -> BookingRefused:
    own = Booking.objects.standing().filter(milestone=slot.milestone_id, group=group).select_related("slot").first()
    said = slot_said(own.slot, slot.milestone) if own else str(slot.milestone)
    sentence = (
        _("%(group)s has %(slot)s already. Move that booking instead.")
        if as_staff
        else _("Your group has %(slot)s already. You can move it to another free slot.")
    )
    return BookingRefused(sentence % {"group": group, "slot": said}, lost_race=True)


def slot_said(slot: Slot, milestone: Milestone) -> str:
    return clock.said_in_full(slot.starts_at, milestone.edition.zone)
