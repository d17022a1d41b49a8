"""The dated facts of milestones: when they are, when booking opens and closes, and each group's own slot."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from coursesite import offsets
from coursesite.agenda import Entry, Theme, present, whole_days
from coursesite.models import CourseEdition, Enrolment, User
from projects import emails
from projects.models import Booking, Invitation, Membership, Milestone, Slot

# What is read of a booking, its slot and its group.
COLUMNS = (
    *("milestone", "code", "booked_at", "sequence"),
    *("slot__starts_at", "slot__ends_at", "slot__room", "slot__online_url"),
    "group__name",
)
People = dict[int, set[int]]  # the ids of users, by the id of their group


def entries(edition: CourseEdition, now: datetime) -> list[Entry]:
    """Six queries, whatever the number of milestones and people."""
    gone = Q(is_missing=True, is_published=False)
    milestones = list(Milestone.objects.filter(~gone, edition=edition).defer("text", "imported"))
    for milestone in milestones:
        milestone.edition = edition
    members: People = defaultdict(set)
    for group, user in Membership.objects.filter(group__edition=edition).values_list("group", "enrolment__user"):
        members[group].add(user)
    students = Enrolment.objects.students().filter(edition=edition)
    alone = set(students.filter(membership__isnull=True).values_list("user", flat=True))
    bookings = (
        Booking.objects.standing()
        .with_last_change()
        .filter(milestone__edition=edition)
        .select_related("slot", "group")
        .only(*COLUMNS)
    )
    staff = present(Slot.staff.through.objects.filter(slot__milestone__edition=edition), "slot")
    by_milestone: dict[int, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_milestone[booking.milestone_id].append(booking)

    found: list[Entry] = []
    for milestone in milestones:
        booked = by_milestone[milestone.pk]
        found += days(milestone, frozenset(user for people in members.values() for user in people))
        if milestone.is_published:
            found += window(milestone, members, alone, {booking.group_id for booking in booked}, now)
        found += [
            slot(milestone, booking, members[booking.group_id], staff.get(booking.slot_id, [])) for booking in booked
        ]
    by = time_for_groups(edition, milestones, now)
    if by.milestone and not by.milestone.is_published:
        small = {user for people in members.values() if len(people) < edition.group_min_size for user in people}
        title, wanting = _("Have a complete group for %(milestone)s"), frozenset(alone | small)
        due = offsets.read(by.milestone.closing_offsets or edition.deadline_offsets)
        key = by.milestone.starts_on or ""
        found.append(group_for(by.milestone, key, title, wanting, offsets=due, **by.when(now)))
    return found + list(invitations(edition, by, members, now))


@dataclass(frozen=True)
class GroupsBy:
    """For which milestone groups are needed next; `until` when, as fields of an entry: none where nothing says it."""

    milestone: Milestone | None
    until: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.until["starts_at"].isoformat() if self.until else ""

    def when(self, since: datetime) -> dict[str, Any]:
        """The fields of what waits since then."""
        return self.until or {"starts_at": since, "is_open_ended": True}


def time_for_groups(edition: CourseEdition, milestones: list[Milestone], now: datetime) -> GroupsBy:
    """Until the next booking closes; while none is published, until the next milestone begins, as far as that is known.

    A course of earlier years waits for no day any more.
    """
    closing = [(row.booking_closes_at, row) for row in milestones if row.is_published and row.booking_closes_at]
    ahead = [(closes_at, row) for closes_at, row in closing if closes_at > now]
    if ahead:
        closes_at, milestone = min(ahead, key=lambda pair: pair[0])
        return GroupsBy(milestone, {"starts_at": closes_at})
    today = now.astimezone(edition.zone).date()
    to_come = [row for row in milestones if not row.is_published and not row.is_missing]
    if dated := [row for row in to_come if row.starts_on and row.starts_on >= today]:
        milestone = min(dated, key=lambda row: (row.starts_on, row.number))
        assert milestone.starts_on  # noqa: S101 - it is dated
        return GroupsBy(milestone, whole_days(milestone.starts_on, milestone.starts_on, edition.zone))
    undated = [row for row in to_come if row.starts_on is None and edition.year >= today.year]
    return GroupsBy(min(undated, key=lambda row: row.number, default=None))


def group_for(milestone: Milestone, key: object, title: str, without_a_group: frozenset[int], **more: Any) -> Entry:
    """A complete group, which they need for that milestone. `key`: its date; `more`: when, and the offsets."""
    group_page = reverse("projects:group", args=[milestone.edition.slug])
    return Entry(
        kind="group.complete",
        key=f"milestone:{milestone.pk}:group:{key}",
        title=title % {"milestone": milestone},
        url=group_page,
        owed_by=without_a_group,
        concerns=without_a_group,
        mail="group_needed_soon",
        action=_("Complete your group"),
        facts=emails.milestone_facts(milestone, group_page),
        name=f"milestone-{milestone.pk}-group",
        **more,
    )


def invitations(edition: CourseEdition, by: GroupsBy, members: People, now: datetime) -> Iterator[Entry]:
    """Each that can be accepted now."""
    pending = Invitation.objects.pending().filter(group__edition=edition, enrolment__membership=None)
    for row in pending.select_related("group", "enrolment", "invited_by"):
        if len(members[row.group_id]) >= edition.group_max_size:
            continue
        row.group.edition = edition
        invited = frozenset({row.enrolment.user_id})
        yield Entry(
            kind="group.invitation",  # its key comes before that of the group which is to be complete by then
            key=f"invitation:{row.code}:{by.key}",
            title=_("Answer the invitation to “%(group)s”") % {"group": row.group},
            url=reverse("projects:group", args=[edition.slug]),
            owed_by=invited,
            concerns=invited,
            since=row.created_at,
            offsets=offsets.read(edition.deadline_offsets),
            mail="invitation_waiting",
            facts=emails.group_facts(row.group, by=str(row.invited_by)),
            action=_("Accept or decline"),
            with_whom=str(row.invited_by),
            name=f"invitation-{row.code}",
            **by.when(row.created_at),
        )


def days(milestone: Milestone, grouped: frozenset[int]) -> Iterator[Entry]:
    """The day, or the days, of the presentations. To the one day of all groups, every group comes."""
    if milestone.starts_on is None:
        return
    last = milestone.ends_on or milestone.starts_on
    is_for_all = milestone.kind == Milestone.Kind.DAY and not milestone.is_missing
    yield Entry(
        kind="milestone.days",
        key=f"milestone:{milestone.pk}:days:{milestone.starts_on}:{last}",
        title=_("%(milestone)s: presentations") % {"milestone": milestone},
        place=milestone.place,
        url=milestone.get_absolute_url(),
        owed_by=grouped if is_for_all else frozenset(),
        since=milestone.dated_at,
        offsets=offsets.read(milestone.place_offsets or milestone.edition.deadline_offsets),
        mail="presentation_day_soon",
        facts=emails.milestone_facts(milestone, milestone.get_absolute_url()),
        is_public=not milestone.is_missing,
        theme=Theme.SLOTS,
        name=f"milestone-{milestone.pk}",
        sequence=milestone.sequence,
        invites="presentation_day" if is_for_all else "",
        invited=grouped if milestone.is_confirmed else frozenset(),  # a day that may still change is no appointment
        **whole_days(milestone.starts_on, last, milestone.edition.zone),
    )


def window(milestone: Milestone, members: People, alone: set[int], booked: set[int], now: datetime) -> Iterator[Entry]:
    """When booking opens and closes. Complete groups owe a booking; everybody else without a slot owes a group."""
    opens_at, closes_at = milestone.booking_opens_at, milestone.booking_closes_at
    if opens_at is None or closes_at is None:
        return
    board = milestone.get_absolute_url()
    yield Entry(
        kind="milestone.booking_opens",
        key=f"milestone:{milestone.pk}:opens:{opens_at.isoformat()}",
        title=_("%(milestone)s: booking opens") % {"milestone": milestone},
        starts_at=opens_at,
        url=board,
        name=f"milestone-{milestone.pk}-opens",
    )
    smallest = milestone.edition.group_min_size
    waiting = {group: people for group, people in members.items() if group not in booked}
    complete = {user for people in waiting.values() if len(people) >= smallest for user in people}
    incomplete = {user for people in waiting.values() if len(people) < smallest for user in people}
    yield Entry(
        kind="milestone.booking_closes",
        key=f"milestone:{milestone.pk}:closes:{closes_at.isoformat()}",
        title=_("%(milestone)s: booking closes") % {"milestone": milestone},
        starts_at=closes_at,
        url=board,
        owed_by=frozenset(complete) if now >= opens_at else frozenset(),
        offsets=milestone.remind_of("closing", milestone.edition),
        mail="booking_closes_soon",
        action=_("Choose a slot"),
        step=_("Book a slot for %(milestone)s") % {"milestone": milestone},
        facts=emails.milestone_facts(milestone, board),
        name=f"milestone-{milestone.pk}-closes",
    )
    title, wanting = _("Have a complete group to book %(milestone)s"), frozenset(alone | incomplete)
    due = milestone.remind_of("closing", milestone.edition)
    yield group_for(milestone, closes_at.isoformat(), title, wanting, starts_at=closes_at, offsets=due)


def slot(milestone: Milestone, booking: Booking, members: set[int], staff: list[User]) -> Entry:
    """A group's own slot; for the staff who are there as well."""
    booking.milestone = milestone
    place = booking.slot
    return Entry(
        kind="milestone.slot",
        key=f"booking:{booking.code}:{place.starts_at.isoformat()}",
        title=_("%(milestone)s: presentation of %(group)s") % {"milestone": milestone, "group": booking.group},
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        place=emails.place(place, milestone),
        url=milestone.get_absolute_url(),
        owed_by=frozenset(members),
        since=booking.changed_at if booking.sequence else booking.booked_at,
        concerns=frozenset(members | {person.pk for person in staff}),
        offsets=milestone.remind_of("place", milestone.edition),
        mail="slot_soon",
        with_whom=", ".join(map(str, staff)),
        theme=Theme.SLOTS,
        name=f"booking-{booking.code}",
        uid=str(booking.code),
        sequence=booking.sequence,
        facts=emails.slot_facts(booking),
    )
