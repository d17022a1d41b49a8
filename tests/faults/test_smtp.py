"""A mail server that refuses, puts off, hangs up, hangs: what becomes of the mails, and of those behind them."""

import socket
import threading
import time
from datetime import timedelta
from email.utils import formataddr

import pytest
from django.db import connection

from coursesite.delivery import AWAY, PAUSES, SIGN_IN_PAUSE, Tally, send_due
from coursesite.mail import one_line
from coursesite.models import Heartbeat
from coursesite.outbox import QueuedEmail
from coursesite.tasks import send_all_due
from tests.outbox import NOON
from tests.services import free_port

STATES = QueuedEmail.State
HALF_A_MINUTE = PAUSES[0]


def fresh(row):
    return QueuedEmail.objects.get(pk=row.pk)


def waits(row):
    """For how long, in whole seconds: the step itself takes a moment."""
    assert fresh(row).state == STATES.QUEUED
    return timedelta(seconds=int((fresh(row).due_at - NOON).total_seconds()))


def three(mails):
    return [mails(f"{name}@example.org") for name in ("alice", "bob", "charlie")]


def test_all_go_over_one_connection(mails, sink, cast):
    for number in range(50):
        mails(f"s{number}@example.org")
    assert send_due(NOON) == Tally(sent=50)
    assert sink.connections == 1
    assert sink.recipients == [f"s{number}@example.org" for number in range(50)]
    mail = sink.mails[0].content
    assert mail["Reply-To"] == "ines@example.org"
    assert mail.get_body(("plain",)).get_content().startswith("Please read: A room has changed")


def test_a_recipient_whom_the_server_refuses_fails_alone(mails, sink):
    sink.moods["bob@example.org"] = "550 5.1.1 no such user"
    rows = three(mails)
    assert send_due(NOON) == Tally(sent=2, failed=1, trouble="550 5.1.1 no such user")
    assert [fresh(row).state for row in rows] == [STATES.SENT, STATES.FAILED, STATES.SENT]
    assert fresh(rows[1]).error == "550 5.1.1 no such user"
    assert sink.connections == 1


def test_a_recipient_whom_the_server_puts_off_goes_later_with_growing_pauses(mails, sink):
    sink.moods["bob@example.org"] = "450 greylisted"
    rows = three(mails)
    assert send_due(NOON) == Tally(sent=2, put_off=1, trouble="450 greylisted")
    assert waits(rows[1]) == PAUSES[0]
    at = NOON
    for attempts, pause in enumerate(PAUSES[1:], start=2):
        at = fresh(rows[1]).due_at
        assert send_due(at).put_off == 1
        assert fresh(rows[1]).attempts == attempts
        assert pause <= fresh(rows[1]).due_at - at < pause + timedelta(seconds=10)
    assert send_due(fresh(rows[1]).due_at) == Tally(failed=1, trouble="450 greylisted")
    assert at - NOON < timedelta(hours=24)
    sink.moods.clear()
    assert QueuedEmail.objects.all().retry(NOON) == 1
    assert send_due(NOON).sent == 1
    assert sink.mails[-1].id == rows[1].message_id


def test_a_server_that_says_goodbye_gets_the_others_over_a_new_connection(mails, sink):
    sink.moods["alice@example.org"] = "421 too many mails, come back"
    rows = three(mails)
    assert send_due(NOON) == Tally(put_off=1, put_back=2, trouble="421 too many mails, come back")
    assert waits(rows[0]) == HALF_A_MINUTE
    assert send_due(NOON) == Tally(sent=2)


@pytest.mark.parametrize("mood", ["drop", "vanish"])
def test_a_connection_that_breaks_costs_one_mail_one_attempt(mails, sink, mood):
    sink.moods["bob@example.org"] = mood
    rows = three(mails)
    tally = send_all_due()
    assert (tally.sent, tally.put_off, tally.put_back) == (2, 1, 1)
    assert (fresh(rows[1]).state, fresh(rows[1]).attempts) == (STATES.QUEUED, 1)
    sink.moods.clear()
    assert send_due(fresh(rows[1]).due_at).sent == 1
    ids = [mail.id for mail in sink.mails if mail.to == ["bob@example.org"]]
    assert ids == [rows[1].message_id] * (2 if mood == "vanish" else 1)  # the same, so that it is folded


def test_a_server_that_is_away_costs_one_attempt_for_all(mails, settings, sink):
    settings.EMAIL_PORT = free_port()
    rows = three(mails)
    code = mails(is_secret=True, priority=0, text="code")
    for attempt, pause in enumerate(PAUSES[: AWAY + 1], start=1):
        QueuedEmail.objects.update(due_at=NOON)
        assert send_due(NOON).put_off == 4
        assert {waits(row) for row in rows} == {pause}
        assert {fresh(row).attempts for row in rows} == {min(attempt, AWAY)}
        assert waits(code) == min(pause, SIGN_IN_PAUSE)
    assert fresh(rows[0]).error == "ConnectionRefusedError: [Errno 111] Connection refused"
    settings.EMAIL_PORT = sink.port
    assert send_due(NOON + PAUSES[AWAY] + timedelta(seconds=5)).sent == 4


def test_an_outage_of_a_week_fails_nothing(mails, settings):
    settings.EMAIL_PORT, settings.EMAIL_HOST = free_port(), "127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    row = mails()
    for _ in range(50):
        send_due(fresh(row).due_at)
    assert fresh(row).state == STATES.QUEUED
    assert fresh(row).due_at > NOON + timedelta(hours=11)


