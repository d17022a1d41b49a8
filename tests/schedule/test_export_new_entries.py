"""New rows of a schedule that is a list or stands in headings: in the shape of their neighbours, at their date."""

import pytest

from exams.models import ExamDay
from schedule import importing, readme, writing
from schedule.models import Deadline, Holiday, Lecture, Material
from tests.schedule.readme_texts import TITLE
from tests.schedule.test_export_others import HEADINGS, IN_LINKS, ITEMS, WITHOUT_LABELS
from tests.schedule.test_export_readme import exported, imported

pytestmark = pytest.mark.django_db
WEEKS = f"{TITLE}## Schedule\n\n- Week 1\n  - Jan 12: A\n  - Jan 14: B\n- Week 2\n  - Jan 20: C\n\nThe end.\n"
DEEP = f"""{TITLE}## Schedule

### Lecture 1: Intro (Mon 12 January)

#### Slides

By mail.

---

### Lecture 2: Trees (Mon 19 January)

#### Slides

None.

## Exam

Oral.
"""


def added(text: str, links=(), **fields):
    edition = imported(text)
    row = Lecture.objects.create(edition=edition, position=9, **{"title": "New", **fields})
    for position, (label, href) in enumerate(links):
        Material.objects.create(edition=edition, lecture=row, label=label, href=href, position=position)
    found = exported(edition)
    assert (found.out, found.news) == ([], {})
    return found


@pytest.mark.parametrize(
    ("text", "week", "day", "put"),
    [
        (HEADINGS, "Week 1b", "2026-02-16", ["### Week 1b (16 February): New", ""]),
        (HEADINGS, "Week 4", "2026-03-06", ["### Week 4 (6 March): New", ""]),
        (ITEMS, "Week 2b", "2026-02-23", ["- **Week 2b** (23/02/2026): New"]),
        (ITEMS, "Week 4", "2026-03-06", ["- **Week 4** (06/03/2026): New"]),
        (IN_LINKS, "Week 3", "2026-02-27", ["- Week 3: New (27 February)"]),
        (WITHOUT_LABELS, "", "2026-02-16", ["- **Feb 16**: New"]),
        (WITHOUT_LABELS, "", "2026-02-02", ["- **Feb 2**: New"]),
        (WITHOUT_LABELS, "", "2027-01-12", ["- **Jan 12 2027**: New"]),
        (WEEKS, "Week 1", "2026-01-15", ["  - Jan 15: New"]),
        (WEEKS, "Week 2", "2026-01-19", ["  - Jan 19: New"]),
        (WEEKS, "Week 3", "2026-01-26", ["- Week 3", "  - Jan 26: New"]),
        (DEEP, "Lecture 1b", "2026-01-14", ["", "---", "", "### Lecture 1b: New (Wed 14 January)"]),
        (DEEP, "Lecture 3", "2026-01-27", ["---", "", "### Lecture 3: New (Tue 27 January)", ""]),
    ],
)
def test_a_new_class_has_the_shape_of_its_neighbours(text, week, day, put):
    found = added(text, week=week, taught_on=day)
    assert (found.put, found.refused) == (put, [])


@pytest.mark.parametrize(
    ("text", "day", "above"),
    [
        (WITHOUT_LABELS, "2026-02-02", ""),
        (WITHOUT_LABELS, "2026-02-16", "- **Feb 13**: Data ([paper](a.pdf))"),
        (f"{TITLE}## Schedule\n\n### March\n\n- Mar 5: A\n\n### April\n\n- Apr 9: B\n", "2026-04-01", ""),
        (f"{TITLE}## Schedule\n\n### March\n\n- Mar 5: A\n\n### April\n\n- Apr 9: B\n", "2026-03-31", "- Mar 5: A"),
        (f"{TITLE}## Schedule\n\n1. Mar 5: A\n2. Mar 12: B\n", "2026-03-19", "2. Mar 12: B"),
    ],
)
def test_it_stands_where_its_date_belongs(text, day, above):
    edition = imported(text)
    Lecture.objects.create(edition=edition, title="New", taught_on=day, position=9)
    lines = writing.export(edition).text.split("\n")
    (place,) = (number for number, line in enumerate(lines) if line.endswith(": New"))
    assert lines[place - 1] == above
    assert lines[place][:2] in ("- ", "3.")


def test_a_loose_list_stays_loose():
    found = added(f"{TITLE}## Schedule\n\n* Lundi 12 janvier : A\n\n* Lundi 19 janvier : B\n", taught_on="2026-01-21")
    assert found.put == ["* Mercredi 21 janvier : New", ""]


def test_line_ends_and_a_missing_last_one_stay():
    text = WITHOUT_LABELS.rstrip().replace("\n", "\r\n")
    edition = imported(text)
    Lecture.objects.create(edition=edition, title="New", taught_on="2026-02-27", position=9)
    assert writing.export(edition).text == text + "\r\n- **Feb 27**: New"


