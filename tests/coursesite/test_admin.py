"""The admin as a whole: every change tells the edition's pages, and nothing of another edition is to be had."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from model_bakery import baker

from coursesite.models import CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail
from exams.models import ExamSession
from projects.models import Invitation, Milestone
from schedule.models import Lecture, Material, Sprint
from tests.cast import enrol, team
from tests.statements import counted
from tests.walk import pages

Model = type[models.Model]
# What is typed for a new row of each model, beside its edition; and then the field that is changed.
NEW: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "coursesite.enrolment": ({"email": "frank@example.org", "role": "student"}, {"role": "examiner"}),
    "schedule.sprint": ({"label": "Sprint 7", "position": "7"}, {"title": "Afterwards"}),
    "schedule.lecture": ({"title": "Queues", "taught_on": "2026-02-09"}, {"title": "Queues and brokers"}),
    "schedule.holiday": ({"title": "Easter", "starts_on": "2026-04-06", "ends_on": "2026-04-06"}, {"title": "Spring"}),
    "schedule.deadline": ({"title": "Card", "due_on": "2026-02-27"}, {"due_on": "2026-02-28"}),
    "schedule.material": ({"label": "Slides", "href": "slides.pdf"}, {"label": "Lecture slides"}),
    "schedule.section": ({"title": "Extra", "kind": "other", "text": "Words"}, {"text": "Other words"}),
    "schedule.cultureitem": ({"kind": "pillar", "name": "Care", "text": "Words"}, {"text": "Other words"}),
    "schedule.staffmember": ({"name": "Ines I."}, {"role": "Instructor"}),
    "schedule.logisticsitem": ({"label": "Where", "text": "Here"}, {"text": "There"}),
    "schedule.resource": ({"kind": "book", "title": "A book"}, {"authors": "Somebody"}),
    "projects.milestone": ({"number": "7", "kind": "window"}, {"title": "The last one"}),
    "projects.projectgroup": ({"name": "Green"}, {"name": "Dark green"}),
    "exams.examsession": ({"title": "Resit", "starts_on": "2026-06-22"}, {"title": "Second session"}),
    "exams.casestudy": ({"title": "Trams", "text": "Words", "asked": "1. (20) Why?"}, {"text": "Other words"}),
    "exams.examday": ({"title": "Oral", "held_on": "2026-06-02"}, {"held_on": "2026-06-03"}),
    "exams.practiceexam": ({"label": "2024", "href": "2024.pdf"}, {"label": "2023"}),
}
CHANGED_ONLY = {  # made by commands and by the class list
    "coursesite.courseedition": {"title": "Another title"},
    "coursesite.user": {"first_name": "Alix"},
}
READ_ONLY = {"coursesite.queuedemail", "projects.booking", "projects.invitation", "exams.oralexam"}
DISSOLVED = {"projects.projectgroup"}  # instead of deleted; tested with the groups
MODELS = {model._meta.label_lower: model for model in admin.site._registry}
ONCE = ["schedule.sprint", "projects.milestone", "projects.projectgroup", "exams.examsession", "exams.casestudy"]


class Form(HTMLParser):
    """What a browser would send of the page's form when nothing is typed."""

    def __init__(self, page: str):
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.select = self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        has = {name: value or "" for name, value in attributes}
        name, kind = has.get("name", ""), has.get("type", "text")
        if tag == "input" and name and kind not in {"submit", "file"} and (kind != "checkbox" or "checked" in has):
            self.data[name] = [has.get("value", "on" if kind == "checkbox" else "")]
        elif tag == "textarea":
            self.text = name
            self.data[name] = [""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in has:
            self.data.setdefault(self.select, []).append(has.get("value", ""))

    def handle_data(self, data):
        if self.text:
            self.data[self.text][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.data[self.text] = [self.data[self.text][0].removeprefix("\n")]
            self.text = ""


def url(model: Model, page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def submit(client: Client, address: str, **changes):
    """Open a page, type, save."""
    data = Form(client.get(address).content.decode()).data
    return client.post(address, data | changes)


def told(edition: CourseEdition) -> bool:
    """Whether the edition's pages were told since this was asked last."""
    before, edition.revision = edition.revision, CourseEdition.objects.get(pk=edition.pk).revision
    return edition.revision > before


@pytest.fixture
def staff(client, cast) -> Client:
    client.force_login(cast.ines)
    return client


@pytest.fixture
def elsewhere(cast) -> SimpleNamespace:
    """Another edition, with rows that nobody here may choose."""
    edition = CourseEdition.objects.create(title="Another course", year=2026, slug="another")
    student = enrol(edition, "zoe")
    return SimpleNamespace(
        edition=edition,
        student=student,
        sprint=baker.make(Sprint, edition=edition, label="Sprint 1", position=1),
        group=team(edition, "Theirs", enrol(edition, "yan")),
        milestone=Milestone.objects.create(edition=edition, number=1),
        session=ExamSession.objects.create(edition=edition, title="Oral", starts_on=date(2026, 6, 1)),
    )


def test_every_model_of_the_admin_is_looked_at_here():
    assert set(MODELS) == {*NEW, *CHANGED_ONLY, *READ_ONLY}


@pytest.mark.parametrize("label", NEW)
def test_a_row_made_changed_and_deleted_tells_the_pages_each_time(staff, cast, label):
    model, edition = MODELS[label], cast.edition
    typed, change = NEW[label]
    for by_list in (False, True):
        before = set(model._default_manager.values_list("pk", flat=True))
        answer = submit(staff, url(model, "add"), edition=edition.pk, **typed)
        assert (answer.status_code, told(edition)) == (302, True), answer.context["errors"]
        row = model._default_manager.exclude(pk__in=before).get()
        answer = submit(staff, url(model, "change", row.pk), **change)
        assert (answer.status_code, told(edition)) == (302, True), answer.context["errors"]
        row.refresh_from_db()
        if label in DISSOLVED:
            return
        if by_list:
            chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
            staff.post(url(model, "changelist"), chosen)
        else:
            staff.post(url(model, "delete", row.pk), {"post": "yes"})
        assert told(edition)
        assert not model._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("label", ONCE)
def test_who_saves_the_same_a_moment_later_is_told_and_loses_no_word(staff, cast, label, monkeypatch):
    model, typed, looks = MODELS[label], NEW[label][0], []
    submit(staff, url(model, "add"), edition=cast.edition.pk, **typed)
    before, look = model._default_manager.count(), model.validate_constraints

    def a_moment_earlier(row, **how):
        looks.append(row)
        if len(looks) > 1:
            look(row, **how)

    monkeypatch.setattr(model, "validate_constraints", a_moment_earlier)
    answer = submit(staff, url(model, "add"), edition=cast.edition.pk, **typed)
    form = answer.context["adminform"].form
    assert (answer.status_code, len(looks), model._default_manager.count()) == (200, 2, before)
    assert "already exists" in str(form.non_field_errors())
    assert {name: form[name].value() for name in typed} == typed


@pytest.mark.parametrize("label", CHANGED_ONLY)
def test_a_change_tells_the_pages(staff, cast, label):
    row = cast.edition if label == "coursesite.courseedition" else cast.alice
    assert submit(staff, url(MODELS[label], "change", row.pk), **CHANGED_ONLY[label]).status_code == 302
    assert told(cast.edition)
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in CHANGED_ONLY[label]} == CHANGED_ONLY[label]


def test_looking_and_a_mistake_tell_nothing(staff, cast):
    submit(staff, url(Sprint, "add"), edition=cast.edition.pk, label="", position="1")
    staff.get(url(CourseEdition, "change", cast.edition.pk))
    assert not told(cast.edition)


def test_rows_under_a_row_tell_the_pages_and_belong_to_its_edition(staff, cast):
    lecture = Lecture.objects.create(edition=cast.edition, title="Queues", taught_on=date(2026, 2, 9))
    page = url(Lecture, "change", lecture.pk)
    linked = {"materials-0-label": "Slides", "materials-0-href": "slides.pdf", "materials-0-position": "1"}
    submit(staff, page, **linked)
    material = Material.objects.get()
    assert (material.edition, material.lecture, told(cast.edition)) == (cast.edition, lecture, True)
    submit(staff, page, **{"materials-0-href": "slides-2.pdf"})
    material.refresh_from_db()
    assert (material.href, told(cast.edition)) == ("slides-2.pdf", True)
    submit(staff, page, **{"materials-0-DELETE": "on"})
    assert (Material.objects.count(), told(cast.edition)) == (0, True)


def test_the_name_of_somebody_tells_all_their_courses(client, cast, elsewhere):
    Enrolment.objects.create(edition=elsewhere.edition, user=cast.alice)
    client.force_login(User.objects.create_superuser("root@example.org"))
    submit(client, url(User, "change", cast.alice.pk), first_name="Alix")
    assert told(cast.edition) and told(elsewhere.edition)


@pytest.mark.parametrize("label", NEW)
def test_a_form_offers_nothing_of_another_edition(staff, cast, elsewhere, label):
    model = MODELS[label]
    theirs = {*vars(elsewhere).values(), elsewhere.student.user}
    submit(staff, url(model, "add"), edition=cast.edition.pk, **NEW[label][0])
    row = model._default_manager.filter(edition=cast.edition).latest("pk")
    for address in (url(model, "add"), url(model, "change", row.pk)):
        form = staff.get(address).context["adminform"].form
        offered = [set(field.queryset) for field in form.fields.values() if hasattr(field, "queryset")]
        assert offered or address != url(model, "add")
        assert not theirs & set().union(*offered)
    answer = submit(staff, url(model, "add"), **(NEW[label][0] | {"edition": elsewhere.edition.pk}))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors.keys() == {"edition"}


def test_a_sprint_of_another_edition_is_refused_also_to_who_teaches_both(staff, cast, elsewhere):
    typed = NEW["schedule.lecture"][0] | {"edition": cast.edition.pk, "sprint": elsewhere.sprint.pk}
    assert submit(staff, url(Lecture, "add"), **typed).status_code == 200
    Enrolment.objects.create(edition=elsewhere.edition, user=cast.ines, role=Enrolment.Role.INSTRUCTOR)
    assert "This belongs to another edition" in submit(staff, url(Lecture, "add"), **typed).content.decode()
    assert not Lecture.objects.exists()


@pytest.mark.parametrize("label", NEW)
def test_a_row_stays_in_its_edition(staff, cast, elsewhere, label):
    Enrolment.objects.create(edition=elsewhere.edition, user=cast.ines, role=Enrolment.Role.INSTRUCTOR)
    model = MODELS[label]
    submit(staff, url(model, "add"), edition=cast.edition.pk, **NEW[label][0])
    row = model._default_manager.filter(edition=cast.edition).latest("pk")
    submit(staff, url(model, "change", row.pk), edition=elsewhere.edition.pk, **NEW[label][1])
    row.refresh_from_db()
    assert row.edition == cast.edition


@pytest.mark.parametrize("who", ["of another course as well", "who runs the site", "of another course alone"])
def test_some_people_are_not_an_instructor_s_to_rename(staff, cast, elsewhere, who):
    if who == "of another course as well":
        person = cast.alice
        Enrolment.objects.create(edition=elsewhere.edition, user=person)
    elif who == "who runs the site":
        person = User.objects.create_superuser("root@example.org", first_name="Root")
        Enrolment.objects.create(edition=cast.edition, user=person, role=Enrolment.Role.INSTRUCTOR)
    else:
        person = elsewhere.student.user
    page, before = url(User, "change", person.pk), (person.email, person.first_name)
    looked = staff.get(page)
    assert looked.status_code == (404 if person == elsewhere.student.user else 200)
    assert b'name="email"' not in looked.content
    assert staff.post(page, {"email": "mine@example.org", "first_name": "Mine", "language": "en-gb"}).status_code == 404
    person.refresh_from_db()
    assert (person.email, person.first_name) == before


def test_nobody_gives_themselves_powers(staff, cast):
    submit(staff, url(User, "change", cast.ines.pk), is_superuser="on", is_active="", password="x" * 20, first_name="I")
    cast.ines.refresh_from_db()
    assert (cast.ines.is_superuser, cast.ines.is_active, cast.ines.first_name) == (False, True, "I")
    assert not cast.ines.has_usable_password()


def test_nobody_changes_or_removes_their_own_place(staff, cast):
    mine = cast.enrolments.ines
    assert staff.post(url(Enrolment, "change", mine.pk), {"role": "student"}).status_code == 404
    assert staff.post(url(Enrolment, "delete", mine.pk), {"post": "yes"}).status_code == 404
    chosen = {"action": "delete_selected", "_selected_action": [mine.pk], "post": "yes"}
    staff.post(url(Enrolment, "changelist"), chosen)
    mine.refresh_from_db()
    assert mine.role == Enrolment.Role.INSTRUCTOR


@pytest.fixture
def mail(cast) -> QueuedEmail:
    return QueuedEmail.objects.create(
        key="secret",
        kind="account.login_code",
        edition=cast.edition,
        to_address="alice@example.org",
        is_secret=True,
        subject="Your code is near",
        text="Type ABCD-EFGH",
        state=QueuedEmail.State.FAILED,
    )


@pytest.mark.parametrize("who", ["tina", "ines", "root"])
def test_the_words_of_a_sign_in_mail_are_shown_to_nobody(client, cast, mail, who):
    root = User.objects.create_superuser("root@example.org")
    client.force_login({"tina": cast.tina, "ines": cast.ines, "root": root}[who])
    seen = [
        client.get(address).content.decode()
        for address in (
            url(QueuedEmail, "changelist"),
            url(QueuedEmail, "change", mail.pk),
            url(QueuedEmail, "history", mail.pk),
        )
    ]
    assert all("account.login_code" in page for page in seen)
    assert not [page for page in seen if "ABCD" in page or "Your code is near" in page]
    for guess in ("ABCD", "EFGH", "near"):
        assert list(client.get(url(QueuedEmail, "changelist"), {"q": guess}).context["cl"].result_list) == []


@pytest.mark.parametrize("who", ["tina", "ines", "root"])
def test_a_mail_is_seen_as_it_looks_and_nothing_in_it_runs(client, cast, mail, who):
    root = User.objects.create_superuser("root@example.org")
    client.force_login({"tina": cast.tina, "ines": cast.ines, "root": root}[who])
    words = {"key": "1", "kind": "slot_booked", "edition": cast.edition, "to_address": "bob@example.org"}
    waiting = QueuedEmail.objects.create(**words, facts={"group": "<Red>"}, recipient=cast.bob)
    broken = QueuedEmail.objects.create(**words | {"key": "2"}, facts={"starts_at": "tomorrow"})
    gone = QueuedEmail.objects.create(**words | {"key": "3", "kind": "of another year"}, text="Once sent")
    rows = (waiting, broken, gone, mail)
    answers = [client.get(url(QueuedEmail, "letter", row.pk)) for row in rows]
    assert [answer.status_code for answer in answers] == [200, 404, 404, 404]
    page = answers[0].content.decode()
    assert page.startswith("<!doctype html>") and "Hello Bob," in page and "&lt;Red&gt;" in page
    assert answers[1].content.decode() == "This mail cannot be shown: ValueError"
    assert answers[0]["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; sandbox"
    )
    links = [url(QueuedEmail, "letter", row.pk) for row in rows]
    pages = [client.get(url(QueuedEmail, "change", row.pk)).content.decode() for row in rows]
    assert [link in page for link, page in zip(links, pages, strict=True)] == [True, True, False, False]


@pytest.mark.parametrize("count", [1, 30])
def test_the_times_of_mails_are_on_the_clock_of_their_edition(client, cast, count):
    CourseEdition.objects.update(timezone="America/New_York")
    for number in range(count):
        mail = {"key": number, "kind": "slot_booked", "due_at": datetime(2026, 3, 2, 9, tzinfo=UTC)}
        QueuedEmail.objects.create(**mail, edition=cast.edition, to_address="bob@example.org")
    client.force_login(cast.tina)
    with counted() as statements:
        page = client.get(url(QueuedEmail, "changelist")).content.decode()
    assert (page.count("Mon 2 March, 04:00"), len(statements)) == (count, 16)


def test_what_was_changed_is_on_the_clock_of_the_edition(staff, cast):
    CourseEdition.objects.update(timezone="America/New_York")
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=UTC), tick=False):
        staff.force_login(cast.ines)
        submit(staff, url(Sprint, "add"), edition=cast.edition.pk, label="Sprint 7", position="7")
        submit(staff, url(User, "change", cast.alice.pk), first_name="Alix")
        histories = [url(type(row), "history", row.pk) for row in (Sprint.objects.get(), cast.alice)]
        sprint, person = (staff.get(address).content.decode() for address in histories)
    assert "2 Mar 2026, 4 a.m." in sprint
    assert "2 Mar 2026, 10 a.m." in person


