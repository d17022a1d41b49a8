"""Somebody was faster: the nearest of the places that are free, taken at once or kept for a moment.

When booking opens, most first clicks are lost, and the next ones go to what everybody else sees free as well. So who
has lost a place gets another one kept, long enough to read the answer and click again: that click is not lost.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite.bookable import Appointment, Bookable, who_may
from coursesite.booking import BookingRefused, Busy, PlaceGone, as_seen, changed, under_lock

Place = TypeVar("Place", bound=Appointment)

MOST_TRIED = 20  # places, for one click in a rush
KEPT = timedelta(seconds=20)  # others are refused meanwhile


def nearest_first(wanted: Place, places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: abs(place.starts_at - wanted.starts_at))


def take_or_nearest(
    wanted: Place, take: Callable[[Place], object], free: Callable[[], Iterable[Place]] | None
) -> Place:
    """Take the wanted place; where that is gone, the nearest in time of those that `free` reads, if it is given.

    Returns the place that `take` has taken. Raises PlaceGone where each of them was gone before, and whatever else
    `take` raises.
    """
    try:
        take(wanted)
        return wanted
    except PlaceGone:
        if free is None:
            raise
    places = nearest_first(wanted, free())
    for place in places[:MOST_TRIED]:
        with suppress(PlaceGone):
            take(place)
            return place
    if len(places) > MOST_TRIED:
        raise PlaceGone(_("Others were faster, again and again. Choose one that is free."))
    raise PlaceGone(_("Somebody was faster, and no other one is free any more."))


def keep_nearest(
    wanted: Place,
    whom: Model,
    bookable: Bookable,
    *,
    places: QuerySet[Place],
    free: Callable[[], list[Place]],
    may_take: Callable[[], bool],
) -> Place | None:
    """Keep the free place that is nearest to a lost one for `whom`, a group or a student, and for nobody else.

    places: all of the bookable. free: reads those that are free and kept for nobody else. may_take: whether `whom` can
    take one at all, read under the lock; it may raise BookingRefused as well.

    Everybody has at most one kept, and one that is kept stays: its time does not begin anew with another lost click.
    None: nothing is kept, and nothing is written.
    """

    def is_theirs(place: Place) -> bool:
        return who_may(place.kept_for_id, place.kept_until, timezone.now()) == whom.pk

    def best() -> Place | None:
        there = nearest_first(wanted, free())
        return next(filter(is_theirs, there), there[0] if there else None)

    def act() -> Place:
        place, closes_at = best(), bookable.booking_closes_at
        if place is None or is_theirs(place) or closes_at is None or not may_take():
            raise changed()  # rolls back the lock's mark
        now = timezone.now()  # the twenty seconds begin when the lock is there
        let_go(places, whom, now)
        place.kept_for, place.kept_until = whom, min(now + KEPT, closes_at)
        places.filter(pk=place.pk).update(kept_for=whom, kept_until=place.kept_until)
        return place

    place = best()
    if place is None or is_theirs(place):  # in a rush most end here, without the lock
        return place
    with suppress(BookingRefused, Busy):  # they read that a place is lost; that no other one is kept is no news
        return under_lock(as_seen(bookable), act, after_conflict=changed)
    return None


def let_go(places: QuerySet[Any], whom: Model, now: datetime) -> None:
    """What was kept for `whom` is for everybody again, and whose time is over is forgotten. Under the lock."""
    places.filter(Q(kept_for=whom) | Q(kept_until__lte=now)).update(kept_for=None, kept_until=None)


def kept_places(places: type[Appointment], parent: str) -> str:
    """SQL for the `more` of joined.Joined: how many of a bookable's places are kept; its placeholder is for kept_now().

    When the time of one is over, a board changes without an edit.
    """
    link: Any = places._meta.get_field(parent)
    of_row = f"{link.column} = {link.related_model._meta.db_table}.id"
    return f"(SELECT COUNT(*) FROM {places._meta.db_table} WHERE {of_row} AND kept_until > %s)"  # noqa: S608 - our names


def kept_now() -> list[Any]:
    """The value for the placeholder of kept_places(): what is kept is so by the real clock, whatever a page shows."""
    return [connection.ops.adapt_datetimefield_value(timezone.now())]
