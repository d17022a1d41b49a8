"""What the board of a milestone shows: its slots, and for whom the viewer may book one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite import access
from coursesite.access import Viewer
from coursesite.board import OF_PLACE, Board, Place, lay_out, state_of, summary, until_when
from coursesite.bookable import who_may
from coursesite.booking import Phase, phase, why_not
from coursesite.joined import Joined
from coursesite.models import Enrolment, User
from coursesite.nearest import kept_places
from projects.bookings import incomplete
from projects.models import HOLDER, Booking, Invitation, Membership, Milestone, ProjectGroup, Slot

NO_GROUP = gettext_lazy("Slots are booked by groups, and you are in none yet.")


@dataclass(frozen=True)
class Seen:
    """What one query through the person brings: who looks, at which milestone, with which group of their own."""

    viewer: Viewer
    user: User
    milestone: Milestone
    group: ProjectGroup | None


OF_GROUP = """(
SELECT own.{} FROM projects_projectgroup own
JOIN projects_membership member ON member.group_id = own.id
JOIN coursesite_enrolment enrolment ON enrolment.id = member.enrolment_id
WHERE enrolment.edition_id = coursesite_courseedition.id AND enrolment.user_id = %s)"""
OWN_GROUP = {"own_group": OF_GROUP.format("id"), "own_group_name": OF_GROUP.format("name")}
MILESTONES = Joined(Milestone, "edition", by="number", more=OWN_GROUP | {"kept_places": kept_places(Slot, "milestone")})
OF_MILESTONE = ("milestone", "milestone__edition")
SLOTS = Joined(Slot, *OF_MILESTONE, by="code", more=OWN_GROUP | {"held_by": f"({HOLDER})"})
BOOKINGS = Joined(Booking, *OF_MILESTONE, "slot", "group", by="code", more=OWN_GROUP)


def seen_through(request: HttpRequest, edition: str, rows: Joined, value: Any, *more: Any) -> tuple[Seen, Any]:
    """The row, which is a milestone or belongs to one, and who looks at it. Outsiders get 404.

    more: the values for the placeholders of `rows` beyond those of OWN_GROUP.
    """
    person = request.user.pk
    viewer, row = access.seen_through(request, rows, edition, value, [person, person, *more])
    if not (viewer.is_student or viewer.is_staff):
        raise Http404
    group = None
    if row.own_group:  # the rest of it is read where it is asked for
        group = ProjectGroup.from_db(None, ["id", "name"], [row.own_group, row.own_group_name])
        group.edition = viewer.edition
    milestone = row if isinstance(row, Milestone) else row.milestone
    return Seen(viewer, cast(User, request.user), milestone, group), row


@dataclass(eq=False)
class Team:
    """A group as the board names it."""

    pk: int
    code: UUID
    name: str
    members: list[str]

    def __str__(self) -> str:
        return f"{self.name}: {', '.join(self.members)}"


@dataclass(kw_only=True)
class MilestoneBoard(Board):
    bookable: Milestone
    team: Team | None  # the viewer's group, or the one for which staff act
    needs_group: bool = False  # what is missing is done on the group's page
    invitation: Invitation | None = None
    unbooked: list[Team] = field(default_factory=list)  # this and the next for staff only
    loners: list[str] = field(default_factory=list)

    def offer_slots(self, verb: str) -> None:
        """Make a button of every free slot, and with a slot of one's own let it go."""
        slug = self.bookable.edition.slug
        self.offer(verb, f"projects:{verb}_slot", slug)
        if self.own:
            self.cancel_url = reverse("projects:cancel_slot", args=[slug, self.own.booking])


def read(seen: Seen, now: datetime, *, acting_for: UUID | None = None) -> MilestoneBoard:
    """The board as `seen.user` may see it. `acting_for`: the group for which staff choose a slot."""
    return for_staff(seen, now, acting_for) if seen.viewer.is_staff else for_student(seen, now)