def test_the_headings_are_words_of_a_teacher(staff):
    headings = [group["name"] for group in staff.get(reverse("admin:index")).context["app_list"]]
    assert sorted(map(str, headings)) == [
        *("Course page and schedule", "Courses, people and mails", "Exams and case studies", "Groups and milestones")
    ]
    assert all(isinstance(group, Promise) for group in headings)


def test_a_mail_of_no_edition_has_the_times_of_the_site(client, db):
    mail = QueuedEmail.objects.create(
        key="1", kind="account.unknown", due_at=datetime(2026, 3, 2, 9, tzinfo=UTC), to_address="bob@example.org"
    )
    client.force_login(User.objects.create_superuser("root@example.org"))
    for address in (url(QueuedEmail, "changelist"), url(QueuedEmail, "change", mail.pk)):
        assert "Mon 2 March, 10:00" in client.get(address).content.decode()


def test_a_failed_mail_is_sent_again_and_a_sent_one_is_not(client, cast, mail, elsewhere):
    client.force_login(cast.tina)
    failed, sent, theirs = (
        QueuedEmail.objects.create(
            key=f"{n}", kind="slot_booked", edition=edition, to_address="bob@example.org", state=state, attempts=9
        )
        for n, (edition, state) in enumerate(
            [(cast.edition, "failed"), (cast.edition, "sent"), (elsewhere.edition, "failed")]
        )
    )
    chosen = [failed.pk, sent.pk, theirs.pk]
    page = client.post(
        url(QueuedEmail, "changelist"), {"action": "send_again", "_selected_action": chosen}, follow=True
    )
    assert "1 mail waits to be sent again." in page.content.decode()
    states = dict(QueuedEmail.objects.values_list("key", "state"))
    assert states == {"0": "queued", "1": "sent", "2": "failed", "secret": "failed"}
    failed.refresh_from_db()
    assert failed.attempts == 0 and failed.due_at <= timezone.now()
    page = client.post(
        url(QueuedEmail, "changelist"), {"action": "send_again", "_selected_action": [sent.pk]}, follow=True
    )
    assert "None of these mails failed" in page.content.decode()


