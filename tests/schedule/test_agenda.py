"""What the schedule puts on everybody's agenda."""

from datetime import UTC, date, datetime, time, timedelta

from schedule import agenda
from schedule.models import Deadline, Lecture
from tests.outbox import NOON
from tests.statements import counted

MONDAY = date(2026, 3, 30)  # the day after clocks went forward


def lecture(edition, **fields):
    return Lecture.objects.create(edition=edition, **({"title": "Serving", "taught_on": MONDAY} | fields))


def test_a_class_with_its_hours(edition):
    row = lecture(edition, begins=time(9, 0), ends=time(12, 30), room="R7")
    [entry] = agenda.entries(edition, NOON)
    assert (entry.kind, entry.title, entry.place) == ("lecture", "Serving", "R7")
    assert entry.url == f"/info9023-2026/lectures/{row.pk}/"
    assert entry.starts_at == datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
    assert entry.ends_at == datetime(2026, 3, 30, 10, 30, tzinfo=UTC)
    assert (entry.is_all_day, entry.offsets, entry.owed_by, entry.concerns) == (False, (), frozenset(), None)


def test_weekly_classes_keep_their_wall_time_over_the_change(edition):
    for week in range(2):
        lecture(edition, taught_on=MONDAY - timedelta(weeks=1 - week), begins=time(9, 0))
    assert [entry.starts_at.hour for entry in agenda.entries(edition, NOON)] == [8, 7]
    assert [entry.ends_at for entry in agenda.entries(edition, NOON)] == [None, None]


def test_without_hours_it_is_the_whole_day(edition):
    lecture(edition, ends_on=MONDAY + timedelta(days=1))
    [entry] = agenda.entries(edition, NOON)
    assert entry.is_all_day
    assert entry.starts_at == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert entry.ends_at - entry.starts_at == timedelta(days=2)


def test_an_hour_that_does_not_exist_breaks_nothing(edition):
    lecture(edition, taught_on=date(2026, 3, 29), begins=time(2, 30))
    [entry] = agenda.entries(edition, NOON)
    assert entry.is_all_day


def test_a_deadline_is_the_end_of_its_day(edition):
    Deadline.objects.create(edition=edition, title="Project card", due_on=date(2026, 3, 31))
    [entry] = agenda.entries(edition, NOON)
    assert (entry.kind, entry.title) == ("deadline", "Project card")
    assert entry.starts_at == datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC)


def test_what_has_no_date_or_is_gone_is_not_there(edition):
    lecture(edition, taught_on=None)
    lecture(edition, is_missing=True)
    Deadline.objects.create(edition=edition, title="Some day")
    Deadline.objects.create(edition=edition, title="Gone", due_on=MONDAY, is_missing=True)
    assert agenda.entries(edition, NOON) == []


def test_a_moved_class_is_another_fact(edition):
    row = lecture(edition)
    [before] = agenda.entries(edition, NOON)
    row.taught_on += timedelta(days=1)
    row.save()
    [after] = agenda.entries(edition, NOON)
    assert before.key != after.key


def test_queries_do_not_grow(edition):
    for _ in range(30):
        lecture(edition)
    with counted() as statements:
        assert len(agenda.entries(edition, NOON)) == 30
    assert len(statements) == 4
