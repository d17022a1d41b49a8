"""Agenda entries that are due become mails: once, only to those who still have to act, the latest offset only."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as outbox

from coursesite import mail, reminders, tasks
from coursesite.agenda import Entry
from coursesite.delivery import Tally, send_due
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.offsets import Offset
from coursesite.outbox import QueuedEmail
from tests.outbox import AGENDA
from tests.statements import counted

BRUSSELS = ZoneInfo("Europe/Brussels")
CLOSES = datetime(2026, 3, 29, 12, 0, tzinfo=BRUSSELS)
A_DAY_BEFORE = datetime(2026, 3, 28, 12, 0, tzinfo=BRUSSELS)
OFFSETS = (Offset(days=7), Offset(days=3), Offset(days=1))
STATES = QueuedEmail.State


@pytest.fixture
def closing(mails, cast) -> Entry:
    """Booking closes at noon of the day of the clock change; alice and bob have not booked."""
    entry = Entry(
        kind="booking_closes",
        key=f"milestone:1:{CLOSES.isoformat()}",
        title="MS1: booking closes",
        starts_at=CLOSES,
        url="https://courses.example.org/info9023-2026/milestones/1/",
        owed_by=frozenset({cast.alice.pk, cast.bob.pk}),
        offsets=OFFSETS,
        mail="notice",
        facts={"milestone": "MS1"},
    )
    AGENDA[:] = [entry]
    return entry


def now_it_is(**changes):
    """The agenda's only entry has changed."""
    AGENDA[:] = [replace(AGENDA[0], **changes)]
    CourseEdition.objects.get().touch()


def rows(**where):
    return list(QueuedEmail.objects.filter(**where).order_by("to_address").values_list("to_address", flat=True))


def test_nothing_before_the_first_offset(closing, edition):
    assert reminders.queue(edition, CLOSES - timedelta(days=8)) == 0


def test_each_who_owes_it_gets_one_row(closing, edition, cast):
    assert reminders.queue(edition, A_DAY_BEFORE) == 2
    row = QueuedEmail.objects.get(recipient=cast.alice)
    assert row.key == f"notice:milestone:1:{CLOSES.isoformat()}:1d0h:{cast.alice.pk}"
    assert (row.kind, row.priority) == ("notice", QueuedEmail.REMINDER)
    assert (row.due_at, row.expires_at) == (A_DAY_BEFORE, CLOSES)
    assert row.facts == {
        "title": "MS1: booking closes",
        "starts_at": CLOSES.isoformat(),
        "ends_at": None,
        "place": "",
        "url": "https://courses.example.org/info9023-2026/milestones/1/",
        "milestone": "MS1",
    }
    assert rows() == ["alice@example.org", "bob@example.org"]


def test_a_day_before_noon_of_the_clock_change_is_noon(closing, edition):
    three_days_before = CLOSES - timedelta(days=3)
    reminders.queue(edition, three_days_before)
    assert reminders.queue(edition, A_DAY_BEFORE - timedelta(seconds=1)) == 0
    assert reminders.queue(edition, A_DAY_BEFORE) == 2


def test_every_offset_once(closing, edition):
    at, queued = CLOSES - timedelta(days=8), []
    while at < CLOSES + timedelta(days=1):
        if reminders.queue(edition, at):
            queued.append(at)
            assert send_due(at).sent == 2
        at += timedelta(minutes=30)
    assert queued == [CLOSES - timedelta(days=7), CLOSES - timedelta(days=3), A_DAY_BEFORE]
    assert len(outbox.outbox) == 6


def test_a_sweep_that_slept_tells_the_latest_only(closing, edition):
    reminders.queue(edition, CLOSES - timedelta(hours=5))
    assert {key.split(":")[-2] for key in QueuedEmail.objects.values_list("key", flat=True)} == {"1d0h"}
    assert reminders.queue(edition, CLOSES - timedelta(hours=4)) == 0


def test_nothing_after_the_deadline(closing, edition):
    assert reminders.queue(edition, CLOSES) == 0
    reminders.queue(edition, A_DAY_BEFORE)
    assert send_due(CLOSES) == Tally(suppressed=2)


