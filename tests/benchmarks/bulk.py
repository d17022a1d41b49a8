"""One-process costs against their floors: a README of 200 rows, a class list of 10,000. Prints JSON lines.

Run by `python -m tests.benchmarks` with an empty, migrated database in DATABASE_URL. Each figure is the median of
three runs, floor and ours taking turns.
"""

import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 - Django has to be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402
from markdown_it import MarkdownIt  # noqa: E402

from coursesite import roster  # noqa: E402
from coursesite.models import CourseEdition, Enrolment, User  # noqa: E402
from schedule import importing, readme  # noqa: E402
from schedule.models import Lecture  # noqa: E402
from tests.benchmarks.readmes import course  # noqa: E402
from tests.schedule.hostile import HOSTILE  # noqa: E402

RUNS = 3
STUDENTS = 10_000


class Undo(Exception):
    """Ends a measured transaction without leaving anything."""


def milliseconds(act: Callable[[], object]) -> float:
    """Of wall-clock and processor of this process and the database, in a transaction that is rolled back afterwards."""
    start = end = time.perf_counter()
    try:
        with transaction.atomic():
            start = time.perf_counter()
            act()
            end = time.perf_counter()
            raise Undo
    except Undo:
        return (end - start) * 1000


def compared(floor: Callable[[], object], ours: Callable[[], object]) -> tuple[float, float]:
    pairs = [(milliseconds(floor), milliseconds(ours)) for _ in range(RUNS + 1)][1:]
    return statistics.median(f for f, _o in pairs), statistics.median(o for _f, o in pairs)


def tell(name: str, **figures: float) -> None:
    print(json.dumps({"name": name} | figures), flush=True)


def bench_import() -> None:
    text = course(200)
    data = text.encode()
    edition = CourseEdition.objects.create(title="Floor", year=2027, slug="floor")
    markdown = MarkdownIt("commonmark").enable("table")

    def floor() -> None:
        markdown.parse(text)
        Lecture.objects.bulk_create(
            [
                Lecture(pk=10**6 + n, edition=edition, taught_on="2027-03-01", title=f"Topic {n}", room="1", notes="x")
                for n in range(200)
            ],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["title", "taught_on"],
        )

    floor_ms, ours_ms = compared(floor, lambda: importing.apply(readme.parse(data), confirmed=True))
    tell("import of 200 rows", floor=floor_ms, ours=ours_ms, goal=1.5)
    counts = {}
    for rows in (15, 200):
        parsed = readme.parse(course(rows).encode())
        with CaptureQueriesContext(connection) as queries:
            milliseconds(lambda parsed=parsed: importing.apply(parsed, confirmed=True))
        tell(f"import of {rows} rows: most SQL for one table", ours=busiest(queries), goal=3)
        counts[rows] = len(queries)
    tell("import: SQL of 200 rows more than of 15", ours=counts[200] - counts[15], goal=0)
    importing.apply(readme.parse(data), confirmed=True)
    with CaptureQueriesContext(connection) as queries:
        importing.apply(readme.parse(data), confirmed=True)
    tell("import, unchanged: writes", ours=sum(is_write(query["sql"]) for query in queries), goal=0)


def bench_hostile() -> None:
    """Files of a mebibyte, each read or refused; of the slowest."""

    def seconds(text: str) -> float:
        data = text.encode()[: readme.MAX_BYTES]
        start = time.process_time()
        readme.parse(data)
        return time.process_time() - start

    tell("slowest README of 1 MiB: s", ours=max(map(seconds, HOSTILE.values())), goal=2)


def is_write(sql: str) -> bool:
    return sql.split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE"}


def busiest(queries: CaptureQueriesContext) -> int:
    """The most statements that one table took part in as the table read or written."""
    tables: Counter[str] = Counter()
    for query in queries:
        words = query["sql"].replace('"', "").split()
        verb = words[0].upper()
        before_table = {"SELECT": "FROM", "DELETE": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE"}.get(verb)
        if before_table in words:
            tables[words[words.index(before_table) + 1]] += 1
    return max(tables.values())


def bench_roster() -> None:
    """10,000 people from a CSV against the bare inserts of the same rows into the same tables."""
    edition = CourseEdition.objects.create(title="Roster", year=2027, slug="roster")
    ines = User.objects.create_user("ines@example.org")
    lines = (f"s{n}@example.org,First{n},Last{n},s{n:06d}" for n in range(STUDENTS))
    data = "\n".join(["e-mail,first name,last name,student number", *lines]).encode()

    def floor() -> None:
        users = User.objects.bulk_create(
            (
                User(
                    email=f"s{n}@example.org", first_name=f"First{n}", last_name=f"Last{n}", student_number=f"s{n:06d}"
                )
                for n in range(STUDENTS)
            ),
            batch_size=1000,
        )
        Enrolment.objects.bulk_create((Enrolment(edition=edition, user=user) for user in users), batch_size=1000)

    floor_ms, ours_ms = compared(floor, lambda: roster.apply(edition, roster.parse(data), by=ines))
    tell("class list of 10,000", floor=floor_ms, ours=ours_ms, goal=2)


if __name__ == "__main__":
    bench_import()
    bench_hostile()
    bench_roster()
