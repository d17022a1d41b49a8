"""Next year's edition in the browser: looked at, edited, made; for instructors alone."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine

from coursesite.models import CourseEdition, Enrolment
from projects.models import Milestone
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Lecture
from tests.cast import enrol
from tests.statements import counted

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLAN = "/info9023-2026/rollover/?week_one=2027-02-01&title=Systems+Design&free="


@pytest.fixture
def seed(db):
    with time_machine.travel(NOW, tick=False):
        yield importing.apply(readme.parse(README.read_bytes()), confirmed=True).edition


@pytest.fixture
def ines(seed, client):
    client.force_login(enrol(seed, "ines", Enrolment.Role.INSTRUCTOR).user)
    return client


def filled(page: str) -> dict[str, str]:
    """What the second form of the page would send, without its buttons and boxes."""
    form = page[page.index('<form class="stack" method="post">') :]
    inputs = re.findall(r"<input[^>]*>", form)
    found = {}
    for tag in inputs:
        values = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if values.get("type") != "checkbox":
            found[values["name"]] = values.get("value", "")
    return found


def ticked(page: str) -> dict[str, str]:
    return {"looked_at": re.search(r'name="looked_at" value="(\w+)"', page)[1]}


def test_the_form_proposes_the_same_week_of_the_next_year(ines):
    page = ines.get("/info9023-2026/rollover/").content.decode()
    assert 'value="2027-02-01"' in page
    assert "Mon 20 April (Holiday), Mon 27 April (Holiday)" in page
    assert "Easter Monday: Mon 29 March 2027" in page


def test_the_plan_names_the_clash_beside_its_date(ines):
    page = ines.get(PLAN).content.decode()
    assert page.count("MS2: first day falls on Easter Monday, Mon 29 March 2027.") == 2
    assert "2 things to look at" in page


def test_it_is_made_when_the_clashes_were_looked_at(ines, seed):
    page = ines.get(PLAN).content.decode()
    answer = ines.post(PLAN, filled(page) | {"apply": "yes"})
    assert answer.status_code == 409
    assert "the clashes below are open" in answer.content.decode()
    assert CourseEdition.objects.count() == 1
    answer = ines.post(PLAN, filled(page) | ticked(page) | {"apply": "yes"}, follow=True)
    assert answer.redirect_chain == [("/info9023-2027/schedule/", 302)]
    assert "INFO9023 spring 2027 is made, and you teach it." in answer.content.decode()
    made = CourseEdition.objects.get(year=2027)
    assert made.title == "Systems Design"
    assert list(made.enrolments.values_list("user__email", flat=True)) == ["ines@example.org"]
    seed.refresh_from_db()
    assert seed.is_archived


def test_an_edit_is_looked_at_again_and_then_made(ines, seed):
    ms2 = Milestone.objects.get(edition=seed, number=2)
    w9 = Lecture.objects.get(edition=seed, week="W9")
    typed = filled(ines.get(PLAN).content.decode())
    typed |= {f"milestone-{ms2.pk}-starts_on": "2027-03-30", f"lecture-{w9.pk}-taught_on": "2027-03-31"}
    page = ines.post(PLAN, typed | {"check": "yes"}).content.decode()
    assert "Looked at again with your dates." in page
    assert "No date clashes with a holiday or with another one." in page
    assert CourseEdition.objects.count() == 1
    assert ines.post(PLAN, filled(page) | {"apply": "yes"}).status_code == 302
    made = CourseEdition.objects.get(year=2027)
    assert Milestone.objects.get(edition=made, number=2).starts_on == date(2027, 3, 30)
    assert Lecture.objects.get(edition=made, week="W9").taught_on == date(2027, 3, 31)


def test_a_tick_does_not_count_for_other_clashes(ines, seed):
    page = ines.get(PLAN).content.decode()
    ms3 = Milestone.objects.get(edition=seed, number=3)
    typed = filled(page) | {f"milestone-{ms3.pk}-ends_on": "2027-05-01"} | ticked(page)
    answer = ines.post(PLAN, typed | {"apply": "yes"})
    assert answer.status_code == 409
    assert "Labour Day" in answer.content.decode()
    assert CourseEdition.objects.count() == 1


def test_what_changed_meanwhile_is_looked_at_again(ines, seed):
    page = ines.get(PLAN).content.decode()
    Lecture.objects.filter(edition=seed, week="W9").update(title="Another")
    answer = ines.post(PLAN, filled(page) | ticked(page) | {"apply": "yes"})
    assert answer.status_code == 409
    assert "the course has changed since you looked" in answer.content.decode()
    assert CourseEdition.objects.count() == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("week_one=2027-02-02&title=A", "is not a Monday"),
        ("week_one=never&title=A", "Enter a valid date"),
        ("week_one=9999-12-27&title=x", "must be in a year from 2000 to 2098"),
        ("week_one=2027-02-01&title=A&free=2127-05-06", "days without class must be in years"),
        ("week_one=2027-02-01&title=A&free=Easter", "write 2027-04-19..2027-04-30"),
        ("week_one=2027-02-01&title=A&year=2026&season=spring", "is there already"),
        ("week_one=2027-02-01&title=A%00", "Null characters are not allowed"),
    ],
)
def test_what_makes_no_sense_is_said_beside_it(ines, query, said):
    answer = ines.get(f"/info9023-2026/rollover/?{query}")
    assert answer.status_code == 400
    assert said in answer.content.decode()


@pytest.mark.parametrize("typed", ["31.12.", "2027-02-30", "2027-13-01", "0001-01-01", "9999-12-31"])
def test_a_date_that_is_none_keeps_the_rest(ines, seed, typed):
    first = Lecture.objects.get(edition=seed, week="W1")
    page = ines.get(PLAN).content.decode()
    answer = ines.post(PLAN, filled(page) | ticked(page) | {f"lecture-{first.pk}-taught_on": typed, "apply": "yes"})
    assert answer.status_code == 409
    assert CourseEdition.objects.count() == 1


def test_as_many_queries_for_one_date_as_for_thirty(ines, seed):
    with counted() as few:
        ines.get(PLAN)
    Lecture.objects.bulk_create(Lecture(edition=seed, title=f"More {n}", taught_on=date(2026, 2, 3)) for n in range(30))
    with counted() as many:
        ines.get(PLAN)
    assert len(few) == len(many)
