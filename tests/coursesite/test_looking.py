"""Staff see their course as one of its students: read only, marked on every page, logged, for half an hour."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.cache import caches
from django.test import Client

from coursesite.models import CourseEdition, Enrolment, User
from projects.models import Booking
from schedule.models import Lecture, Material
from tests.cast import CLOSES, WHILE_OPEN, enrol
from tests.projects.pages import shown, signed_in
from tests.statements import counted
from tests.test_access import visit
from tests.walk import NOT_FOR_READING, expected, path_of

pytestmark = pytest.mark.django_db
HOME, LOOK, STOP = "/info9023-2026/today/", "/info9023-2026/look/", "/info9023-2026/look/stop/"
BANNER, ONLY = "You see this as <strong>", "Only looking"


@pytest.fixture(autouse=True)
def while_open():
    caches["pages"].clear()
    with time_machine.travel(WHILE_OPEN, tick=False):
        yield


def look(by: User, student: Enrolment, at: datetime | None = None) -> Client:
    client = signed_in(by)
    when = {"at_day": f"{at:%Y-%m-%d}", "at_time": f"{at:%H:%M}"} if at else {}
    answer = client.post(LOOK, {"student": student.pk} | when)
    assert (answer.status_code, answer.headers.get("Location")) == (302, HOME), answer.content.decode()
    return client


@pytest.mark.parametrize("who", ["tina", "ines"])
def test_every_page_as_the_student_has_it_marked_and_nothing_else(world, who):
    client, wrong, cast = look(getattr(world.cast, who), world.cast.enrolments.alice), {}, world.cast
    for name, statuses in expected().items():
        path = path_of(name, world)
        if name in ("healthz", "readyz", "account_logout", "stop_looking"):
            continue
        wanted = statuses["alice"] if path.startswith(f"/{cast.edition.slug}/") else 403
        if (answer := visit(client, "get", path)) != (wanted, []):
            wrong[name] = answer
        elif wanted in (200, 403, 404) and name not in NOT_FOR_READING:
            html = client.get(path).content.decode()
            if BANNER not in html or world.feed.token in html:
                wrong[name] = "no banner, or a secret"
    assert not wrong


@pytest.mark.parametrize("who", ["tina", "ines"])
def test_nothing_can_be_done(world, who):
    client, wrong = look(getattr(world.cast, who), world.cast.enrolments.alice), {}
    for name in expected().keys() - {"account_logout", "stop_looking", "healthz", "readyz"}:
        for verb in ("post", "put", "patch", "delete"):
            if (answer := visit(client, verb, path_of(name, world), {"reason": "Mine"})) != (403, []):
                wrong[name] = answer
    assert not wrong
    assert Booking.objects.count() == 1
    assert "Nothing was changed" in shown(client.post(path_of("projects:book_slot", world)))


def test_it_ends_by_hand(cast):
    client = look(cast.tina, cast.enrolments.alice)
    assert f"{BANNER}Alice A.</strong> would. Nothing can be changed; it ends at 11:30." in shown(client.get(HOME))
    assert "You are yourself again." in shown(client.post(STOP, follow=True))
    assert BANNER not in shown(client.get(HOME))
    assert client.get("/admin/").status_code == 200
    assert client.post(STOP).status_code == 302  # twice is once


def test_it_ends_by_itself_and_that_is_said_once(cast):
    client = look(cast.tina, cast.enrolments.alice)
    for minutes, is_over in ((29, False), (30, True)):
        with time_machine.travel(WHILE_OPEN + timedelta(minutes=minutes), tick=False):
            html = shown(client.get(HOME))
            assert (BANNER in html, "You no longer look as a student" in html) == (not is_over, is_over)
    assert "no longer" not in shown(client.get(HOME))


def test_what_was_meant_as_the_student_is_not_done_as_oneself(cast):
    client = look(cast.tina, cast.enrolments.alice)
    with time_machine.travel(WHILE_OPEN + timedelta(hours=1), tick=False):
        answer = client.post("/info9023-2026/mails/", {"optional_mail": "none"})
    assert (answer.status_code, "it has ended. Nothing was changed." in shown(answer)) == (403, True)
    assert not Enrolment.objects.filter(optional_mail="none").exists()


@pytest.mark.parametrize("change", ["staff", "student", "inactive", "promoted"])
def test_it_ends_when_a_role_does(cast, change):
    client = look(cast.tina, cast.enrolments.alice)
    mine, theirs = Enrolment.objects.filter(user=cast.tina), Enrolment.objects.filter(user=cast.alice)
    match change:
        case "staff":
            mine.update(role="examiner")
        case "student":
            theirs.update(role="teaching_assistant")
        case "inactive":
            User.objects.filter(pk=cast.alice.pk).update(is_active=False)
        case "promoted":
            User.objects.filter(pk=cast.alice.pk).update(is_superuser=True)
    assert BANNER not in shown(client.get(HOME))


def test_it_is_logged_who_looked_as_whom_and_when(cast):
    look(cast.tina, cast.enrolments.alice, CLOSES)
    (entry,) = LogEntry.objects.all()
    assert (entry.user, entry.object_id, entry.action_time) == (cast.tina, str(cast.enrolments.alice.pk), WHILE_OPEN)
    assert entry.change_message == "Looked at the course as Alice A., at 2026-02-27 17:00."
    history = signed_in(cast.ines).get(f"/admin/coursesite/enrolment/{cast.enrolments.alice.pk}/history/")
    assert "Looked at the course as Alice A." in shown(history)


def test_only_as_a_student_of_this_course(cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    stranger, boss = enrol(other, "otto"), enrol(cast.edition, "root")
    User.objects.filter(pk=boss.user_id).update(is_superuser=True)
    client = signed_in(cast.ines)
    for refused in (cast.enrolments.tina, cast.enrolments.ines, stranger, boss):
        assert client.post(LOOK, {"student": refused.pk}).status_code == 400
    for who in ("alice", "eve"):
        theirs = signed_in(getattr(cast, who))
        for path in (LOOK, STOP):
            assert theirs.post(path, {"student": cast.enrolments.bob.pk}).status_code == 404
    assert not LogEntry.objects.exists()
    assert look(cast.ines, cast.enrolments.alice).get("/other/").status_code == 403


def test_at_another_time(cast, milestone):
    """The board after booking has closed, and what is released by then; in nobody's clock but this one."""
    lecture = Lecture.objects.create(edition=cast.edition, title="Containers")
    Material.objects.create(
        edition=cast.edition, lecture=lecture, label="Slides", href="https://example.org/a", released_at=CLOSES
    )
    page, board = f"/info9023-2026/lectures/{lecture.pk}/", "/info9023-2026/milestones/1/"
    now, later = (
        look(cast.tina, cast.enrolments.alice),
        look(cast.ines, cast.enrolments.alice, CLOSES + timedelta(hours=1)),
    )
    assert ["Slides" in shown(client.get(page)) for client in (now, later, signed_in(cast.alice))] == [
        False, True, False
    ]  # fmt: skip
    assert "at <strong>Fri 27 February, 18:00</strong>, as things are known today" in shown(later.get(board))
    assert ["/book/" in shown(client.get(board)) for client in (now, later)] == [True, False]
    assert "Slides" not in shown(Client().get("/info9023-2026/schedule/"))


