"""Real workers and beats on a database and a broker, as the Procfile starts them, and what is done to them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from coursesite.outbox import QueuedEmail
from tests.outbox import NOON, Sink
from tests.services import ROOT, own_environment, redis_server

CELERY = (sys.executable, "-m", "celery", "--quiet", "--app", "coursesite")
WORKER = (*CELERY, "worker", "--pool", "threads", "--loglevel", "warning")
BEAT = (*CELERY, "beat", "--loglevel", "warning", "--pidfile=")
PATIENCE = 60  # seconds on two cores that run other tests as well


def until(condition: Callable[[], object], seconds: float = PATIENCE, *, of: str = "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s. {of}")
        time.sleep(0.05)


def database_url() -> str:
    """The database of this test, for other processes."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{connection.settings_dict['NAME']}"
    where = connection.settings_dict
    password = f":{quote(where['PASSWORD'])}" if where["PASSWORD"] else ""
    return f"postgres://{where['USER']}{password}@{where['HOST']}:{where['PORT']}/{where['NAME']}"


class Crew:
    """Processes that share one environment. Whatever is left of them at the end is killed."""

    def __init__(self, var: Path, **settings: str):
        rhythm = {"TICK_SECONDS": "0.5", "SWEEP_SECONDS": "1", "MAIL_LEASE_SECONDS": "2"}
        self.log = var / "crew.log"
        self.environment = own_environment(var, **rhythm | settings)
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, command: tuple[str, ...], **more: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment | more, stdout=output, stderr=output, start_new_session=True
            )
        self.processes.append(process)
        return process

    def beat(self, name: str = "beat") -> subprocess.Popen[bytes]:
        return self.start((*BEAT, "--schedule", str(self.log.with_name(name))))

    def worker(self, threads: int = 4) -> subprocess.Popen[bytes]:
        return self.start((*WORKER, "--concurrency", str(threads)))

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextlib.contextmanager
def crew(var: Path, **settings: str) -> Iterator[Crew]:
    members = Crew(var, **settings)
    try:
        yield members
    finally:
        for process in members.processes:
            if process.poll() is None:
                members.kill(process)


def write_mails(count: int, first: int = 0) -> list[QueuedEmail]:
    """Rows with their words, so that no app has to know them."""
    return QueuedEmail.objects.bulk_create(
        QueuedEmail(
            key=f"fault:{number}",
            kind="fault",
            to_address=f"s{number}@example.org",
            subject="Hi",
            text="x",
            due_at=NOON,
        )
        for number in range(first, first + count)
    )


def all_sent() -> bool:
    return not QueuedEmail.objects.exclude(state=QueuedEmail.State.SENT).exists()


def assert_delivered(rows: list[QueuedEmail], sink: Sink, *, repeats_at_most: int = 0) -> Counter[str]:
    """Every mail, no stranger, the same Message-ID whenever one came again: which those were, and how often."""
    repeated = Counter(mail.id for mail in sink.mails) - Counter(row.message_id for row in rows)
    assert {row.message_id for row in rows} == {mail.id for mail in sink.mails}
    assert repeated.total() <= repeats_at_most
    assert {tuple(mail.to) for mail in sink.mails} == {(row.to_address,) for row in rows}
    return repeated


@contextlib.contextmanager
def hands_on(address: str, var: Path, sink: Sink) -> Iterator[Crew]:
    """A crew on this test's database, that broker and the sink."""
    mails = f"smtp://127.0.0.1:{sink.port}"
    with crew(var, DATABASE_URL=database_url(), CELERY_BROKER_URL=address, EMAIL_URL=mails) as members:
        yield members


@pytest.fixture
def hands(transactional_db, tmp_path, sink) -> Iterator[Crew]:
    """On the broker that goes with this test's database: the embedded one with SQLite, Redis with Postgres."""
    embedded = contextlib.nullcontext("filesystem://localhost")
    with redis_server() if connection.vendor == "postgresql" else embedded as address:  # noqa: SIM117 - reads better
        with hands_on(address, tmp_path, sink) as members:
            yield members
