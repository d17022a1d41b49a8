"""What the board of a milestone shows, made ready for a template that only prints it.

A board has dozens of slots and is asked for by everybody at once when booking opens: the words of each slot are put
together here, once, and the number of queries is the same for any number of slots.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite import access
from coursesite.access import Viewer
from coursesite.booking import Phase, phase, why_not
from coursesite.models import CourseEdition, Enrolment, User
from projects.bookings import incomplete
from projects.models import Invitation, Membership, Milestone, ProjectGroup, Slot

NOT_SHOWN = ("imported", "edition__source", "edition__imported")  # large, and on no board


@dataclass(frozen=True)
class Seen:
    """What one query through the person brings: who looks, at which milestone, with which group of their own."""

    viewer: Viewer
    user: User
    milestone: Milestone
    group: ProjectGroup | None


def seen_through(request: HttpRequest, rows: QuerySet[Any], path: str = "") -> tuple[Seen, Any]:
    """The row that `rows` comes down to, and who looks at its milestone, to which `path` leads. Outsiders get 404."""
    rows = access.with_place(rows, request.user, f"{path}edition__").annotate(
        own_group=F("place__membership__group_id"),
        own_group_name=F("place__membership__group__name"),
        own_group_code=F("place__membership__group__code"),
    )
    row = rows.select_related(f"{path}edition").defer(*(f"{path}{name}" for name in NOT_SHOWN)).first()
    if row is None:
        raise Http404
    milestone = row if isinstance(row, Milestone) else row.milestone
    viewer = access.viewer_of(request, milestone.edition, row)
    if not (viewer.is_student or viewer.is_staff):
        raise Http404
    group = None
    if row.own_group:
        group = ProjectGroup(
            pk=row.own_group, name=row.own_group_name, code=row.own_group_code, edition=milestone.edition
        )
        group._state.adding = False
    return Seen(viewer, cast(User, request.user), milestone, group), row


@dataclass(frozen=True)
class Team:
    """A group as the board names it."""

    pk: int
    code: UUID
    name: str
    members: list[str]


@dataclass(slots=True)
class Cell:
    """One slot. `words` is all of it in one breath: "Tuesday 3 March, 10:00, R7, free"."""

    code: UUID
    day: str
    time: str
    until: str
    place: str
    state: str  # free, mine, taken, past
    words: str
    online_url: str = ""
    team: Team | None = None
    booking: UUID | None = None


@dataclass
class Day:
    title: str
    cells: list[Cell]


@dataclass
class Board:
    seen: Seen
    phase: Phase
    days: list[Day]
    free: int
    total: int
    own: Cell | None  # the slot of one's own group, or of the group for which staff act
    verb: str  # what a click on a free slot does: "book", "move", or nothing
    why_not: str = ""  # the sentence where it does nothing
    next_step: str = ""  # "group": what is missing is done on the group's page
    team: Team | None = None  # one's own group, or the one for which staff act
    unbooked: list[Team] = field(default_factory=list)  # staff only
    loners: list[str] = field(default_factory=list)
    invitation: Invitation | None = None


def read(seen: Seen, now: datetime, *, acting_for: UUID | None = None) -> Board:
    """The board as `seen.viewer` may see it. `acting_for`: the group for which staff choose a slot."""
    return for_staff(seen, now, acting_for) if seen.viewer.is_staff else for_student(seen, now)


def for_student(seen: Seen, now: datetime) -> Board:
    edition, group = seen.milestone.edition, seen.group
    team = teams(edition, group).get(group.pk) if group else None
    cells = list(read_cells(seen, now, {team.pk: team} if team else {}, own=team))
    board = finish(seen, now, cells, team)
    if board.own:
        board.why_not = why_not(seen.milestone, now, edition.zone, changing=True)
        board.verb = "" if board.why_not else "move"
        return board
    missing = edition.group_min_size - len(team.members) if team else 0
    if phase(seen.milestone, now) in (Phase.EARLY, Phase.OPEN):
        if team is None:
            board.next_step = "group"
            pending = Invitation.objects.pending().filter(enrolment=seen.viewer.enrolment)
            board.invitation = pending.select_related("group", "invited_by").first()
            board.why_not = _("Slots are booked by groups, and you are in none yet.")
        elif missing > 0:
            board.next_step = "group"
            board.why_not = incomplete(missing)
    board.why_not = board.why_not or why_not(seen.milestone, now, edition.zone, changing=False)
    board.verb = "" if board.why_not else "book"
    return board


def for_staff(seen: Seen, now: datetime, acting_for: UUID | None) -> Board:
    edition = seen.milestone.edition
    everyone = teams(edition)
    team = next((team for team in everyone.values() if team.code == acting_for), None)
    if acting_for and team is None:
        raise Http404
    cells = list(read_cells(seen, now, everyone, own=team))
    board = finish(seen, now, cells, team)
    if team:
        board.verb = "move" if board.own else "book"
    booked = {cell.team.pk for cell in cells if cell.team}
    board.unbooked = [each for each in everyone.values() if each.pk not in booked]
    alone = Enrolment.objects.students().filter(edition=edition, membership__isnull=True).select_related("user")
    board.loners = sorted(str(enrolment.user) for enrolment in alone)
    return board


def finish(seen: Seen, now: datetime, cells: list[Cell], team: Team | None) -> Board:
    days = [Day(title, list(of_day)) for title, of_day in groupby(cells, key=lambda cell: cell.day)]
    return Board(
        seen=seen,
        phase=phase(seen.milestone, now),
        days=days,
        free=sum(cell.state == "free" for cell in cells),
        total=len(cells),
        own=next((cell for cell in cells if cell.state == "mine"), None),
        verb="",
        team=team,
    )


def read_cells(seen: Seen, now: datetime, known: dict[int, Team], own: Team | None) -> Iterator[Cell]:
    """The slots in order of time. One query."""
    zone = seen.milestone.edition.zone
    words = {"free": _("free"), "mine": _("yours"), "taken": _("taken"), "past": _("over")}
    rows = (
        Slot.objects.filter(milestone=seen.milestone)
        .published()
        .annotate(standing=FilteredRelation("bookings", condition=Q(bookings__cancelled_at__isnull=True)))
        .values_list("code", "starts_at", "ends_at", "room", "online_url", "standing__group_id", "standing__code")
    )
    day, title = None, ""
    for code, starts_at, ends_at, room, online_url, holder, booking in rows:
        local = starts_at.astimezone(zone)
        if local.date() != day:
            day, title = local.date(), date_format(local, "l j F")
        if holder is None:
            state = "free" if starts_at > now else "past"
        else:
            state = "mine" if own and holder == own.pk else "taken"
        time = f"{local:%H:%M}"
        place = room or (_("online") if online_url else "")
        yield Cell(
            code,
            day=title,
            time=time,
            until=f"{ends_at.astimezone(zone):%H:%M}",
            place=place,
            state=state,
            words=", ".join(filter(None, (title, time, place, words[state]))),
            online_url=online_url,
            team=known.get(holder),
            booking=booking,
        )


def teams(edition: CourseEdition, group: ProjectGroup | None = None) -> dict[int, Team]:
    """Groups by id, in order of name, with their members' names. One query."""
    rows = Membership.objects.filter(group__edition=edition) if group is None else group.memberships.all()
    found: dict[int, Team] = {}
    for membership in rows.select_related("group", "enrolment__user").order_by("group__name", "pk"):
        own = membership.group
        team = found.setdefault(own.pk, Team(own.pk, own.code, own.name, []))
        team.members.append(str(membership.enrolment.user))
    return found
