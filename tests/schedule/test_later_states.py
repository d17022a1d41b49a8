"""Later states of one course, as teachers commit them: what stays itself, and what the plan says of it."""

import datetime as dt
import re

import pytest

from schedule import importing, readme
from schedule.models import Lecture
from tests.schedule.readme_texts import own_course, table

pytestmark = pytest.mark.django_db
TEXT = own_course()
SHIFTED_ROWS = {"moved": 7}  # six classes from March on, and their holiday


def plan(text: str, edition) -> dict[str, int]:
    """The counts of what is not unchanged; once applied, the same file has nothing more to say."""
    parsed = readme.parse(text.encode())
    counted = importing.apply(parsed, edition, confirmed=True).counts()
    assert importing.plan(parsed, type(edition).objects.get(pk=edition.pk)).is_empty
    return {name: number for name, number in counted.items() if number and name != "unchanged"}


@pytest.fixture
def edition():
    return importing.apply(readme.parse(TEXT.encode())).edition


def shifted(text: str, weeks: int = 1) -> str:
    """The rows of the schedule from March on, some weeks later; presentations stay."""

    def later(match: re.Match[str]) -> str:
        day = dt.date(int(match[3]), int(match[2]), int(match[1]))
        day += dt.timedelta(weeks=weeks) if dt.date(2027, 3, 1) < day < dt.date(2027, 4, 20) else dt.timedelta()
        return f"\n| {day:%d/%m/%Y} "

    return re.sub(r"\n\| (\d\d)/(\d\d)/(\d{4}) ", later, text)


def ids() -> dict[str, int]:
    return dict(Lecture.objects.values_list("title", "pk"))


INSERTED = re.sub(
    r"\| W(\d+)", lambda week: f"| W{int(week[1]) + (int(week[1]) > 4)}", shifted(TEXT)
).replace("\n| 09/03/2027", "\n| 02/03/2027 | W5  | Sprint 3 | Brand new | |\n| 09/03/2027", 1)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        pytest.param(shifted(TEXT), SHIFTED_ROWS, id="everything a week later"),
        pytest.param(shifted(TEXT, 2), SHIFTED_ROWS, id="two weeks later"),
        pytest.param(
            shifted(TEXT).replace("\n| 09/03/2027", "\n| 02/03/2027 | | | Reading week | |\n| 09/03/2027"),
            SHIFTED_ROWS | {"added": 1},
            id="after a new holiday",
        ),
        pytest.param(INSERTED, SHIFTED_ROWS | {"added": 1}, id="after a new class, weeks renumbered"),
        pytest.param(
            INSERTED.replace("| Monitoring |", "| Monitor it |"),
            SHIFTED_ROWS | {"added": 1},
            id="and with other words for one",
        ),
        pytest.param(
            shifted(re.sub(r"\n.*\| Interfaces .*", "", TEXT), -1),
            {"moved": 6, "missing": 1},
            id="a week earlier, without the first",
        ),
    ],
)
def test_where_the_schedule_shifts_classes_are_known_by_their_titles(edition, text, counts):
    before = ids()
    assert plan(text, edition) == counts
    after = ids()
    renamed = {"Monitoring": "Monitor it"} if "Monitor it" in text else {}
    assert {title: after[renamed.get(title, title)] for title in before} == before
    plan(TEXT, edition)
    assert {title: pk for title, pk in ids().items() if title in before} == before


def test_topics_that_are_swapped_change_the_classes_of_their_days(edition):
    text = TEXT.replace("| Serving |", "| … |").replace("| Costs |", "| Serving |").replace("| … |", "| Costs |")
    assert plan(text, edition) == {"changed": 2}


def test_what_is_there_is_the_row_of_a_day_before_what_is_missing(edition):
    plan(without := re.sub(r"\n.*\| Interfaces .*", "", TEXT), edition)
    plan(moved := without.replace("09/03/2027", "02/03/2027"), edition)
    assert plan(moved.replace("| Serving |", "| Delivery |").replace("| W6 ", "| W5 "), edition) == {"changed": 1}
    assert Lecture.objects.get(is_missing=True).title == "Interfaces"


def test_a_class_that_comes_to_the_day_of_a_missing_one_stays_itself():
    first = table("Date | Topic", "02/02/2026 | Sets", "09/02/2026 | Maps", "16/02/2026 | Trees")
    edition = importing.apply(readme.parse(first.encode())).edition
    before = ids()
    rows = ["02/02/2026 | Sets", "09/02/2026 | A guest", "16/02/2026 | Maps", "23/02/2026 | Trees"]
    assert plan(table("Date | Topic", *rows), edition) == {"moved": 2, "added": 1}
    later = table("Date | Topic", rows[0], rows[2], "23/02/2026 | Search trees")
    assert plan(later, edition) == {"missing": 1, "changed": 1}
    assert plan(first, edition) == {"moved": 2}
    assert {title: pk for title, pk in ids().items() if title in before} == before
