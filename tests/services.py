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
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from deploy.servers import free_port, postgres, redis_server

__all__ = ["database", "free_port", "own_environment", "postgres", "redis_server", "running_site"]

ROOT = Path(__file__).resolve().parent.parent
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
    inherited = {name: value for name, value in os.environ.items() if name not in settings_names()}
    return inherited | {"ENV_FILE": os.devnull, "VAR_DIR": str(var), "PYTHONUNBUFFERED": "1"} | settings


@contextlib.contextmanager
def running_site(env: Mapping[str, str] | None = None) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The site as `make run` starts it, ready: its address, and the runner, whose output grows in `process.log`.

    `env` overrides what it is given: a folder of its own (VAR_DIR), a free PORT, and no .env. Stopped with SIGINT.
    """
    with tempfile.TemporaryDirectory(prefix="site-") as var:
        environment = own_environment(Path(var), PORT=str(free_port())) | dict(env or {})
        log = Path(var) / "run.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "deploy.run"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        process.log = log  # type: ignore[attr-defined]
        try:
            base_url = f"http://127.0.0.1:{environment['PORT']}"
            _wait_until_ready(base_url, process, log)
            yield base_url, process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()  # its children get SIGTERM when it dies
                process.wait()


def _wait_until_ready(base_url: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while "Ctrl-C stops it." not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The site did not get ready:\n{log.read_text()}")
        time.sleep(0.2)
    with urllib.request.urlopen(f"{base_url}/readyz", timeout=10) as answer:
        assert answer.status == 200
