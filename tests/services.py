"""What some tests start beside themselves: private servers, databases of their own, and the site as `make run` does.

postgres() and redis_server() are deploy/servers.py's; a test that only needs *a* server takes the fixtures of
conftest.py, which know of TEST_DATABASE_URL and TEST_REDIS_URL.
"""

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from deploy.servers import free_port, postgres, redis_server

__all__ = ["Site", "database", "free_port", "own_environment", "postgres", "redis_server", "running_site"]

ROOT = Path(__file__).resolve().parent.parent
RUNNER = (sys.executable, "-m", "deploy.run")
READY_SECONDS = 90  # on two cores that run other tests as well


@contextlib.contextmanager
def database(server: str) -> Iterator[str]:
    """An empty database on that Postgres server, gone afterwards: its URL."""
    name = f"own_{secrets.token_hex(6)}"
    there = urlsplit(server)
    with psycopg.connect(there._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield there._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def settings_names() -> set[str]:
    """Every environment variable that the settings read."""
    return set(re.findall(r'env(?:\.\w+)?\(\s*"(\w+)"', (ROOT / "coursesite" / "settings.py").read_text()))


def own_environment(var: Path, **settings: str) -> dict[str, str]:
    """An environment for manage.py and the like: nothing of the developer's .env, database, mails or broker."""
    not_theirs = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "DJANGO_ALLOW_ASYNC_UNSAFE"}  # make's, and the browser tests'
    inherited = {name: value for name, value in os.environ.items() if name not in settings_names() | not_theirs}
    return inherited | {"ENV_FILE": os.devnull, "VAR_DIR": str(var), "PYTHONUNBUFFERED": "1"} | settings


class Site(subprocess.Popen[bytes]):
    """A started site: where it writes, and which processes belong to it."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path):
        self.log, self.var = log, environment["VAR_DIR"]
        with log.open("wb") as output:
            super().__init__(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self, base_url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while "Ctrl-C stops it." not in self.log.read_text():
            if self.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The site did not get ready:\n{self.log.read_text()}")
            time.sleep(0.2)
        with urllib.request.urlopen(f"{base_url}/readyz", timeout=10) as answer:
            assert answer.status == 200

    def family(self, word: str = "") -> list[int]:
        """The pids of the processes that live on this site's folder and have that word in their command line."""
        mark = f"VAR_DIR={self.var}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes() and word.encode() in (process / "cmdline").read_bytes():
                    found.append(int(process.name))
        return sorted(found)

    def stop(self, number: int = signal.SIGINT) -> None:
        if self.poll() is None:
            os.killpg(self.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait(20)
        for pid in self.family():  # only when something went wrong; the tests look before
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()


@contextlib.contextmanager
def running_site(
    env: Mapping[str, str] | None = None, command: Sequence[str] = RUNNER, stop: int = signal.SIGINT
) -> Iterator[tuple[str, Site]]:
    """The site as `make run` starts it, ready: its address and its process, whose output grows in `process.log`.

    `env` overrides what it gets by itself: a folder of its own (VAR_DIR), a free PORT, no .env. At the end it gets
    `stop` as a terminal sends it, to the whole group, unless it has ended already; whatever is left then is killed.
    """
    with tempfile.TemporaryDirectory(prefix="site-") as folder:
        environment = own_environment(Path(folder) / "var", PORT=str(free_port())) | dict(env or {})
        process = Site(command, environment, log=Path(folder) / "run.log")
        try:
            base_url = f"http://127.0.0.1:{environment['PORT']}"
            process.wait_until_ready(base_url)
            yield base_url, process
        finally:
            process.stop(stop)
