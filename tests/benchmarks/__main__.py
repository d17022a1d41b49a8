"""`make bench`: each figure as a ratio to its floor, in the same run, with its goal. Exits with 1 where one is missed.

A private Postgres, one database for the floor (floor.py) and one for the site, gunicorn with 2 workers x 4 threads and
CONN_MAX_AGE=60 for both. Only 127.0.0.1 is spoken to.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import load
from tests.benchmarks.load import Server
from tests.services import ROOT, database, postgres, redis_server

LECTURES = 60
SLOTS = 60
BOOKINGS = 500
CROWD = 200
PAGES = 3000
TURNS = 5
FREE_SLOT = re.compile(r"/bench/slots/([0-9a-f-]{36})/book/")
SITE = {"DJANGO_SETTINGS_MODULE": "coursesite.settings"}
OURS = {
    "SECRET_KEY": "bench",
    "DEBUG": "0",
    "ALLOWED_HOSTS": "*",
    "CONN_MAX_AGE": "60",
    "CACHE_URL": "dummycache://",
    "LOG_LEVEL": "ERROR",  # a refused click is a warning
}


@dataclass
class Results:
    """What was measured, and whether it reached its goal."""

    missed: list[str] = field(default_factory=list)

    def say(self, name: str, value: float, goal: float, detail: str = "") -> None:
        """A figure that must not be above its goal."""
        verdict = "ok" if value <= goal else "MISSED"
        if value > goal:
            self.missed.append(name)
        print(f"{name:<48} {value:>9.2f}   goal {goal:>8g}   {verdict:<6} {detail}", flush=True)

    def tell(self, name: str, value: float, detail: str = "") -> None:
        """A figure without a goal."""
        print(f"{name:<48} {value:>9.2f}   {'':>13}   {'':<6} {detail}", flush=True)

    def ratio(self, name: str, ours: float, floor: float, goal: float, unit: str = "ms") -> None:
        self.say(name, ours / floor, goal, f"{ours:.2f} {unit} / {floor:.2f} {unit}")

    def rate(self, name: str, ours: float, floor: float, goal: float) -> None:
        """More is better: how many times the floor, which must not be below its goal."""
        is_reached = ours / floor >= goal
        if not is_reached:
            self.missed.append(name)
        verdict = "ok" if is_reached else "MISSED"
        print(
            f"{name:<48} {ours / floor:>9.2f}   goal {goal:>8g}   {verdict:<6} {ours:.0f}/s / {floor:.0f}/s", flush=True
        )

    def figure(self, line: dict[str, Any]) -> None:
        """What another process told."""
        if "goal" not in line:
            floor, ours = line["floor"], line["ours"]
            self.tell(line["name"], ours / floor, f"{ours:.2f} ms / {floor:.2f} ms")
        elif "floor" not in line:
            self.say(line["name"], line["ours"], line["goal"])
        elif line.get("more_is_better"):
            self.rate(line["name"], line["ours"], line["floor"], line["goal"])
        else:
            self.ratio(line["name"], line["ours"], line["floor"], line["goal"])


def run(module: str, *args: str, url: str, **env: str) -> str:
    command = [sys.executable, "-m", module, *args]
    environment = os.environ | OURS | {"DATABASE_URL": url} | env
    return subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def seed_floor(url: str, slots: int, students: int) -> dict:
    return json.loads(run("tests.benchmarks.floor", str(slots), str(students), url=url))


def seed_ours(url: str, slots: int, groups: int) -> dict:
    run("django", "migrate", "--verbosity=0", url=url, **SITE)
    return json.loads(run("tests.benchmarks.seed", str(LECTURES), str(slots), str(groups), url=url))


def take_turns(*measures: Callable[[int], float]) -> list[float]:
    """The median of each: what else the machine does then falls on all of them alike."""
    rounds = [[measure(PAGES // TURNS) for measure in measures] for _ in range(TURNS)]
    return [statistics.median(figures) for figures in zip(*rounds, strict=True)]


def pages(results: Results, floor: Server, floor_seed: dict, ours: Server, seed: dict) -> None:
    """The schedule page, its 304 and that of a student's calendar, and the slot board of a student."""
    status, body, headers = load.fetch(ours, seed["schedule"])
    assert status == 200, status
    results.say("schedule page: kB", len(body) / 1000, 25)
    results.say("schedule page: kB compressed", load.compressed(body) / 1000, 6)
    page, floor_page = take_turns(
        lambda count: load.gets(ours, seed["schedule"], count),
        lambda count: load.gets(floor, "/schedule", count),
    )
    results.ratio("schedule page: processor time", page, floor_page, 1.5)

    tag = headers["ETag"]
    calendar_tag = load.fetch(ours, seed["calendar"])[2]["ETag"]
    floor_tag = load.fetch(floor, "/schedule-etag")[2]["ETag"]
    unchanged, floor_unchanged, calendar = take_turns(
        lambda count: load.gets(ours, seed["schedule"], count, status=304, headers={"If-None-Match": tag}),
        lambda count: load.gets(floor, "/schedule-etag", count, status=304, headers={"If-None-Match": floor_tag}),
        lambda count: load.gets(ours, seed["calendar"], count, status=304, headers={"If-None-Match": calendar_tag}),
    )
    results.ratio("schedule page: 304, processor time", unchanged, floor_unchanged, 1.5)
    results.ratio("own calendar: 304 / the schedule page's", calendar, unchanged, 1.1)

    jar = load.cookies(seed["cookie"], seed["keys"][0])
    floor_jar = load.cookies("sessionid", floor_seed["keys"][0])
    board, floor_board = take_turns(
        lambda count: load.gets(ours, seed["board"], count, cookies=jar),
        lambda count: load.gets(floor, "/board", count, cookies=floor_jar),
    )
    results.ratio("slot board: processor time", board, floor_board, 1.3)


