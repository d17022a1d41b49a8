"""The beat's last tick: who is told when it stops, and that telling costs the mails nothing."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.urls import reverse

from coursesite import heartbeat, tasks, todo
from coursesite.models import Heartbeat
from coursesite.outbox import QueuedEmail
from tests.outbox import NOON
from tests.services import free_port

MINUTE = timedelta(minutes=1)
SECRET = "/5e86f1a2-only-we-know"


class Switch(http.server.BaseHTTPRequestHandler):
    """A dead-man's switch that answers `status`, and notes which addresses were called."""

    def do_GET(self) -> None:
        self.server.called.append(self.path)  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def switch(settings) -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), Switch) as server:
        server.called, server.status = [], 200  # type: ignore[attr-defined]
        settings.HEARTBEAT_PING_URL = f"http://127.0.0.1:{server.server_port}{SECRET}"
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def nobody_pings_afterwards() -> Iterator[None]:
    yield
    until_told()


def until_told() -> None:
    for thread in threading.enumerate():
        if thread.name == "ping":
            thread.join(10)
            assert not thread.is_alive()


def tell(at=NOON) -> bool:
    told = heartbeat.tell_outside(at) is not None
    until_told()
    return told


def test_nobody_is_told_without_an_address(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not tell()


def test_once_a_minute_over_all_workers(db, switch):
    assert [tell(NOON + timedelta(seconds=second)) for second in range(0, 121, 2)].count(True) == 3
    assert switch.called == [SECRET] * 3
    assert Heartbeat.objects.get(name="ping").beat_at == NOON + 2 * MINUTE


def test_a_clock_that_was_set_back_silences_nobody(db, switch):
    assert tell(NOON + timedelta(hours=1))
    assert tell(NOON)


def test_between_two_pings_it_costs_one_look(db, switch, django_assert_num_queries):
    tell()
    with django_assert_num_queries(1):
        assert not tell(NOON + timedelta(seconds=2))


@time_machine.travel(NOON, tick=True)
def test_a_tick_sends_the_mails_and_tells(mails, switch):
    mails()
    tasks.tick()
    until_told()
    assert len(outbox.outbox) == 1
    assert switch.called == [SECRET]


@time_machine.travel(NOON, tick=True)
@pytest.mark.parametrize("status", [404, 500, 302])
def test_an_answer_that_is_no_yes_is_one_line_without_the_address(mails, switch, caplog, status):
    switch.status = status
    mails()
    tasks.tick()
    until_told()
    assert len(outbox.outbox) == 1
    assert [r.getMessage() for r in caplog.records if "PING" in r.message] == [f"HEARTBEAT_PING_URL answers {status}"]
    assert SECRET not in caplog.text


@time_machine.travel(NOON, tick=True)
def test_nobody_listens(mails, settings, caplog):
    settings.HEARTBEAT_PING_URL = f"http://127.0.0.1:{free_port()}{SECRET}"
    mails()
    tasks.tick()
    until_told()
    assert len(outbox.outbox) == 1
    said = [record.getMessage() for record in caplog.records if "PING" in record.message]
    assert said == ["HEARTBEAT_PING_URL does not answer (ConnectionRefusedError)"]
    assert SECRET not in caplog.text


@time_machine.travel(NOON, tick=True)
def test_an_address_that_hangs_holds_one_thread_and_no_mail(mails, settings, monkeypatch, caplog):
    monkeypatch.setattr(heartbeat, "PING_TIMEOUT", 1.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.HEARTBEAT_PING_URL = f"http://127.0.0.1:{silent.getsockname()[1]}{SECRET}"
        mails()
        started = time.monotonic()
        tasks.tick()
        took = time.monotonic() - started
        assert len(outbox.outbox) == 1
        assert heartbeat.under_way.locked()
        assert heartbeat.tell_outside(NOON + 5 * MINUTE) is None  # it is called already
        until_told()
    assert took < 1.5
    assert not heartbeat.under_way.locked()
    assert "HEARTBEAT_PING_URL does not answer (TimeoutError)" in caplog.text


@time_machine.travel(NOON, tick=True)
def test_rubbish_instead_of_an_answer(db, settings, caplog):
    def chatter() -> None:
        caller, _address = server.accept()
        caller.sendall(b"220 mail.example.org ESMTP\r\n")
        caller.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.HEARTBEAT_PING_URL = f"http://127.0.0.1:{server.getsockname()[1]}{SECRET}"
        thread = threading.Thread(target=chatter)
        thread.start()
        assert tell()
        thread.join()
    assert "HEARTBEAT_PING_URL does not answer (BadStatusLine)" in caplog.text
    assert SECRET not in caplog.text


# --- Staff --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "is_well"), [(59, True), (61, False)])
def test_probe_banner_and_todo_follow_one_rule(client, cast, settings, age, is_well):
    settings.TICK_SECONDS = 2.0
    client.force_login(cast.tina)
    Heartbeat.beat("tick", NOON)
    with time_machine.travel(NOON + timedelta(seconds=age), tick=False):
        page = client.get(reverse("admin:index")).content.decode()
        list_page = client.get(reverse("admin:coursesite_queuedemail_changelist")).content.decode()
        assert client.get("/readyz").json()["tick"] is is_well
        waiting = [item.sentence for item in todo.silent_beat(cast.tina, NOON + timedelta(seconds=age))]
    sentence = "No mails are sent since Monday 2 March, 12:00: worker or beat has stopped."
    assert waiting == [] if is_well else [sentence]
    assert page.count(sentence) == (0 if is_well else 2)  # the banner, and what waits
    assert list_page.count(sentence) == (0 if is_well else 1)


def test_a_slow_rhythm_is_given_five_ticks(db, settings):
    settings.TICK_SECONDS = 60.0
    assert heartbeat.is_alive(NOON - 4 * MINUTE, NOON)
    assert not heartbeat.is_alive(NOON - 5 * MINUTE, NOON)


def test_a_beat_that_never_ticked(client, cast):
    client.force_login(cast.ines)
    page = client.get(reverse("admin:index")).content.decode()
    assert "No mails are sent: worker and beat have never run." in page
    assert f"?state__exact={QueuedEmail.State.QUEUED}" in page


def test_the_banner_is_for_staff(client, cast):
    assert "No mails are sent" not in client.get(reverse("admin:login"), follow=True).content.decode()
