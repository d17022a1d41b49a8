"""The broker only says "look now": emptied, restarted, hung or away, it delays a tick and loses nothing."""

import contextlib
import signal
import smtplib
import time

import kombu
import pytest
import redis
import time_machine

from coursesite.outbox import QueuedEmail
from deploy.servers import free_port, redis_server
from projects.models import Booking
from tests.cast import WHILE_OPEN
from tests.faults.crew import all_sent, assert_delivered, hands_on, until, write_mails
from tests.faults.soak import ROUNDS


@pytest.mark.once("postgres")
def test_redis_emptied_restarted_and_hung_delays_and_loses_nothing(transactional_db, tmp_path, sink):
    port, rows = free_port(), []
    with contextlib.ExitStack() as stack, hands_on(f"redis://127.0.0.1:{port}/0", tmp_path, sink) as crew:
        broker = stack.enter_context(redis_server(port=port))
        crew.beat()
        crew.worker()
        for _ in range(ROUNDS):
            rows += write_mails(10, first=len(rows))
            redis.Redis.from_url(broker).flushall()
            until(all_sent, of=crew.said())

            broker.process.send_signal(signal.SIGSTOP)
            rows += write_mails(10, first=len(rows))
            time.sleep(7)  # longer than the broker's socket waits
            broker.process.send_signal(signal.SIGCONT)
            until(all_sent, of=crew.said())

            broker.process.kill()
            broker.process.wait()
            rows += write_mails(10, first=len(rows))
            broker = stack.enter_context(redis_server(port=port))
            until(all_sent, of=crew.said())
    assert_delivered(rows, sink)


@pytest.mark.once("sqlite")
def test_the_embedded_brokers_folder_emptied_loses_nothing(transactional_db, tmp_path, sink):
    rows = []
    with hands_on("filesystem://localhost", tmp_path, sink) as crew:
        crew.beat()
        crew.worker()
        for _ in range(ROUNDS):
            rows += write_mails(10, first=len(rows))
            for message in (tmp_path / "broker").glob("*"):
                message.unlink(missing_ok=True)
            until(all_sent, of=crew.said())
    assert_delivered(rows, sink)


@pytest.fixture
def nobody_to_talk_to(monkeypatch) -> list[str]:
    """Whoever tries to reach a broker or a mail server is noted."""
    tried: list[str] = []
    monkeypatch.setattr(kombu.Connection, "__init__", lambda *args, **kwargs: tried.append("broker"))
    monkeypatch.setattr(smtplib.SMTP, "__init__", lambda *args, **kwargs: tried.append("mail server"))
    return tried


@time_machine.travel(WHILE_OPEN, tick=True)
def test_booking_talks_to_the_database_alone(client, cast, milestone, nobody_to_talk_to):
    client.force_login(cast.alice)
    answer = client.post(f"/info9023-2026/slots/{milestone.slots.first().code}/book/")
    assert answer.status_code == 303
    assert Booking.objects.standing().count() == 1
    assert QueuedEmail.objects.filter(kind="slot_booked", state=QueuedEmail.State.QUEUED).count() == 2
    assert nobody_to_talk_to == []


def test_asking_for_a_code_talks_to_the_database_alone(client, cast, nobody_to_talk_to):
    answer = client.post("/accounts/login/code/", {"email": "alice@example.org"})
    assert answer.status_code == 302
    assert QueuedEmail.objects.get().is_secret
    assert nobody_to_talk_to == []