def test_who_is_done_is_not_told(closing, edition, cast):
    reminders.queue(edition, A_DAY_BEFORE)
    now_it_is(owed_by=frozenset({cast.bob.pk}))
    assert send_due(A_DAY_BEFORE) == Tally(sent=1, suppressed=1)
    assert rows(state=STATES.SENT) == ["bob@example.org"]
    assert QueuedEmail.objects.get(recipient=cast.alice).error == "It was done already."


def test_the_ledger_says_why_a_reminder_did_not_go(closing, edition, cast):
    """Done by one, done by all, overtaken, moved, gone, and not wanted by itself."""

    def reason(at=A_DAY_BEFORE, **changes) -> set[str]:
        AGENDA[:] = [closing]
        QueuedEmail.objects.all().delete()
        reminders.queue(edition, A_DAY_BEFORE)
        if changes:
            now_it_is(**changes)
        else:
            AGENDA.clear()
            edition.touch()
        send_due(at)
        return set(QueuedEmail.objects.filter(state=STATES.SUPPRESSED).values_list("error", flat=True))

    assert reason(owed_by=frozenset({cast.bob.pk})) == {"It was done already."}
    assert reason(owed_by=frozenset()) == {"It was done already."}
    assert reason(key="milestone:1:later") == reason() == {"Its date has moved, or it is gone."}
    hours = (*OFFSETS, Offset(hours=2))
    overtaken = {"A later reminder has taken its place, or it is held back."}
    assert reason(CLOSES - timedelta(hours=1), offsets=hours) == overtaken
    AGENDA[:] = [replace(closing, mail="offer")]
    reminders.queue(edition, A_DAY_BEFORE)
    Enrolment.objects.filter(user=cast.alice).update(optional_mail=Enrolment.OptionalMail.DIGEST)
    assert send_due(A_DAY_BEFORE) == Tally(sent=1, suppressed=1)
    assert (
        QueuedEmail.objects.get(kind="offer", recipient=cast.alice).error
        == "They do not want such mails by themselves."
    )


def test_a_moved_deadline_drops_what_was_not_sent_and_starts_anew(closing, edition):
    reminders.queue(edition, A_DAY_BEFORE)
    moved = CLOSES + timedelta(days=2)
    now_it_is(key=f"milestone:1:{moved.isoformat()}", starts_at=moved)
    assert send_due(A_DAY_BEFORE) == Tally(suppressed=2)
    assert reminders.queue(edition, A_DAY_BEFORE) == 2
    assert send_due(A_DAY_BEFORE) == Tally(sent=2)
    assert {mail.body.count("31 March 2026, 12:00") for mail in outbox.outbox} == {1}


def test_what_a_later_offset_has_overtaken_is_not_sent(closing, edition):
    three_days_before = CLOSES - timedelta(days=3)
    reminders.queue(edition, three_days_before)  # and then the mail server was away for two days
    assert send_due(A_DAY_BEFORE) == Tally(suppressed=2)
    reminders.queue(edition, A_DAY_BEFORE)
    assert send_due(A_DAY_BEFORE) == Tally(sent=2)


def test_an_entry_that_vanished_takes_its_reminders_along(closing, edition):
    reminders.queue(edition, A_DAY_BEFORE)
    AGENDA.clear()
    assert send_due(A_DAY_BEFORE) == Tally(suppressed=2)


def test_a_slot_booked_three_hours_before_is_announced_two_hours_before(closing, edition):
    booked = CLOSES - timedelta(hours=3)
    now_it_is(since=booked, offsets=(Offset(days=1), Offset(hours=2)))
    assert reminders.queue(edition, booked) == 0
    assert reminders.queue(edition, CLOSES - timedelta(hours=2)) == 2


def test_only_people_of_the_edition_who_are_active(closing, edition, cast):
    now_it_is(owed_by=frozenset({cast.alice.pk, cast.bob.pk, cast.eve.pk, 10**6}))
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert reminders.queue(edition, A_DAY_BEFORE) == 1
    assert rows() == ["alice@example.org"]