def bookings(results: Results, floor: Server, floor_seed: dict, ours: Server, seed: dict) -> None:
    """Everybody books another slot: what one booking costs."""
    wins = [
        (load.cookies(seed["cookie"], key), f"/bench/slots/{slot}/book/", {})
        for key, slot in zip(seed["keys"], seed["slots"], strict=True)
    ]
    floor_wins = [
        (load.cookies("sessionid", key), "/book", {"slot": str(slot)})
        for key, slot in zip(floor_seed["keys"], floor_seed["slots"], strict=True)
    ]
    results.ratio(
        "booking POST: processor time",
        load.posts(ours, wins, (302, 303)),
        load.posts(floor, floor_wins, (302, 303)),
        1.5,
    )


def crowd(results: Results, floor: Server, floor_seed: dict, ours: Server, seed: dict, **form: str) -> None:
    """200 people want 60 slots, and send `form` with each click."""
    floor_rush = load.rush(
        floor.base,
        [load.cookies("sessionid", key) for key in floor_seed["keys"]],
        SLOTS,
        "/board",
        lambda page: re.findall(r"name=slot value=(\d+)", page),
        lambda slot: ("/book", {"slot": slot}),
    )
    our_rush = load.rush(
        ours.base,
        [load.cookies(seed["cookie"], key) for key in seed["keys"]],
        SLOTS,
        seed["board"],
        FREE_SLOT.findall,
        lambda code: (f"/bench/slots/{code}/book/", form),
    )
    name = "rush, or the nearest" if form else "rush"
    errors = sum(number for status, number in our_rush.statuses.items() if status >= 500)
    results.say(f"{name}: slots left or booked twice", abs(SLOTS - our_rush.won), 0)
    results.say(f"{name}: answers of 500 and above", errors, 0, str(our_rush.statuses))
    asked, floor_asked = (found.requests / max(1, found.won) for found in (our_rush, floor_rush))
    results.say(f"{name}: requests per booking", asked, 8, f"the floor's: {floor_asked:.2f}")
    results.ratio(f"{name}: until all are taken", our_rush.seconds, floor_rush.seconds, 1.3, "s")


def crowd_of_the_willing(*args: Any) -> None:
    """The same, where each would take the nearest slot if theirs is gone: the box above the board."""
    crowd(*args, or_nearest="1")


def main() -> int:
    results = Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as var, postgres() as server:
        OURS["VAR_DIR"] = var
        run("django", "collectstatic", "--noinput", "--verbosity=0", url=server, **SITE)
        for measure, slots, people in (
            (pages, SLOTS, 10),
            (bookings, BOOKINGS, BOOKINGS),
            (crowd, SLOTS, CROWD),
            (crowd_of_the_willing, SLOTS, CROWD),
        ):
            with database(server) as floor_url, database(server) as our_url:
                floor_seed, seed = seed_floor(floor_url, slots, people), seed_ours(our_url, slots, people)
                if measure is pages:
                    for line in run("tests.benchmarks.queries", json.dumps(seed), url=our_url).splitlines():
                        results.figure(json.loads(line))
                with (
                    load.gunicorn("tests.benchmarks.floor:application", DATABASE_URL=floor_url) as floor,
                    load.gunicorn("coursesite.wsgi:application", DATABASE_URL=our_url, **OURS) as ours,
                ):
                    measure(results, floor, floor_seed, ours, seed)
        with database(server) as our_url:
            run("django", "migrate", "--verbosity=0", url=our_url, **SITE)
            for line in run("tests.benchmarks.bulk", url=our_url).splitlines():
                results.figure(json.loads(line))
        with database(server) as our_url, redis_server() as broker:
            run("django", "migrate", "--verbosity=0", url=our_url, **SITE)
            for line in run("tests.benchmarks.mails", url=our_url, CELERY_BROKER_URL=broker).splitlines():
                results.figure(json.loads(line))
    if results.missed:
        print("Missed: " + ", ".join(results.missed))
    return 1 if results.missed else 0


if __name__ == "__main__":
    sys.exit(main())
