"""Which edition the site's door leads to, and the list of all."""

from datetime import UTC, datetime

import pytest

from coursesite.models import CourseEdition, Enrolment
from tests.cast import enrol
from tests.statements import counted

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def course(code: str, year: int, **more) -> CourseEdition:
    return CourseEdition.objects.create(code=code, title=f"About {code}", year=year, slug=f"{code}-{year}", **more)


@pytest.fixture
def two_years(db):
    return course("one", 2026, archived_at=NOW), course("one", 2027)


def test_a_visitor_comes_to_the_edition_that_is_no_archive(client, two_years):
    assert client.get("/").url == "/one-2027/"


def test_an_archive_of_a_later_year_does_not_count(client, two_years):
    course("one", 2028, archived_at=NOW)
    assert client.get("/").url == "/one-2027/"


def test_several_courses_are_listed(client, two_years):
    course("other", 2026)
    assert client.get("/").url == "/courses/"


def test_a_student_comes_to_the_own_current_course_whatever_else_there_is(client, two_years):
    old, _new = two_years
    course("other", 2027)
    mine = enrol(course("mine", 2026), "alice")
    client.force_login(mine.user)
    assert client.get("/").url == "/mine-2026/today/"
    Enrolment.objects.create(edition=old, user=mine.user)
    assert client.get("/").url == "/mine-2026/today/"


def test_who_has_only_archives_gets_the_list_with_theirs_first(client, two_years):
    client.force_login(enrol(two_years[0], "alice").user)
    assert client.get("/").url == "/courses/"
    page = client.get("/courses/")
    assert [list(page.context[name]) for name in ("own", "others")] == [[two_years[0]], [two_years[1]]]
    assert "you: student" in page.content.decode()


def test_an_empty_site_says_so(client, db):
    assert "There is no course on this site yet." in client.get("/courses/").content.decode()


def test_open_ones_come_before_archives(client, two_years):
    page = client.get("/courses/")
    assert [edition.slug for edition in page.context["others"]] == ["one-2027", "one-2026"]


def test_as_many_queries_for_one_course_as_for_thirty(client, two_years):
    client.force_login(enrol(two_years[1], "alice").user)
    client.get("/courses/")
    with counted() as few:
        client.get("/courses/")
    for number in range(30):
        course(f"c{number}", 2026)
    with counted() as many:
        client.get("/courses/")
    assert len(few) == len(many) == 3
