"""Load on one server, and what it cost: processor time of the server's own processes, as /proc counts it."""

import asyncio
import contextlib
import gzip
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.services import ROOT, free_port

TOKEN = "a" * 32
TICKS = os.sysconf("SC_CLK_TCK")
CLIENTS = 8


@dataclass
class Server:
    base: str
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time used so far by the master and its workers."""
        used = 0
        for pid in (self.pid, *children(self.pid)):
            with contextlib.suppress(OSError):
                used += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:15]))
        return used / TICKS


def children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            found += [child, *children(child)]
    return found


@contextlib.contextmanager
def gunicorn(application: str, **env: str) -> Iterator[Server]:
    """2 workers x 4 threads, as both sites are measured; stopped by its own pid."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", application, "--workers=2", "--worker-class=gthread", "--threads=4"),
            *(f"--bind=127.0.0.1:{port}", "--log-level=error", "--no-control-socket"),
        ],
        cwd=ROOT,
        env=os.environ | env,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None:
                raise SystemExit(f"{application} did not start")
            time.sleep(0.1)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@dataclass
class Rush:
    """What happened to everybody: seconds until the last slot was taken, answers by status."""

    won: int = 0
    requests: int = 0
    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)


def client(base: str, cookies: dict[str, str]) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        base,
        cookies=cookies,
        cookie_jar=aiohttp.CookieJar(unsafe=True),
        connector=aiohttp.TCPConnector(limit=1),
        timeout=aiohttp.ClientTimeout(120),
    )


def cookies(session_cookie: str, key: str) -> dict[str, str]:
    return {session_cookie: key, "csrftoken": TOKEN}


def gets(server: Server, path: str, count: int, *, status: int = 200, cookies=None, headers=None) -> float:
    """Milliseconds of the server's processor time for one GET of that page; every answer must have this status."""

    async def one(shares: Iterator[int]) -> None:
        async with client(server.base, cookies or {}) as session:
            for _ in shares:
                async with session.get(path, headers=headers or {}) as answer:
                    await answer.read()
                    if answer.status != status:
                        raise SystemExit(f"{path}: {answer.status} instead of {status}")

    async def all_of_them(number: int) -> None:
        shares = iter(range(number))
        await asyncio.gather(*(one(shares) for _ in range(CLIENTS)))

    asyncio.run(all_of_them(count // 5))  # warm
    before = server.cpu_seconds()
    asyncio.run(all_of_them(count))
    return (server.cpu_seconds() - before) / count * 1000


def posts(server: Server, requests: list[tuple[dict[str, str], str, dict[str, str]]], status: tuple[int, ...]) -> float:
    """The same for POSTs, each (cookies, path, data) sent once, over one connection a client."""

    async def one(share: Iterator[tuple[dict[str, str], str, dict[str, str]]]) -> None:
        async with aiohttp.ClientSession(server.base, cookie_jar=aiohttp.DummyCookieJar()) as session:
            for jar, path, data in share:
                cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
                data = data | {"csrfmiddlewaretoken": TOKEN}
                async with session.post(path, data=data, headers={"Cookie": cookie}, allow_redirects=False) as answer:
                    await answer.read()
                    if answer.status not in status:
                        raise SystemExit(f"POST {path}: {answer.status}")

    async def all_of_them(some: list) -> None:
        share = iter(some)
        await asyncio.gather(*(one(share) for _ in range(CLIENTS)))

    warm, measured = requests[: len(requests) // 5], requests[len(requests) // 5 :]
    asyncio.run(all_of_them(warm))
    before = server.cpu_seconds()
    asyncio.run(all_of_them(measured))
    return (server.cpu_seconds() - before) / len(measured) * 1000


def fetch(server: Server, path: str, *, cookies=None, headers=None) -> tuple[int, bytes, dict[str, str]]:
    async def once():
        async with client(server.base, cookies or {}) as session, session.get(path, headers=headers or {}) as answer:
            return answer.status, await answer.read(), answer.headers

    return asyncio.run(once())


def compressed(body: bytes) -> int:
    return len(gzip.compress(body, 6))


def rush(base: str, seats: list[dict[str, str]], slots: int, board: str, find_free, book) -> Rush:
    """Everybody loads the board, clicks a random free slot, and looks again when it was lost, until none is free.

    find_free(html) -> what can be clicked; book(choice) -> (path, data). A board that comes with the refusal is the
    next look.
    """
    result = Rush()
    last_win = 0.0

    async def person(number: int, jar: dict[str, str], gate: asyncio.Event) -> None:
        nonlocal last_win
        dice = random.Random(number)
        async with client(base, jar) as session:
            await gate.wait()
            page = await get(session)
            for _ in range(50):
                free = find_free(page)
                if not free:
                    return
                path, data = book(dice.choice(free))
                data = data | {"csrfmiddlewaretoken": TOKEN}
                async with session.post(path, data=data, allow_redirects=False) as answer:
                    page = await answer.text()
                    count(answer.status)
                if answer.status in (302, 303):
                    result.won += 1
                    last_win = time.perf_counter()
                    return
                if "<html" not in page:
                    page = await get(session)

    async def get(session: aiohttp.ClientSession) -> str:
        async with session.get(board) as answer:
            count(answer.status)
            return await answer.text()

    def count(status: int) -> None:
        result.requests += 1
        result.statuses[status] = result.statuses.get(status, 0) + 1

    async def everybody() -> float:
        gate = asyncio.Event()
        people = [asyncio.create_task(person(n, jar, gate)) for n, jar in enumerate(seats)]
        await asyncio.sleep(0.5)
        start = time.perf_counter()
        gate.set()
        await asyncio.gather(*people)
        return start

    start = asyncio.run(everybody())
    result.seconds = last_win - start if result.won >= slots else float("inf")
    return result
