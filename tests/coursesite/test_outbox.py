"""One step of sending: who gets a row, what is checked before it goes, how a try ends."""

import logging
from datetime import timedelta

import pytest
from django.core import mail as outbox

from coursesite.delivery import PAUSES, Tally, send_due
from coursesite.mail import as_it_looks
from coursesite.outbox import QueuedEmail
from coursesite.tasks import send_all_due
from tests.outbox import NOON

LEASE = timedelta(seconds=300)
STATES = QueuedEmail.State
SECRET = {"kind": "sign_in", "is_secret": True, "priority": 0, "subject": "Your code", "text": "ABCD-EFGH"}


def fresh(row):
    return QueuedEmail.objects.get(pk=row.pk)


def subjects():
    return [mail.subject for mail in outbox.outbox]


def test_sends_what_is_due_and_keeps_what_was_said(mails, cast):
    row, later = mails(cast.alice), mails(cast.bob, due_at=NOON + timedelta(seconds=1))
    assert send_due(NOON) == Tally(sent=1)
    row = fresh(row)
    assert (row.state, row.attempts, row.error, row.lease) == (STATES.SENT, 1, "", None)
    assert row.sent_at - NOON < timedelta(seconds=5)
    [mail] = outbox.outbox
    assert (mail.to, mail.subject, mail.body) == (['"Alice A." <alice@example.org>'], row.subject, row.text)
    assert mail.alternatives[0].content == as_it_looks(row)
    assert mail.extra_headers["Message-ID"] == row.message_id
    assert fresh(later).state == STATES.QUEUED


