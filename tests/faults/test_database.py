"""The database goes away under the worker: nothing is lost, nobody has to start anything again."""

import os
import signal
import subprocess
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import OperationalError

from coursesite import tasks
from coursesite.models import Heartbeat
from deploy.servers import free_port, postgres
from tests.faults.crew import crew, until
from tests.faults.soak import ROUNDS
from tests.services import ROOT

COUNT = 120 * ROUNDS
WRITE = """
INSERT INTO coursesite_queuedemail (key, kind, to_address, subject, text, message_id, due_at, created_at, state,
    facts, is_secret, priority, attempts, invitation, error)
VALUES (%(id)s, 'fault', 's@example.org', 'Hi', 'x', %(id)s, %(at)s, %(at)s, 'queued', '{}', false, 5, 0, '', '')
"""


@pytest.mark.once("postgres")
def test_a_database_that_crashes_under_the_worker(tmp_path, sink, record_property):
    """Repeats only where a crash fell between the server's yes and our mark: at most one for each of four threads."""
    sink.pause = 0.02
    ids, port, folder = [f"<{uuid.uuid4()}@fault>" for _ in range(COUNT)], free_port(), tmp_path / "postgres"
    settings = {
        "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
        "DATABASE_URL": f"postgres://postgres@127.0.0.1:{port}/postgres",
    }
    (tmp_path / "var").mkdir()
    with crew(tmp_path / "var", **settings) as members:
        for crash in range(ROUNDS):
            with postgres(folder, port) as address:
                if not crash:
                    migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
                    subprocess.run(migrate, cwd=ROOT, env=members.environment, check=True)
                    with psycopg.connect(address) as connection:
                        connection.cursor().executemany(WRITE, [{"id": id, "at": datetime.now(UTC)} for id in ids])
                    members.beat()
                    members.worker()
                reached = (4 * crash + 1) * COUNT // (4 * ROUNDS)
                until(lambda reached=reached: len(sink.mails) > reached, of=members.said())
                os.kill(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]), signal.SIGQUIT)
                address.process.wait()
                assert len(sink.mails) < COUNT
        with postgres(folder, port) as address, psycopg.connect(address, autocommit=True) as connection:
            left = "SELECT count(*) FROM coursesite_queuedemail WHERE state <> 'sent'"
            until(lambda: connection.execute(left).fetchone() == (0,), of=members.said())
            for process in members.processes:
                members.kill(process)
    repeated = Counter(mail.id for mail in sink.mails) - Counter(ids)
    assert {mail.id for mail in sink.mails} == set(ids)
    assert repeated.total() <= 4 * ROUNDS
    record_property("figure", f"{COUNT} mails, {ROUNDS} crashes: all delivered, {repeated.total()} a second time")


def test_a_database_that_is_busy_costs_a_tick_one_line(mails, monkeypatch, caplog):
    def busy(*args):
        raise OperationalError("database is locked")

    monkeypatch.setattr(Heartbeat, "beat", busy)
    tasks.tick()
    monkeypatch.setattr("coursesite.tasks.queue_reminders", busy)
    tasks.sweep()
    said = [record.getMessage() for record in caplog.records if record.name == "coursesite.tasks"]
    assert said == [f"{name}: the database is away or busy (OperationalError)" for name in ("tick", "sweep")]
