"""Cutting days into slots."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursesite.slots import Cut, Plan, Refused, Stretch, cut

BRUSSELS = ZoneInfo("Europe/Brussels")
QUARTER = timedelta(minutes=15)
MONDAY = date(2026, 3, 2)
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def stretch(start: str, end: str) -> Stretch:
    return Stretch(time.fromisoformat(start), time.fromisoformat(end))


def starts(cuts: list[Cut]) -> list[str]:
    return [f"{cut.starts_at.astimezone(BRUSSELS):%H:%M}" for cut in cuts]


def refusals(refused: list[Refused]) -> list[tuple[str, str]]:
    return [(f"{r.starts:%H:%M}", r.sentence) for r in refused]


def test_one_after_the_other_with_the_gap_between_them():
    cuts, refused = cut(Plan([MONDAY], [stretch("09:00", "10:00")], QUARTER, timedelta(minutes=5)), BRUSSELS)
    assert starts(cuts) == ["09:00", "09:20", "09:40"]
    assert cuts[0].starts_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert refused == []


def test_what_would_run_over_the_end_is_refused():
    cuts, refused = cut(Plan([MONDAY], [stretch("09:00", "09:40")], QUARTER), BRUSSELS)
    assert starts(cuts) == ["09:00", "09:15"]
    assert refusals(refused) == [("09:30", "It would end after 09:40.")]


def test_the_next_slot_starts_when_the_break_ends():
    plan = Plan([MONDAY], [stretch("09:00", "10:00")], QUARTER, breaks=[stretch("09:20", "09:30")])
    cuts, refused = cut(plan, BRUSSELS)
    assert starts(cuts) == ["09:00", "09:30", "09:45"]
    assert refusals(refused) == [("09:15", "The break 09:20-09:30 is in the way.")]


def test_rooms_run_in_parallel():
    cuts, _ = cut(Plan([MONDAY], [stretch("09:00", "09:30")], QUARTER, rooms=["R7", "R8", "R7"]), BRUSSELS)
    assert [cut.room for cut in cuts] == ["R7", "R8", "R7", "R8"]


def test_the_gap_is_kept_from_one_stretch_to_the_next():
    hours = [stretch("09:15", "09:45"), stretch("09:00", "09:15"), stretch("09:00", "09:15")]
    cuts, _ = cut(Plan([MONDAY], hours, QUARTER, timedelta(minutes=5)), BRUSSELS)
    assert starts(cuts) == ["09:00", "09:20"]


def test_the_hour_that_does_not_exist_is_refused_with_the_reason():
    cuts, refused = cut(Plan([SPRING], [stretch("01:30", "03:30")], timedelta(minutes=30)), BRUSSELS)
    assert starts(cuts) == ["03:00"]
    assert refusals(refused) == [
        ("01:30", "29/03/2026 02:00 does not exist: clocks go forward over it. Choose a time before or after."),
        ("02:00", "29/03/2026 02:00 does not exist: clocks go forward over it. Choose a time before or after."),
        ("02:30", "29/03/2026 02:30 does not exist: clocks go forward over it. Choose a time before or after."),
    ]


def test_a_slot_over_the_change_is_refused_and_the_pause_before_the_next_is_not_eaten():
    plan = Plan([SPRING], [stretch("01:00", "05:00")], timedelta(minutes=45), timedelta(minutes=75))
    cuts, refused = cut(plan, BRUSSELS)  # 01:00 to 01:45, then 03:00: a quarter of an hour later
    assert starts(cuts) == ["01:00"]
    assert refusals(refused) == [("03:00", "Clocks change over it, or in the pause before it.")]


def test_the_hour_that_happens_twice_is_refused_with_the_reason():
    cuts, refused = cut(Plan([AUTUMN], [stretch("01:00", "04:00")], timedelta(minutes=30)), BRUSSELS)
    assert starts(cuts) == ["01:00", "03:00", "03:30"]
    assert [start for start, _ in refusals(refused)] == ["01:30", "02:00", "02:30"]
    assert all("happens twice" in sentence for _, sentence in refusals(refused))


def test_weekly_slots_keep_their_wall_time_over_both_changes():
    days = [date(2026, 3, 23) + timedelta(weeks=week) for week in range(34)]
    cuts, refused = cut(Plan(days, [stretch("09:00", "09:15")], QUARTER), BRUSSELS)
    assert (len(cuts), refused) == (34, [])
    assert set(starts(cuts)) == {"09:00"}
    assert {cut.starts_at.hour for cut in cuts} == {7, 8}


@pytest.mark.parametrize(
    ("hours", "length", "gap"),
    [
        ([stretch("09:00", "10:00")], timedelta(0), timedelta(0)),
        ([stretch("09:00", "10:00")], QUARTER, -QUARTER),
        ([stretch("10:00", "09:00")], QUARTER, timedelta(0)),
    ],
)
def test_a_plan_that_makes_no_sense_is_an_error(hours, length, gap):
    with pytest.raises(ValueError, match="must"):
        cut(Plan([MONDAY], hours, length, gap), BRUSSELS)


minutes = st.integers(0, 24 * 60 - 1).map(lambda m: time(m // 60, m % 60))
stretches = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Stretch(*pair))
plans = st.builds(
    Plan,
    days=st.lists(
        st.sampled_from([SPRING, AUTUMN, MONDAY]) | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        min_size=1,
        max_size=3,
    ),
    hours=st.lists(stretches, min_size=1, max_size=3),
    length=st.integers(5, 180).map(lambda m: timedelta(minutes=m)),
    gap=st.integers(0, 90).map(lambda m: timedelta(minutes=m)),
    breaks=st.lists(stretches, max_size=3),
    rooms=st.lists(st.sampled_from(["R7", "R8", "R9"]), min_size=1, max_size=3, unique=True),
)


def wall(instant: datetime) -> datetime:
    return instant.astimezone(BRUSSELS).replace(tzinfo=None)


@given(plans)
def test_each_slot_is_as_long_as_asked_and_within_the_hours(plan):
    for found in cut(plan, BRUSSELS)[0]:
        start, end = wall(found.starts_at), wall(found.ends_at)
        assert found.ends_at - found.starts_at == end - start == plan.length
        assert start.date() in plan.days
        assert any(h.start <= start.time() and end <= datetime.combine(start, h.end) for h in plan.hours)


@given(plans)
def test_no_slot_touches_a_break(plan):
    for found in cut(plan, BRUSSELS)[0]:
        start, end = wall(found.starts_at), wall(found.ends_at)
        for pause in plan.breaks:
            assert end <= datetime.combine(start, pause.start) or datetime.combine(start, pause.end) <= start


@given(plans)
def test_slots_of_a_room_never_overlap_and_keep_the_gap(plan):
    cuts, _ = cut(plan, BRUSSELS)
    for room in plan.rooms:
        row = [found for found in cuts if found.room == room]
        assert row == sorted(row)
        for before, after in pairwise(row):
            assert after.starts_at - before.ends_at >= plan.gap


@given(plans)
def test_every_room_has_the_same_slots_and_no_more_than_announced(plan):
    cuts, refused = cut(plan, BRUSSELS)
    by_room = [[(c.starts_at, c.ends_at) for c in cuts if c.room == room] for room in plan.rooms]
    assert all(row == by_room[0] for row in by_room)
    assert len(cuts) <= plan.most
    assert all(r.sentence for r in refused)


@given(plans.filter(lambda plan: not plan.breaks))
def test_where_nothing_is_in_the_way_there_is_room_for_no_more(plan):
    """Counted by hand for one stretch: n slots and n - 1 gaps fit, n + 1 do not."""
    plan = Plan([MONDAY], plan.hours[:1], plan.length, plan.gap)
    cuts, _ = cut(plan, BRUSSELS)
    assert len(cuts) == (plan.hours[0].length + plan.gap) // (plan.length + plan.gap)
