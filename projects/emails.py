"""What project groups are told: one function per mail, called in the transaction of what it tells."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from coursesite import feeds
from coursesite.booking import is_worth_telling, may_be_in_calendar
from coursesite.mail import MailKind, queue
from coursesite.models import User
from coursesite.outbox import QueuedEmail
from projects.models import Booking, Invitation, Milestone, ProjectGroup, Slot


def group_facts(group: ProjectGroup, **more: str) -> dict[str, str]:
    page = reverse("projects:group", args=[group.edition.slug])
    return {"group": group.name, "url": settings.SITE_URL + page} | more


def invitation(invitation: Invitation, *, now: datetime) -> None:
    """To the classmate who is asked."""
    queue(
        "invitation",
        [invitation.enrolment.user],
        edition=invitation.group.edition,
        key=str(invitation.code),
        facts=group_facts(invitation.group, invitation=str(invitation.code), by=str(invitation.invited_by)),
        now=now,
    )


def invitation_accepted(invitation: Invitation, members: Iterable[User], *, now: datetime) -> None:
    answered("invitation_accepted", invitation, members, now)


def invitation_declined(invitation: Invitation, members: Iterable[User], *, now: datetime) -> None:
    answered("invitation_declined", invitation, members, now)


def invitation_withdrawn(invitation: Invitation, *, by: User, now: datetime) -> None:
    """To the classmate who was asked."""
    queue(
        "invitation_withdrawn",
        [invitation.enrolment.user],
        edition=invitation.group.edition,
        key=str(invitation.code),
        facts=group_facts(invitation.group, invitation=str(invitation.code), by=str(by)),
        now=now,
    )


def answered(kind: str, invitation: Invitation, members: Iterable[User], now: datetime) -> None:
    queue(
        kind,
        members,
        edition=invitation.group.edition,
        key=str(invitation.code),
        facts=group_facts(invitation.group, student=str(invitation.enrolment.user)),
        now=now,
    )


def member_left(group: ProjectGroup, student: User, recipients: Iterable[User], *, now: datetime) -> None:
    """To those who stay, and to the student where staff took them out."""
    changed("member_left", group, student, recipients, now)


def member_placed(group: ProjectGroup, student: User, recipients: Iterable[User], *, now: datetime) -> None:
    """To the whole group: staff put this student into it. They may not know each other."""
    recipients = list(recipients)
    changed("member_placed", group, student, recipients, now, members=", ".join(map(str, recipients)))


def group_dissolved(group: ProjectGroup, recipients: Iterable[User], *, now: datetime) -> None:
    queue(
        "group_dissolved",
        recipients,
        edition=group.edition,
        key=str(group.code),
        facts=group_facts(group),
        now=now,
    )


def changed(
    kind: str, group: ProjectGroup, student: User, recipients: Iterable[User], now: datetime, **more: str
) -> None:
    """The same student may come and go: the instant tells one time from the next."""
    queue(
        kind,
        recipients,
        edition=group.edition,
        key=f"{group.code}:{student.pk}:{now.isoformat()}",
        facts=group_facts(group, student=str(student), **more),
        now=now,
    )


def slot_booked(booking: Booking, members: Iterable[User], *, now: datetime) -> None:
    queue_slot("slot_booked", booking, members, booking.booked_by, now)


def slot_moved(booking: Booking, members: Iterable[User], *, left: Slot, now: datetime) -> None:
    queue_slot("slot_moved", booking, members, booking.booked_by, now, **before(left, booking.milestone))


def slot_cancelled(booking: Booking, members: Iterable[User], *, now: datetime) -> None:
    queue_slot("slot_cancelled", booking, members, booking.cancelled_by, now, method="CANCEL")


def slot_changed(booking: Booking, members: Iterable[User], *, left: Slot, by: User, now: datetime) -> None:
    """Staff gave the slot itself another time or place."""
    queue_slot("slot_changed", booking, members, by, now, **before(left, booking.milestone))


def slot_joined(booking: Booking, newcomer: User, *, now: datetime) -> None:
    """The confirmation for who comes to a group that has booked already."""
    facts = slot_facts(booking) | {"by": str(booking.booked_by), "reason": ""}
    key = f"{booking.code}:{booking.sequence}:{now.isoformat()}"
    queue("slot_booked", [newcomer], edition=booking.milestone.edition, key=key, facts=facts, now=now)


def slot_left(booking: Booking, leaver: User, *, now: datetime) -> None:
    """For who is in the group no longer: the slot is its others', and leaves this one's calendar."""
    facts = slot_facts(booking) | {"method": "CANCEL"}
    key = f"{booking.code}:{booking.sequence}:{now.isoformat()}"
    queue("slot_left", [leaver], edition=booking.milestone.edition, key=key, facts=facts, now=now)


def queue_slot(
    kind: str, booking: Booking, members: Iterable[User], by: User | None, now: datetime, **more: str
) -> None:
    """The sequence tells one change of a booking from the next, in the key as in the calendar."""
    queue(
        kind,
        members,
        edition=booking.milestone.edition,
        key=f"{booking.code}:{booking.sequence}",
        facts=slot_facts(booking) | {"by": str(by), "reason": booking.reason} | more,
        now=now,
    )


def slot_facts(booking: Booking) -> dict[str, Any]:
    """What mails about a booking say, and what its calendar invitation is made of (coursesite/feeds.py)."""
    milestone, slot, edition = booking.milestone, booking.slot, booking.milestone.edition
    return {
        "milestone": str(milestone),
        "milestone_title": milestone.title,
        "group": str(booking.group),
        "booking": str(booking.code),
        "url": settings.SITE_URL + milestone.get_absolute_url(),
        "uid": str(booking.code),
        "sequence": booking.sequence,
        "method": "REQUEST",
        "summary": f"{edition.code} {milestone}: {booking.group}".strip(),
        "starts_at": slot.starts_at.isoformat(),
        "ends_at": slot.ends_at.isoformat(),
        "timezone": edition.timezone,
        "place": place(slot, milestone),
    }


def milestone_facts(milestone: Milestone, path: str) -> dict[str, Any]:
    """`path`: the page on which the reader does what is left to do."""
    return {"milestone": str(milestone), "milestone_title": milestone.title, "url": settings.SITE_URL + path}


def place(slot: Slot, milestone: Milestone) -> str:
    return slot.room or slot.online_url or milestone.place


def before(left: Slot, milestone: Milestone) -> dict[str, str]:
    return {"left_at": left.starts_at.isoformat(), "left_place": place(left, milestone)}


def is_pending(row: QueuedEmail) -> bool:
    return Invitation.objects.pending().filter(code=row.facts["invitation"]).exists()


def was_told(row: QueuedEmail) -> bool:
    """The invitation itself went out, or may have: otherwise it is no news that it is gone."""
    told = QueuedEmail.objects.filter(kind="invitation", facts__invitation=row.facts["invitation"])
    return told.exclude(state=QueuedEmail.State.SUPPRESSED).exists()


def day_stands(row: QueuedEmail) -> bool:
    """The day of all groups is as it was told, and not over."""
    return days_ahead(row).filter(sequence=row.facts["sequence"]).exists()


def day_is_gone(row: QueuedEmail) -> bool:
    """It has not come back since, and some calendar may have it."""
    return not days_ahead(row).exists() and may_be_in_calendar(row)


def days_ahead(row: QueuedEmail) -> QuerySet[Milestone]:
    """The day that the row is about, if it is one and not over."""
    days = Milestone.objects.filter(pk=row.facts["uid"].rpartition("-")[2], kind=Milestone.Kind.DAY, is_missing=False)
    today = timezone.localdate(timezone=row.edition.zone if row.edition else None)
    return days.filter(Q(starts_on__gte=today) | Q(starts_on__isnull=False, ends_on__gte=today))


def still_stands(row: QueuedEmail) -> bool:
    """Nobody has changed the booking since; who did has queued a mail that says more."""
    facts = row.facts
    return Booking.objects.standing().filter(code=facts["booking"], sequence=facts["sequence"]).exists()


KINDS = {
    "slot_booked": MailKind("projects", still_true=still_stands, invitation=feeds.invitation),
    "slot_moved": MailKind("projects", still_true=still_stands, invitation=feeds.invitation),
    "slot_changed": MailKind("projects", still_true=still_stands, invitation=feeds.invitation),
    "slot_cancelled": MailKind("projects", still_true=is_worth_telling, invitation=feeds.withdrawal),
    "slot_left": MailKind("projects", still_true=may_be_in_calendar, invitation=feeds.invitation),
    "presentation_day": MailKind("projects", still_true=day_stands, invitation=feeds.invitation, is_of_agenda=True),
    "presentation_day_changed": MailKind(
        "projects", still_true=day_stands, invitation=feeds.invitation, is_of_agenda=True
    ),
    "presentation_day_cancelled": MailKind(
        "projects", still_true=day_is_gone, invitation=feeds.invitation, is_of_agenda=True
    ),
    # Reminders: whether they are true is asked of the agenda (coursesite/reminders.py).
    "booking_closes_soon": MailKind("projects"),
    "group_needed_soon": MailKind("projects"),
    "slot_soon": MailKind("projects"),
    "presentation_day_soon": MailKind("projects"),
    "invitation_waiting": MailKind("projects"),
    "invitation": MailKind("projects", still_true=is_pending),
    "invitation_withdrawn": MailKind("projects", still_true=was_told),
    "invitation_accepted": MailKind("projects"),
    "invitation_declined": MailKind("projects"),
    "member_left": MailKind("projects"),
    "member_placed": MailKind("projects"),
    "group_dissolved": MailKind("projects"),
}
