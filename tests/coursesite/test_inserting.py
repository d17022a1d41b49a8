"""Rows written as one JSON text: what comes back is what bulk_create() would have written."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from coursesite.inserting import insert, insert_rows
from coursesite.outbox import QueuedEmail
from schedule.models import Lecture, Material

pytestmark = pytest.mark.django_db
ODD = 'd\'été "x" \\ {0} %s [1] ☃ 007'


def lecture(edition, number: int = 0, **values) -> Lecture:
    return Lecture(edition=edition, position=number, title=f"Topic {number}", **values)


def test_what_is_read_again_is_what_was_given(edition):
    values = {
        "taught_on": date(2026, 3, 2),
        "begins": time(9, 30, 0, 5),
        "room": "007",
        "notes": ODD,
        "imported": {"title": ODD, "list": [1, None, True, 1.5]},
        "extra": [["Room", ODD]],
    }
    made = lecture(edition, 3, **values)
    insert([made])
    read = Lecture.objects.get(pk=made.pk)
    assert {name: getattr(read, name) for name in values} == values
    assert (read.ends_on, read.sprint, read.is_missing, read.position, read.edition) == (None, None, False, 3, edition)


def test_it_writes_what_bulk_create_writes(edition):
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    one, other = (Material(edition=edition, label=ODD, href="x", released_at=at, file="a/b.pdf") for _ in range(2))
    insert([one])
    Material.objects.bulk_create([other])
    columns = [field.attname for field in Material._meta.concrete_fields if not field.primary_key]
    first, second = (
        Material.objects.order_by("pk").annotate(stored=Cast("released_at", TextField())).values("stored", *columns)
    )
    assert first == second


def test_each_object_knows_its_own_key(edition, django_assert_num_queries):
    made = [lecture(edition, number) for number in range(300)]
    with django_assert_num_queries(1):
        insert(made)
    assert dict(Lecture.objects.values_list("pk", "title")) == {each.pk: each.title for each in made}
    made[7].title = "Another"
    made[7].save()  # an UPDATE: it is known to be there
    assert Lecture.objects.count() == 300


def test_nothing_is_written_by_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert([])


def test_what_is_too_long_is_refused_and_not_cut(edition):
    if connection.vendor == "sqlite":
        insert([lecture(edition, room="x" * 200)])  # which knows no lengths
        assert len(Lecture.objects.get().room) == 200
        return
    with pytest.raises(DataError), transaction.atomic():
        insert([lecture(edition, room="x" * 200)])
    assert not Lecture.objects.exists()


def test_a_constraint_refuses_all_rows(edition):
    good = lecture(edition, taught_on=date(2026, 3, 2))
    bad = lecture(edition, 1, taught_on=date(2026, 3, 2), ends_on=date(2026, 3, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([good, bad])
    assert not Lecture.objects.exists()


def test_rows_that_are_there_are_skipped(edition):
    names = ("key", "kind", "to_address", "facts", "is_secret", "priority", "state", "due_at", "attempts")
    names += ("message_id", "subject", "text", "invitation", "error", "created_at")
    row = ["k", "reminder", "a@example.org", "{}", False, 1, "queued", "2026-03-01 10:00:00", 0, *[""] * 5]
    row.append("2026-03-01 10:00:00")
    for _ in range(2):
        assert insert_rows(QueuedEmail, names, [row], or_skip=True) == []
    assert QueuedEmail.objects.count() == 1
