"""Secret addresses are in no log: neither in ours, nor in those of the server that really runs."""

import io
import logging
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from logging.config import dictConfig
from pathlib import Path

import pytest
from django.conf import settings
from django.core.signing import Signer

from coursesite.discretion import HIDDEN, HideSecrets
from tests.services import ROOT, free_port, own_environment

CODE = "Zm9vYmFyYmF6cXV4cXV1eA"
KEY = "only-for-this-test-and-long-enough-to-be-a-key-of-a-site"
TOKEN = Signer(key=KEY, salt="coursesite.calendar", sep=".").sign(CODE)
SIGNATURE = TOKEN.split(".")[1]


def written(message: str, *arguments: object, **more) -> str:
    """What our own handler writes of it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(HideSecrets())
    logger = logging.getLogger("tests.secrets")
    logger.propagate = False
    logger.addHandler(handler)
    try:
        logger.error(message, *arguments, **more)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        ("Not Found: /calendar/{}.ics", ()),
        ("Not Found: %s", ("/calendar/{}.ics",)),
        ('"%s" %s', ("GET /calendar/{}.ics?only=exams HTTP/1.1", 200)),
        ("Referer: https://courses.example.org/calendar/{}.ics", ()),
        ("%(r)s %(s)s", ({"r": "GET /calendar/{}.ics", "s": 304},)),
        ("/calendar/{}", ()),
        ("//calendar%%2F{}.ics", ()),
        ("{}", ()),
    ],
)
def test_a_token_is_hidden_wherever_it_stands(message, arguments):
    def filled(value):
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return value.replace("{}", TOKEN) if isinstance(value, str) else value

    said = written(filled(message), *map(filled, arguments))
    assert HIDDEN in said
    assert CODE not in said
    assert SIGNATURE not in said


@pytest.mark.parametrize("slip", [TOKEN[:-1], TOKEN[:30], TOKEN.replace(".", "%2E"), TOKEN + "x", SIGNATURE])
def test_a_part_of_one_is_hidden_too(slip):
    assert slip[:20] not in written(f"Not Found: /calendar/{slip}.ics")


def test_a_traceback_hides_it():
    try:
        raise ValueError(f"no such path: /calendar/{TOKEN}.ics")
    except ValueError:
        said = written("Trouble", exc_info=True)
    assert "ValueError: no such path: /calendar/***" in said
    assert CODE not in said


@pytest.mark.parametrize(
    "said",
    ["Not Found: /info9023-2026/calendar/", "POST /info9023-2026/calendar/address/make/ 302", "coursesite.mail.send"],
)
def test_everything_else_stays_as_it_is(said):
    assert written(said) == f"{said}\n"
    assert written("%s of %d", said, 3) == f"{said} of 3\n"


def test_every_handler_of_ours_has_the_filter():
    assert all("secrets" in handler["filters"] for handler in settings.LOGGING["handlers"].values())
    assert not any(logger["handlers"] for logger in settings.LOGGING["loggers"].values())
    dictConfig(settings.LOGGING | {"version": 1})


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """gunicorn as the Procfile starts it, with all that it can log, over an empty database: its address and its log."""
    folder = tmp_path_factory.mktemp("secrets")
    port, log = free_port(), folder / "log"
    environment = own_environment(folder, SECRET_KEY=KEY, DEBUG="true", LOG_LEVEL="DEBUG", PORT=str(port))
    environment["GUNICORN_CMD_ARGS"] = (
        f"--bind 127.0.0.1:{port} --access-logfile - --log-level debug "
        "--access-logformat '%(r)s|%(U)s|%(f)s|%({raw_uri}e)s|%(s)s'"
    )
    command = next(
        line.removeprefix("web: python ").split()
        for line in (ROOT / "deploy" / "Procfile").read_text().splitlines()
        if line.startswith("web: python ")
    )
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while answer(f"{address}/healthz") != 200:
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield address, log
    finally:
        process.terminate()
        process.wait(20)


def answer(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.mark.once
def test_the_server_s_log_has_no_token(server):
    """One that we have signed and, in an empty database, ends in an error; a wrong one; one in a Referer."""
    address, log = server
    assert answer(f"{address}/calendar/{TOKEN}.ics?only=exams") in {500, 503}
    assert answer(f"{address}/calendar/x{TOKEN}.ics") == 404
    assert answer(f"{address}/calendar/{TOKEN[:40]}") == 404
    assert answer(f"{address}/healthz", Referer=f"{address}/calendar/{TOKEN}.ics") == 200
    deadline = time.monotonic() + 10
    while log.read_text().count("/healthz") < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    said = log.read_text()
    assert said.count("GET /calendar/***") >= 3
    assert "Not Found: /calendar/***" in said
    assert "no such table" in said or "the database is away" in said
    assert SIGNATURE[:20] not in said  # the code alone, in a statement that DEBUG prints, opens nothing