def for_student(seen: Seen, now: datetime) -> MilestoneBoard:
    milestone, group = seen.milestone, seen.group
    zone = milestone.edition.zone
    team = teams(group.memberships.all()).get(group.pk) if group else None
    board = laid_out(milestone, {team.pk: team} if team else {}, team, now)
    if board.own:
        board.own_entry = f"booking-{board.own.booking}"
        board.why_not = why_not(milestone, now, zone, changing=True)
        if not board.why_not:
            board.changes = until_when(milestone, now, zone)
            board.offer_slots("move")
        return board
    board.why_not = nothing_to_book(milestone) or why_not(milestone, now, zone, changing=False)
    if phase(milestone, now) in (Phase.EARLY, Phase.OPEN):
        missing = milestone.edition.group_min_size - (len(team.members) if team else 0)
        if team is None:
            board.needs_group, board.why_not = True, str(NO_GROUP)
            pending = Invitation.objects.pending().filter(enrolment=seen.viewer.enrolment)
            board.invitation = pending.select_related("group", "invited_by").first()
        elif missing > 0:
            board.needs_group, board.why_not = True, incomplete(missing)
    if not board.why_not:
        board.offer_slots("book")
    return board


def for_staff(seen: Seen, now: datetime, acting_for: UUID | None) -> MilestoneBoard:
    milestone = seen.milestone
    everyone = teams(Membership.objects.filter(group__edition=milestone.edition))
    team = next((team for team in everyone.values() if team.code == acting_for), None)
    if acting_for and team is None:
        raise Http404
    board = laid_out(milestone, everyone, team, now, acting=True)
    booked = {cell.holder for cell in board.cells if cell.holder}
    board.unbooked = [each for each in everyone.values() if each not in booked]
    alone = Enrolment.objects.students().filter(edition=milestone.edition, membership__isnull=True)
    board.loners = sorted(str(enrolment.user) for enrolment in alone.select_related("user"))
    if not milestone.is_published:
        board.why_not = nothing_to_book(milestone) or _(
            "No slots are published yet. Cut and publish them in the administration."
        )
    elif team:
        board.offer_slots("move" if board.own else "book")
    return board


def nothing_to_book(milestone: Milestone) -> str:
    if milestone.kind == Milestone.Kind.DAY and not milestone.is_published:
        return _("All groups present on this day: there is nothing to book.")
    return ""


def laid_out(
    milestone: Milestone, known: dict[int, Team], team: Team | None, now: datetime, *, acting: bool = False
) -> MilestoneBoard:
    zone = milestone.edition.zone
    days = lay_out(places(milestone, known, team), now, zone, where=milestone.place, acting=acting)
    return MilestoneBoard(
        bookable=milestone,
        url=milestone.get_absolute_url(),
        days=days,
        summary=summary(milestone, days, now, zone),
        team=team,
    )


def places(milestone: Milestone, known: dict[int, Team], own: Team | None) -> Iterator[Place]:
    """The published slots in order of time. One query."""
    if not milestone.is_published:
        return
    slots: Any = Slot.objects.filter(milestone=milestone).published().with_standing()
    rows = slots.values_list(*OF_PLACE, "standing__group", "standing__code")
    whose, now = own.pk if own else None, timezone.now()  # kept by the real clock
    for code, starts_at, ends_at, room, online_url, kept_for, kept_until, holder, booking in rows:
        state = state_of(holder, who_may(kept_for, kept_until, now), whose)
        team = known.get(holder)
        yield Place(code, starts_at, ends_at, room, online_url, kept_until, state, team, booking if team else None)


def teams(memberships: QuerySet[Membership]) -> dict[int, Team]:
    """Groups by id, in order of name, with their members' names. One query."""
    found: dict[int, Team] = {}
    for membership in memberships.select_related("group", "enrolment__user").order_by("group__name", "pk"):
        group = membership.group
        team = found.setdefault(group.pk, Team(group.pk, group.code, group.name, []))
        team.members.append(str(membership.enrolment.user))
    return found
