"""From the wall clock to instants."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from coursesite.clock import NoSuchTime, end_of, localise, said

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_winter_and_summer():
    assert localise(datetime(2026, 3, 28, 12, 0), BRUSSELS) == datetime(2026, 3, 28, 11, 0, tzinfo=UTC)
    assert localise(datetime(2026, 3, 30, 12, 0), BRUSSELS) == datetime(2026, 3, 30, 10, 0, tzinfo=UTC)


def test_a_time_that_does_not_exist_is_refused():
    with pytest.raises(NoSuchTime, match="29/03/2026 02:30 does not exist"):
        localise(datetime(2026, 3, 29, 2, 30), BRUSSELS)


def test_a_time_that_happens_twice_is_refused():
    with pytest.raises(NoSuchTime, match="25/10/2026 02:30 happens twice"):
        localise(datetime(2026, 10, 25, 2, 30), BRUSSELS)


def test_the_edges_of_both_changes():
    assert localise(datetime(2026, 3, 29, 1, 59), BRUSSELS) == datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert localise(datetime(2026, 3, 29, 3, 0), BRUSSELS) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert localise(datetime(2026, 10, 25, 1, 59), BRUSSELS) == datetime(2026, 10, 24, 23, 59, tzinfo=UTC)
    assert localise(datetime(2026, 10, 25, 3, 0), BRUSSELS) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_a_day_ends_with_its_last_second():
    assert end_of(date(2026, 3, 31), BRUSSELS) == datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)


def test_as_people_say_it():
    assert said(datetime(2026, 3, 3, 9, 0, tzinfo=UTC), BRUSSELS) == "Tue 3 March, 10:00"
