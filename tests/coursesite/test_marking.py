"""Threads that have each sent a mail note it in one statement, and each learns of its own."""

import threading
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from celery import current_app
from django.db import DatabaseError

from coursesite import delivery, marking, tasks
from coursesite.delivery import BATCH
from coursesite.marking import Marks
from coursesite.outbox import QueuedEmail
from tests.outbox import NOON
from tests.services import free_port

LATER = NOON + timedelta(minutes=5)


def words(text):
    return {"subject": "News", "text": text, "invitation": ""}


def taken(mails, number):
    for _ in range(number):
        mails()
    return list(QueuedEmail.objects.claim(NOON, LATER, number))


def test_several_rows_are_marked_as_one_by_one(mails):
    *together, alone = taken(mails, 3)
    assert QueuedEmail.objects.mark_sent([(row, LATER, words("É 'x' %s")) for row in together]) == {
        row.pk for row in together
    }
    assert alone.mark_sent(LATER, **words("É 'x' %s"))
    own = {"id", "key", "message_id", "created_at"}
    shown = [{k: v for k, v in row.items() if k not in own} for row in QueuedEmail.objects.values()]
    assert shown[0] == shown[1] == shown[2]
    assert (shown[0]["state"], shown[0]["sent_at"], shown[0]["attempts"]) == ("sent", LATER, 1)


def test_what_has_passed_to_another_worker_is_not_marked(mails):
    ours, passed, done = taken(mails, 3)
    (again,) = QueuedEmail.objects.filter(pk=passed.pk).claim(LATER + timedelta(seconds=1), LATER + LATER.resolution, 1)
    assert done.mark_failed("no such mailbox")
    told = [(row, LATER, words("x")) for row in (ours, passed, done)]
    assert QueuedEmail.objects.mark_sent(told) == {ours.pk}
    assert QueuedEmail.objects.get(pk=passed.pk).lease == again.lease
    assert QueuedEmail.objects.get(pk=done.pk).state == "failed"


def test_it_is_one_statement(mails, django_assert_num_queries):
    rows = taken(mails, 8)
    with django_assert_num_queries(1):
        QueuedEmail.objects.mark_sent([(row, LATER, words("x")) for row in rows])


class Row:
    """Notes who marked it."""

    is_secret = False

    def __init__(self, pk):
        self.pk, self.alone = pk, 0

    def mark_sent(self, at, **content):
        self.alone += 1
        return True


def crowd(monkeypatch, together):
    """Four threads; the first one's commit takes until the others have come. What each is told."""
    marks, rows, told = Marks(), [Row(number) for number in range(4)], {}
    first_is_in, others_wait = threading.Event(), threading.Event()

    def slow(at, **content):
        first_is_in.set()
        others_wait.wait(10)
        return True

    rows[0].mark_sent = slow
    monkeypatch.setattr(marking, "write_together", together)

    def act(row):
        told[row.pk] = marks.mark_sent(row, NOON, {})

    threads = [threading.Thread(target=act, args=[row]) for row in rows]
    threads[0].start()
    assert first_is_in.wait(10)
    for thread in threads[1:]:
        thread.start()
    deadline = time.monotonic() + 10
    while len(marks._next.marks) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told == {}  # nobody goes on before the mark is written
    others_wait.set()
    for thread in threads:
        thread.join(10)
    return rows, told


def test_who_comes_while_another_commits_goes_with_the_next(monkeypatch):
    groups = []

    def together(marks):
        groups.append(sorted(mark.row.pk for mark in marks))
        for mark in marks:
            mark.was_ours = mark.row.pk != 2

    rows, told = crowd(monkeypatch, together)
    assert groups == [[1, 2, 3]]
    assert told == {0: True, 1: True, 2: False, 3: True}
    assert [row.alone for row in rows[1:]] == [0, 0, 0]


def test_where_one_cannot_be_marked_each_has_its_own_try(monkeypatch):
    def together(marks):
        raise DatabaseError("one of them has a value too long")

    rows, told = crowd(monkeypatch, together)
    assert told == dict.fromkeys(range(4), True)
    assert [row.alone for row in rows[1:]] == [1, 1, 1]


