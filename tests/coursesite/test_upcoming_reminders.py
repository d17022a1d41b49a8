"""Staff see what will be sent, hold it, send it at once, and have it sent to themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox

from coursesite import reminders, tasks
from coursesite.delivery import Tally, send_due
from coursesite.offsets import Offset
from coursesite.outbox import HeldReminder, QueuedEmail
from tests.coursesite.test_reminders import A_DAY_BEFORE, CLOSES, closing, now_it_is
from tests.outbox import AGENDA
from tests.projects.pages import shown, signed_in
from tests.statements import counted

__all__ = ["closing"]  # a fixture

NAME = f"notice:milestone:1:{CLOSES.isoformat()}:1d0h"
EARLIER = A_DAY_BEFORE - timedelta(hours=5)
PAGE = "/info9023-2026/reminders/"


def post(user, verb: str, name: str = NAME):
    return signed_in(user).post(f"{PAGE}{verb}/", {"name": name, "days": "14"}, follow=True)


@pytest.fixture
def earlier(closing):
    with time_machine.travel(EARLIER, tick=False):
        yield closing


def test_what_will_be_sent_when_and_to_whom(closing, edition, cast):
    found = reminders.coming(edition, CLOSES - timedelta(days=5), CLOSES)
    assert [(each.at, each.people, each.is_held, each.told) for each in found] == [
        (CLOSES - timedelta(days=3), frozenset({cast.alice.pk, cast.bob.pk}), False, 0),
        (A_DAY_BEFORE, frozenset({cast.alice.pk, cast.bob.pk}), False, 0),
    ]
    assert reminders.coming(edition, EARLIER, EARLIER + timedelta(hours=1)) == []


def test_the_page(earlier, cast):
    page = shown(signed_in(cast.tina).get(PAGE))
    assert "MS1: booking closes" in page
    assert "Goes out <strong>Saturday 28 March, 12:00</strong>" in page
    assert "to 2 people" in page and "Alice A., Bob B." in page
    assert NAME in page


def test_an_empty_page(earlier, cast):
    AGENDA.clear()
    assert "Nothing will be sent in these days" in shown(signed_in(cast.tina).get(PAGE))


@pytest.mark.parametrize("count", [1, 30])
def test_constant_statements(earlier, cast, count):
    AGENDA[:] = [replace(earlier, key=f"milestone:{number}:x") for number in range(count)]
    client = signed_in(cast.tina)
    client.get(PAGE)
    with counted() as statements:
        assert client.get(PAGE).status_code == 200
    assert len(statements) == 6


def test_what_is_held_back_is_not_sent_until_it_is_released(earlier, edition, cast):
    page = shown(post(cast.tina, "hold"))
    assert "Held back." in page and "Does not go out" in page
    assert post(cast.tina, "hold").status_code == 200  # twice is once
    assert HeldReminder.objects.get().held_by == cast.tina
    assert reminders.queue(edition, A_DAY_BEFORE) == 0
    assert [each.is_held for each in reminders.coming(edition, A_DAY_BEFORE, CLOSES)] == [
        True
    ]  # though its time has come
    assert "Released." in shown(post(cast.ines, "release"))
    assert reminders.queue(edition, A_DAY_BEFORE) == 2


def test_what_is_held_back_after_it_was_queued_is_not_sent(closing, edition, cast):
    reminders.queue(edition, A_DAY_BEFORE)
    reminders.hold(edition, NAME, by=cast.tina, now=A_DAY_BEFORE)
    assert send_due(A_DAY_BEFORE) == Tally(suppressed=2)


def test_what_is_sent_now_is_not_sent_again(earlier, edition, cast):
    assert "On its way to 2 people." in shown(post(cast.tina, "send"))
    tasks.tick()
    assert len(outbox.outbox) == 2
    assert "On its way to 0 people." in shown(post(cast.tina, "send"))
    page = shown(signed_in(cast.tina).get(PAGE))
    assert "2 have it already" in page
    assert "All have it already: nothing more goes out" in page and "Goes out" not in page
    assert reminders.queue(edition, A_DAY_BEFORE) == 0


def test_what_is_sent_now_still_asks_who_owes_it(closing, edition, cast):
    reminders.send_now(edition, NAME, by=cast.tina, now=EARLIER)
    now_it_is(owed_by=frozenset({cast.bob.pk}))
    assert send_due(EARLIER) == Tally(sent=1, suppressed=1)


def test_a_test_goes_to_oneself_and_says_so(earlier, cast):
    assert "A test is on its way to tina@example.org." in shown(post(cast.tina, "test"))
    tasks.tick()
    (mail,) = outbox.outbox
    assert mail.to == ['"Tina T." <tina@example.org>']
    assert mail.subject.startswith("Test: ")


@pytest.mark.parametrize("verb", ["hold", "send", "test"])
def test_what_is_gone_is_said(earlier, cast, verb):
    AGENDA.clear()
    assert "has just been done, moved or taken away" in shown(post(cast.tina, verb))
    assert not QueuedEmail.objects.exists() and not HeldReminder.objects.exists()


def test_a_reminder_that_has_no_such_offset(closing, edition, cast):
    with pytest.raises(reminders.ReminderRefused):
        reminders.send_now(edition, NAME.replace("1d0h", "5d0h"), by=cast.tina, now=EARLIER)
    with pytest.raises(reminders.ReminderRefused):
        reminders.send_now(edition, NAME, by=cast.tina, now=CLOSES)


@pytest.mark.parametrize("who", ["alice", "eve"])
def test_not_for_students_and_strangers(earlier, cast, who):
    assert post(getattr(cast, who), "send").status_code == 404
    assert signed_in(getattr(cast, who)).get(PAGE).status_code == 404


def test_a_day_is_announced_in_the_morning(closing, edition):
    """What takes whole days is counted from 9 o'clock, not from midnight."""
    now_it_is(is_all_day=True, starts_at=CLOSES.replace(hour=0), offsets=(Offset(days=1),))
    (each,) = reminders.coming(edition, CLOSES - timedelta(days=9), CLOSES)
    assert each.at == A_DAY_BEFORE.replace(hour=9)
