"""Workers that are killed, too many of them, two beats: every mail once, but where a kill fell between yes and mark."""

import random

from coursesite.models import Heartbeat, QueuedEmail
from tests.faults.crew import all_sent, assert_delivered, until, write_mails

KILLS = 3


def test_a_worker_killed_between_mails_loses_none(hands, sink):
    """Repeats only where a kill fell between the server's yes and our mark: at most one a kill."""
    sink.pause = 0.02
    rows = write_mails(100)
    hands.beat()
    worker = hands.worker(threads=1)
    for kill in range(KILLS):
        reached = (kill + 1) * len(rows) // (KILLS + 1) + random.randrange(5)
        until(lambda reached=reached: len(sink.mails) >= reached, of=hands.said())
        hands.kill(worker)
        worker = hands.worker(threads=1)
    until(all_sent, of=hands.said())
    assert_delivered(rows, sink, repeats_at_most=KILLS)
    assert set(QueuedEmail.objects.values_list("attempts", flat=True)) == {1}


def test_two_beats_and_two_workers_are_harmless(hands, sink):
    rows = write_mails(200)
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
