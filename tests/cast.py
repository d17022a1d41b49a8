"""The cast: alice and bob share a group, charlie is in another, dana has none, tina assists, ines teaches.

eve is a stranger: a person with an account whom this edition does not know.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from coursesite.models import CourseEdition, Enrolment, User
from exams.models import ExamSession, OralExam
from projects.models import Membership, Milestone, ProjectGroup, Slot

OPENS = datetime(2026, 2, 16, 8, 0, tzinfo=UTC)
CLOSES = datetime(2026, 2, 27, 17, 0, tzinfo=UTC)
CUT_OFF = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
WHILE_OPEN = datetime(2026, 2, 20, 10, 0, tzinfo=UTC)
FIRST_SLOT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def enrol(edition: CourseEdition, name: str, role: str = Enrolment.Role.STUDENT) -> Enrolment:
    user = User.objects.create_user(
        f"{name}@example.org", first_name=name.capitalize(), last_name=f"{name[0].upper()}."
    )
    return Enrolment.objects.create(edition=edition, user=user, role=role)


def team(edition: CourseEdition, name: str, *enrolments: Enrolment) -> ProjectGroup:
    group = ProjectGroup.objects.create(edition=edition, name=name)
    Membership.objects.bulk_create(Membership(group=group, enrolment=enrolment) for enrolment in enrolments)
    return group


def cut_slots(milestone: Milestone, count: int, *, first: datetime = FIRST_SLOT, room: str = "R7") -> list[Slot]:
    length = timedelta(minutes=15)
    return Slot.objects.bulk_create(
        Slot(
            milestone=milestone,
            starts_at=first + i * length,
            ends_at=first + (i + 1) * length,
            room=room,
            is_published=True,
        )
        for i in range(count)
    )


def cut_appointments(
    session: ExamSession, count: int, *, first: datetime = FIRST_SLOT, room: str = "R7"
) -> list[OralExam]:
    length = timedelta(minutes=20)
    return OralExam.objects.bulk_create(
        OralExam(
            session=session,
            starts_at=first + i * length,
            ends_at=first + (i + 1) * length,
            room=room,
            is_published=True,
        )
        for i in range(count)
    )


@pytest.fixture
def edition(db) -> CourseEdition:
    return CourseEdition.objects.create(
        code="INFO9023", title="Machine Learning Systems Design", season="spring", year=2026, slug="info9023-2026"
    )


@pytest.fixture
def while_open() -> Iterator[time_machine.Traveller]:
    """Booking is open, and the clock stands still until a test moves it."""
    with time_machine.travel(WHILE_OPEN, tick=False) as clock:
        yield clock


@pytest.fixture
def cast(edition: CourseEdition) -> SimpleNamespace:
    """Users by name, `enrolments` by name, `red` (alice, bob) and `blue` (charlie, chloe), the edition."""
    roles = {"tina": Enrolment.Role.TEACHING_ASSISTANT, "ines": Enrolment.Role.INSTRUCTOR}
    names = ("alice", "bob", "charlie", "chloe", "dana", "tina", "ines")
    enrolments = {name: enrol(edition, name, roles.get(name, Enrolment.Role.STUDENT)) for name in names}
    return SimpleNamespace(
        edition=edition,
        enrolments=SimpleNamespace(**enrolments),
        red=team(edition, "Red", enrolments["alice"], enrolments["bob"]),
        blue=team(edition, "Blue", enrolments["charlie"], enrolments["chloe"]),
        eve=User.objects.create_user("eve@example.org", first_name="Eve", last_name="E."),
        **{name: enrolment.user for name, enrolment in enrolments.items()},
    )


@pytest.fixture
def milestone(edition: CourseEdition) -> Milestone:
    """MS1, published with its window (OPENS, CLOSES, CUT_OFF) and four slots of a quarter of an hour in room R7."""
    milestone = Milestone.objects.create(
        edition=edition,
        number=1,
        title="Use case, data, experiments",
        starts_on=FIRST_SLOT.date(),
        ends_on=FIRST_SLOT.date() + timedelta(days=3),
        booking_opens_at=OPENS,
        booking_closes_at=CLOSES,
        changes_until=CUT_OFF,
        is_published=True,
    )
    cut_slots(milestone, 4)
    return milestone


@pytest.fixture
def exam_session(edition: CourseEdition) -> ExamSession:
    """An oral exam, published with the same window, and four appointments of twenty minutes in room R7."""
    session = ExamSession.objects.create(
        edition=edition,
        title="Oral exam",
        starts_on=FIRST_SLOT.date(),
        booking_opens_at=OPENS,
        booking_closes_at=CLOSES,
        changes_until=CUT_OFF,
        is_published=True,
    )
    cut_appointments(session, 4)
    return session
