"""What the board of a milestone shows, made ready for a template that only prints it.

A board has dozens of slots and is asked for by everybody at once when booking opens: the words of each slot are put
together here, once, and the number of queries is the same for any number of slots.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, cast
from uuid import UUID

from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite import access, clock
from coursesite.access import Viewer
from coursesite.booking import Phase, phase, why_not
from coursesite.models import Enrolment, User
from projects.bookings import incomplete
from projects.models import Invitation, Membership, Milestone, ProjectGroup, Slot

NOT_SHOWN = ("imported", "edition__source", "edition__imported")  # large, and on no board
NO_GROUP = gettext_lazy("Slots are booked by groups, and you are in none yet.")


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
        own_group=F("mine__membership__group_id"),
        own_group_name=F("mine__membership__group__name"),
        own_group_code=F("mine__membership__group__code"),
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


@dataclass(eq=False)
class Team:
    """A group as the board names it."""

    pk: int
    code: UUID
    name: str
    members: list[str]


@dataclass(slots=True)
class Cell:
    """One slot. Day, time and note read as one breath: "Tuesday 3 March, 10:00, R7, free"."""

    code: UUID
    day: str
    time: str
    until: str
    note: str
    state: str  # free, mine, taken, over
    place: str
    online_url: str
    team: Team | None  # where the viewer may know it
    booking: UUID | None
    action: str = ""  # the address that books it, or moves there; empty: no button


@dataclass
class Day:
    title: str
    cells: list[Cell]


@dataclass
class Board:
    milestone: Milestone
    url: str
    days: list[Day]
    summary: str
    own: Cell | None  # the slot of one's own group, or of the group for which staff act
    team: Team | None  # that group
    verb: str = ""  # what a click on a free slot does: "book", "move", or nothing
    why_not: str = ""  # the sentence where it does nothing
    cancel_url: str = ""
    changes: str = ""  # until when the own slot can be changed
    needs_group: bool = False  # what is missing is done on the group's page
    invitation: Invitation | None = None
    unbooked: list[Team] = field(default_factory=list)  # this and the next for staff only
    loners: list[str] = field(default_factory=list)

    def offer(self, verb: str) -> None:
        """Make a button of every free slot, and with a slot of one's own let it go."""
        self.verb = verb
        if self.own:
            self.cancel_url = reverse("projects:cancel_slot", args=[self.milestone.edition.slug, self.own.booking])
        view, code = f"projects:{verb}_slot", UUID(int=0)
        before, after = reverse(view, args=[self.milestone.edition.slug, code]).split(str(code))
        for day in self.days:
            for cell in day.cells:
                if cell.state == "free":
                    cell.action = f"{before}{cell.code}{after}"


def read(seen: Seen, now: datetime, *, acting_for: UUID | None = None) -> Board:
    """The board as `seen.user` may see it. `acting_for`: the group for which staff choose a slot."""
    return for_staff(seen, now, acting_for) if seen.viewer.is_staff else for_student(seen, now)


def for_student(seen: Seen, now: datetime) -> Board:
    milestone, group = seen.milestone, seen.group
    zone = milestone.edition.zone
    team = teams(group.memberships.all()).get(group.pk) if group else None
    board = laid_out(milestone, read_cells(milestone, now, {team.pk: team} if team else {}, own=team), team, now)
    if board.own:
        board.why_not = why_not(milestone, now, zone, changing=True)
        if not board.why_not:
            board.changes = until_when(milestone, now)
            board.offer("move")
        return board
    board.why_not = why_not(milestone, now, zone, changing=False)
    if phase(milestone, now) in (Phase.EARLY, Phase.OPEN):
        missing = milestone.edition.group_min_size - (len(team.members) if team else 0)
        if team is None:
            board.needs_group, board.why_not = True, str(NO_GROUP)
            pending = Invitation.objects.pending().filter(enrolment=seen.viewer.enrolment)
            board.invitation = pending.select_related("group", "invited_by").first()
        elif missing > 0:
            board.needs_group, board.why_not = True, incomplete(missing)
    if not board.why_not:
        board.offer("book")
    return board


