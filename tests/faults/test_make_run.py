"""The site as `make run` starts it: a reminder that becomes due is delivered by the real worker and beat, once."""

import contextlib
import os
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from email import message_from_string, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.faults.crew import until
from tests.services import Site, redis_server, running_site

BRUSSELS = ZoneInfo("Europe/Brussels")
SWEEPS = 4  # more of them after the delivery, to see that nothing comes twice


def closes(var: Path, at: datetime) -> str:
    """Staff move the end of MS1's booking; when they did, as the database keeps it."""
    moved_at = str(datetime.now(UTC).replace(tzinfo=None))
    later = (at + timedelta(hours=1)).replace(tzinfo=None)
    with contextlib.closing(sqlite3.connect(var / "coursesite.sqlite3", timeout=20)) as database, database:
        changed = database.execute(
            "UPDATE projects_milestone SET booking_closes_at = ?, changes_until = ? WHERE is_published",
            (str(at.replace(tzinfo=None)), str(later)),
        )
        assert changed.rowcount == 1
    return moved_at


def rows(var: Path, offset: str, since: str) -> list[tuple[str, str, str, str, str]]:
    """Without those of the demo's own closing, Sunday: on a Sunday they go at once."""
    with contextlib.closing(sqlite3.connect(var / "coursesite.sqlite3", timeout=20)) as database:
        return database.execute(
            "SELECT to_address, state, message_id, created_at, sent_at FROM coursesite_queuedemail"
            " WHERE kind = 'booking_closes_soon' AND key LIKE ? AND created_at > ? ORDER BY to_address",
            (f"%:{offset}:%", since),
        ).fetchall()


def delivered(var: Path) -> list:
    """Each mail in the folder, as its reader gets it."""
    found = []
    for batch in sorted((var / "mail").glob("*")):
        mails = batch.read_text().split("\n" + "-" * 79 + "\n")
        found += [message_from_string(mail, policy=policy.default) for mail in mails if mail.strip()]
    return found


def kill_worker(site: Site) -> None:
    """The worker itself; the shell that starts it again has the word in its command line as well."""
    workers = [pid for pid in site.family("worker") if Path(f"/proc/{pid}/exe").resolve().name.startswith("python")]
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "broker",
    [
        pytest.param("filesystem", marks=pytest.mark.once("sqlite")),
        pytest.param("redis", marks=pytest.mark.once("postgres")),
    ],
)
def test_a_reminder_due_in_seconds_is_delivered_once_although_the_worker_is_killed(tmp_path, broker):
    var = tmp_path / "var"
    rhythm = {"TICK_SECONDS": "0.5", "SWEEP_SECONDS": "1"}
    with contextlib.ExitStack() as stack:
        if broker == "redis":
            rhythm["CELERY_BROKER_URL"] = stack.enter_context(redis_server())
        _url, site = stack.enter_context(running_site({"VAR_DIR": str(var)} | rhythm))
        due_at = datetime.now(UTC) + timedelta(seconds=5)
        moved_at = closes(var, (due_at.astimezone(BRUSSELS) + timedelta(days=1)).astimezone(UTC))
        kill_worker(site)
        until(lambda: [row[1] for row in rows(var, "1d0h", moved_at)] == ["sent"] * 2, of=site.log.read_text())
        time.sleep(SWEEPS)
        sent = rows(var, "1d0h", moved_at)
        assert [row[0] for row in sent] == ["alice@example.org", "bob@example.org"]
        assert min(row[3] for row in sent) >= str(due_at.replace(tzinfo=None))
        for address, _state, message_id, *_times in sent:
            [mail] = [mail for mail in delivered(var) if mail["Message-ID"] == message_id]
            assert address in mail["To"]
            assert "MS1" in mail["Subject"]
            assert "no slot for MS1 yet" in mail.get_body(("plain",)).get_content()
        assert "Traceback" not in site.log.read_text()
