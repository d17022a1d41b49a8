"""The real runner behind `make run`: it starts three processes, says what a person needs, and leaves nothing behind."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.services import ROOT, Site, free_port, own_environment, running_site

pytestmark = pytest.mark.once("postgres")


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def manage(var: Path, *words: str) -> str:
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, env=own_environment(var), capture_output=True, text=True, check=True)
    return done.stdout


def refused(var: Path, **settings: str) -> str:
    """What the runner says instead of starting: one line, and nothing is written."""
    command = [sys.executable, "-m", "deploy.run"]
    done = subprocess.run(
        command, cwd=ROOT, env=own_environment(var, **settings), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert not var.exists()
    return done.stderr.removesuffix("\n")


def assert_ended_well(site: Site) -> None:
    assert "Stopped." in site.log.read_text()
    assert "Traceback" not in site.log.read_text()
    assert site.family() == []


def test_says_what_a_person_needs_and_stops_on_ctrl_c():
    with running_site() as (url, site):
        assert "demo" in fetch(url).lower()
        said = site.log.read_text()
        assert f"The site is ready: {url}/" in said
        assert manage(Path(site.var), "demo", "--accounts").strip() in said
        assert f"Mails: {site.var}/mail" in said
        assert all(site.family(word) for word in ("gunicorn", "worker", "beat"))
        site.stop(signal.SIGINT)
        assert site.returncode == 0
        assert_ended_well(site)


def test_make_passes_a_termination_on():
    with running_site(command=["make", "run"]) as (_, site):
        site.send_signal(signal.SIGTERM)
        site.wait(20)
        assert_ended_well(site)


def test_a_runner_killed_outright_takes_its_processes_along():
    with running_site() as (_, site):
        site.kill()
        deadline = time.monotonic() + 15
        while site.family() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert site.family() == []


def test_a_killed_worker_comes_back():
    with running_site() as (url, site):
        # The shell that starts it again has the word in its command line as well, and stays.
        before = {pid for pid in site.family("worker") if Path(f"/proc/{pid}/exe").resolve().name.startswith("python")}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not set(site.family("worker\0")) - before and time.monotonic() < deadline:
            time.sleep(0.2)
        assert set(site.family("worker\0")) - before
        assert fetch(f"{url}/healthz")
        site.stop()
        assert_ended_well(site)


def test_a_second_start_keeps_the_data(tmp_path):
    var = tmp_path / "var"
    with running_site({"VAR_DIR": str(var)}):
        pass
    with sqlite3.connect(var / "coursesite.sqlite3") as database:
        database.execute("UPDATE coursesite_courseedition SET title = 'Renamed by hand'")
    with running_site({"VAR_DIR": str(var)}) as (url, _):
        assert "Renamed by hand" in fetch(url)


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(tmp_path / "var", PORT=str(port))
    assert said == f"Port {port} is in use. Choose another: PORT=8123 make run"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PORT 8000\n", "{env}, line 1: write NAME=value, without spaces around the =."),
        (b"# mine\n\nTIME_ZONE = Europe/Brussels\n", "{env}, line 3: write NAME=value, without spaces around the =."),
        (b"SITE_NAME=Universit\xe9\n", "{env} cannot be read as UTF-8 text."),
        (b"PORT=eighty\n", "PORT must be a whole number."),
        (
            b"DATABASE_URL=postgres://site:s3cret/word@db/site\n",
            "DATABASE_URL must look like postgres://user:password@host:5432/name, with %2F for a / in the password.",
        ),
        (
            b"DEBUG=off\n",
            "SECRET_KEY is not set: with DEBUG off the site needs a long random secret of its own.",
        ),
    ],
)
def test_a_broken_env_file_is_one_sentence(tmp_path, content, sentence):
    env = tmp_path / "env"
    env.write_bytes(content)
    said = refused(tmp_path / "var", ENV_FILE=str(env))
    assert said == "A setting is wrong. " + sentence.format(env=env)


def test_a_port_that_is_none_is_one_sentence(tmp_path):
    assert refused(tmp_path / "var", PORT="70000") == "PORT is 70000, and a port is a number from 1 to 65535."


def test_the_environment_wins_over_the_env_file(tmp_path):
    env = tmp_path / "env"
    env.write_text(f"PORT={free_port()}\n")
    code = "from django.conf import settings; print(settings.PORT)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=own_environment(tmp_path, ENV_FILE=str(env), PORT="8321"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "8321"