def for_staff(seen: Seen, now: datetime, acting_for: UUID | None) -> Board:
    milestone = seen.milestone
    everyone = teams(Membership.objects.filter(group__edition=milestone.edition))
    team = next((team for team in everyone.values() if team.code == acting_for), None)
    if acting_for and team is None:
        raise Http404
    board = laid_out(milestone, read_cells(milestone, now, everyone, own=team), team, now)
    booked = {cell.team for day in board.days for cell in day.cells if cell.team}
    board.unbooked = [each for each in everyone.values() if each not in booked]
    alone = Enrolment.objects.students().filter(edition=milestone.edition, membership__isnull=True)
    board.loners = sorted(str(enrolment.user) for enrolment in alone.select_related("user"))
    if team:
        board.offer("move" if board.own else "book")
    return board


def laid_out(milestone: Milestone, cells: Iterable[Cell], team: Team | None, now: datetime) -> Board:
    days = [Day(title, list(of_day)) for title, of_day in groupby(cells, key=lambda cell: cell.day)]
    all_cells = [cell for day in days for cell in day.cells]
    free = sum(cell.state == "free" for cell in all_cells)
    return Board(
        milestone=milestone,
        url=milestone.get_absolute_url(),
        days=days,
        summary=summary(milestone, free, len(all_cells), now),
        own=next((cell for cell in all_cells if cell.state == "mine"), None),
        team=team,
    )


def summary(milestone: Milestone, free: int, total: int, now: datetime) -> str:
    """ "12 of 20 free, booking closes Friday 27 February, 18:00 (in 3 days)"."""
    sentences = {
        Phase.EARLY: (_("%(total)s slots, booking opens %(when)s (%(left)s)"), milestone.booking_opens_at),
        Phase.OPEN: (_("%(free)s of %(total)s free, booking closes %(when)s (%(left)s)"), milestone.booking_closes_at),
        Phase.CHANGES_ONLY: (
            _("Booking is closed. Who has a slot can change it until %(when)s (%(left)s)"),
            milestone.changes_until,
        ),
    }
    sentence, when = sentences.get(phase(milestone, now), ("", None))
    if when is None:
        return _("Booking is over.") if milestone.is_published else ""
    zone = milestone.edition.zone
    return sentence % {
        "free": free,
        "total": total,
        "when": clock.said_in_full(when, zone),
        "left": clock.said_until(when, now, zone),
    }


def until_when(milestone: Milestone, now: datetime) -> str:
    until = milestone.changes_until or milestone.booking_closes_at
    if until is None:
        return ""
    zone = milestone.edition.zone
    sentence = (
        _("You can move it to another free slot until %(when)s (%(left)s).")
        if phase(milestone, now) is Phase.OPEN
        else _("Booking is closed. You can still move it until %(when)s (%(left)s); to cancel it would be final.")
    )
    return sentence % {"when": clock.said_in_full(until, zone), "left": clock.said_until(until, now, zone)}


def read_cells(milestone: Milestone, now: datetime, known: dict[int, Team], own: Team | None) -> Iterator[Cell]:
    """The published slots in order of time. One query."""
    if not milestone.is_published:
        return
    zone = milestone.edition.zone
    words = {"free": _("free"), "mine": _("yours"), "taken": _("taken"), "over": _("over")}
    slots: Any = Slot.objects.filter(milestone=milestone).published().with_holder()
    rows = slots.values_list("code", "starts_at", "ends_at", "room", "online_url", "held_by", "standing__code")
    date, day = None, ""
    for code, starts_at, ends_at, room, online_url, holder, booking in rows:
        local = starts_at.astimezone(zone)
        if local.date() != date:
            date, day = local.date(), date_format(local, "l j F")
        if holder is None:
            state = "free" if starts_at > now else "over"
        else:
            state = "mine" if own and holder == own.pk else "taken"
        place = room or (_("online") if online_url else milestone.place)
        yield Cell(
            code=code,
            day=day,
            time=f"{local:%H:%M}",
            until=f"{ends_at.astimezone(zone):%H:%M}",
            note=f"{place}, {words[state]}" if place else words[state],
            state=state,
            place=place,
            online_url=online_url,
            team=known.get(holder),
            booking=booking if holder in known else None,
        )


def teams(memberships: QuerySet[Membership]) -> dict[int, Team]:
    """Groups by id, in order of name, with their members' names. One query."""
    found: dict[int, Team] = {}
    for membership in memberships.select_related("group", "enrolment__user").order_by("group__name", "pk"):
        group = membership.group
        team = found.setdefault(group.pk, Team(group.pk, group.code, group.name, []))
        team.members.append(str(membership.enrolment.user))
    return found
