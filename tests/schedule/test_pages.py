"""The course page and the schedule: everything from rows, for everybody, in a fixed number of queries."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coursesite.models import CourseEdition
from projects.models import Milestone
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Deadline, Holiday, Lecture, Material, Resource, Section, Sprint, StaffMember

pytestmark = pytest.mark.django_db
COURSE, SCHEDULE = "/info9023-2026/", "/info9023-2026/schedule/"


@pytest.fixture(autouse=True)
def fresh_cache():
    """Every test's edition has the same key and revision."""
    caches["pages"].clear()


@pytest.fixture
def imported() -> CourseEdition:
    return importing.apply(readme.parse(README.read_bytes())).edition


def page(client, path: str, status: int = 200, **headers) -> str:
    answer = client.get(path, **headers)
    assert answer.status_code == status
    return answer.content.decode()


def add_lectures(edition: CourseEdition, count: int) -> None:
    sprint = Sprint.objects.create(edition=edition, label="Sprint 1", position=1)
    lectures = Lecture.objects.bulk_create(
        Lecture(edition=edition, taught_on=date(2026, 2, 2) + timedelta(days=7 * n), title=f"T{n}", sprint=sprint)
        for n in range(count)
    )
    Material.objects.bulk_create(
        Material(edition=edition, lecture=row, label="Slides", href=f"https://example.org/{row.pk}.pdf")
        for row in lectures
    )
    Holiday.objects.bulk_create(
        Holiday(edition=edition, title="Holiday", starts_on=row.taught_on + timedelta(days=1)) for row in lectures
    )


def test_the_door_leads_to_the_current_edition(client, imported):
    CourseEdition.objects.create(code="INFO9023", title="Older", year=2020, slug="older-2020")
    assert client.get("/").headers["Location"] == COURSE


def test_a_site_without_a_course_says_what_to_do(client):
    assert "start_course README.md" in page(client, "/")


def test_the_course_page_says_all_that_the_readme_says(client, imported):
    html = page(client, COURSE)
    for said in (
        *("Machine Learning Systems Design", "INFO9023 spring 2026", "A model in a notebook helps nobody"),
        *("Sprint 6", "W12", "LLMOps &amp; Trustworthy AI", "Relevant", "Practical", "Engaging", "Directed work"),
        *("MS1", "Mon 2 to Thu 5 March", "MS2", "Mon 30 March to Thu 2 April", "MS3", "Mon 11 May"),
        *("The exam is oral", "practice exam", "Ines Instructor (Instructor)", "Stay after class"),
        *("University of Bari", "https://stanford-cs329s.github.io/", "Made with ML", "Introducing MLOps"),
        "Mark Treveil, Nicolas Omont, Clément Stenac et al.",
    ):
        assert said in html, said


def test_the_page_follows_the_rows(client, imported):
    Lecture.objects.filter(week="W4").update(title="Boxes")
    Milestone.objects.filter(number=3).update(title="The grand finale")
    StaffMember.objects.filter(name="Tina Assistant").update(email="tina@example.org")
    Resource.objects.filter(title="Introducing MLOps").update(title="A better book")
    html = page(client, COURSE)
    for said in ("Boxes", "The grand finale", "mailto:tina@example.org", "A better book"):
        assert said in html
    assert "Introducing MLOps" not in html


def test_the_schedule_shows_classes_and_bands_in_order(client, imported):
    html = page(client, SCHEDULE)
    order = ["Agentic AI", "Mon 20 April", "Mon 27 April", "LLMOps &amp; Trustworthy AI", "MS3: Project presentations"]
    assert [html.index(words) for words in order] == sorted(html.index(words) for words in order)
    assert html.count("Project presentations") == 1
    assert html.count('<tr class="band band-holiday') == 2
    assert "Slides and directed work appear here" in html


def test_a_deadline_is_a_band_of_its_day(client, imported):
    Deadline.objects.create(edition=imported, title="Report due", due_on=date(2026, 3, 18))
    Deadline.objects.create(edition=imported, title="Undecided")
    html = page(client, SCHEDULE)
    assert '<tr class="band band-deadline' in html
    assert html.index("Mon 16 March") < html.index("Report due") < html.index("Mon 23 March")
    assert "Undecided" not in html


@pytest.mark.parametrize(
    ("today", "marked"),
    [("2026-02-22", "Containerisation"), ("2026-02-23", "Containerisation"), ("2026-02-24", "API implementation")],
)
def test_now_and_next_are_marked(client, imported, today, marked):
    with time_machine.travel(datetime.fromisoformat(f"{today}T12:00+00:00"), tick=False):
        row = page(client, SCHEDULE).split('<span class="here">')[0].rsplit("<tr", 1)[1]
        assert marked in row
        assert marked in page(client, COURSE).split("<h2")[0]


@pytest.mark.parametrize(
    ("today", "said"),
    [("2026-03-01", "Next class"), ("2026-03-02", "Today"), ("2026-03-03", "Today"), ("2026-03-04", "")],
)
def test_a_class_of_two_days_is_on_until_its_last_one(client, edition, today, said):
    first, last = date(2026, 3, 2), date(2026, 3, 3)
    Lecture.objects.create(edition=edition, title="Workshop", taught_on=first, ends_on=last)
    with time_machine.travel(datetime.fromisoformat(f"{today}T12:00+00:00"), tick=False):
        course, schedule = page(client, COURSE), page(client, SCHEDULE)
    assert bool(said) == ("Monday 2 March to Tuesday 3 March" in course) == ('class="here"' in schedule)
    assert f"<p>{said or 'No class lies ahead.'}</p>" in course
    assert f'<span class="here">{said}</span>' in schedule or not said


