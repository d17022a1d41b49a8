"""Which database and broker a test process uses, and the two halves of `make test`.

`make test` is `pytest -n 2 --dist each`: the worker gw0 runs the tests on SQLite and the embedded broker, gw1 runs them
on Postgres and Redis, side by side. Any other run uses SQLite, or what TEST_DATABASE_URL and TEST_REDIS_URL name.
"""

import contextlib
import ipaddress
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import hypothesis
import pytest
from django.db import connection

from tests.services import postgres, redis_server, settings_names

MARKERS = (
    "sqlite: about SQLite, so not run on Postgres",
    "postgres: about Postgres, so not run on SQLite",
    "once(half): starts what it needs itself, so `make test` runs it in that half alone (sqlite, or 'postgres')",
)
IN_CI = os.environ.get("CI") == "true"
TWO_HALVES = os.environ.get("TEST_HALVES") == "2"
HALF = "postgres" if os.environ.get("TEST_DATABASE_URL") else "sqlite"
if TWO_HALVES and os.environ.get("PYTEST_XDIST_WORKER") == "gw0":
    HALF = "sqlite"

# A busy machine is no failure, and first examples make what later ones find made.
hypothesis.settings.register_profile("patient", hypothesis.settings(), deadline=None)
hypothesis.settings.load_profile("patient")

pytest_plugins = ["tests.cast", "tests.outbox", "tests.walk"]
scratch = tempfile.TemporaryDirectory(prefix="coursesite-tests-")


def use_own_settings() -> None:
    """Nothing of the developer's .env, database, mails or broker; a server only where a TEST_ variable names it."""
    for name in settings_names():
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "coursesite.settings",
        "ENV_FILE": os.devnull,
        "DEBUG": "true",
        "VAR_DIR": scratch.name,
    }
    if HALF == "postgres":
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
        if redis := os.environ.get("TEST_REDIS_URL"):
            os.environ |= {"CELERY_BROKER_URL": redis, "CACHE_URL": redis}
    Path(scratch.name, "static").mkdir()


def stay_on_this_machine(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    with contextlib.suppress(ValueError):
        if not host or host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    raise RuntimeError(f"A test wanted to talk to {host}: tests stay on 127.0.0.1.")


use_own_settings()
sys.addaudithook(stay_on_this_machine)
django.setup()  # here, because pytest-django alone would read the settings before this file
if connection.vendor != {"sqlite": "sqlite", "postgres": "postgresql"}[HALF]:
    raise RuntimeError(f"The settings were read before this file: the {HALF} half would run on {connection.vendor}.")


def pytest_configure(config: pytest.Config) -> None:
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    if config.getoption("dist", "no") == "each" and not hasattr(config, "workerinput"):
        os.environ["TEST_HALVES"] = "2"  # for the two workers, which are started later
        del os.environ["DJANGO_SETTINGS_MODULE"]  # with it, pytest-django reads the settings before this file does
        servers = contextlib.ExitStack()
        config.add_cleanup(servers.close)
        for name, server in (("TEST_DATABASE_URL", postgres), ("TEST_REDIS_URL", redis_server)):
            if not os.environ.get(name):
                os.environ[name] = servers.enter_context(server())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests measured, and kept with record_property("figure", ...)."""
    for report in terminalreporter.getreports("passed"):
        for name, words in report.user_properties:
            if name == "figure" and report.when == "call":
                half = getattr(getattr(report, "node", None), "gateway", None)
                terminalreporter.write_line(f"{half.id + ' ' if half else ''}{report.nodeid}: {words}")


def pytest_unconfigure() -> None:
    scratch.cleanup()


def pytest_report_header() -> str:
    return "gw0: SQLite, gw1: Postgres and Redis" if os.environ.get("TEST_HALVES") == "2" else f"database: {HALF}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here, elsewhere = [], []
    for item in items:
        (here if _belongs_here(item) else elsewhere).append(item)
    items[:] = here
    config.hook.pytest_deselected(items=elsewhere)


def _belongs_here(item: pytest.Item) -> bool:
    if halves := {name for name in ("sqlite", "postgres") if item.get_closest_marker(name)}:
        return HALF in halves
    once = item.get_closest_marker("once")
    return not (once and TWO_HALVES) or (once.args or ("sqlite",))[0] == HALF


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Any:
    """In CI a test that cannot run has failed: nothing is skipped in silence."""
    report = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped although CI=true: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A Postgres server for tests that start processes of their own: tests.services.database() makes one on it."""
    named = os.environ.get("TEST_DATABASE_URL")
    with contextlib.nullcontext(named) if named else postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server for tests that start processes of their own."""
    named = os.environ.get("TEST_REDIS_URL")
    with contextlib.nullcontext(named) if named else redis_server() as url:
        yield url