def test_no_page_is_kept_or_taken_for_another(cast):
    client, page = signed_in(cast.tina), "/info9023-2026/schedule/"
    mine = client.get(page)["ETag"]
    client.post(LOOK, {"student": cast.enrolments.alice.pk})
    for tag in (mine, signed_in(cast.alice).get(page)["ETag"], "*"):
        answer = client.get(page, headers={"If-None-Match": tag})
        assert (answer.status_code, answer["Cache-Control"], answer.has_header("ETag")) == (200, "no-store", False)
        assert BANNER in shown(answer)
    assert BANNER not in shown(signed_in(cast.alice).get(page))
    assert BANNER not in shown(Client().get(page))


def test_whoever_does_not_look_pays_nothing(cast):
    client, page = signed_in(cast.tina), "/info9023-2026/schedule/"
    client.get(page)
    with counted() as before:
        client.get(page)
    assert len(before) == 6  # session, person, edition with place, lectures, materials, bands
    with counted() as statements:
        look(cast.tina, cast.enrolments.alice)
    assert statements
    with counted() as statements:
        Client().get("/info9023-2026/calendar.ics")
    assert not [sql for sql in statements if "django_session" in sql]


def test_signing_out_is_always_there(cast):
    client = look(cast.tina, cast.enrolments.alice)
    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in client.session and "looking" not in client.session


def test_the_page(cast, edition):
    html = shown(signed_in(cast.tina).get(f"{LOOK}?student={cast.enrolments.bob.pk}"))
    assert f'<option value="{cast.enrolments.bob.pk}" selected>Bob B. (bob@example.org)</option>' in html
    assert f'href="{LOOK}"' in shown(signed_in(cast.tina).get(HOME))
    Enrolment.objects.filter(role="student").update(role="examiner")
    html = shown(signed_in(cast.tina).get(LOOK))
    assert "There is no student on the roster yet." in html and "Import the class list" not in html
    answer = signed_in(cast.ines).post(LOOK, {"student": "", "at_day": "2026-03-29", "at_time": "02:30"})
    assert answer.status_code == 400


def test_a_moment_that_does_not_exist_is_said(cast):
    typed = {"student": cast.enrolments.bob.pk, "at_day": "2026-03-29", "at_time": "02:30"}
    answer = signed_in(cast.ines).post(LOOK, typed)
    assert (answer.status_code, "does not exist" in shown(answer)) == (400, True)
    assert datetime.now(UTC) == WHILE_OPEN