def test_its_links_notes_and_hours_are_written_along():
    links = [("New", "new.pdf"), ("paper", "s.pdf")]
    found = added(WITHOUT_LABELS, links, taught_on="2026-02-27", notes="Bring a boat")
    assert found.put == ["- **Feb 27**: [New](new.pdf)<br/>Bring a boat", "  - [paper](s.pdf)"]
    hours = f"{TITLE}## Schedule\n\n- Week 1 (5 March, 9h-11h): A\n- Week 2 (12 March, 9h-11h): B\n"
    found = added(hours, week="Week 3", taught_on="2026-03-19", begins="14:00", ends="16:30")
    assert found.put == ["- Week 3 (19 March, 14h-16h30): New"]


def test_what_has_no_place_there_is_said_and_the_rest_is_written():
    found = added(WITHOUT_LABELS, taught_on="2026-02-27", room="R7", week="W3")
    assert found.put == ["- **Feb 27**: New"]
    assert found.refused == [
        f"This change cannot be written into the file: lecture “W3 New”: {what}." for what in ("week", "room")
    ]


def test_holidays_and_exams_come_as_well():
    edition = imported(WITHOUT_LABELS)
    Holiday.objects.create(edition=edition, title="Spring break", starts_on="2026-04-06", ends_on="2026-04-17")
    ExamDay.objects.create(edition=edition, title="Oral exam", held_on="2026-06-02")
    found = exported(edition)
    assert found.put == ["- **Apr 6 - Apr 17**: Spring break", "- **Jun 2**: Oral exam"]
    assert (found.out, found.refused, found.news) == ([], [], {})


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (WITHOUT_LABELS, {"taught_on": "2026-02-27", "title": "No class"}),  # read as a holiday
        (ITEMS.replace("2026)", "2026, room B28)"), {"taught_on": "2026-03-06", "week": "Week 4"}),  # is it there too?
        (f"{TITLE}## Schedule\n\n- Feb 20: Lakes\n- Feb 13: Data\n", {"taught_on": "2026-02-16"}),  # the latest first
        (f"{TITLE}## Schedule\n\nWeek 1: A\n---\n\nWeek 2: B\n---\n", {"week": "Week 3"}),  # a line below each
        (f"{HEADINGS}\nRest.\n\n</details>\n", {"taught_on": "2026-03-06", "week": "Week 4"}),  # a fold that ends there
    ],
)
def test_without_a_clear_shape_or_place_it_is_refused(text, fields):
    found = added(text, **fields)
    assert (found.put, len(found.refused)) == ([], 1)


NUMBERED = f"{TITLE}## Schedule\n\n- Lecture 1 (Jan 12): A\n- Lecture 2 (Jan 19): B\n"


@pytest.mark.parametrize(
    ("text", "put", "week"),
    [
        (NUMBERED, ["- Lecture 3 (Mar 6): New"], "Lecture 3"),
        (HEADINGS, ["### Week 4 (6 March): New", ""], "Week 4"),
        (DEEP.replace("Lecture ", "Lecture 0"), ["---", "", "### Lecture 03: New (Fri 6 March)", ""], "Lecture 03"),
    ],
)
def test_a_class_after_all_others_takes_the_next_label(text, put, week):
    edition = imported(text)
    row = Lecture.objects.create(edition=edition, title="New", taught_on="2026-03-06", position=9)
    found = exported(edition)
    assert (found.put, found.out, found.refused, found.news) == (put, [], [], {})
    importing.apply(readme.parse(writing.export(edition).data), edition, confirmed=True)
    row.refresh_from_db()
    assert row.week == week


@pytest.mark.parametrize(
    ("text", "put"),
    [
        (NUMBERED, ["- Break (Jan 15 - Jan 16)", "- Deadline for the report (Jan 21)"]),
        (
            NUMBERED.replace(" (Jan ", ", Jan ").replace("):", ":"),
            ["- Jan 15 - Jan 16: Break", "- Jan 21: Deadline for the report"],
        ),
        (
            DEEP,
            ["### Break (Thu 15 January - 16 January)", "### Deadline for the report (Wed 21 January)"],
        ),
    ],
)
def test_among_labelled_classes_days_off_and_deadlines_have_no_label(text, put):
    edition = imported(text)
    Holiday.objects.create(edition=edition, title="Break", starts_on="2026-01-15", ends_on="2026-01-16")
    Deadline.objects.create(edition=edition, title="Deadline for the report", due_on="2026-01-21")
    found = exported(edition)
    assert [line for line in found.put if line.strip("- ")] == put
    assert (found.out, found.refused, found.news) == ([], [], {})


@pytest.mark.parametrize(
    ("text", "fields", "field"),
    [(NUMBERED, {"taught_on": "2026-01-14"}, "week"), (WITHOUT_LABELS, {"week": "Week 1"}, "date")],
)
def test_what_the_others_have_and_it_does_not_is_said(text, fields, field):
    found = added(text, **fields)
    (sentence,) = found.refused
    assert found.put == []
    assert sentence.endswith(f"New”: the other classes have a {field} there, and it has none.")


def test_a_row_of_a_table_without_outer_pipes_may_begin_with_an_empty_cell():
    found = added(f"{TITLE}Week | Topic\n---|---\n1 | A\n2 | B\n")
    assert (found.put, found.refused) == (["| | New"], [])
