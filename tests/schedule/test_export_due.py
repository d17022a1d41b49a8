"""Writing back what is due beside a class: a deadline keeps its own day, and goes or stays apart from its class."""

import datetime as dt

import pytest

from coursesite.models import CourseEdition
from exams.models import ExamDay
from schedule import importing, readme, writing
from schedule.models import Deadline, Lecture
from tests.schedule.readme_texts import table
from tests.schedule.test_export_readme import changed, exported, imported, lecture

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)
ROWS = [
    "Fri 13 Feb | Data | [slides](1.pdf) | HW1 due",
    "Fri 20 Feb | Lakes | | HW2 due<br>[Quiz](q.md) due",
    "Fri 27 Feb | Models | [slides](3.pdf) | HW3 out",
    "Fri 6 March | Exam | | HW4 due",
]
TEXT = table("Date | Topic | Slides | Assignments", *ROWS)
WEEKS = "# C101 [spring 2026]\n\nWeek | Topic | Homework\n---|---|---\n1 | A | HW1 due\n2 | B |\n"


def put(edition: CourseEdition) -> list[str]:
    """The lines that the export put in; once its file is imported, it says all that the edition says."""
    found = exported(edition)
    assert (found.refused, found.news) == ([], {})
    importing.apply(readme.parse(writing.export(edition).data), edition, confirmed=True)
    after = exported(edition)
    assert (after.put, after.out, after.refused, after.news) == ([], [], [], {})
    return [line.strip("| ") for line in found.put]


def test_a_class_moves_and_what_is_due_names_its_own_day():
    edition = imported(TEXT)
    for row in Lecture.objects.filter(title__in=("Data", "Lakes")):
        Lecture.objects.filter(pk=row.pk).update(taught_on=row.taught_on + WEEK)
    assert put(edition) == [
        "Fri 20 Feb | Data | [slides](1.pdf) | HW1 due (Fri 13 Feb)",
        "Fri 27 Feb | Lakes | | HW2 due (Fri 20 Feb)<br>[Quiz](q.md) due (Fri 20 Feb)",
    ]
    due = Deadline.objects.filter(edition=edition).values_list("due_on", flat=True)
    assert [str(day) for day in due] == ["2026-02-13", "2026-02-20", "2026-02-20", "2026-03-06"]


def test_so_does_an_exam():
    edition = imported(TEXT)
    ExamDay.objects.update(held_on="2026-03-07")
    assert put(edition) == ["Sat 7 March | Exam | | HW4 due (Fri 6 March)"]


def test_numbers_that_are_no_date_in_prose_are_written_in_words():
    edition = imported(table("Date | Topic | Due", "2/2 | A | HW1", "2/16 | B |"))
    assert changed(lecture(edition, "A"), taught_on="2026-02-03").put == ["| 2/3 | A | HW1 (2 February) |"]


def test_both_move_in_the_date_of_their_row():
    edition = imported(TEXT)
    Lecture.objects.filter(title="Data").update(taught_on="2026-02-14")
    Deadline.objects.filter(title="HW1 due").update(due_on="2026-02-14")
    assert put(edition) == ["Sat 14 Feb | Data | [slides](1.pdf) | HW1 due"]


def test_a_deadline_changes_in_its_statement():
    edition = imported(TEXT)
    Deadline.objects.filter(title="HW1 due").update(due_on="2026-02-15")
    Deadline.objects.filter(title="HW2 due").update(title="Homework 2 due", due_on="2026-02-22")
    assert put(edition) == [
        "Fri 13 Feb | Data | [slides](1.pdf) | HW1 due (Sun 15 Feb)",
        "Fri 20 Feb | Lakes | | Homework 2 due (Sun 22 Feb)<br>[Quiz](q.md) due",
    ]
    Deadline.objects.filter(due_on="2026-02-15").update(due_on="2026-02-16")
    assert put(edition) == ["Fri 13 Feb | Data | [slides](1.pdf) | HW1 due (Mon 16 Feb)"]


def test_a_class_goes_and_what_is_due_stays():
    edition = imported(TEXT)
    lecture(edition, "Data").delete()
    assert put(edition) == ["Fri 13 Feb | | | HW1 due"]


def test_what_is_due_goes_and_the_class_stays():
    edition = imported(TEXT)
    Deadline.objects.filter(title__in=("HW1 due", "HW2 due")).delete()
    assert put(edition) == ["Fri 13 Feb | Data | [slides](1.pdf)", "Fri 20 Feb | Lakes | | [Quiz](q.md) due"]


def test_both_go_with_their_row():
    edition = imported(TEXT)
    lecture(edition, "Data").delete()
    Deadline.objects.filter(title="HW1 due").delete()
    assert put(edition) == []


def test_a_first_cell_without_a_pipe_before_it_is_emptied():
    edition = imported(WEEKS)
    lecture(edition, "A").delete()
    assert put(edition) == ["HW1 due"]


@pytest.mark.parametrize(
    ("was", "now", "counts"),
    [
        ("HW1 due", "HW1 due (Sun 15 Feb)", {"moved": 1, "changed": 1}),
        ("HW1 due", "Homework due", {"changed": 2}),
        ("HW1 due", "", {"missing": 1, "changed": 1}),
        ("HW3 out", "", {"changed": 1}),
    ],
)
def test_what_the_file_says_anew_is_news(was, now, counts):
    edition = imported(TEXT)
    plan = importing.plan(readme.parse(TEXT.replace(was, now).encode()), edition)
    assert {name: number for name, number in plan.counts().items() if number and name != "unchanged"} == counts
