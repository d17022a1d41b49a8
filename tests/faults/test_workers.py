"""Workers that are killed, too many of them, two beats: every mail once, but where a kill fell between yes and mark."""

import random
import time
from collections import Counter

from coursesite.models import Heartbeat
from coursesite.outbox import QueuedEmail
from tests.faults.crew import all_sent, assert_delivered, until, write_mails
from tests.faults.soak import CROWD, KILLS, MAILS

SETTLED = 0.1  # seconds after which nothing of a killed worker can still arrive


def test_a_worker_killed_at_a_random_moment_loses_none(hands, sink, record_property):
    """A mail comes again only where a kill fell between the server's yes and our mark: once for each such kill."""
    sink.pause = 0.02
    rows = write_mails(MAILS)
    hands.beat()
    worker = hands.worker(threads=1)
    in_doubt: Counter[str] = Counter()  # what arrived last before each kill: all that can come again
    for kill in range(KILLS):
        reached = (kill + 1) * MAILS // (KILLS + 1)
        until(lambda reached=reached: len(sink.mails) >= reached, of=hands.said())
        time.sleep(random.uniform(0, 2 * sink.pause))
        hands.kill(worker)
        time.sleep(SETTLED)
        in_doubt[sink.mails[-1].id] += 1
        worker = hands.worker(threads=1)
    until(all_sent, of=hands.said())
    repeated = assert_delivered(rows, sink, repeats_at_most=KILLS)
    assert repeated <= in_doubt
    assert set(QueuedEmail.objects.values_list("attempts", flat=True)) == {1}
    record_property("figure", f"{MAILS} mails, {KILLS} kills: all delivered, {repeated.total()} a second time")


def test_two_beats_and_two_workers_are_harmless(hands, sink):
    rows = write_mails(CROWD)
    for name in ("first", "second"):
        hands.beat(name)
        hands.worker()
    until(all_sent, of=hands.said())
    assert_delivered(rows, sink)
    first = Heartbeat.objects.get(name="tick").beat_at
    until(lambda: Heartbeat.objects.get(name="tick").beat_at > first, of=hands.said())
    assert "Traceback" not in hands.said()


def test_a_worker_that_is_asked_to_stop_leaves_nothing_in_hand(hands, sink):
    sink.pause = 0.05
    rows = write_mails(100)
    hands.beat()
    worker = hands.worker()
    until(lambda: len(sink.mails) > 10, of=hands.said())
    worker.terminate()
    worker.wait(10)
    assert not QueuedEmail.objects.filter(state=QueuedEmail.State.SENDING).exists()
    assert len(sink.mails) == QueuedEmail.objects.filter(state=QueuedEmail.State.SENT).count() < len(rows)
