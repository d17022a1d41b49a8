"""The list of milestones: where each stands for the person who looks, and the one thing to do about it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.access import Viewer
from coursesite.board import open_until
from coursesite.booking import Phase, phase, why_not
from projects.board import NO_GROUP
from projects.bookings import incomplete
from projects.models import Booking, Membership, Milestone, Slot


@dataclass(frozen=True)
class Line:
    milestone: Milestone
    url: str
    when: str
    state: str
    todo: str  # the words of the one button,
    todo_url: str  # and where it leads
    own_entry: str = ""  # the calendar entry of the own slot


def read(viewer: Viewer, now: datetime) -> list[Line]:
    """In a number of queries that does not grow with milestones."""
    edition = viewer.edition
    shown = edition.milestone_set.exclude(is_missing=True, is_published=False).defer("text", "imported")
    taken: Counter[int] = Counter()
    offered: Counter[int] = Counter()
    if viewer.is_staff:
        standing = Booking.objects.standing().filter(milestone__edition=edition).order_by()
        taken.update(dict(standing.values_list("milestone").annotate(Count("pk"))))
        slots = Slot.objects.published().filter(milestone__edition=edition).order_by()
        offered.update(dict(slots.values_list("milestone").annotate(Count("pk"))))
        own, members = {}, 0
    else:
        standing = Booking.objects.standing().filter(
            milestone__edition=edition, group__memberships__enrolment=viewer.enrolment
        )
        own = {booking.milestone_id: booking for booking in standing.select_related("slot")}
        members = Membership.objects.filter(group__memberships__enrolment=viewer.enrolment).count()
    lines = []
    for milestone in shown:
        milestone.edition = edition
        booking, url, needs_group = own.get(milestone.pk), milestone.get_absolute_url(), ""
        if viewer.is_staff:
            state, todo = for_staff(milestone, taken[milestone.pk], offered[milestone.pk]), _("Open the board")
        elif booking:
            state, todo = with_slot(milestone, booking.slot, now)
        elif phase(milestone, now) is Phase.OPEN and members < edition.group_min_size:
            state, todo = without_group(milestone, members, now)
            needs_group = reverse("projects:group", args=[edition.slug])
        else:
            state, todo = without_slot(milestone, now)
        entry = f"booking-{booking.code}" if booking else ""
        lines.append(Line(milestone, url, days(milestone), state, todo, needs_group or url, entry))
    return lines


def for_staff(milestone: Milestone, taken: int, offered: int) -> str:
    if milestone.kind == Milestone.Kind.DAY:
        return _("All groups present on one day.")
    if not offered:
        return _("No slots are published yet.")
    return _("%(taken)s of %(offered)s slots are taken.") % {"taken": taken, "offered": offered}


def with_slot(milestone: Milestone, slot: Slot, now: datetime) -> tuple[str, str]:
    zone = milestone.edition.zone
    when = clock.said_in_full(slot.starts_at, zone)
    state = _("Your group presents on %(when)s.") % {"when": f"{when}, {slot.room}" if slot.room else when}
    may_change = not why_not(milestone, now, zone, changing=True)
    return state, _("Move or cancel") if may_change else _("See your slot")


def without_slot(milestone: Milestone, now: datetime) -> tuple[str, str]:
    if milestone.kind == Milestone.Kind.DAY:
        return _("All groups present on one day."), _("Read more")
    is_open = phase(milestone, now) is Phase.OPEN
    return open_until(milestone, now, milestone.edition.zone), _("Choose a slot") if is_open else _("See the board")


def without_group(milestone: Milestone, members: int, now: datetime) -> tuple[str, str]:
    """For who cannot book yet, as on the board: `members` are too few."""
    needed = incomplete(milestone.edition.group_min_size - members) if members else NO_GROUP
    state = f"{open_until(milestone, now, milestone.edition.zone)} {needed}"
    return state, _("Complete your group") if members else _("Find a group")


def days(milestone: Milestone) -> str:
    """ "2 March to 5 March", or that it is not known yet."""
    if not milestone.starts_on:
        return _("date to be confirmed")
    return clock.days_said(milestone.starts_on, milestone.ends_on)
