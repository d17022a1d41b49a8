"""The page of one class: when, where, its materials, what comes before and after; for everybody."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.urls import reverse

from coursesite.models import CourseEdition
from schedule.models import Lecture, Material, Sprint
from tests.statements import counted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache():
    """Every test's edition has the same key and revision."""
    caches["pages"].clear()


@pytest.fixture
def lectures(edition) -> list[Lecture]:
    sprint = Sprint.objects.create(edition=edition, label="Sprint 2", title="Deploy", position=2)
    return [
        Lecture.objects.create(
            edition=edition,
            sprint=sprint,
            week=f"W{n}",
            title=title,
            taught_on=date(2026, 2, 2) + timedelta(weeks=n),
            begins=time(9),
            ends=time(12, 30),
            room="R7",
        )
        for n, title in enumerate(("Git", "Containers", "APIs"), start=1)
    ]


def path_of(lecture: Lecture) -> str:
    return reverse("schedule:lecture_page", args=[lecture.edition.slug, lecture.pk])


def material(lecture: Lecture, label: str, href: str, **more) -> Material:
    return Material.objects.create(edition=lecture.edition, lecture=lecture, label=label, href=href, **more)


def page(client, lecture: Lecture) -> str:
    answer = client.get(path_of(lecture))
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_says_when_where_and_what(client, lectures):
    lecture = lectures[1]
    lecture.notes, lecture.extra = "Bring a laptop\nand patience", {"Teacher": "Ines"}
    lecture.save()
    material(lecture, "Slides", "https://example.org/04.pdf")
    lab = material(lecture, "Lab", "labs/04/README.md", column="directed_work")
    html = page(client, lecture)
    for said in (
        "<h1>Containers</h1>",
        "Mon 16 February",
        "9:00–12:30, R7",
        "W2",
        "Sprint 2: Deploy",
        "Bring a laptop<br>",
    ):
        assert said in html, said
    assert (
        '<a href="https://example.org/04.pdf">Slides<span class="visually-hidden">: Containers</span>, PDF</a>' in html
    )
    assert f"materials/{lab.pk}/" in html
    assert "<dt>Teacher</dt><dd>Ines</dd>" in html


def test_the_classes_before_and_after_are_one_click_away(client, lectures):
    first, second, third = (page(client, lecture) for lecture in lectures)
    assert f'href="{path_of(lectures[0])}" rel="prev">← W1 Git</a>' in second
    assert f'href="{path_of(lectures[2])}" rel="next">W3 APIs →</a>' in second
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in third


def test_schedule_and_course_lead_there(client, lectures):
    with time_machine.travel(datetime.fromisoformat("2026-02-10T12:00+00:00"), tick=False):
        course = client.get(reverse("schedule:course", args=["info9023-2026"])).content.decode()
        schedule = client.get(reverse("schedule:schedule", args=["info9023-2026"])).content.decode()
    assert f'<a href="{path_of(lectures[1])}">Containers</a>' in course
    assert f'<a href="../lectures/{lectures[1].pk}/">Containers</a>' in schedule


@pytest.mark.parametrize(
    ("day", "is_today", "is_in_calendar"), [(15, False, True), (16, True, True), (17, False, False)]
)
def test_today_is_marked_and_what_is_over_goes_into_no_calendar(client, lectures, day, is_today, is_in_calendar):
    with time_machine.travel(datetime(2026, 2, day, 12).astimezone(), tick=False):
        html = page(client, lectures[1])
    assert ('<span class="here">Today</span>' in html) == is_today
    assert (f"lecture-{lectures[1].pk}" in html) == is_in_calendar


def test_a_class_without_a_date_or_material_says_so(client, edition):
    html = page(client, Lecture.objects.create(edition=edition, title="Guest", directed_work_note="No lab"))
    for said in ("date to be announced", "Nothing yet.", "No lab"):
        assert said in html


def test_what_is_missing_or_of_another_course_is_not_there(client, lectures):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    gone, stranger = lectures[0], Lecture.objects.create(edition=other, title="Theirs")
    Lecture.objects.filter(pk=gone.pk).update(is_missing=True)
    for pk in (gone.pk, stranger.pk, 0):
        assert client.get(f"/info9023-2026/lectures/{pk}/").status_code == 404
    assert client.post(path_of(lectures[1])).status_code == 405


def test_what_a_readme_says_is_text(client, edition):
    evil = "<script>alert(1)</script>"
    lecture = Lecture.objects.create(edition=edition, title=evil, notes=evil, room=evil, week=evil, extra={evil: evil})
    Lecture.objects.create(edition=edition, title=evil, position=1)
    material(lecture, evil, "javascript:alert(1)")
    html = page(client, lecture)
    assert "<script>alert" not in html
    assert "javascript:" not in html


def test_an_instructor_edits_it_from_there(client, lectures, cast):
    edit = reverse("admin:schedule_lecture_change", args=[lectures[0].pk])
    for who, leads in (("ines", True), ("tina", False), ("alice", False)):
        client.force_login(getattr(cast, who))
        assert (edit in page(client, lectures[0])) == leads


def test_a_page_that_has_not_changed_is_one_query(client, lectures):
    tag = client.get(path_of(lectures[0]))["ETag"]
    with counted() as statements:
        again = client.get(path_of(lectures[0]), headers={"If-None-Match": tag})
    assert (again.status_code, again.content, len(statements)) == (304, b"", 1)
    assert client.get(path_of(lectures[1]), headers={"If-None-Match": tag}).status_code == 200
    lectures[0].edition.touch()
    assert client.get(path_of(lectures[0]), headers={"If-None-Match": tag}).status_code == 200


def test_queries_do_not_grow(client, lectures, cast):
    numbers = []
    client.force_login(cast.alice)
    for count in (1, 30):
        for n in range(count):
            material(lectures[0], f"File {n}", f"{n}.pdf")
            Lecture.objects.create(edition=lectures[0].edition, title=f"More {n}")
        with counted() as statements:
            page(client, lectures[0])
        numbers.append(len(statements))
    assert numbers == [6, 6]  # session, person, edition with place, class, materials, order
