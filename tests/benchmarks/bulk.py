"""One-process costs against their floors: a README of 200 rows, a class list of 10,000. Prints JSON lines.

Run by `python -m tests.benchmarks` with an empty, migrated database in DATABASE_URL. Each figure is the median of
several runs, floor and ours taking turns.
"""

import gc
import itertools
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.db import connection, models, transaction  # noqa: E402 - Django has to be set up first
from django.test.utils import CaptureQueriesContext  # noqa: E402
from markdown_it import MarkdownIt  # noqa: E402

from coursesite import roster  # noqa: E402
from coursesite.models import CourseEdition, Enrolment, User  # noqa: E402
from schedule import importing, readme  # noqa: E402
from tests.benchmarks.readmes import course, plain, schedule  # noqa: E402
from tests.schedule.hostile import HOSTILE  # noqa: E402

RUNS = 9
LINKED = 5  # every fifth row has links; in the seed it is 4 links for 15 rows
STUDENTS = 10_000


class Undo(Exception):
    """Ends a transaction without leaving anything."""


class Topic(models.Model):
    """A row of the floor."""

    starts = models.DateTimeField()
    title = models.CharField(max_length=100)
    room = models.CharField(max_length=40)
    abstract = models.TextField()

    class Meta:
        app_label = "floor"


def undone(act: Callable[[], object]) -> None:
    try:
        with transaction.atomic():
            act()
            raise Undo
    except Undo:
        pass


def milliseconds(act: Callable[[], object]) -> float:
    """Of wall-clock, until all is committed. Nobody pays for the garbage of the one before."""
    gc.collect()
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def compared(*acts: Callable[[], object], runs: int = RUNS) -> list[float]:
    """The median of each; they take turns."""
    rounds = [[milliseconds(act) for act in acts] for _ in range(runs + 1)][1:]
    return [statistics.median(each) for each in zip(*rounds, strict=True)]


def tell(name: str, **figures: float) -> None:
    print(json.dumps({"name": name} | figures), flush=True)


def bench_import() -> None:
    """Each import opens an edition of its own."""
    with connection.schema_editor() as editor:
        editor.create_model(Topic)
    markdown, text = MarkdownIt("commonmark").enable("table"), plain(200)
    numbers = itertools.count(1)

    def floor() -> None:
        markdown.parse(text)
        Topic.objects.bulk_create(
            [
                Topic(pk=10**6 + n, starts="2027-03-01T10:00Z", title=f"Topic {n}", room="1", abstract="x")
                for n in range(200)
            ],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["title", "starts"],
        )

    def ours() -> None:
        text = schedule(200, f"BULK{next(numbers):03d}", LINKED)
        importing.apply(readme.parse(text.encode()), confirmed=True)

    def crammed() -> None:
        text = course(200, f"BULK{next(numbers):03d}")
        importing.apply(readme.parse(text.encode()), confirmed=True)

    floor_ms, ours_ms, crammed_ms = compared(floor, ours, crammed)
    tell("import of 200 rows", floor=floor_ms, ours=ours_ms, goal=1.5)
    tell("import of 200 rows, 400 links, 200 sections", floor=floor_ms, ours=crammed_ms)
    counts = {}
    for rows in (15, 200):
        parsed = readme.parse(course(rows).encode())
        with CaptureQueriesContext(connection) as queries:
            undone(lambda parsed=parsed: importing.apply(parsed, confirmed=True))
        tell(f"import of {rows} rows: most SQL for one table", ours=busiest(queries), goal=3)
        counts[rows] = len(queries)
    tell("import: SQL of 200 rows more than of 15", ours=counts[200] - counts[15], goal=0)
    data = course(200).encode()
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

    def ours() -> None:
        roster.apply(edition, roster.parse(data), by=ines)

    floor_ms, ours_ms = compared(lambda: undone(floor), lambda: undone(ours), runs=3)
    tell("class list of 10,000", floor=floor_ms, ours=ours_ms, goal=2)


if __name__ == "__main__":
    bench_import()
    bench_hostile()
    bench_roster()