def test_a_server_that_accepts_and_says_nothing_costs_one_time_out(mails, settings, sink):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT = silent.getsockname()[1]
        for _ in range(20):
            mails()
        assert send_all_due().put_off == 20
        silent.settimeout(1)
        silent.accept()
        with pytest.raises(TimeoutError):
            silent.accept()  # nobody called a second time


def test_a_server_that_hangs_in_the_middle_costs_one_time_out(mails, settings, sink):
    sink.moods = {f"{name}@example.org": "hang" for name in ("alice", "bob", "charlie")}
    rows = three(mails)
    tally = send_all_due()
    assert (tally.put_off, tally.put_back) == (1, 2)  # the other two did not wait for a time-out of their own
    assert [fresh(row).attempts for row in rows] == [1, 0, 0]
    sink.moods = {"alice@example.org": "hang"}
    at = max(fresh(row).due_at for row in rows)
    assert send_due(at).sent == 2  # before the one that it choked on


def test_a_slow_server_gets_as_many_as_fit_into_half_a_lease(mails, settings, sink):
    settings.MAIL_LEASE_SECONDS, sink.pause = 0.8, 0.1
    for _ in range(10):
        mails()
    tally = send_due(NOON)
    assert 1 <= tally.sent <= 5
    assert tally.sent + tally.put_back == 10
    assert QueuedEmail.objects.filter(state=STATES.QUEUED, attempts=0).count() == tally.put_back


@pytest.mark.django_db(transaction=True)
def test_others_can_write_while_a_mail_is_under_way(mails, sink):
    """On SQLite an open transaction of ours would keep them waiting for as long as the server likes."""

    def write():
        Heartbeat.beat("probe", NOON)
        written.append(time.monotonic())
        connection.close()

    written: list[float] = []
    mails()
    sink.pause = 0.3
    writer = threading.Timer(0.15, write)
    writer.start()
    assert send_due(NOON).sent == 1
    writer.join()
    assert written[0] < sink.mails[0].at


class Killed(BaseException):
    """Ends a worker at this very place."""


def test_a_mail_in_doubt_goes_once_more_for_each_crash(mails, sink, monkeypatch, settings):
    """The server took it and our mark is missing: the same Message-ID again, so that mail programs fold it."""

    def die(*args, **kwargs):
        raise Killed

    settings.MAIL_LEASE_SECONDS = 2
    rows, at = three(mails), NOON
    for crashes in (1, 2):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(QueuedEmail, "mark_sent", die)
            send_due(at)
        assert [mail.id for mail in sink.mails] == [rows[0].message_id] * crashes
        assert [fresh(row).state for row in rows] == [STATES.SENDING, STATES.QUEUED, STATES.QUEUED]
        at += timedelta(seconds=3)
    assert send_due(at) == Tally(sent=3)
    assert not send_due(at + timedelta(hours=1))
    assert [mail.id for mail in sink.mails] == [rows[n].message_id for n in (0, 0, 0, 1, 2)]
    assert {fresh(row).attempts for row in rows} == {1}


@pytest.mark.parametrize(
    "name", ["Zoë Ünal", "李 明", 'Bob "the, <b>@x" Doe', "José\r\nBcc: eve@example.org", "é" * 300]
)
def test_unusual_names_arrive(mails, sink, cast, name):
    cast.alice.first_name, cast.alice.last_name = name[:150], ""
    cast.alice.save()
    mails(cast.alice, "Für Zoë — 李")
    assert send_due(NOON) == Tally(sent=1)
    [mail] = sink.mails
    assert mail.to == ["alice@example.org"]
    [to] = mail.content["To"].addresses
    assert (to.display_name, to.addr_spec) == (one_line(name, 100), "alice@example.org")
    assert mail.content["Subject"] == "News: Für Zoë — 李"
    assert mail.content["Bcc"] is None


@pytest.mark.parametrize(
    ("staff", "read"),
    [("staff@exämple.org", "staff@xn--exmple-cua.org"), ('"a,b"@example.org', '"a,b"@example.org')],
)
def test_unusual_addresses_of_staff_get_the_answers(mails, sink, edition, staff, read):
    edition.reply_to = staff
    edition.save()
    mails()
    assert send_due(NOON) == Tally(sent=1)
    assert sink.mails[0].content["Reply-To"] == read


@pytest.mark.parametrize("name", ["Cours d’été", "INFO9023, ULiège", 'The "best" course', "R&D (2026)"])
def test_unusual_names_of_the_site_are_one_sender(mails, sink, settings, name):
    settings.DEFAULT_FROM_EMAIL = formataddr((name, "noreply@example.org"))
    mails()
    assert send_due(NOON) == Tally(sent=1)
    [sender] = sink.mails[0].content["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "noreply@example.org")


@pytest.mark.parametrize(
    "address", ['"a,b"@example.org', "o'hara+x@example.org", "zoe@exämple.org", '"x@y"@example.org']
)
def test_unusual_addresses_arrive(mails, sink, address):
    mails(address)
    assert send_due(NOON) == Tally(sent=1)
    local, _at, domain = address.rpartition("@")
    assert sink.recipients == [f"{local}@{domain.encode('idna').decode()}"]
