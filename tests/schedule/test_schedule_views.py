"""The schedule by week and by sprint: the same rows under headings, with "now" at one of them."""

from datetime import UTC, datetime

import pytest
import time_machine

from coursesite.models import CourseEdition
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Deadline
from tests.statements import counted

WHERE = "/info9023-2026/schedule/"


@pytest.fixture
def seed(db) -> CourseEdition:
    with time_machine.travel(datetime(2026, 2, 25, 10, 0, tzinfo=UTC), tick=False):
        yield importing.apply(readme.parse(README.read_bytes()), confirmed=True).edition


def headings(page: str) -> list[str]:
    rows = page.split('<tr class="group"><th scope="rowgroup" colspan="6">')[1:]
    return [row.split("</th>")[0].replace(' <span class="here">now</span>', " (now)") for row in rows]


def test_by_week(client, seed):
    page = client.get(WHERE, {"by": "week"}).content.decode()
    said = headings(page)
    assert said[0] == "W1 · Mon 2 to Sun 8 February"
    assert said[3] == "W4 · Mon 23 February to Sun 1 March (now)"
    assert said[11:14] == ["Mon 20 to Sun 26 April", "Mon 27 April to Sun 3 May", "W12 · Mon 4 to Sun 10 May"]
    assert sum("(now)" in each for each in said) == 1


def test_by_sprint(client, seed):
    page = client.get(WHERE, {"by": "sprint"}).content.decode()
    assert headings(page) == ["Sprint 1", "Sprint 2 (now)", "Sprint 3", "Sprint 4", "Sprint 5", "Sprint 6"]
    assert page.index("MS1: presentations") < page.index(">Sprint 4<") < page.index("Project presentations")


def test_what_comes_before_the_first_sprint_is_outside(client, seed):
    Deadline.objects.create(edition=seed, title="Sign up", due_on=datetime(2026, 1, 30, tzinfo=UTC).date())
    seed.touch()
    assert headings(client.get(WHERE, {"by": "sprint"}).content.decode())[0] == "Outside of sprints"


@pytest.mark.parametrize("by", ["", "week", "sprint", "nothing"])
def test_each_view_has_all_rows_in_as_many_queries_and_a_tag_of_its_own(client, seed, by):
    plain = client.get(WHERE)
    with counted() as statements:
        page = client.get(WHERE, {"by": by})
    assert len(statements) <= 4
    assert page.content.decode().count("<tr class=") - len(headings(page.content.decode())) == (
        plain.content.decode().count("<tr class=")
    )
    assert (page.headers["ETag"] == plain.headers["ETag"]) == (by not in ("week", "sprint"))