def test_nothing_due_takes_one_query_and_no_lock(mails, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert not send_due(NOON)


def test_queries_of_a_step_are_few_and_one_for_each_mark(mails, cast, django_assert_max_num_queries):
    for _ in range(20):
        mails(cast.alice)
    with django_assert_max_num_queries(9 + 20):  # look, claim (with its savepoint), rows, editions, instructors; marks
        assert send_due(NOON).sent == 20


def test_claims_do_not_overlap(mails):
    for _ in range(5):
        mails()
    first = list(QueuedEmail.objects.claim(NOON, NOON + LEASE, 3))
    second = list(QueuedEmail.objects.claim(NOON, NOON + LEASE, 3))
    third = list(QueuedEmail.objects.claim(NOON, NOON + LEASE, 3))
    assert [len(rows) for rows in (first, second, third)] == [3, 2, 0]
    assert {row.pk for row in first}.isdisjoint(row.pk for row in second)


def test_a_row_whose_worker_never_came_back_is_freed_with_the_lease(mails):
    row = mails()
    list(QueuedEmail.objects.claim(NOON, NOON + LEASE, 10))
    assert not send_due(NOON + LEASE)
    assert send_due(NOON + LEASE + timedelta(seconds=1)).sent == 1
    assert outbox.outbox[0].extra_headers["Message-ID"] == row.message_id


def test_who_lost_the_lease_marks_nothing(mails):
    mails()
    [slow] = QueuedEmail.objects.claim(NOON, NOON + LEASE, 1)
    [quick] = QueuedEmail.objects.claim(NOON + 2 * LEASE, NOON + 3 * LEASE, 1)
    assert not slow.mark_sent(NOON)
    assert not slow.mark_failed("late")
    assert quick.mark_sent(NOON)
    assert not quick.mark_sent(NOON)


def test_who_waits_at_the_sign_in_page_comes_first_and_what_was_put_off_last(mails):
    mails(title="reminded", priority=QueuedEmail.NEWS + 1)
    mails(title="put off", attempts=1, due_at=NOON - LEASE)
    mails(title="news")
    mails(title="older news", due_at=NOON - timedelta(seconds=1))
    mails(**SECRET)
    send_due(NOON)
    assert subjects() == ["Your code", "News: older news", "News: news", "News: put off", "News: reminded"]


def test_limit(mails):
    for _ in range(5):
        mails()
    assert [send_due(NOON, 2).sent for _ in range(4)] == [2, 2, 1, 0]


def test_the_loop_sends_until_nothing_is_due(mails, monkeypatch):
    monkeypatch.setattr("coursesite.delivery.BATCH", 2)
    for _ in range(205):
        mails()
    assert send_all_due() == Tally(sent=205)


def test_what_is_no_longer_true_is_not_sent(mails):
    row = mails(facts={"check": "false"})
    assert send_due(NOON) == Tally(suppressed=1)
    assert (fresh(row).state, fresh(row).error) == (STATES.SUPPRESSED, "It was no longer true.")
    assert outbox.outbox == []


def test_nothing_goes_after_its_deadline(mails):
    row = mails(expires_at=NOON)
    assert send_due(NOON) == Tally(suppressed=1)
    assert (fresh(row).state, fresh(row).error) == (STATES.SUPPRESSED, "It is too late for it.")


@pytest.mark.parametrize(
    ("poison", "reason"),
    [
        ({"to": "zoë@example.org"}, "ValueError: No mail can be sent to this address."),
        ({"kind": "parcel"}, "LookupError: no app offers mails of the kind parcel"),
        ({"facts": {"starts_at": "soon"}}, "ValueError: Invalid isoformat string: 'soon'"),
        ({"facts": {"uid": "7"}}, "KeyError: 'sequence'"),
        # Postgres does not take it in the first place.
        pytest.param({"title": "half \ud83d a smile"}, "UnicodeEncodeError: ", marks=pytest.mark.sqlite),
    ],
)
def test_poison_fails_alone(mails, poison, reason):
    mails()
    row = mails(**poison)
    mails()
    assert send_due(NOON) == Tally(sent=2, failed=1)
    assert fresh(row).state == STATES.FAILED
    assert fresh(row).error.startswith(reason)


def test_a_check_that_breaks_is_asked_again_later(mails):
    row = mails(facts={"check": "broken"})
    mails()
    assert send_due(NOON) == Tally(sent=1, put_off=1)
    assert (fresh(row).state, fresh(row).error) == (STATES.QUEUED, "RuntimeError: the check of this kind is broken")
    assert fresh(row).due_at >= NOON + PAUSES[0]


def test_one_poison_among_three_hundred(mails):
    for number in range(300):
        mails(to="nobody" if number == 7 else "alice@example.org")
    assert send_all_due() == Tally(sent=299, failed=1)


def test_retry_starts_failed_rows_anew(mails):
    failed = mails(state=STATES.FAILED, attempts=9, error="550 no")
    others = [mails(state=STATES.SENT), mails(state=STATES.SUPPRESSED), mails(state=STATES.FAILED, expires_at=NOON)]
    assert QueuedEmail.objects.all().retry(NOON) == 1
    assert (fresh(failed).state, fresh(failed).attempts, fresh(failed).error) == (STATES.QUEUED, 0, "")
    assert [fresh(row).state for row in others] == [row.state for row in others]
    assert send_due(NOON).sent == 1


def test_stopping_puts_back_what_is_in_hand(mails):
    rows = [mails() for _ in range(3)]
    assert send_due(NOON, is_stopping=lambda: len(outbox.outbox) == 1) == Tally(sent=1, put_back=2)
    assert [fresh(row).state for row in rows] == [STATES.SENT, STATES.QUEUED, STATES.QUEUED]
    assert {(fresh(row).attempts, fresh(row).due_at, fresh(row).lease) for row in rows[1:]} == {(0, NOON, None)}


def test_a_step_ends_well_before_its_lease(mails, settings):
    settings.MAIL_LEASE_SECONDS = 0
    row = mails()
    assert send_due(NOON) == Tally(put_back=1)
    assert fresh(row).state == STATES.QUEUED


def test_an_error_of_ours_leaves_no_row_in_hand(mails, monkeypatch):
    rows = [mails() for _ in range(3)]
    monkeypatch.setattr("coursesite.delivery.Step.send", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send_due(NOON)
    assert {fresh(row).state for row in rows} == {STATES.QUEUED}


def test_tallies_add_up_and_say_what_happened():
    total = Tally(sent=2, put_off=1, trouble="450 later") + Tally(sent=1, failed=3)
    assert total == Tally(sent=3, failed=3, put_off=1, trouble="450 later")
    assert str(total) == "3 sent, 3 failed, 1 put off (450 later)"
    assert not Tally(trouble="away")


def test_pauses_grow_to_a_day():
    assert list(PAUSES) == sorted(PAUSES)
    assert timedelta(hours=23) < sum(PAUSES, timedelta()) <= timedelta(hours=24)


# --- Sign-in mails ------------------------------------------------------------------------------------------------


def code_row(mails, at=NOON, **fields):
    row = mails(**SECRET | fields, facts={"code": "ABCD-EFGH"})
    QueuedEmail.objects.filter(pk=row.pk).update(created_at=at)
    return row


def remembers(row):
    row = fresh(row)
    return (row.subject, row.text, row.facts) != ("", "", {})


def test_a_code_is_forgotten_when_it_is_sent(mails, caplog):
    row = code_row(mails)
    with caplog.at_level(logging.DEBUG):
        assert send_due(NOON) == Tally(sent=1)
    assert "ABCD-EFGH" in outbox.outbox[0].body
    assert fresh(row).state == STATES.SENT
    assert not remembers(row)
    assert "ABCD" not in caplog.text


def test_a_code_that_cannot_be_sent_is_forgotten(mails, caplog):
    row = code_row(mails, to="nobody")
    assert send_due(NOON) == Tally(failed=1)
    assert not remembers(row)
    assert QueuedEmail.objects.all().retry(NOON) == 0
    assert "ABCD" not in caplog.text


def test_an_expired_code_is_not_sent(mails):
    row = code_row(mails, at=NOON - timedelta(minutes=15))
    assert send_due(NOON) == Tally(suppressed=1)
    assert not remembers(row)


def test_a_code_is_forgotten_after_a_quarter_of_an_hour_sent_or_not(mails, django_assert_num_queries):
    old = NOON - timedelta(minutes=15)
    waiting, abandoned, in_hand = code_row(mails, old), code_row(mails, old), code_row(mails, old)
    QueuedEmail.objects.filter(pk=abandoned.pk).update(state=STATES.SENDING, lease_until=NOON - LEASE)
    QueuedEmail.objects.filter(pk=in_hand.pk).update(state=STATES.SENDING, lease_until=NOON + LEASE)
    young, news = code_row(mails, NOON - timedelta(minutes=14)), mails(text="kept", created_at=old)
    assert QueuedEmail.objects.erase_secrets(NOON) == 2
    assert [remembers(row) for row in (waiting, abandoned, in_hand, young, news)] == [False, False, True, True, True]
    assert {fresh(row).state for row in (waiting, abandoned)} == {STATES.SUPPRESSED}
    assert fresh(in_hand).state == STATES.SENDING
    with django_assert_num_queries(2):
        assert QueuedEmail.objects.erase_secrets(NOON) == 0