def test_a_class_without_a_date_comes_last(client, edition):
    sprint = Sprint.objects.create(edition=edition, label="Sprint 1", position=1)
    for title, taught_on in (("Undated", None), ("Second", date(2026, 3, 9)), ("First", date(2026, 3, 2))):
        Lecture.objects.create(edition=edition, sprint=sprint, title=title, taught_on=taught_on)
    for html in (page(client, COURSE).split("Roadmap")[1], page(client, SCHEDULE)):
        assert html.index("First") < html.index("Second") < html.index("Undated")


def test_two_sections_of_one_kind_are_both_shown(client, edition):
    for position, text in enumerate(("Bring *paper*.", "And a pencil.")):
        Section.objects.create(edition=edition, kind=Section.Kind.EXAM, text=text, position=position)
    assert "<p>Bring <em>paper</em>.</p>\n<p>And a pencil.</p>" in page(client, COURSE)


def test_what_is_no_longer_in_the_readme_is_not_shown(client, imported):
    Lecture.objects.filter(week="W4").update(is_missing=True)
    assert "Containerisation" not in page(client, SCHEDULE)


def test_links_say_what_they_open_and_lead_somewhere(client, imported):
    html = page(client, SCHEDULE)
    slides = Material.objects.get(href="lectures/02_git_cicd.pdf")
    where = f"{COURSE}materials/{slides.pk}/"
    assert f'<a href="{where}">Lecture slides<span class="visually-hidden">: Git &amp; CICD</span>, PDF</a>' in html
    assert "lectures/02_git_cicd.pdf" in page(client, where)
    CourseEdition.objects.update(repository_url="https://example.org/course/")
    imported.touch()
    assert 'href="https://example.org/course/lectures/02_git_cicd.pdf"' in page(client, SCHEDULE)
    assert client.get(where).headers["Location"] == "https://example.org/course/lectures/02_git_cicd.pdf"


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "&#106;avascript:alert(1)", "data:text/html,x", "//evil.example", "../../../etc/passwd"],
)
def test_hostile_links_open_nothing(client, imported, href):
    CourseEdition.objects.update(repository_url="https://example.org/course/")
    Material.objects.update(href=href)
    Section.objects.create(
        edition=imported, title="Odd", text=f'[click]({href}) <b onclick="x">raw</b> ![p](http://t.example/p.png)'
    )
    imported.touch()
    for path in (COURSE, SCHEDULE):
        html = page(client, path)
        assert f'href="{href}' not in html
        assert "t.example" not in html
        assert "<b onclick" not in html


def test_someone_elses_material_and_an_unknown_edition_are_not_here(client, imported):
    page(client, f"{COURSE}materials/999999/", 404)
    page(client, "/nowhere-2026/schedule/", 404)


@pytest.mark.parametrize("count", [1, 30])
def test_the_schedule_takes_four_queries(client, edition, count):
    add_lectures(edition, count)
    with CaptureQueriesContext(connection) as queries:
        assert page(client, SCHEDULE).count("<tr") == 1 + 2 * count
    assert len(queries) == 4


@pytest.mark.parametrize("count", [1, 30])
def test_the_course_page_takes_as_many_queries_for_any_number_of_rows(client, edition, count):
    add_lectures(edition, count)
    with CaptureQueriesContext(connection) as queries:
        page(client, COURSE)
    assert len(queries) == 12


def test_a_page_that_has_not_changed_is_one_query_and_no_body(client, imported):
    tag = client.get(SCHEDULE).headers["ETag"]
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(SCHEDULE, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, len(queries)) == (304, b"", 1)
    imported.touch()
    assert client.get(SCHEDULE, headers={"If-None-Match": tag}).status_code == 200


def test_tomorrow_is_another_page(client, imported):
    with time_machine.travel(datetime(2026, 2, 22, 22, 30, tzinfo=UTC), tick=False):
        tag = client.get(SCHEDULE).headers["ETag"]
    with time_machine.travel(datetime(2026, 2, 22, 23, 30, tzinfo=UTC), tick=False):  # Monday in Brussels
        assert client.get(SCHEDULE, headers={"If-None-Match": tag}).status_code == 200


def test_two_people_never_share_a_page(client, cast, imported):
    tags = {client.get(SCHEDULE).headers["ETag"]}
    for user in (cast.alice, cast.tina):
        client.force_login(user)
        answer = client.get(SCHEDULE)
        tags.add(answer.headers["ETag"])
        assert "Cookie" in answer.headers["Vary"]
    assert len(tags) == 3


def test_a_dead_page_cache_is_a_miss(client, imported, monkeypatch):
    def dead(*args, **kwargs):
        raise ConnectionError("nobody there")

    monkeypatch.setattr(caches["pages"], "get", dead)
    monkeypatch.setattr(caches["pages"], "set", dead)
    assert "Containerisation" in page(client, SCHEDULE)


def test_an_empty_schedule_says_why(client, edition):
    assert "Nothing is planned yet" in page(client, SCHEDULE)


def test_every_page_has_its_content_policy_and_a_304_leaves_it_as_it_is(client, imported):
    first = client.get(SCHEDULE)
    assert "script-src 'self'" in first["Content-Security-Policy"]
    again = client.get(SCHEDULE, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.has_header("Content-Security-Policy")) == (304, False)
