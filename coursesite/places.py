"""What staff do with places: cut, look, create, publish, withdraw, delete, change. The same for slots and appointments.

What was previewed is what is applied: a preview has a seal over every line; at the click the preview is made again
under the lock, and where its seal is another one, nothing is created and the person looks again.

Everything here holds the bookable's row, as every booking does, so that no place changes under somebody's click; what
makes or moves places then holds the edition's, under which rooms and staff are free or taken (occupancy.py).
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coursesite import clock, occupancy, slots
from coursesite.bookable import Appointment, Bookable
from coursesite.booking import BookingRefused, as_it_is, under_lock
from coursesite.models import CourseEdition, User
from coursesite.occupancy import Claim, Resource

Result = TypeVar("Result")


@dataclass(frozen=True)
class Order:
    """What one form asks for: the plan, and what all its places have in common."""

    plan: slots.Plan
    online_url: str = ""
    staff: tuple[User, ...] = ()


@dataclass(frozen=True)
class Line:
    """One place of a preview. Times are wall-clock, naive; `cut` is None where `reason` says why it cannot be."""

    starts: datetime
    ends: datetime
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
        seen = [[line.starts.isoformat(), line.ends.isoformat(), line.room, line.reason] for line in self.lines]
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

    def claim(self, holder: str, place: slots.Cut | Appointment, staff: Iterable[User]) -> Claim:
        return Claim(
            holder,
            self.label(place.starts_at, place.room),
            place.starts_at,
            place.ends_at,
            self.resources(place.room, staff),
        )

    def why_not(self, starts_at: datetime, now: datetime) -> str:
        """Why nothing of this owner can begin then; empty: it can."""
        if starts_at <= now:
            return _("It is in the past.")
        day = starts_at.astimezone(self.edition.zone).date()
        first, last = self.first_day, self.last_day or self.first_day
        if first and last and not first <= day <= last:
            return (
                _("It is outside of the window: %(name)s is from %(first)s to %(last)s.")
                if first != last
                else _("It is outside of the window: %(name)s is on %(first)s.")
            ) % {"name": self.name, "first": date_format(first, "j F"), "last": date_format(last, "j F")}
        return ""


def places_preview(owner: Owner, order: Order, now: datetime) -> Preview:
    """Every place that the order asks for, in order of time, with what is against it. One query, for occupancy."""
    zone = owner.edition.zone
    cuts, refused = slots.cut(order.plan, zone)
    reasons = {cut: owner.why_not(cut.starts_at, now) or already_there(owner, order, cut) for cut in cuts}
    claims = {
        f"new:{position}": (cut, owner.claim(f"new:{position}", cut, order.staff))
        for position, cut in enumerate(cuts)
        if not reasons[cut]
    }
    for clash in occupancy.clashes(asked for _cut, asked in claims.values()):
        reasons[claims[clash.claim.holder][0]] = clash.reason
    length = order.plan.length
    lines = [Line(line.starts, line.starts + length, line.room, line.sentence) for line in refused]
    for cut in cuts:
        starts = cut.starts_at.astimezone(zone).replace(tzinfo=None)
        lines.append(Line(starts, starts + length, cut.room, reasons[cut], None if reasons[cut] else cut))
    return Preview(order, sorted(lines, key=lambda line: (line.starts, order.plan.rooms.index(line.room))))


def already_there(owner: Owner, order: Order, cut: slots.Cut) -> str:
    return _("It is there already.") if (cut.starts_at, cut.room, order.online_url) in owner.there else ""


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


@dataclass(frozen=True)
class Wanted:
    """What a place is to be."""

    starts_at: datetime
    ends_at: datetime
    room: str
    online_url: str
    staff: tuple[User, ...]


class Supply:
    """The places of one kind of bookable, and what staff do with them. An app says what is its own: see below.

    `places` are the model's rows, whose manager knows with_holder(); `parent` is their way to the bookable, `staff` the
    people who are there. Every verb raises BookingRefused or Busy, and then nothing is written.
    """

    places: ClassVar[type[Appointment]]
    parent: ClassVar[str]
    staff: ClassVar[str]

    def holder_names(self, ids: Iterable[int | None]) -> dict[int, str]:
        """Who they are that have places, by `held_by`. One query."""
        raise NotImplementedError

    def refuse_too_few(self, bookable: Any, ahead: int) -> None:
        """Raise BookingRefused where so many places are not enough for those who need one."""
        raise NotImplementedError

    def numbers(self, bookable: Any, ahead: int) -> str:
        """How many lie ahead and how many are needed, for whom: said before anybody publishes."""
        raise NotImplementedError

    def tell_change(self, place: Any, left: Any, by: User, now: datetime) -> None:
        """Whoever has the place learns its new time or place; nobody has it: nothing."""
        raise NotImplementedError

    def refuse_cutting(self, bookable: Any) -> None:
        """Raise BookingRefused where no places are cut at all."""

    def forget(self, places: Collection[Any], by: User) -> None:
        """Delete what still points to places that are about to be deleted."""

    # --- Cut ---

    def owner(self, bookable: Any) -> Owner:
        there = self.of(bookable).values_list("starts_at", "room", "online_url")
        return Owner(bookable.edition, str(bookable), bookable.starts_on, bookable.ends_on, frozenset(there))

    def outside(self, bookable: Any, first: date, last: date) -> Any | None:
        """The first place, in order of time, that begins on none of these days."""
        zone = bookable.edition.zone
        days = ((place, place.starts_at.astimezone(zone).date()) for place in self.of(bookable))
        return next((place for place, day in days if not first <= day <= last), None)

    def preview(self, bookable: Any, order: Order, now: datetime) -> Preview:
        """Every place that would come out, and why some do not. Two queries, whatever their number."""
        return places_preview(self.owner(bookable), order, now)

    def create(self, bookable: Any, order: Order, *, seal: str, now: datetime) -> list[Any]:
        """The places of the preview with this seal, as drafts: students see them when they are published."""

        def act(bookable: Any) -> list[Any]:
            occupancy.lock(bookable.edition)
            self.refuse_cutting(bookable)
            plan = self.preview(bookable, order, now)
            require_unchanged(plan, seal)
            made: list[Any] = self.places._default_manager.bulk_create(
                self.places(
                    **{self.parent: bookable},
                    starts_at=cut.starts_at,
                    ends_at=cut.ends_at,
                    room=cut.room,
                    online_url=order.online_url,
                )
                for cut in plan.cuts
            )
            present: Any = getattr(self.places, self.staff).through
            ours = present._meta.get_field(self.places._meta.model_name).name
            present.objects.bulk_create(
                present(**{ours: place, "user": user}) for place in made for user in order.staff
            )
            whole = self.owner(bookable)
            occupancy.occupy(bookable.edition, [whole.claim(place.holder, place, order.staff) for place in made])
            return made

        return self.holding(bookable, act)

    # --- Publish and withdraw ---

    def publish(self, bookable: Any, window: Window, *, now: datetime) -> int:
        """Show all places, also those that came later, to be booked within the window. Gives their number."""

        def act(bookable: Any) -> int:
            places = list(self.of(bookable))
            if not places:
                raise BookingRefused(_("%(name)s has no slots yet. Cut some first.") % {"name": bookable})
            refuse_window(window, bookable, places[0], now, bookable.edition.zone)
            self.refuse_too_few(bookable, ahead(places, now))
            bookable.booking_opens_at, bookable.booking_closes_at = window.opens_at, window.closes_at
            bookable.changes_until, bookable.is_published = window.changes_until, True
            bookable.save(update_fields=["booking_opens_at", "booking_closes_at", "changes_until", "is_published"])
            self.of(bookable).update(is_published=True)
            bookable.edition.touch()
            return len(places)

        return self.holding(bookable, act)

    def withdraw(self, bookable: Any, codes: Collection[UUID]) -> int:
        """Take free places off the board; they stay as drafts. Gives their number. Without any left, booking ends."""

        def act(bookable: Any) -> int:
            chosen = self.free_ones(bookable, codes)
            self.rows(chosen).update(is_published=False)
            self.end_booking_without_places(bookable)
            bookable.edition.touch()
            return len(chosen)

        return self.holding(bookable, act)

    def delete(self, bookable: Any, codes: Collection[UUID], *, by: User) -> int:
        """Delete free places; what happened to them stays in the history. Gives their number."""

        def act(bookable: Any) -> int:
            chosen = self.free_ones(bookable, codes)
            self.forget(chosen, by)
            occupancy.free(place.holder for place in chosen)
            self.rows(chosen).delete()
            self.end_booking_without_places(bookable)
            bookable.edition.touch()
            return len(chosen)

        return self.holding(bookable, act)

    def free_ones(self, bookable: Any, codes: Collection[UUID]) -> list[Any]:
        """These places of the bookable. Refused when somebody has one of them."""
        chosen = list(self.of(bookable).filter(code__in=codes))
        for place in chosen:
            if place.held_by is not None:
                raise BookingRefused(
                    _("%(time)s is booked by %(holder)s. Move or cancel that booking first.")
                    % {
                        "time": clock.said_in_full(place.starts_at, bookable.edition.zone),
                        "holder": self.holder_names([place.held_by])[place.held_by],
                    }
                )
        return chosen

    def end_booking_without_places(self, bookable: Any) -> None:
        if not self.of(bookable).filter(is_published=True).exists():
            bookable.is_published = False
            bookable.save(update_fields=["is_published"])

    # --- Change ---

    def change(self, place: Any, wanted: Wanted, *, by: User, now: datetime) -> Any:
        """Another time, room, link or staff. Whoever has it gets an update of the invitation."""

        def act(bookable: Any) -> Any:
            occupancy.lock(bookable.edition)
            left = self.rows([place]).first()
            if left is None:
                raise BookingRefused(_("This slot was deleted meanwhile."), lost_race=True)
            changed = self.rows([place]).get()
            for row in (left, changed):
                setattr(row, self.parent, bookable)
            changed.starts_at, changed.ends_at = wanted.starts_at, wanted.ends_at
            changed.room, changed.online_url = wanted.room, wanted.online_url
            whole = self.owner(bookable)
            self.refuse_change(bookable, whole, left, changed, now)
            asked = whole.claim(changed.holder, changed, wanted.staff)
            for clash in occupancy.clashes([asked]):
                raise BookingRefused(clash.reason, lost_race=True)
            changed._history_user = by
            changed.save(update_fields=["starts_at", "ends_at", "room", "online_url"])
            getattr(changed, self.staff).set(wanted.staff)
            occupancy.occupy(bookable.edition, [asked])
            if what_holders_see(changed) != what_holders_see(left):
                self.tell_change(changed, left, by, now)
            return changed

        return self.holding(getattr(place, self.parent), act)

    def refuse_change(self, bookable: Any, whole: Owner, left: Any, changed: Any, now: datetime) -> None:
        if changed.starts_at >= changed.ends_at:
            raise BookingRefused(_("A slot ends after it starts."))
        if (left.starts_at, left.ends_at) != (changed.starts_at, changed.ends_at):
            if left.starts_at <= now:
                raise BookingRefused(_("This slot has begun already: its time stays."))
            if reason := whole.why_not(changed.starts_at, now):
                raise BookingRefused(reason)
            if bookable.is_published and bookable.changes_until and changed.starts_at < bookable.changes_until:
                raise BookingRefused(
                    _("Changes are possible until %(time)s: no slot begins before that.")
                    % {"time": clock.said_in_full(bookable.changes_until, bookable.edition.zone)}
                )
        twin = self.of(bookable).filter(starts_at=changed.starts_at, room=changed.room, online_url=changed.online_url)
        if twin.exclude(pk=changed.pk).exists():
            raise BookingRefused(_("There is a slot at that time and place already."))

    # --- What they share ---

    def holding(self, bookable: Any, act: Callable[[Any], Result]) -> Result:
        """Run `act` with the bookable as it is now, in a transaction that holds it."""
        rows = type(bookable)._default_manager.filter(pk=bookable.pk).select_related("edition")
        return under_lock(as_it_is(bookable), lambda: act(rows.get()), after_conflict=taken_meanwhile)

    def of(self, bookable: Any) -> QuerySet[Any]:
        """All places, in order of time, each with who holds it."""
        manager: Any = self.places._default_manager
        return manager.with_holder().filter(**{self.parent: bookable})

    def rows(self, places: Collection[Any]) -> QuerySet[Any]:
        return self.places._default_manager.filter(pk__in=[place.pk for place in places])


def ahead(places: Iterable[Any], now: datetime) -> int:
    """What somebody has, and what one can still have."""
    return sum(place.held_by is not None or place.starts_at > now for place in places)


def what_holders_see(place: Appointment) -> tuple[datetime, datetime, str, str]:
    return place.starts_at, place.ends_at, place.room, place.online_url
