"""The list of milestones: where each stands for the person who looks, and the one thing to do about it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.access import Viewer
from coursesite.board import open_until
from coursesite.booking import Phase, phase, why_not
from projects.models import Booking, Milestone, Slot


@dataclass(frozen=True)
class Line:
    milestone: Milestone
    url: str
    when: str
    state: str
    todo: str  # the words of the link to the board
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
        own = {}
    else:
        standing = Booking.objects.standing().filter(
            milestone__edition=edition, group__memberships__enrolment=viewer.enrolment
        )
        own = {booking.milestone_id: booking for booking in standing.select_related("slot")}
    lines = []
    for milestone in shown:
        milestone.edition = edition
        booking = own.get(milestone.pk)
        if viewer.is_staff:
            state, todo = for_staff(milestone, taken[milestone.pk], offered[milestone.pk]), _("Open the board")
        else:
            state, todo = for_student(milestone, booking.slot if booking else None, now)
        entry = f"booking-{booking.code}" if booking else ""
        lines.append(Line(milestone, milestone.get_absolute_url(), days(milestone), state, todo, entry))
    return lines


def for_staff(milestone: Milestone, taken: int, offered: int) -> str:
    if milestone.kind == Milestone.Kind.DAY:
        return _("All groups present on one day.")
    if not offered:
        return _("No slots are published yet.")
    return _("%(taken)s of %(offered)s slots are taken.") % {"taken": taken, "offered": offered}


def for_student(milestone: Milestone, slot: Slot | None, now: datetime) -> tuple[str, str]:
    zone = milestone.edition.zone
    if slot:
        when = clock.said_in_full(slot.starts_at, zone)
        state = _("Your group presents on %(when)s.") % {"when": f"{when}, {slot.room}" if slot.room else when}
        may_change = not why_not(milestone, now, zone, changing=True)
        return state, _("Move or cancel") if may_change else _("See your slot")
    if milestone.kind == Milestone.Kind.DAY:
        return _("All groups present on one day."), _("Read more")
    is_open = phase(milestone, now) is Phase.OPEN
    return open_until(milestone, now, zone), _("Choose a slot") if is_open else _("See the board")


def days(milestone: Milestone) -> str:
    """ "2 March to 5 March", or that it is not known yet."""
    if not milestone.starts_on:
        return _("date to be confirmed")
    return clock.days_said(milestone.starts_on, milestone.ends_on)
