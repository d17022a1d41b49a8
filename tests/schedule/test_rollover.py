from datetime import UTC, date, datetime

import pytest

from coursesite.models import CourseEdition, Enrolment
from schedule import importing, readme, rollover, writing
from schedule.management.commands.demo import README
from schedule.models import Holiday, Lecture
from schedule.rollover import Wish
from schedule.weeks import read_free_days
from projects.models import Milestone

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def seed(db):
    return importing.apply(readme.parse(README.read_bytes()), confirmed=True).edition


@pytest.mark.parametrize(
    "free", [[], ["2027-04-19..2027-04-30 Easter holidays"], ["2027-03-29", "2027-02-08 Carnival"]]
)
def test_x(seed, free):
    wish = Wish(date(2027, 2, 1), tuple(map(read_free_days, free)))
    made_up = rollover.plan(seed, wish, NOW)
    for row in made_up.rows:
        print(row.source, [(str(d.old), str(d.new)) for d in row.dates])
    for c in made_up.clashes:
        print("CLASH", c)
    for c in made_up.remarks:
        print("REMARK", c)
    for c in made_up.prose:
        print("PROSE", c)
    done = rollover.apply(seed, wish, now=NOW, confirmed=True)
    print("UNW", done.unwritten)
    made = CourseEdition.objects.get(pk=done.made.pk)
    print(made, made.slug)
    out = writing.export(made)
    import difflib

    print("".join(difflib.unified_diff(README.read_text().splitlines(1), out.text.splitlines(1), n=0)))
    print(out.refused)
    plan = importing.plan(readme.parse(out.data), made)
    for t in plan.tables:
        for f in t.needs_writing:
            print(f.outcome, f.says, f.row and f.row.imported, f.line, f.row and f.row.source_line)
    assert plan.is_empty, plan.is_news
    for l in Lecture.objects.filter(edition=made):
        print(l.taught_on, l)
