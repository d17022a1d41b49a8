"""The clock goes over both changes of 2026 while reminders are due and mails are under way: each once, in its hour."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as outbox

from coursesite import tasks
from coursesite.agenda import Entry, Offset
from coursesite.outbox import QueuedEmail
from tests.faults.soak import CLOCK_MINUTES
from tests.outbox import AGENDA

BRUSSELS = ZoneInfo("Europe/Brussels")
STEP = timedelta(minutes=CLOCK_MINUTES)


@dataclass
class Night:
    """What is due around a change: (deadline, offset) -> the instant of its reminder."""

    starts: datetime
    ends: datetime
    reminders: dict[tuple[datetime, Offset], datetime]


def at(*wall: int, fold: int = 0) -> datetime:
    return datetime(*wall, tzinfo=BRUSSELS, fold=fold)


MARCH = Night(
    at(2026, 3, 28, 22),
    at(2026, 3, 29, 13),
    {
        (at(2026, 3, 30, 12), Offset(days=1)): datetime(2026, 3, 29, 10, tzinfo=UTC),  # noon: 24 hours before
        (at(2026, 3, 29, 23), Offset(days=1)): datetime(2026, 3, 28, 22, tzinfo=UTC),  # 23 hours before
        (at(2026, 3, 30, 2, 30), Offset(days=1)): datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # 02:30 is not there
        (at(2026, 3, 29, 3, 30), Offset(hours=2)): datetime(2026, 3, 28, 23, 30, tzinfo=UTC),  # 00:30: elapsed time
    },
)
OCTOBER = Night(
    at(2026, 10, 24, 22),
    at(2026, 10, 25, 13),
    {
        (at(2026, 10, 26, 12), Offset(days=1)): datetime(2026, 10, 25, 11, tzinfo=UTC),
        (at(2026, 10, 25, 23), Offset(days=1)): datetime(2026, 10, 24, 21, tzinfo=UTC),  # 25 hours before
        (at(2026, 10, 26, 2, 30), Offset(days=1)): datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # the first 02:30
        (at(2026, 10, 25, 3, 30), Offset(hours=2)): datetime(2026, 10, 25, 0, 30, tzinfo=UTC),  # 02:30, summer time
    },
)


@pytest.mark.parametrize("night", [MARCH, OCTOBER], ids=["29 March", "25 October"])
def test_each_reminder_goes_once_in_its_hour(mails, cast, night):
    AGENDA[:] = [
        Entry(
            "closes", f"{number}", "T", deadline, owed_by=frozenset({cast.alice.pk}), offsets=(offset,), mail="notice"
        )
        for number, (deadline, offset) in enumerate(night.reminders)
    ]
    now, sent = night.starts.astimezone(UTC), {}
    with time_machine.travel(now, tick=False) as clock:
        while now < night.ends.astimezone(UTC):
            clock.move_to(now)
            tasks.sweep()
            tasks.tick()
            for key in QueuedEmail.objects.filter(state=QueuedEmail.State.SENT).values_list("key", flat=True):
                sent.setdefault(int(key.split(":")[1]), now)
            now += STEP
    moments = list(night.reminders.values())
    assert len(outbox.outbox) == len(moments)
    assert [n for n, moment in enumerate(moments) if not moment <= sent[n] < moment + STEP] == []


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_a_lease_over_the_change_lasts_as_long_as_any(mails, change):
    lease, row = timedelta(seconds=2), mails(due_at=change - timedelta(seconds=1))
    claimed_at = change - timedelta(seconds=1)
    list(QueuedEmail.objects.claim(claimed_at, claimed_at + lease, 1))  # and the worker is killed
    with time_machine.travel(claimed_at + lease, tick=False) as clock:
        tasks.tick()
        assert outbox.outbox == []
        clock.shift(1)
        tasks.tick()
    assert [mail.extra_headers["Message-ID"] for mail in outbox.outbox] == [row.message_id]


@pytest.mark.parametrize("change", [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)])
def test_a_clock_that_somebody_sets_back_an_hour_delays_and_repeats_nothing(mails, change):
    with time_machine.travel(change + timedelta(minutes=30), tick=False) as clock:
        mails(due_at=change)
        tasks.tick()
        clock.shift(timedelta(hours=-1))
        tasks.tick()
        mails(due_at=change - timedelta(minutes=31))
        tasks.tick()
        clock.shift(timedelta(hours=1))
        tasks.tick()
    assert len(outbox.outbox) == 2