LONG = 30  # seconds; a test that waits for it has failed


def senders(monkeypatch, number, act, fails=False):
    """So many threads that send at the same time: which rows were marked together, and how often each one alone."""
    marks, groups, all_in = Marks(moment=LONG), [], threading.Barrier(number)

    def together(marks):
        groups.append(sorted(mark.row.pk for mark in marks))
        if fails:
            raise DatabaseError("one of them has a value too long")
        for mark in marks:
            mark.was_ours = True

    monkeypatch.setattr(marking, "write_together", together)

    def send(row):
        with suppress(ZeroDivisionError), marks.sending():
            all_in.wait(10)
            act(marks, row)

    rows = [Row(pk) for pk in range(number)]
    threads = [threading.Thread(target=send, args=[row]) for row in rows]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert time.monotonic() - began < LONG
    return groups, [row.alone for row in rows]


def thrice(marks, row):
    for _ in range(3):
        assert marks.mark_sent(row, NOON, {})


def test_who_commits_waits_for_those_that_still_send(monkeypatch):
    assert senders(monkeypatch, 4, thrice) == ([[0, 1, 2, 3]] * 3, [0, 0, 0, 0])


def test_nobody_waits_where_no_other_sends(monkeypatch):
    assert senders(monkeypatch, 1, thrice) == ([], [3])


def test_a_failure_is_waited_for_by_nobody(monkeypatch):
    assert senders(monkeypatch, 4, thrice, fails=True) == ([[0, 1, 2, 3]] * 3, [3, 3, 3, 3])


def test_nobody_waits_for_who_has_nothing_to_mark(monkeypatch):
    """Its mail was refused, or was a sign-in code, or it ends with an error."""

    def act(marks, row):
        row.is_secret = row.pk == 1
        if row.pk == 0:
            raise ZeroDivisionError
        if row.pk != 2:
            marks.mark_sent(row, NOON, {})

    assert senders(monkeypatch, 5, act) == ([[3, 4]], [0, 1, 0, 0, 0])


def test_nobody_waits_longer_than_a_moment():
    marks, row = Marks(moment=0.01), Row(1)
    with marks.sending(), marks.sending():  # of whom the other takes its time
        assert marks.mark_sent(row, NOON, {})
    assert row.alone == 1


def test_a_step_says_that_it_sends(mails, monkeypatch):
    seen = []
    monkeypatch.setattr(delivery, "hand_over", lambda outgoing, mail: seen.append(delivery.marks._sending))
    mails()
    assert delivery.send_due(NOON).sent == 1
    assert (seen, delivery.marks._sending) == ([1], 0)


def test_a_secret_is_marked_by_itself_and_erased(mails):
    mails(is_secret=True, text="Your code is 1234", created_at=NOON)
    (row,) = QueuedEmail.objects.claim(NOON, LATER, 1)
    assert Marks().mark_sent(row, LATER, words("Your code is 1234"))
    assert QueuedEmail.objects.values_list("state", "text").get() == ("sent", "")


@pytest.mark.parametrize(("waiting", "asked"), [(BATCH, 0), (BATCH + 1, 1)])
def test_another_thread_is_asked_where_more_waits_than_one_takes(mails, monkeypatch, waiting, asked):
    for _ in range(waiting):
        mails()
    calls = []
    monkeypatch.setattr(tasks.tick, "apply_async", lambda **options: calls.append(options))
    tasks.ask_another(LATER)
    assert [options["retry"] for options in calls] == [False] * asked


def test_a_broker_that_is_away_holds_nobody_up(mails, settings, monkeypatch):
    for _ in range(BATCH + 1):
        mails()
    monkeypatch.setattr(current_app.conf, "broker_write_url", f"redis://127.0.0.1:{free_port()}/0")
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    began = time.monotonic()
    tasks.ask_another(LATER)
    assert time.monotonic() - began < 5
