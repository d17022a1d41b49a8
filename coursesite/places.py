"""What staff do with places before anybody books them: cut, look, create, publish. The same for slots and appointments.

What was previewed is what is applied: a preview has a seal over every line; at the click the preview is made again
under the lock, and where its seal is another one, nothing is created and the person looks again.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite import clock, occupancy, slots
from coursesite.booking import BookingRefused
from coursesite.models import Appointment, Bookable, CourseEdition, User
from coursesite.occupancy import Claim, Resource


@dataclass(frozen=True)
class Order:
    """What one form asks for: the plan, and what all its places have in common."""

    plan: slots.Plan
    online_url: str = ""
    staff: tuple[User, ...] = ()


@dataclass(frozen=True)
class Line:
    """One place of a preview. `starts` is wall-clock, naive; `cut` is None where `reason` says why it cannot be."""

    starts: datetime
    room: str
    reason: str = ""
    cut: slots.Cut | None = None


@dataclass(frozen=True)
class Preview:
    order: Order
    lines: list[Line]

    @property
    def cuts(self) -> list[slots.Cut]:
        return [line.cut for line in self.lines if line.cut]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.reason]

    @property
    def seal(self) -> str:
        seen = [
            [line.starts.isoformat(), line.cut.ends_at.isoformat() if line.cut else "", line.room, line.reason]
            for line in self.lines
        ]
        staff = sorted(user.pk for user in self.order.staff)
        return salted_hmac("coursesite.places", json.dumps([seen, self.order.online_url, staff])).hexdigest()


@dataclass(frozen=True)
class Owner:
    """Whose places they are: the edition, how events are called, the days within which they lie, what is there."""

    edition: CourseEdition
    name: str
    first_day: date | None
    last_day: date | None
    there: Collection[tuple[datetime, str, str]] = ()  # starts_at, room, online_url of what exists

    def label(self, starts_at: datetime, room: str = "") -> str:
        """How the other event is named where something would overlap."""
        named = f"{self.edition.code} {self.name}".strip()
        return ", ".join(filter(None, [named, clock.said(starts_at, self.edition.zone), room]))

    def resources(self, room: str, staff: Iterable[User]) -> tuple[Resource, ...]:
        rooms = (occupancy.room(self.edition, room),) if room else ()
        return (*rooms, *map(occupancy.person, staff))

    def why_not(self, starts_at: datetime, now: datetime) -> str:
        """Why nothing of this owner can begin then; empty: it can."""
        if starts_at <= now:
            return _("It is in the past.")
        day = starts_at.astimezone(self.edition.zone).date()
        first, last = self.first_day, self.last_day or self.first_day
        if first and last and not first <= day <= last:
            return _("It is outside of the window: %(name)s is from %(first)s to %(last)s.") % {
                "name": self.name,
                "first": date_format(first, "j F"),
                "last": date_format(last, "j F"),
            }
        return ""


def places_preview(owner: Owner, order: Order, now: datetime) -> Preview:
    """Every place that the order asks for, in order of time, with what is against it. One query, for occupancy."""
    zone = owner.edition.zone
    cuts, refused = slots.cut(order.plan, zone)
    reasons = {cut: owner.why_not(cut.starts_at, now) or already_there(owner, order, cut) for cut in cuts}
    claims = {
        f"new:{position}": (cut, claim(owner, order, cut, f"new:{position}"))
        for position, cut in enumerate(cuts)
        if not reasons[cut]
    }
    for clash in occupancy.clashes(asked for _cut, asked in claims.values()):
        reasons[claims[clash.claim.holder][0]] = clash.reason
    lines = [Line(line.starts, line.room, line.sentence) for line in refused]
    for cut in cuts:
        starts = cut.starts_at.astimezone(zone).replace(tzinfo=None)
        lines.append(Line(starts, cut.room, reasons[cut], None if reasons[cut] else cut))
    return Preview(order, sorted(lines, key=lambda line: (line.starts, order.plan.rooms.index(line.room))))


def already_there(owner: Owner, order: Order, cut: slots.Cut) -> str:
    return _("It is there already.") if (cut.starts_at, cut.room, order.online_url) in owner.there else ""


def claim(owner: Owner, order: Order, cut: slots.Cut, holder: str) -> Claim:
    return Claim(
        holder,
        owner.label(cut.starts_at, cut.room),
        cut.starts_at,
        cut.ends_at,
        owner.resources(cut.room, order.staff),
    )


def require_unchanged(now_seen: Preview, seal: str) -> None:
    if now_seen.seal != seal:
        raise BookingRefused(
            _("This has changed since you looked at the preview. Nothing was created: here is how it is now."),
            lost_race=True,
        )
    if not now_seen.cuts:
        raise BookingRefused(_("There is nothing to create: every line of the preview has something against it."))


def taken_meanwhile() -> BookingRefused:
    """After the database refused an overlap that no look had shown."""
    return BookingRefused(
        _("A room or a member of staff has just been taken by another event. Nothing was changed: please look again."),
        lost_race=True,
    )


@dataclass(frozen=True)
class Window:
    """From when to when places are booked, and until when they are changed."""

    opens_at: datetime
    closes_at: datetime
    changes_until: datetime

    def is_of(self, bookable: Bookable) -> bool:
        kept = (bookable.booking_opens_at, bookable.booking_closes_at, bookable.changes_until)
        return bookable.is_published and kept == (self.opens_at, self.closes_at, self.changes_until)


def refuse_window(window: Window, bookable: Bookable, first: Appointment, now: datetime, zone: ZoneInfo) -> None:
    """Opening < closing <= cut-off <= first place, and closing ahead of us. Raises BookingRefused with what is not."""
    if window.opens_at >= window.closes_at:
        raise BookingRefused(_("Booking must open before it closes."))
    if window.closes_at > window.changes_until:
        raise BookingRefused(_("Changes must be possible at least until booking closes."))
    if window.changes_until > first.starts_at:
        raise BookingRefused(
            _("Changes must end when the first place begins, on %(first)s, or before.")
            % {"first": clock.said_in_full(first.starts_at, zone)}
        )
    if window.closes_at <= now and not window.is_of(bookable):
        raise BookingRefused(
            _("Booking would be closed already, since %(time)s.") % {"time": clock.said_in_full(window.closes_at, zone)}
        )
