"""The worker is killed with -9 between mails and in the middle of one: every mail arrives.

A crash between the mail server's yes and our mark may repeat that one mail, with the same Message-ID; no other is sent
twice. Two beats tick all the while.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from tests.outbox import Sink
from tests.services import ROOT, database, free_port, own_environment

MAILS = 60
KILLS = 4
WRITE = """
from coursesite.models import CourseEdition, QueuedEmail
edition = CourseEdition.objects.create(title="Course", year=2026, slug="course-2026")
QueuedEmail.objects.bulk_create(
    QueuedEmail(key=f"k{n}", kind="news", edition=edition, to_address=f"s{n}@example.org", subject="News", text="News")
    for n in range(%d)
)
"""
READ = """
import json
from coursesite.models import QueuedEmail
print(json.dumps(dict(QueuedEmail.objects.values_list("message_id", "state"))))
"""


def manage(environment: Mapping[str, str], *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def celery(environment: Mapping[str, str], *words: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "celery", "--quiet", "--app", "coursesite", *words, "--loglevel", "error"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)


def worker(environment: Mapping[str, str]) -> subprocess.Popen:
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return celery(environment, "worker", "--pool", "threads", "--concurrency", "2", *quiet)


@contextlib.contextmanager
def beats(environment: Mapping[str, str], var: Path) -> Iterator[None]:
    """Two of them, by mistake."""
    processes = [celery(environment, "beat", "--pidfile=", "-s", str(var / f"beat-{n}")) for n in (1, 2)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def slow_sink() -> Iterator[Sink]:
    sink = Sink()
    sink.pause = 0.05
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    sink.port = controller.port
    yield sink
    controller.stop()


def survive(environment: Mapping[str, str], var: Path, sink: Sink) -> None:
    manage(environment, "migrate", "--verbosity=0")
    manage(environment, "shell", "--no-imports", "-c", WRITE % MAILS)
    dice = random.Random(0)
    kills = 0
    process = worker(environment)
    with beats(environment, var):
        deadline = time.monotonic() + 120
        try:
            while len({mail.id for mail in sink.mails}) < MAILS:
                assert time.monotonic() < deadline, f"{len(sink.mails)} mails after {kills} kills"
                if kills < KILLS and len(sink.mails) > kills * MAILS // (KILLS + 1):
                    time.sleep(dice.uniform(0, 0.2))
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    kills += 1
                    process = worker(environment)
                time.sleep(0.02)
            while set(states := json.loads(manage(environment, "shell", "--no-imports", "-c", READ)).values()) != {
                "sent"
            }:
                assert time.monotonic() < deadline, states
        finally:
            process.kill()
            process.wait()
    arrived = Counter(mail.id for mail in sink.mails)
    assert set(arrived) == set(json.loads(manage(environment, "shell", "--no-imports", "-c", READ)))
    repeats = sum(arrived.values()) - MAILS
    assert kills == KILLS
    assert repeats <= kills
    assert max(arrived.values()) <= 1 + kills


def settings_for(var: Path, sink: Sink, **more: str) -> dict[str, str]:
    var.joinpath("mail").mkdir(parents=True)
    return own_environment(
        var,
        EMAIL_URL=f"smtp://127.0.0.1:{sink.port}",
        TICK_SECONDS="0.5",
        SWEEP_SECONDS="60",
        MAIL_LEASE_SECONDS="2",
        **more,
    ) | {"PATH": os.environ["PATH"]}


@pytest.mark.once
def test_on_the_embedded_database_and_broker(tmp_path, slow_sink):
    survive(settings_for(tmp_path / "var", slow_sink), tmp_path, slow_sink)


@pytest.mark.once("postgres")
def test_on_postgres_and_redis(tmp_path, slow_sink, postgres_server, redis_url):
    with database(postgres_server) as url:
        survive(
            settings_for(tmp_path / "var", slow_sink, DATABASE_URL=url, CELERY_BROKER_URL=redis_url),
            tmp_path,
            slow_sink,
        )
