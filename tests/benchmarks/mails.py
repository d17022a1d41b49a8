"""Reminders of an edition with 10,000 students: the sweep that finds them, and how fast they go. Prints JSON lines.

Run by `python -m tests.benchmarks` with an empty, migrated database in DATABASE_URL, and a Redis in CELERY_BROKER_URL.
Floor and ours take turns; each figure is the median.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery import Celery

from tests.benchmarks.sink import Sink, sink
from tests.services import ROOT

COUNT = int(os.environ.get("MAILS", "10000"))  # fewer for a quick look
RUNS = 3
BATCH = 100  # of the floor; ours is delivery.BATCH
WARM_UP = 200  # mails of the floor that are not counted
PATIENCE, START_SECONDS = 600, 60
TICK = 2.0  # seconds
WORKERS = 2  # as many as the floor has processes, and this measurement cores
FLOOR = "tests.benchmarks.mailfloor"
CELERY = (sys.executable, "-m", "celery", "--quiet", "--app")
WORKER = ("worker", "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "error")
THREADS = ("--pool", "threads", "--concurrency", "12")  # as in the Procfile


def seed(students: int, slug: str) -> Any:
    """Groups of two; half of them have a slot, and everybody owes something within a day."""
    edition = CourseEdition.objects.create(code="BENCH", title="Mails", year=timezone.now().year, slug=slug)
    now = timezone.now()
    first = now + timedelta(hours=20)
    milestone = Milestone.objects.create(
        edition=edition,
        number=1,
        starts_on=first.date(),
        ends_on=first.date() + timedelta(days=30),
        booking_opens_at=now - timedelta(days=9),
        booking_closes_at=now + timedelta(hours=10),
        changes_until=now + timedelta(hours=11),
        is_published=True,
    )
    users = User.objects.bulk_create(
        User(email=f"{slug}{n}@example.org", first_name=f"S{n}", last_name="Student", password="!")
        for n in range(students)
    )
    enrolments = Enrolment.objects.bulk_create(Enrolment(edition=edition, user=user) for user in users)
    groups = ProjectGroup.objects.bulk_create(
        ProjectGroup(edition=edition, name=f"Group {n}") for n in range(students // 2)
    )
    Membership.objects.bulk_create(
        Membership(group=groups[n // 2], enrolment=enrolment) for n, enrolment in enumerate(enrolments)
    )
    slots = Slot.objects.bulk_create(
        Slot(
            milestone=milestone,
            starts_at=first + timedelta(seconds=n),
            ends_at=first + timedelta(seconds=n, minutes=20),
            room="Room 1",
            is_published=True,
        )
        for n in range(len(groups) // 2)
    )
    Booking.objects.bulk_create(
        Booking(milestone=milestone, slot=slot, group=group, booked_by=users[2 * n], booked_at=now - timedelta(days=8))
        for n, (slot, group) in enumerate(zip(slots, groups, strict=False))
    )
    return edition


def timed(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def bench_sweep(edition: Any) -> None:
    small = seed(10, "small")
    now = timezone.now()
    times, counts = [], {}
    for _ in range(RUNS):
        with transaction.atomic():
            times.append(timed(lambda: reminders.queue(edition, now)))
            transaction.set_rollback(True)
    for size in (small, edition):
        finding = statements(lambda size=size: reminders.queue(size, now))
        counts[size.slug] = finding + statements(lambda size=size: reminders.queue(size, now))
    tell(f"sweep that finds {COUNT} reminders: s", ours=statistics.median(times), goal=2)
    again = statistics.median(timed(lambda: reminders.queue(edition, now)) for _ in range(RUNS))
    tell("sweep that finds nothing new: s", ours=again, goal=2)
    tell(f"sweep: SQL of {COUNT} students more than of 10", ours=counts["mails"] - counts["small"], goal=0)
    small.emails.all().delete()


def reset() -> None:
    """All are to be sent once more."""
    QueuedEmail.objects.update(state=QueuedEmail.State.QUEUED, sent_at=None, attempts=0, text="", subject="")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE coursesite_queuedemail")  # as it is where nobody sends them thrice


@contextmanager
def workers(application: str, *options: str, number: int = 1) -> Iterator[None]:
    """Stopped by their own pids."""
    env = os.environ | {"PYTHONWARNINGS": "ignore"}  # of running as root
    processes = [
        subprocess.Popen(
            [*CELERY, application, *WORKER, *options, "--hostname", f"{place}@%h"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.DEVNULL,
        )
        for place in range(number)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def rate(server: Sink, number: int, start: Callable[[], Any], again: Callable[[], Any] = lambda: None) -> float:
    """Mails by the second, from the start to the last one's arrival, as bench_mail.py has it.

    again: what beat does every two seconds.
    """
    before, began = server.mails, time.perf_counter()
    ticked = began
    start()
    while (arrived := server.mails - before) < number:
        now = time.perf_counter()
        if now > began + PATIENCE:
            raise SystemExit(f"{arrived} of {number} mails arrived")
        if now > ticked + TICK:
            ticked = now
            again()
        time.sleep(0.005)
    return number / (time.perf_counter() - began)


def await_workers(app: Celery, number: int) -> None:
    """Until that many answer."""
    deadline = time.monotonic() + START_SECONDS
    while len(app.control.ping(timeout=1)) < number:
        if time.monotonic() > deadline:
            raise SystemExit("the workers did not start")


def tick() -> None:
    tasks.tick.apply_async(expires=1.5 * TICK)


def send_batches(floor: Celery) -> None:
    for first in range(0, COUNT, BATCH):
        floor.send_task("mailfloor.batch", (first, min(first + BATCH, COUNT)), queue="floor")


def send_each(floor: Celery, count: int) -> None:
    for number in range(count):
        floor.send_task("mailfloor.one", (number,), queue="floor")


def bench_sending(server: Sink) -> None:
    """All reminders by the Procfile's worker, twice, against two processes that only send."""
    broker = os.environ["CELERY_BROKER_URL"]
    floor = Celery(broker=broker, backend=broker)
    batches, each, ours = [], [], []
    for _ in range(RUNS):
        with workers(FLOOR, "--concurrency", "2"):
            await_workers(floor, 1)
            rate(server, WARM_UP, lambda: send_each(floor, WARM_UP))
            batches.append(rate(server, COUNT, lambda: send_batches(floor)))
            each.append(rate(server, COUNT, lambda: send_each(floor, COUNT)))
        reset()
        with workers("coursesite", *THREADS, number=WORKERS):
            await_workers(tasks.tick.app, WORKERS)
            ours.append(rate(server, COUNT, tick, tick))
    for name, theirs, goal in (("connection per batch", batches, 0.8), ("task per mail", each, 2.5)):
        rates = statistics.median(ours), statistics.median(theirs)
        tell(f"reminders by the second, {name}", ours=rates[0], floor=rates[1], goal=goal, more_is_better=True)


if __name__ == "__main__":
    with sink() as server:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        import django

        django.setup()
        from django.db import connection, transaction
        from django.test.utils import CaptureQueriesContext
        from django.utils import timezone

        from coursesite import reminders, tasks
        from coursesite.models import CourseEdition, Enrolment, QueuedEmail, User
        from projects.models import Booking, Membership, Milestone, ProjectGroup, Slot

        def tell(name: str, **figures: float) -> None:
            print(json.dumps({"name": name} | figures), flush=True)

        edition = seed(COUNT, "mails")
        bench_sweep(edition)
        bench_sending(server)
