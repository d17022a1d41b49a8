"""`make run`: the site on this machine with nothing but Python, and the demo course in it.

Says in one sentence what is wrong before anything starts, brings the database up to date, and runs the Procfile's
web, worker and beat under honcho until it is told to stop.
"""

# ruff: noqa: E402 # until serve(), Ctrl-C ends this without a word: also while the imports, which take a second, run
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)

import ctypes
import io
import multiprocessing
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connections
from honcho.environ import parse_procfile
from honcho.manager import KILL_WAIT, Manager

PROCFILE = Path(__file__).with_name("Procfile")
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
READY_SECONDS = 60
PR_SET_PDEATHSIG = 1  # from linux/prctl.h


def main() -> int:
    prepare("make run")
    accounts = io.StringIO()
    call_command("demo")
    call_command("demo", "--accounts", stdout=accounts)
    return serve(accounts.getvalue())


def prepare(command: str) -> None:
    """What can be wrong is said here, in words; afterwards the database is there and up to date."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise CommandError(f"A setting is wrong. {error}") from error
    check_port(settings.PORT, command)
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    call_command("check", stdout=io.StringIO())
    say("Bringing the database up to date ...")
    call_command("migrate", interactive=False, verbosity=0)


def check_port(port: int, command: str) -> None:
    if not 0 < port < 65536:
        raise CommandError(f"PORT is {port}, and a port is a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does: TIME_WAIT is not in use
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = "is for root alone" if isinstance(error, PermissionError) else "is in use"
            raise CommandError(f"Port {port} {reason}. Choose another: PORT=8123 {command}") from error


def serve(welcome: str) -> int:
    """Run the processes until one of them ends or a signal comes; print the welcome once the site is ready."""
    asked: list[int] = []
    for number in STOP_SIGNALS:
        signal.signal(number, lambda received, frame: asked.append(received))
    connections.close_all()
    site = multiprocessing.get_context("fork").Process(target=_supervise)
    # Blocked until the child has left the terminal's group: Ctrl-C is for us, and honcho is told once, by us.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    site.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    started = time.monotonic()
    waiting = True
    while site.is_alive() and not asked:
        if waiting and (trouble := _trouble()) is None:
            waiting = False
            say(_framed(welcome))
        elif waiting and time.monotonic() > started + READY_SECONDS:
            waiting = False
            say(f"The site is still not ready: {trouble}")
        site.join(0.2)
    if asked:
        time.sleep(max(0.0, started + 1 - time.monotonic()))  # honcho stumbles when it has not started all of them
    while site.is_alive():
        site.terminate()
        site.join(2 * KILL_WAIT)
    say("Stopped." if asked else "One of the processes ended, so the others were stopped; the reason is above.")
    return 0 if asked else 1


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _supervise() -> None:
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # whoever is killed outright leaves nothing behind
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # forgets one that came in the meantime
    manager = Manager()
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PORT": str(settings.PORT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:You're running the worker",  # with superuser privileges: make run may
        "WEB_CONCURRENCY": os.environ.get("WEB_CONCURRENCY", "2"),
        "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{settings.PORT}",  # for this machine alone
    }
    for name, command in parse_procfile(PROCFILE.read_text()).processes.items():
        if name == "web":
            manager.add_process(name, f"exec {command}", env=environment)
        elif name != "release":  # one that is killed comes back; honcho alone would take the site down with it
            manager.add_process(name, f"trap exit TERM; until {command}; do sleep 1; done", env=environment)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    manager.loop()


def _trouble() -> str | None:
    """None when /readyz says that database, cache and beat are well, otherwise what it said."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://127.0.0.1:{settings.PORT}/readyz", timeout=5):
            return None
    except urllib.error.HTTPError as error:
        return f"/readyz says {error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def _framed(welcome: str) -> str:
    mails = getattr(settings, "EMAIL_FILE_PATH", None) or f"sent through {settings.EMAIL_HOST}"
    body = f"The site is ready: {settings.SITE_URL}/\n\n{welcome.rstrip()}\n\nMails: {mails}\nCtrl-C stops it."
    rule = "-" * 72
    return f"\n{rule}\n{body}\n{rule}\n"


def leave(main: Callable[[], int]) -> NoReturn:
    """Run main; a refusal is said without a traceback."""
    try:
        sys.exit(main())
    except CommandError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    leave(main)
