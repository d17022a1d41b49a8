"""Cut, preview, create, publish, withdraw, delete and change slots."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from coursesite import occupancy
from coursesite.booking import BookingRefused
from coursesite.clock import localise
from coursesite.models import CourseEdition, Occupancy
from coursesite.occupancy import Claim
from coursesite.outbox import QueuedEmail
from coursesite.places import Order, Wanted, Window
from coursesite.slots import Plan, Stretch
from projects import bookings, slotting
from projects.models import Booking, Milestone, Slot
from projects.slotting import Need
from tests.cast import CLOSES, CUT_OFF, FIRST_SLOT, OPENS, WHILE_OPEN, enrol, team

BRUSSELS = ZoneInfo("Europe/Brussels")
QUARTER = timedelta(minutes=15)
BEFORE = datetime(2026, 2, 1, 12, 0, tzinfo=BRUSSELS)
WINDOW = Window(OPENS, CLOSES, CUT_OFF)


@pytest.fixture
def draft(cast) -> Milestone:
    """MS2, from 30 March to 2 April, without slots."""
    return Milestone.objects.create(
        edition=cast.edition, number=2, starts_on=date(2026, 3, 30), ends_on=date(2026, 4, 2)
    )


def order(*, days=(date(2026, 3, 30),), hours=("10:00", "11:00"), rooms=("R7",), staff=(), online_url="", **plan):
    stretch = Stretch(time.fromisoformat(hours[0]), time.fromisoformat(hours[1]))
    return Order(Plan(days, [stretch], QUARTER, rooms=rooms, **plan), online_url, tuple(staff))


def create(milestone, wanted, now=BEFORE):
    return slotting.create(milestone, wanted, seal=slotting.preview(milestone, wanted, now).seal, now=now)


def reasons(milestone, wanted, now=BEFORE):
    return [(f"{line.starts:%d/%m %H:%M}", line.reason) for line in slotting.preview(milestone, wanted, now).refused]


def instant(text: str) -> datetime:
    return localise(datetime.strptime(text, "%d/%m/%Y %H:%M"), BRUSSELS)  # noqa: DTZ007 - made aware by localise


# --- Preview -------------------------------------------------------------------------------------------------------


def test_a_preview_shows_every_slot_and_writes_nothing(draft):
    seen = slotting.preview(draft, order(rooms=("R7", "R8")), BEFORE)
    assert [(f"{line.starts:%H:%M}", line.room) for line in seen.lines[:3]] == [
        ("10:00", "R7"),
        ("10:00", "R8"),
        ("10:15", "R7"),
    ]
    assert (len(seen.cuts), seen.refused, Slot.objects.count()) == (8, [], 0)


def test_what_runs_into_a_break_or_over_the_end_is_named(draft):
    pause = Stretch(time(10, 20), time(10, 30))
    assert reasons(draft, order(hours=("10:00", "10:40"), breaks=[pause])) == [
        ("30/03 10:15", "The break 10:20-10:30 is in the way."),
        ("30/03 10:30", "It would end after 10:40."),
    ]


def test_days_outside_of_the_window_are_refused(draft):
    days = [date(2026, 3, 29), date(2026, 4, 2), date(2026, 4, 3)]
    outside = "It is outside of the window: MS2 is from 30 March to 2 April."
    assert reasons(draft, order(days=days, hours=("10:00", "10:15"))) == [
        ("29/03 10:00", outside),
        ("03/04 10:00", outside),
    ]


def test_a_milestone_without_dates_takes_any_day(draft):
    draft.starts_on = draft.ends_on = None
    assert reasons(draft, order(days=[date(2027, 1, 4)])) == []


def test_what_has_begun_is_in_the_past(draft):
    assert reasons(draft, order(hours=("10:00", "10:30")), now=instant("30/03/2026 10:00")) == [
        ("30/03 10:00", "It is in the past.")
    ]


def test_the_clock_change_is_named(draft):
    draft.starts_on = date(2026, 3, 29)
    wanted = order(days=[date(2026, 3, 29)], hours=("02:00", "02:15"))
    [(_, reason)] = reasons(draft, wanted)
    assert reason.startswith("29/03/2026 02:00 does not exist")


def test_an_occupied_room_names_the_other_event(draft):
    held = Claim(
        "exams.oralexam:1",
        "the oral exam",
        instant("30/03/2026 10:20"),
        instant("30/03/2026 10:40"),
        (occupancy.room(draft.edition, "r7"),),
    )
    occupancy.occupy(draft.edition, [held])
    assert reasons(draft, order(hours=("10:00", "10:45"))) == [
        ("30/03 10:15", "R7 is taken then by the oral exam."),
        ("30/03 10:30", "R7 is taken then by the oral exam."),
    ]


def test_a_member_of_staff_is_not_in_two_rooms_at_once(cast, draft):
    wanted = order(hours=("10:00", "10:15"), rooms=("R7", "R8"), staff=[cast.tina])
    assert reasons(draft, wanted) == [
        ("30/03 10:00", "Tina T. is taken then by INFO9023 MS2, Mon 30 March, 10:00, R7.")
    ]


def test_what_is_there_already_is_not_made_twice(draft):
    create(draft, order(hours=("10:00", "10:30")))
    assert reasons(draft, order(hours=("10:00", "10:45"))) == [
        ("30/03 10:00", "It is there already."),
        ("30/03 10:15", "It is there already."),
    ]


def test_a_preview_takes_two_queries_for_any_number_of_slots(draft, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert len(slotting.preview(draft, order(hours=("08:00", "20:00"), rooms=("R7", "R8")), BEFORE).cuts) == 96


# --- Create --------------------------------------------------------------------------------------------------------


def test_created_slots_are_drafts_with_room_staff_and_occupancy(cast, draft):
    made = create(draft, order(staff=[cast.tina]))
    assert [(f"{s.starts_at.astimezone(BRUSSELS):%H:%M}", s.room, s.is_published) for s in made] == [
        ("10:00", "R7", False),
        ("10:15", "R7", False),
        ("10:30", "R7", False),
        ("10:45", "R7", False),
    ]
    assert list(made[0].staff.all()) == [cast.tina]
    assert Occupancy.objects.filter(holder=made[0].holder).count() == 2


def test_online_slots_have_their_link_and_take_no_room(draft):
    made = create(draft, order(rooms=("",), online_url="https://meet.example.org/ms2"))
    assert {slot.online_url for slot in made} == {"https://meet.example.org/ms2"}
    assert Occupancy.objects.count() == 0


def test_creating_tells_every_page(draft):
    create(draft, order())
    assert CourseEdition.objects.get(pk=draft.edition_id).revision == 2


def test_what_changed_since_the_preview_is_not_applied(cast, draft):
    wanted = order()
    seal = slotting.preview(draft, wanted, BEFORE).seal
    create(draft, order(hours=("10:00", "10:15")))  # a colleague was faster
    with pytest.raises(BookingRefused, match="changed since you looked"):
        slotting.create(draft, wanted, seal=seal, now=BEFORE)
    assert Slot.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"hours": ("10:00", "11:15")}, {"rooms": ("R8",)}, {"online_url": "https://x.example"}]
)
def test_the_seal_of_another_order_does_not_fit(draft, other):
    seal = slotting.preview(draft, order(), BEFORE).seal
    with pytest.raises(BookingRefused, match="changed since you looked"):
        slotting.create(draft, order(**other), seal=seal, now=BEFORE)


def test_the_seal_covers_the_staff(cast, draft):
    seals = {slotting.preview(draft, order(staff=staff), BEFORE).seal for staff in ([], [cast.tina], [cast.ines])}
    assert len(seals) == 3


def test_nothing_but_refused_lines_creates_nothing(draft):
    with pytest.raises(BookingRefused, match="nothing to create"):
        create(draft, order(days=[date(2026, 5, 4)]))


def test_a_milestone_of_one_day_for_all_has_no_slots(draft):
    Milestone.objects.filter(pk=draft.pk).update(kind=Milestone.Kind.DAY)
    with pytest.raises(BookingRefused, match="All groups present on one day"):
        create(draft, order())


def test_two_editions_that_want_one_person_are_told_apart_by_the_database(cast, draft, monkeypatch):
    other = CourseEdition.objects.create(title="Another", year=2026, slug="other")
    start = instant("30/03/2026 10:00")
    occupancy.occupy(other, [Claim("x:1", "elsewhere", start, start + QUARTER, (occupancy.person(cast.tina),))])
    monkeypatch.setattr(occupancy, "clashes", lambda claims: [])  # as if it had come right after the look
    with pytest.raises(BookingRefused, match="has just been taken by another event"):
        create(draft, order(staff=[cast.tina]))
    assert Slot.objects.count() == 0


# --- Publish -------------------------------------------------------------------------------------------------------


@pytest.fixture
def ready(cast, draft) -> Milestone:
    """MS1 as a draft with three slots from FIRST_SLOT: what two groups and dana need."""
    milestone = Milestone.objects.create(
        edition=cast.edition, number=1, starts_on=date(2026, 3, 2), ends_on=date(2026, 3, 5)
    )
    create(milestone, order(days=[date(2026, 3, 2)], hours=("10:00", "10:45")))
    return milestone


def test_publishing_shows_the_slots_and_sets_the_window(ready):
    assert slotting.publish(ready, WINDOW, now=BEFORE) == 3
    ready.refresh_from_db()
    assert (ready.booking_opens_at, ready.booking_closes_at, ready.changes_until) == (OPENS, CLOSES, CUT_OFF)
    assert (ready.is_published, Slot.objects.published().count()) == (True, 3)


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        (Window(CLOSES, OPENS, CUT_OFF), "Booking must open before it closes."),
        (Window(CLOSES, CLOSES, CUT_OFF), "Booking must open before it closes."),
        (Window(OPENS, CUT_OFF, CLOSES), "Changes must be possible at least until booking closes."),
        (
            Window(OPENS, CLOSES, FIRST_SLOT + timedelta(seconds=1)),
            "Changes must end when the first place begins, on Monday 2 March, 10:00, or before.",
        ),
        (
            Window(BEFORE - timedelta(days=2), BEFORE, BEFORE),
            "Booking would be closed already, since Sunday 1 February, 12:00.",
        ),
    ],
)
def test_a_window_out_of_order_is_refused(ready, window, sentence):
    with pytest.raises(BookingRefused) as refusal:
        slotting.publish(ready, window, now=BEFORE)
    assert refusal.value.sentence == sentence
    assert not Slot.objects.published().exists()


def test_closing_at_the_cut_off_at_the_first_slot_is_in_order(ready):
    assert slotting.publish(ready, Window(OPENS, FIRST_SLOT, FIRST_SLOT), now=BEFORE) == 3


def test_fewer_seats_than_needed_are_refused_with_the_numbers(ready):
    for name in ("emma", "farid", "gina"):
        enrol(ready.edition, name)
    with pytest.raises(BookingRefused) as refusal:
        slotting.publish(ready, WINDOW, now=BEFORE)
    assert refusal.value.sentence == (
        "MS1 has 3 slots ahead and needs 4 (2 groups, and 4 students without one, who make 2 more). Cut 1 more first."
    )


def test_a_group_without_members_needs_no_slot(ready):
    team(ready.edition, "Nobody")
    assert slotting.need(ready.edition) == Need(groups=2, alone=1, largest=3)


@pytest.mark.parametrize(("alone", "more"), [(0, 0), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_students_without_a_group_count_by_the_largest_size_rounded_up(alone, more):
    assert Need(groups=5, alone=alone, largest=3).seats == 5 + more


def test_a_milestone_without_slots_is_not_published(draft):
    with pytest.raises(BookingRefused, match="MS2 has no slots yet"):
        slotting.publish(draft, WINDOW, now=BEFORE)


def test_slots_come_later_and_are_published_with_the_same_window(ready):
    slotting.publish(ready, WINDOW, now=BEFORE)
    create(ready, order(days=[date(2026, 3, 3)]), now=CLOSES)
    assert Slot.objects.published().count() == 3
    assert slotting.publish(ready, WINDOW, now=CLOSES) == 7


# --- Withdraw and delete -------------------------------------------------------------------------------------------


def book(cast, milestone, position=0):
    slot = milestone.slots.all()[position]
    return bookings.book(slot, cast.red, by=cast.alice, now=WHILE_OPEN)


def codes(milestone):
    return [slot.code for slot in milestone.slots.all()]


def test_withdrawn_slots_are_drafts_again(milestone):
    assert slotting.withdraw(milestone, codes(milestone)[:2]) == 2
    milestone.refresh_from_db()
    assert (Slot.objects.published().count(), milestone.is_published) == (2, True)


def test_without_any_slot_left_booking_ends(milestone):
    slotting.withdraw(milestone, codes(milestone))
    milestone.refresh_from_db()
    assert milestone.is_published is False


@pytest.mark.parametrize("verb", ["withdraw", "delete"])
def test_a_booked_slot_stays(cast, milestone, verb):
    book(cast, milestone)
    with pytest.raises(BookingRefused) as refusal:
        run(verb, milestone, cast)
    assert refusal.value.sentence == "Monday 2 March, 10:00 is booked by Red. Move or cancel that booking first."
    assert Slot.objects.published().count() == 4


def run(verb, milestone, cast):
    if verb == "delete":
        return slotting.delete(milestone, codes(milestone), by=cast.tina)
    return slotting.withdraw(milestone, codes(milestone))


def test_deleting_frees_rooms_and_staff(cast, draft):
    made = create(draft, order(staff=[cast.tina]))
    assert slotting.delete(draft, [slot.code for slot in made], by=cast.tina) == 4
    assert (Slot.objects.count(), Occupancy.objects.count()) == (0, 0)


def test_the_history_of_a_cancelled_booking_outlives_its_slot(cast, milestone):
    booking = book(cast, milestone)
    bookings.cancel(booking, by=cast.bob, now=WHILE_OPEN)
    slotting.delete(milestone, codes(milestone)[:1], by=cast.tina)
    told = list(Booking.history.order_by("history_id").values_list("history_type", "history_user__email"))
    assert told == [("+", "alice@example.org"), ("~", "bob@example.org"), ("-", "tina@example.org")]


def test_slots_of_another_milestone_are_not_touched(milestone, draft):
    assert slotting.withdraw(draft, codes(milestone)) == 0
    assert Slot.objects.published().count() == 4


# --- Change --------------------------------------------------------------------------------------------------------


def wanted(slot, **changes):
    kept = {"starts_at": slot.starts_at, "ends_at": slot.ends_at, "room": slot.room, "online_url": "", "staff": ()}
    return Wanted(**(kept | changes))


def change(cast, slot, **changes):
    return slotting.change(slot, wanted(slot, **changes), by=cast.tina, now=WHILE_OPEN)


def test_a_slot_moves_and_takes_its_occupancy_along(cast, ready):
    slot = ready.slots.first()
    change(cast, slot, room="R8", staff=(cast.ines,))
    rows = Occupancy.objects.filter(holder=slot.holder).values_list("resource", flat=True)
    assert sorted(rows) == [occupancy.person(cast.ines).key, occupancy.room(cast.edition, "R8").key]
    slot.refresh_from_db()
    assert (slot.room, list(slot.staff.all())) == ("R8", [cast.ines])


def test_the_group_that_has_booked_it_gets_an_update(cast, milestone):
    booking = book(cast, milestone)
    change(cast, booking.slot, room="R8")
    booking.refresh_from_db()
    assert booking.sequence == 1
    told = QueuedEmail.objects.filter(kind="slot_changed")
    assert sorted(told.values_list("to_address", flat=True)) == ["alice@example.org", "bob@example.org"]
    facts = told.first().facts
    assert (facts["sequence"], facts["place"], facts["left_place"], facts["by"]) == (1, "R8", "R7", "Tina T.")


def test_other_staff_is_no_news_for_the_group(cast, milestone):
    booking = book(cast, milestone)
    change(cast, booking.slot, staff=(cast.tina,))
    assert not QueuedEmail.objects.filter(kind="slot_changed").exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ends_at": FIRST_SLOT}, "A slot ends after it starts."),
        ({"starts_at": BEFORE}, "It is in the past."),
        (
            {
                "starts_at": datetime(2026, 3, 6, 9, tzinfo=BRUSSELS),
                "ends_at": datetime(2026, 3, 6, 10, tzinfo=BRUSSELS),
            },
            "It is outside of the window: MS1 is from 2 March to 5 March.",
        ),
        (
            {"starts_at": FIRST_SLOT, "ends_at": FIRST_SLOT + 2 * QUARTER},
            "R7 is taken then by INFO9023 MS1, Mon 2 March, 10:15, R7.",
        ),
    ],
)
def test_a_change_that_cannot_be_is_refused(cast, ready, changes, sentence):
    slot = ready.slots.first()
    with pytest.raises(BookingRefused) as refusal:
        change(cast, slot, **changes)
    assert refusal.value.sentence == sentence
    assert Slot.objects.get(pk=slot.pk).starts_at == FIRST_SLOT


def test_an_online_twin_is_refused(cast, draft):
    create(draft, order(rooms=("",), online_url="https://meet.example.org", hours=("10:00", "10:30")))
    first, second = draft.slots.all()
    with pytest.raises(BookingRefused, match="There is a slot at that time and place already"):
        change(cast, second, starts_at=first.starts_at, ends_at=first.ends_at, online_url="https://meet.example.org")


def test_no_slot_of_a_published_milestone_begins_before_the_cut_off(cast, milestone):
    Milestone.objects.filter(pk=milestone.pk).update(changes_until=FIRST_SLOT)
    slot = milestone.slots.last()
    with pytest.raises(BookingRefused, match="until Monday 2 March, 10:00: no slot begins before"):
        change(cast, slot, starts_at=FIRST_SLOT - QUARTER, ends_at=FIRST_SLOT)


def test_a_slot_that_has_begun_keeps_its_time(cast, milestone):
    slot = milestone.slots.first()
    with pytest.raises(BookingRefused, match="has begun already"):
        slotting.change(slot, wanted(slot, ends_at=slot.ends_at + QUARTER), by=cast.tina, now=FIRST_SLOT)


def test_a_slot_deleted_meanwhile_is_a_sentence(cast, milestone):
    slot = milestone.slots.first()
    slotting.delete(milestone, [slot.code], by=cast.ines)
    with pytest.raises(BookingRefused, match="deleted meanwhile"):
        change(cast, slot, room="R8")