def test_entries_without_mail_or_debtors_remind_nobody(closing, edition):
    now_it_is(mail="")
    assert reminders.queue(edition, A_DAY_BEFORE) == 0
    now_it_is(mail="notice", owed_by=frozenset())
    assert reminders.queue(edition, A_DAY_BEFORE) == 0


def test_two_sweeps_at_once_write_each_row_once(closing, edition, monkeypatch):
    both_saw = reminders.due(edition, A_DAY_BEFORE)
    reminders.queue(edition, A_DAY_BEFORE)
    monkeypatch.setattr(reminders, "told", lambda *args: set())
    monkeypatch.setattr(reminders, "due", lambda *args: both_saw)
    reminders.queue(edition, A_DAY_BEFORE)
    assert len(rows()) == 2


def test_the_agenda_is_asked_once_for_many_and_again_after_a_change(closing, edition, cast, monkeypatch):
    asked = []
    due_of = reminders.due_of
    monkeypatch.setattr(reminders, "due_of", lambda *args: asked.append(1) or due_of(*args))
    still_owed = reminders.StillOwed()
    keys = reminders.due(edition, A_DAY_BEFORE)
    asked.clear()
    row = QueuedEmail(edition=edition, key=next(iter(keys)), due_at=A_DAY_BEFORE, lease=uuid4())
    old = reminders.FRESH + timedelta(seconds=1)
    assert all(not still_owed.objection(row, A_DAY_BEFORE + part * reminders.FRESH) for part in (0, 0.5, 1))
    assert len(asked) == 1
    assert not still_owed.objection(row, A_DAY_BEFORE + old)
    assert len(asked) == 2
    now_it_is(owed_by=frozenset())
    row.lease = uuid4()  # a batch that is claimed afterwards
    assert still_owed.objection(row, A_DAY_BEFORE + old)


def test_queries_do_not_grow_with_people(closing, edition, django_assert_num_queries):
    def enrol(count):
        start = User.objects.count()
        people = User.objects.bulk_create(User(email=f"p{start + i}@example.org") for i in range(count))
        Enrolment.objects.bulk_create(Enrolment(edition=edition, user=person) for person in people)
        now_it_is(owed_by=AGENDA[0].owed_by | {person.pk for person in people})

    enrol(3)
    with django_assert_num_queries(4):  # what is held back, what was told, the people, the rows
        assert reminders.queue(edition, A_DAY_BEFORE) == 5
    with django_assert_num_queries(2):
        assert reminders.queue(edition, A_DAY_BEFORE) == 0
    enrol(40)
    with django_assert_num_queries(4):
        assert reminders.queue(edition, A_DAY_BEFORE) == 40


@time_machine.travel(A_DAY_BEFORE, tick=True)
def test_sweep_and_tick_together(closing, edition, mails, caplog):
    tasks.sweep()
    tasks.tick()
    assert sorted(address for mail in outbox.outbox for address in mail.to) == [
        '"Alice A." <alice@example.org>',
        '"Bob B." <bob@example.org>',
    ]
    tasks.sweep()
    tasks.tick()
    assert len(outbox.outbox) == 2


@time_machine.travel(A_DAY_BEFORE, tick=True)
def test_what_is_wrong_with_one_edition_is_not_the_others_trouble(closing, edition, settings, caplog):
    CourseEdition.objects.create(title="Broken", year=2026, slug="broken")
    CourseEdition.objects.create(title="Long over", year=2024, slug="broken-2024")
    settings.AGENDA_SOURCES = ["tests.outbox.entries", "tests.coursesite.test_reminders.fragile"]
    tasks.sweep()
    assert len(rows(kind="notice")) == 2
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["the reminders of broken could not be queued"]


def fragile(edition, now):
    if edition.slug.startswith("broken"):
        raise ValueError("a source with a bug")
    return []


