"""Fill the database named by DATABASE_URL with a course of a given size; prints what a client needs as JSON.

Run as `python -m tests.benchmarks.seed LECTURES SLOTS GROUPS`.
"""

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up first
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.utils import timezone  # noqa: E402

from coursesite.models import CalendarFeed, CourseEdition, Enrolment, User  # noqa: E402
from projects.models import Membership, Milestone, ProjectGroup, Slot  # noqa: E402
from schedule.models import Lecture, Material, Sprint  # noqa: E402

FIRST = datetime(2027, 3, 1, 8, tzinfo=UTC)


def seed(lectures: int, slots: int, groups: int) -> dict:
    edition = CourseEdition.objects.create(
        code="BENCH", title="A course of some size", season="spring", year=2027, slug="bench"
    )
    seed_schedule(edition, lectures)
    now = timezone.now()
    milestone = Milestone.objects.create(
        edition=edition,
        number=1,
        starts_on=FIRST.date(),
        ends_on=FIRST.date() + timedelta(days=30),
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=5),
        changes_until=now + timedelta(days=6),
        is_published=True,
    )
    cut = Slot.objects.bulk_create(
        Slot(
            milestone=milestone,
            starts_at=now + timedelta(days=7 + n // 20, minutes=20 * (n % 20)),
            ends_at=now + timedelta(days=7 + n // 20, minutes=20 * (n % 20) + 20),
            room="Room 1",
            is_published=True,
        )
        for n in range(slots)
    )
    users = User.objects.bulk_create(
        User(email=f"s{n}@example.org", first_name=f"S{n}", last_name="Student", password="!")
        for n in range(2 * groups)
    )
    enrolments = Enrolment.objects.bulk_create(Enrolment(edition=edition, user=user) for user in users)
    made = ProjectGroup.objects.bulk_create(ProjectGroup(edition=edition, name=f"Group {n}") for n in range(groups))
    Membership.objects.bulk_create(
        Membership(group=made[n // 2], enrolment=enrolment) for n, enrolment in enumerate(enrolments)
    )
    return {
        "cookie": settings.SESSION_COOKIE_NAME,
        "keys": sessions(users[::2]),  # one member of each group
        "slots": [str(slot.code) for slot in cut],
        "schedule": "/bench/schedule/",
        "board": "/bench/milestones/1/",
        "calendar": f"/calendar/{CalendarFeed.objects.create(enrolment=enrolments[0], made_at=now).token}.ics",
    }


def seed_schedule(edition: CourseEdition, lectures: int) -> None:
    sprints = Sprint.objects.bulk_create(
        Sprint(edition=edition, label=f"Sprint {n}", title="Something to build", position=n) for n in range(1, 7)
    )
    rows = Lecture.objects.bulk_create(
        Lecture(
            edition=edition,
            position=n + 1,
            taught_on=FIRST.date() + timedelta(days=7 * n),
            week=f"W{n + 1}",
            sprint=sprints[n * 6 // lectures],
            title=f"Lecture number {n + 1}",
        )
        for n in range(lectures)
    )
    Material.objects.bulk_create(
        Material(
            edition=edition,
            lecture=row,
            kind="slides",
            label="Lecture slides",
            href=f"https://example.org/lectures/{n + 1:02d}.pdf",
            position=1,
        )
        for n, row in enumerate(rows)
    )


def sessions(users: list[User]) -> list[str]:
    store = SessionStore()
    rows = [
        Session(
            session_key=f"k{user.pk:031d}",
            expire_date=timezone.now() + timedelta(days=30),
            session_data=store.encode(
                {
                    "_auth_user_id": str(user.pk),
                    "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[0],
                    "_auth_user_hash": user.get_session_auth_hash(),
                }
            ),
        )
        for user in users
    ]
    return [row.session_key for row in Session.objects.bulk_create(rows)]


if __name__ == "__main__":
    print(json.dumps(seed(*map(int, sys.argv[1:4]))))