def test_mails_are_found_by_the_name_of_who_got_them(client, cast):
    for key, person in {"a": cast.alice, "b": cast.bob}.items():
        QueuedEmail.objects.create(
            key=key, kind="slot_booked", edition=cast.edition, recipient=person, to_address=f"{key}@example.org"
        )
    client.force_login(cast.tina)
    found = client.get(url(QueuedEmail, "changelist"), {"q": "alice"}).context["cl"].result_list
    assert [row.key for row in found] == ["a"]


def test_an_edition_with_people_and_bookings_is_not_deleted(client, world):
    edition = world.cast.edition
    client.force_login(world.cast.ines)
    assert client.post(url(CourseEdition, "delete", edition.pk), {"post": "yes"}).status_code == 404
    client.force_login(User.objects.create_superuser("root@example.org"))
    page = client.get(url(CourseEdition, "delete", edition.pk)).content.decode()
    assert "Cannot delete course edition" in page
    client.post(url(CourseEdition, "delete", edition.pk), {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [edition.pk], "post": "yes"}
    client.post(url(CourseEdition, "changelist"), chosen)
    assert CourseEdition.objects.filter(pk=edition.pk).exists()
    assert edition.enrolments.count() == 8 and edition.emails.count() == 1


def test_what_others_depend_on_is_not_deleted(client, world):
    client.force_login(world.cast.ines)
    for row in (world.rows["projects_milestone"], world.rows["exams_examsession"], world.cast.enrolments.alice):
        client.post(url(type(row), "delete", row.pk), {"post": "yes"})
        assert type(row)._default_manager.filter(pk=row.pk).exists()


@pytest.mark.parametrize("by_list", [False, True])
def test_whoever_was_invited_once_and_left_the_course_is_taken_off_the_roster(staff, cast, by_list):
    dana = cast.enrolments.dana
    Invitation.objects.create(group=cast.red, enrolment=dana, invited_by=cast.alice, state="declined")
    if by_list:
        chosen = {"action": "delete_selected", "_selected_action": [dana.pk], "post": "yes"}
        staff.post(url(Enrolment, "changelist"), chosen)
    else:
        assert "invitation" in staff.get(url(Enrolment, "delete", dana.pk)).content.decode()
        staff.post(url(Enrolment, "delete", dana.pk), {"post": "yes"})
    assert not Enrolment.objects.filter(pk=dana.pk).exists()
    assert (Invitation.objects.count(), told(cast.edition)) == (0, True)


INLINE = re.compile(
    r'<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\s(?:style|on[a-z]+)="|javascript:', re.IGNORECASE
)


def test_no_page_has_what_the_content_policy_forbids(world):
    clients, found = {}, []
    for who, path in pages(world):
        if who not in clients:
            clients[who] = Client()
            if who:
                clients[who].force_login(getattr(world.cast, who))
        answer = clients[who].get(path)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self';" in f"{policy};" and "style-src 'self';" in f"{policy};" and "unsafe" not in policy
        found += [(path, match[0]) for match in INLINE.finditer(answer.content.decode())]
    assert not found
