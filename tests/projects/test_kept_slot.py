"""Who has lost a slot: the nearest free one is kept for their group, for a moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from coursesite import clock, nearest
from coursesite.booking import PlaceGone
from coursesite.nearest import KEPT
from projects import bookings
from projects.models import Booking, Milestone, Slot
from tests.cast import CLOSES, WHILE_OPEN, cut_slots, enrol, team
from tests.projects.pages import address, cancel_address, click, shown, signed_in, standing
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


@pytest.fixture
def slots(milestone) -> list[Slot]:
    return list(milestone.slots.select_related("milestone__edition"))


@pytest.fixture
def green(edition):
    return team(edition, "Green", enrol(edition, "gina"), enrol(edition, "gus"))


def kept() -> list[tuple[str, str]]:
    """What is kept at this moment: [("Blue", "09:30")], in UTC."""
    rows = Slot.objects.filter(kept_for__isnull=False, kept_until__gt=timezone.now()).select_related("kept_for")
    return [(row.kept_for.name, f"{row.starts_at:%H:%M}") for row in rows]


def lose(cast, slots) -> str:
    """Red has the second slot, and Charlie, of Blue, was too late for it. The page that he gets."""
    click(cast.alice, "book", slots[1])
    response = click(cast.charlie, "book", slots[1])
    assert response.status_code == 409
    return shown(response)


def test_the_page_says_which_and_how_long(cast, slots):
    page = lose(cast, slots)
    assert kept() == [("Blue", "09:00")]
    assert (
        "Monday 2 March, 10:15 has just been taken. Choose another one. The nearest free one is kept for you." in page
    )
    assert "<strong>Monday 2 March, 10:00, R7</strong> is kept for you until 11:00:20." in page
    assert page.count(f'formaction="{address("book", slots[0])}"') == 2  # above the board, and on it
    assert "R7, kept for you" in page
    assert f'formaction="{address("book", slots[2])}"' in page  # who would rather have another one takes that


def test_the_whole_group_sees_it(cast, slots):
    lose(cast, slots)
    client = signed_in(cast.chloe)
    assert "is kept for you until 11:00:20." in shown(client.get(slots[0].milestone.get_absolute_url()))
    assert client.post(address("book", slots[0])).status_code == 303


def test_others_see_it_taken_for_a_moment_and_are_refused(cast, slots, green, while_open):
    lose(cast, slots)
    gina = green.memberships.earliest("pk").enrolment.user
    client, board = signed_in(gina), slots[0].milestone.get_absolute_url()
    page = client.get(board)
    assert "R7, kept for a moment" in shown(page)
    assert address("book", slots[0]) not in shown(page)
    refused = client.post(address("book", slots[0]))
    assert refused.status_code == 409
    assert "Monday 2 March, 10:00 is kept for a few seconds for somebody who has just lost another one." in shown(
        refused
    )
    assert kept() == [("Blue", "09:00"), ("Green", "09:30")]
    while_open.shift(KEPT)
    assert address("book", slots[0]) in shown(client.get(board))
    assert client.post(address("book", slots[0])).status_code == 303


@pytest.mark.parametrize("verb", ["book", "move"])
def test_refused_under_the_lock_too(cast, slots, green, verb):
    """The slot was read before it was kept."""
    gina = green.memberships.earliest("pk").enrolment.user
    if verb == "move":
        click(gina, "book", slots[3])
    lose(cast, slots)
    act = {"book": bookings.book, "move": bookings.move}[verb]
    with pytest.raises(PlaceGone, match="is kept for a few seconds"):
        act(slots[0], green, by=gina, now=timezone.now())


def test_a_board_changes_when_the_time_is_over(cast, slots, while_open):
    """Nobody has changed anything, and what was kept is free."""
    while_open.shift(timedelta(minutes=5))  # "in 6 days" all the while
    lose(cast, slots)
    client, board = signed_in(cast.charlie), slots[0].milestone.get_absolute_url()
    client.get(board)  # for its cookie, which the tag depends on
    headers = {"If-None-Match": client.get(board)["ETag"]}
    while_open.shift(KEPT - timedelta(seconds=1))
    assert client.get(board, headers=headers).status_code == 304
    while_open.shift(timedelta(seconds=1))
    page = client.get(board, headers=headers)
    assert page.status_code == 200
    assert "kept for you" not in shown(page)
    assert "3 of 4 free" in shown(page)


def test_the_next_click_takes_it(cast, slots):
    lose(cast, slots)
    assert click(cast.charlie, "book", slots[0]).status_code == 303
    assert standing() == [("Blue", "09:00"), ("Red", "09:15")]


@pytest.mark.parametrize("given_back", ["cancel", "move"])
def test_given_back_it_is_for_everybody(cast, slots, green, given_back):
    """Whoever it was kept for has had it."""
    lose(cast, slots)
    client = signed_in(cast.charlie)
    client.post(address("book", slots[0]))
    if given_back == "cancel":
        client.post(cancel_address(Booking.objects.standing().get(group=cast.blue)))
    else:
        client.post(address("move", slots[3]))
    assert "kept for you" not in shown(client.get(slots[0].milestone.get_absolute_url()))
    assert kept() == []
    gina = green.memberships.earliest("pk").enrolment.user
    assert click(gina, "book", slots[0]).status_code == 303


def test_who_takes_another_one_lets_it_go(cast, slots):
    lose(cast, slots)
    assert click(cast.charlie, "book", slots[3]).status_code == 303
    assert kept() == []
    assert standing() == [("Red", "09:15"), ("Blue", "09:45")]


def test_one_for_each_group_and_its_time_does_not_begin_anew(cast, slots, while_open):
    lose(cast, slots)
    while_open.shift(KEPT / 2)
    before = Milestone.objects.get().revision
    page = shown(click(cast.charlie, "book", slots[1]))
    assert Milestone.objects.get().revision == before  # nothing is written
    assert kept() == [("Blue", "09:00")]
    assert "is kept for you until 11:00:20." in page
    while_open.shift(KEPT / 2)
    assert kept() == []
    assert "is kept for you until 11:00:40." in shown(click(cast.charlie, "book", slots[1]))


def test_another_one_where_the_first_was_not_taken_in_time(cast, slots, while_open):
    """What is over is forgotten, or a group would have two."""
    lose(cast, slots)
    while_open.shift(KEPT)
    Slot.objects.filter(pk=slots[0].pk).update(is_published=False)
    click(cast.charlie, "book", slots[1])
    assert kept() == [("Blue", "09:30")]
    assert Slot.objects.get(pk=slots[0].pk).kept_until is None


def test_whoever_looks_at_another_time_sees_what_is_kept_now(cast, slots, while_open):
    lose(cast, slots)
    client, board = signed_in(cast.charlie), slots[0].milestone.get_absolute_url()
    with clock.standing_at(WHILE_OPEN + timedelta(hours=1)):
        assert "kept for you" in shown(client.get(board))
    while_open.shift(timedelta(days=1))
    with clock.standing_at(WHILE_OPEN):
        assert "kept for you" not in shown(client.get(board))


def test_a_keep_in_another_milestone_is_another_one(cast, slots, edition):
    other = Milestone.objects.create(edition=edition, number=9)
    there = cut_slots(other, 1, room="R9")[0]
    Slot.objects.filter(pk=there.pk).update(kept_for=cast.blue, kept_until=timezone.now() + KEPT)
    lose(cast, slots)
    click(cast.charlie, "book", slots[3])
    assert kept() == [("Blue", "09:00")]
    assert Slot.objects.get(pk=there.pk).kept_for == cast.blue


def test_not_beyond_closing(cast, slots, while_open):
    click(cast.alice, "book", slots[1])
    while_open.move_to(CLOSES - timedelta(seconds=5))
    click(cast.charlie, "book", slots[1])
    assert Slot.objects.get(pk=slots[0].pk).kept_until == CLOSES


def test_a_slot_that_others_have_kept_is_nobodys_nearest(cast, slots, green):
    lose(cast, slots)
    gina = green.memberships.earliest("pk").enrolment.user
    assert click(gina, "book", slots[1], or_nearest="1").status_code == 303
    assert standing() == [("Red", "09:15"), ("Green", "09:30")]


def test_nothing_is_kept_where_nothing_is_free(cast, slots):
    Slot.objects.exclude(pk=slots[1].pk).update(is_published=False)
    page = lose(cast, slots)
    assert kept() == []
    assert Milestone.objects.get().revision == 2  # Red's booking alone
    assert "Monday 2 March, 10:15 has just been taken. Choose another one.</p>" in page


def test_nothing_is_kept_for_who_cannot_book(cast, slots, edition):
    team(edition, "Lone", cast.enrolments.dana)
    click(cast.alice, "book", slots[1])
    assert click(cast.dana, "book", slots[1]).status_code == 409  # alone, and two are needed
    assert click(cast.bob, "move", slots[1]).status_code == 303  # theirs already
    assert click(cast.tina, "book", slots[1], group=str(cast.blue.code), reason="Asked by mail").status_code == 409
    assert bookings.keep_nearest(slots[1], cast.red, by=cast.alice) is None  # has a slot
    assert bookings.keep_nearest(slots[1], cast.blue, by=cast.alice) is None  # not her group
    assert kept() == []
    assert Milestone.objects.get().revision == 2  # Red's booking alone


def test_nothing_is_kept_for_who_moves(cast, slots):
    click(cast.alice, "book", slots[1])
    click(cast.charlie, "book", slots[0])
    assert click(cast.charlie, "move", slots[1]).status_code == 409
    assert kept() == []


def test_staff_wait_as_well(cast, slots, green):
    """Or the promise would be none. They see for whom they act what is kept for them."""
    lose(cast, slots)
    data = {"reason": "Asked by mail"}
    assert click(cast.tina, "book", slots[0], group=str(green.code), **data).status_code == 409
    page = shown(signed_in(cast.tina).get(f"{slots[0].milestone.get_absolute_url()}?group={cast.blue.code}"))
    assert "is kept for them until 11:00:20." in page
    assert click(cast.tina, "book", slots[0], group=str(cast.blue.code), **data).status_code == 303


def test_a_group_that_is_dissolved_keeps_nothing(cast, slots, green):
    Slot.objects.filter(pk=slots[0].pk).update(kept_for=green, kept_until=timezone.now() + KEPT)
    green.delete()
    assert click(cast.alice, "book", slots[0]).status_code == 303


def test_the_database_keeps_one_for_each_group(cast, slots):
    until = timezone.now() + KEPT
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.filter(pk__in=[slots[0].pk, slots[1].pk]).update(kept_for=cast.red, kept_until=until)


@pytest.mark.parametrize("count", [1, 30])
def test_as_many_statements_for_30_slots(cast, slots, milestone, count):
    """A lost click: who looks, what is free, lock, what is true, what is free now, let go, keep, and the board."""
    Slot.objects.exclude(pk=slots[1].pk).delete()
    cut_slots(milestone, count, room="R8")
    click(cast.alice, "book", slots[1])
    client = signed_in(cast.charlie)
    with counted() as statements:
        assert client.post(address("book", slots[1])).status_code == 409
    assert len(kept()) == 1
    assert len(statements) == 12


def test_in_a_great_rush_the_nearest_may_be_gone_again_and_again(cast, slots, monkeypatch):
    monkeypatch.setattr(nearest, "MOST_TRIED", 0)
    click(cast.alice, "book", slots[1])
    page = shown(click(cast.charlie, "book", slots[1], or_nearest="1"))
    assert "Others were faster, again and again. Choose one that is free. The nearest free one is kept for you." in page


def test_to_take_it_is_a_booking_of_8_statements(cast, slots):
    lose(cast, slots)
    client = signed_in(cast.charlie)
    with counted() as statements:
        assert client.post(address("book", slots[0])).status_code == 303
    assert len(statements) == 8