def test_thousands_of_rows_go_in_one_statement(edition, django_assert_num_queries):
    number, at = 4000, A_DAY_BEFORE
    made = [
        (f"n{n}", None, "a@example.org", "notice", edition.pk, '{"a": "é\\"\\\\|"}', 9, at, None) for n in range(number)
    ]
    with django_assert_num_queries(1):
        mail.write(made)
    mail.write([])
    found = QueuedEmail.objects.values_list("facts", "due_at", "expires_at", "recipient", "priority", "message_id")
    kinds = {(facts["a"], *told) for facts, *told, _message_id in found}
    assert kinds == {('é"\\|', at, None, None, 9)}
    assert len({message_id for *_told, message_id in found}) == number


def test_an_answer_from_before_it_was_due_is_none(closing, edition):
    """The next tick asks again about what the sweep has just queued."""
    still_owed, before = reminders.StillOwed(), A_DAY_BEFORE - timedelta(seconds=2)
    assert still_owed.objection(QueuedEmail(edition=edition, key="another", due_at=before), before)
    reminders.queue(edition, A_DAY_BEFORE)
    assert all(not still_owed.objection(row, A_DAY_BEFORE) for row in QueuedEmail.objects.select_related("edition"))


def test_an_agenda_that_takes_long_is_asked_less_often(closing, edition, monkeypatch):
    """A fiftieth of the time, and never less than once a minute; a change of the edition is seen at once."""
    cost, asked = [0.5], []

    def slow(*args, due_of=reminders.due_of):
        asked.append(1)
        clock[0] += cost[0]
        return due_of(*args)

    clock = [100.0]
    monkeypatch.setattr("coursesite.reminders.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("coursesite.reminders.due_of", slow)
    row, still_owed = QueuedEmail(edition=edition, key=next(iter(reminders.due(edition, A_DAY_BEFORE)))), None
    row.due_at = A_DAY_BEFORE
    for cost[0], seconds in ((0.5, 25), (30.0, 60)):
        still_owed = reminders.StillOwed()
        asked.clear()
        for second in (0, cost[0] + seconds, cost[0] + seconds + 1):
            assert not still_owed.objection(row, A_DAY_BEFORE + timedelta(seconds=second))
        assert len(asked) == 2
    now_it_is(owed_by=frozenset())
    row.lease = uuid4()
    assert still_owed.objection(row, A_DAY_BEFORE + timedelta(seconds=92))


def test_a_slow_batch_looks_again_but_mails_take_most_of_the_time(closing, edition, monkeypatch):
    cost, clock = 0.5, [100.0]

    def slow(*args, due_of=reminders.due_of):
        clock[0] += cost
        return due_of(*args)

    monkeypatch.setattr("coursesite.reminders.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("coursesite.reminders.due_of", slow)
    key = next(iter(reminders.due(edition, A_DAY_BEFORE)))
    row = QueuedEmail(edition=edition, key=key, due_at=A_DAY_BEFORE, lease=uuid4())
    still_owed, seen, started = reminders.StillOwed(), [], clock[0]
    assert not still_owed.objection(row, A_DAY_BEFORE)
    now_it_is(owed_by=frozenset())
    for _ in range(12):
        clock[0] += reminders.LOOK_AGAIN
        after = clock[0] - started
        seen.append((after, not still_owed.objection(row, A_DAY_BEFORE + timedelta(seconds=after))))
    first_seen = next(after for after, is_owed in seen if not is_owed)
    assert first_seen == reminders.PACE * cost
    assert [is_owed for after, is_owed in seen if after > first_seen] == [False] * 4


def test_a_batch_costs_one_look_at_the_edition(closing, edition):
    reminders.queue(edition, A_DAY_BEFORE)
    still_owed, leases = reminders.StillOwed(), [uuid4(), uuid4()]
    rows = [row for row in QueuedEmail.objects.select_related("edition") for _ in range(50)]
    for number, lease in enumerate(leases):
        with counted() as statements:
            for row in rows:
                row.lease = lease
                assert not still_owed.objection(row, A_DAY_BEFORE)
        assert len(statements) == (1 if number else 2)  # the state of the edition; at first, what is held back as well
