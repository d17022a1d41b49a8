"""SQL statements of each page and of a booking, counted in one process. Prints JSON lines.

Run as `python -m tests.benchmarks.queries SEED` with the seeded database in DATABASE_URL.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 - Django has to be set up first
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

BOUNDARIES = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def counted(act, status: int) -> int:
    act()  # what is asked once per process
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    assert answer.status_code == status, answer.status_code
    return sum(not query["sql"].startswith(BOUNDARIES) for query in queries)


def main(seed: dict) -> None:
    nobody, student = Client(), Client()
    student.cookies[seed["cookie"]] = seed["keys"][0]
    tell("schedule page: SQL", counted(lambda: nobody.get(seed["schedule"]), 200), 4)
    tell("slot board: SQL", counted(lambda: student.get(seed["board"]), 200), 6)

    tag = nobody.get(seed["calendar"]).headers["ETag"]
    unchanged = {"If-None-Match": tag}
    tell("own calendar, 304: SQL", counted(lambda: nobody.get(seed["calendar"], headers=unchanged), 304), 1)

    with transaction.atomic():  # the booking is not to stay
        with CaptureQueriesContext(connection) as queries:
            answer = student.post(f"/bench/slots/{seed['slots'][0]}/book/")
        assert answer.status_code in (302, 303), answer.status_code
        tell("booking POST: SQL", sum(not query["sql"].startswith(BOUNDARIES) for query in queries), 8)
        transaction.set_rollback(True)


def tell(name: str, number: int, goal: int) -> None:
    print(json.dumps({"name": name, "ours": number, "goal": goal}), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
