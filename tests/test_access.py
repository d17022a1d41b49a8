"""Default deny: who gets what at every address of the site, and that looking changes nothing."""

import re
from collections.abc import Iterable

import pytest
from django.test import Client

from coursesite.models import CourseEdition, Enrolment
from tests.cast import enrol
from tests.statements import counted
from tests.walk import PEOPLE, addresses, expected, pages, path_of

WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
OWN_BOOKS = re.compile(r'"(django_session|coursesite_cache)"')  # of who is signed in, and of how often they tried


def client_of(world, who: str, **options) -> Client:
    client = Client(**options)
    if who:
        client.force_login(getattr(world.cast, who))
    return client


def visit(client: Client, verb: str, path: str, *data) -> tuple[int, list[str]]:
    """The answer's status, and what it wrote."""
    with counted() as statements:
        status = getattr(client, verb)(path, *data).status_code
    return status, writes(statements)


def writes(statements: Iterable[str]) -> list[str]:
    return [sql for sql in statements if WRITE.match(sql) and not OWN_BOOKS.search(sql)]


def test_every_address_has_its_line_and_every_line_its_address():
    found = list(addresses())
    assert len(found) == len(set(found))
    assert set(found) == set(expected())


@pytest.mark.parametrize("who", PEOPLE, ids=lambda who: who or "nobody")
def test_everybody_gets_what_is_theirs_and_looking_writes_nothing(world, who):
    client, wrong = client_of(world, who), {}
    for name, statuses in expected().items():
        if (answer := visit(client, "get", path_of(name, world))) != (statuses[who], []):
            wrong[name] = answer
    assert not wrong
    assert bool(who) == ("_auth_user_id" in client.session)  # the page for signing out was among them


@pytest.mark.parametrize("who", ["alice", "ines"])
def test_nothing_is_sent_from_another_site(world, who):
    client, wrong = client_of(world, who, enforce_csrf_checks=True), {}
    for name in expected().keys() - {"end_optional_mails"}:  # a mail program sends that, and its address is the proof
        if (answer := visit(client, "post", path_of(name, world))) != (403, []):
            wrong[name] = answer
    assert not wrong


def test_the_walk_s_pages_are_there(world):
    found = pages(world)
    assert len(found) > 150
    assert {who for who, _path in found} == set(PEOPLE)


# What charlie, of the other group, does with his own group and with what is free.
HIS = {f"projects:{verb}" for verb in ("book_slot", "move_slot", "create_group", "rename_group", "invite_member")}
HIS |= {
    "calendar:make_address",
    "calendar:revoke_address",
    "projects:leave_group",
    "exams:pick_appointment",
    "exams:move_appointment",
}


@pytest.mark.parametrize(("who", "theirs"), [("eve", set()), ("charlie", HIS)])
def test_what_is_not_theirs_is_not_there_for_a_verb_either(world, who, theirs):
    client, wrong = client_of(world, who), {}
    verbs = {name for name, statuses in expected().items() if statuses["alice"] == 405}
    verbs |= {"projects:cancel_slot", "projects:leave_group", "exams:cancel_appointment"}
    assert verbs > theirs
    for name in verbs - theirs:
        if (answer := visit(client, "post", path_of(name, world), {"reason": "Mine"})) != (404, []):
            wrong[name] = answer
    assert not wrong


def test_an_assistant_changes_nothing_of_roster_people_cases_and_schedule(world):
    client, wrong = client_of(world, "tina"), {}
    closed = [name for name, statuses in expected().items() if (statuses["tina"], statuses["ines"]) == (404, 200)]
    assert len(closed) > 60
    for name in closed:
        typed = {"post": "yes", "title": "Mine", "role": "instructor"}
        if (answer := visit(client, "post", path_of(name, world), typed)) != (404, []):
            wrong[name] = answer
    assert not wrong


def test_what_happened_is_looked_at_and_not_written(world):
    """The package's page of one moment takes what is posted to it from whoever may look."""
    client, wrong = client_of(world, "ines"), {}
    for name in ("admin:projects_booking_simple_history", "admin:exams_oralexam_simple_history"):
        typed = {"starts_at_0": "2026-03-02", "starts_at_1": "06:00", "ends_at_0": "2026-03-02", "ends_at_1": "07:00"}
        if (answer := visit(client, "post", path_of(name, world), typed)) != (404, []):
            wrong[name] = answer
    assert not wrong


REFUSED = ([(404, []), (404, [])], [(404, []), (405, [])])  # the page, and what it may not be used for
EVERY_COURSE_S = {"index", "password_change", "password_change_done", "jsi18n", "app_list"}


def test_the_instructor_of_another_course_finds_nothing_of_this_one(world):
    other = CourseEdition.objects.create(title="Another course", year=2026, slug="another")
    client, wrong, seen = Client(), {}, set()
    client.force_login(enrol(other, "otto", Enrolment.Role.INSTRUCTOR).user)
    for name, statuses in expected().items():
        page, path = name.removeprefix("admin:"), path_of(name, world)
        if statuses["ines"] != 200 or statuses["eve"] == 200 or page in EVERY_COURSE_S or page.endswith("_add"):
            continue
        if page.endswith("_changelist"):
            seen |= set(client.get(path).context["cl"].result_list) & set(world.rows.values())
        elif (answers := [visit(client, verb, path) for verb in ("get", "post")]) not in REFUSED:
            wrong[name] = answers
    assert not wrong
    assert not seen


def test_a_role_taken_away_holds_from_the_next_request(world):
    client, roster = client_of(world, "ines"), path_of("admin:coursesite_courseedition_roster", world)
    groups, board = path_of("projects:groups", world), path_of("projects:milestone", world)
    mine, seen = Enrolment.objects.filter(user=world.cast.ines), []
    for role in (Enrolment.Role.INSTRUCTOR, Enrolment.Role.TEACHING_ASSISTANT, Enrolment.Role.STUDENT, None):
        mine.update(role=role) if role else mine.delete()
        seen.append([client.get(path).status_code for path in (roster, "/admin/", groups, board)])
    assert seen == [[200] * 4, [404, 200, 200, 200], [404, 404, 404, 200], [404] * 4]


def test_whoever_is_shut_out_is_out_at_once(world):
    client = client_of(world, "ines")
    assert client.get("/admin/").status_code == 200
    type(world.cast.ines).objects.filter(pk=world.cast.ines.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_what_does_not_exist_is_answered_like_what_is_not_theirs(world):
    client, nowhere = client_of(world, "charlie"), "00000000-0000-4000-8000-000000000000"
    booking, appointment = world.rows["projects_booking"], world.appointment
    for name, code in (("projects:cancel_slot", booking.code), ("exams:cancel_appointment", appointment.code)):
        path = path_of(name, world)
        answers = [client.post(address) for address in (path, path.replace(str(code), nowhere))]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].content == answers[1].content
