"""`demo`: a course in its fourth week on whatever day it is loaded, with accounts, where DEBUG is on alone."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from coursesite.models import CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail
from exams.models import CaseStudy, ExamSession, OralExam, QuestionPart
from projects.models import Booking, Membership, Milestone, ProjectGroup, Slot
from schedule import rollover
from schedule.management.commands.demo import CAST, password_of
from schedule.models import Lecture, Sprint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def where_debug_is_on(settings):
    settings.DEBUG = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def demo(*options: str) -> str:
    out = StringIO()
    call_command("demo", *options, stdout=out)
    return out.getvalue()


def test_refuses_where_debug_is_off(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG off"):
        demo()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "today", ["2026-11-24", "2026-02-23", "2026-03-29", "2026-10-25", "2027-01-03", "2028-02-29", "2026-12-31"]
)
def test_today_is_in_week_4_and_booking_is_open(today):
    noon = datetime.fromisoformat(f"{today}T12:00+00:00")
    with time_machine.travel(noon, tick=False):
        assert "in its fourth week" in demo()
        edition = CourseEdition.objects.get()
        monday = noon.date() - timedelta(days=noon.weekday())
        assert Lecture.objects.get(week="W4").taught_on == monday
        assert [row.week for row in Lecture.objects.all()] == [f"W{n}" for n in range(1, 13)]
        milestone = Milestone.objects.get(number=1)
        local = [at.astimezone(edition.zone) for at in (milestone.booking_opens_at, milestone.booking_closes_at)]
        assert [f"{at:%a %H:%M}" for at in local] == ["Mon 00:00", "Sun 23:59"]
        assert local[0].date() == monday
        assert milestone.starts_on == monday + timedelta(days=7)
        assert milestone.changes_until <= Slot.objects.earliest("starts_at").starts_at
        assert edition.is_demo


def test_the_cast_is_seated():
    demo()
    assert {e.user.email.split("@")[0]: e.role for e in Enrolment.objects.select_related("user")} == {
        name: role for name, (role, _about) in CAST.items()
    }
    assert User.objects.get(email="alice@example.org").check_password(password_of("alice"))
    assert not User.objects.get(email="bob@example.org").has_usable_password()
    sizes = {group.name: group.memberships.count() for group in ProjectGroup.objects.all()}
    assert sizes == {"Aurora": 2, "Borealis": 2, "Comet": 1}
    assert not Membership.objects.filter(enrolment__user__email="dana@example.org").exists()
    assert Booking.objects.get().group.name == "Borealis"
    assert [s.title for s in Sprint.objects.all()][:2] == ["Project organisation", "Cloud & containerisation"]
    assert sum(QuestionPart.objects.values_list("points", flat=True)) == CaseStudy.TOTAL_POINTS
    assert OralExam.objects.filter(session=ExamSession.objects.get()).count() >= 8


def test_a_second_load_keeps_the_data_and_says_when_it_has_run_out():
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC)) as clock:
        demo()
        Lecture.objects.filter(week="W4").update(title="Changed by hand")
        assert demo() == "The demo course is in week 4.\n"
        clock.shift(timedelta(weeks=1))
        assert "has run out: it is in week 5" in demo()
    assert Lecture.objects.get(week="W4").title == "Changed by hand"


def test_accounts_are_printed_with_their_passwords():
    demo()
    said = demo("--accounts")
    for name in ("alice", "dana", "tina", "ines"):
        assert f"{name}@example.org" in said
        assert password_of(name) in said


def test_fresh_asks_first(monkeypatch):
    demo()
    monkeypatch.setattr("builtins.input", lambda prompt: "no")
    before = CourseEdition.objects.get().pk
    assert "Nothing was changed" in demo("--fresh")
    assert CourseEdition.objects.get().pk == before


def test_fresh_starts_it_again_and_touches_no_other_course():
    demo()
    old = CourseEdition.objects.get()
    QueuedEmail.objects.create(key="k", kind="slot_booked", edition=old, to_address="alice@example.org")
    other = CourseEdition.objects.create(code="OTHER", title="Another", year=2020, slug="other-2020")
    zoe = User.objects.create_user("zoe@example.org")
    Enrolment.objects.create(edition=other, user=zoe)
    demo("--fresh", "--yes")
    new = CourseEdition.objects.get(is_demo=True)
    assert new.pk != old.pk
    assert new.slug == old.slug
    assert Enrolment.objects.filter(edition=other).count() == 1
    assert Slot.objects.filter(milestone__edition=new).exists()


def test_fresh_leaves_no_history_of_what_is_gone():
    demo()
    demo("--fresh", "--yes")
    assert [(row.history_type, row.id) for row in Booking.history.all()] == [("+", Booking.objects.get().pk)]
    assert not OralExam.history.exists()


def test_a_site_with_a_course_of_its_own_gets_no_demo():
    CourseEdition.objects.create(code="OTHER", title="Another", year=2020, slug="other-2020")
    assert "not loaded beside it" in demo()
    assert not CourseEdition.objects.filter(is_demo=True).exists()


def test_fresh_throws_away_what_was_rolled_over_from_it_as_well():
    demo()
    old = CourseEdition.objects.get()
    first = Lecture.objects.get(week="W1").taught_on
    asked = rollover.Wish(first + timedelta(weeks=52))
    rollover.apply(old, asked, now=timezone.now(), by=User.objects.get(email="ines@example.org"), confirmed=True)
    assert "is in week 4" in demo()
    demo("--fresh", "--yes")
    new = CourseEdition.objects.get()
    assert (new.slug, new.is_archived, User.objects.filter(email="ines@example.org").count()) == (old.slug, False, 1)
