"""`start_course`: an empty site becomes a course with its instructor."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from coursesite.models import CourseEdition, Enrolment
from schedule.management.commands.demo import README

pytestmark = pytest.mark.django_db


def start(readme=README, instructor="Ines@Example.org") -> str:
    out = StringIO()
    call_command("start_course", str(readme), instructor=instructor, stdout=out)
    return out.getvalue()


def test_makes_the_course_and_its_instructor():
    said = start()
    enrolment = Enrolment.objects.select_related("user", "edition").get()
    assert (enrolment.user.email, enrolment.role) == ("ines@example.org", "instructor")
    assert not enrolment.user.has_usable_password()
    assert not enrolment.edition.is_demo
    assert f"/{enrolment.edition.slug}/ and ines@example.org is its instructor" in said
    assert f"/admin/coursesite/courseedition/{enrolment.edition.pk}/roster/\n" in said


def test_an_unreadable_readme_leaves_nothing(tmp_path):
    with pytest.raises(CommandError, match="Nothing was written"):
        path = tmp_path / "README.md"
        path.write_text("no course")
        start(path)
    assert not CourseEdition.objects.exists()
    assert not Enrolment.objects.exists()


def test_a_bad_address_is_refused_before_anything_is_read():
    with pytest.raises(CommandError, match="not an e-mail address"):
        start(instructor="ines")


def test_a_course_that_is_there_is_not_started_again():
    start()
    with pytest.raises(CommandError, match="on the site already"):
        start()
    assert CourseEdition.objects.count() == 1


def test_a_database_without_tables_is_told_what_to_type(monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    with pytest.raises(CommandError, match="The database has no tables yet"):
        start()
