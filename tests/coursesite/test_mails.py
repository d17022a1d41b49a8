"""A person's own mails, and how they want what is optional."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail as outbox

from coursesite import digest, reminders, tasks
from coursesite.delivery import send_due
from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from tests.coursesite.test_reminders import A_DAY_BEFORE, CLOSES, closing, now_it_is
from tests.outbox import AGENDA
from tests.projects.pages import shown, signed_in

__all__ = ["closing"]  # a fixture

PAGE = "/info9023-2026/mails/"
CHOICE = Enrolment.OptionalMail
MORNING = A_DAY_BEFORE.replace(hour=7)


def choose(enrolment: Enrolment, choice: str) -> None:
    Enrolment.objects.filter(pk=enrolment.pk).update(optional_mail=choice)


def test_one_s_own_mails_and_nobody_else_s(mails, cast):
    mails(cast.alice, subject="For Alice", text="Words for Alice", state=QueuedEmail.State.SENT)
    mails(cast.bob, subject="For Bob", text="Words for Bob")
    mails(cast.alice, subject="A code", text="ABCD", is_secret=True)
    page = shown(signed_in(cast.alice).get(PAGE))
    assert "Words for Alice" in page
    assert "Bob" not in page.split("<main")[1] and "ABCD" not in page


def test_what_was_overtaken_before_it_was_written_is_not_listed(mails, cast):
    mails(cast.alice, subject="", state=QueuedEmail.State.SUPPRESSED)
    assert "Nothing yet." in shown(signed_in(cast.alice).get(PAGE))
    mails(cast.alice, subject="")
    assert "A mail that is not written yet" in shown(signed_in(cast.alice).get(PAGE))


def test_nothing_yet(cast):
    assert "Nothing yet." in shown(signed_in(cast.alice).get(PAGE))


def test_a_choice_is_kept(cast):
    client = signed_in(cast.alice)
    assert "Your choice is kept." in shown(client.post(PAGE, {"optional_mail": "digest"}, follow=True))
    assert Enrolment.objects.get(user=cast.alice).optional_mail == CHOICE.DIGEST
    assert client.post(PAGE, {"optional_mail": "sometimes"}).status_code == 400


@pytest.mark.parametrize("choice", [CHOICE.DIGEST, CHOICE.NONE])
def test_what_is_optional_comes_as_chosen(closing, edition, cast, choice):
    choose(cast.enrolments.alice, choice)
    now_it_is(mail="offer")
    assert reminders.queue(edition, A_DAY_BEFORE) == 1
    assert QueuedEmail.objects.get().recipient == cast.bob


def test_what_is_not_optional_comes_whatever_was_chosen(closing, edition, cast):
    choose(cast.enrolments.alice, CHOICE.NONE)
    assert reminders.queue(edition, A_DAY_BEFORE) == 2


# --- The daily digest ----------------------------------------------------------------------------------------------


@pytest.fixture
def own_kinds(closing, settings):
    settings.MAIL_KINDS = ["coursesite.emails.KINDS", *settings.MAIL_KINDS]
    now_it_is(mail="offer")


def test_the_digest_has_what_is_optional_and_is_told_once(own_kinds, edition, cast, settings):
    settings.ADMIN_TODOS = []
    choose(cast.enrolments.alice, CHOICE.DIGEST)
    AGENDA.append(replace(AGENDA[0], key="another", mail="notice", title="Not optional"))
    assert digest.queue_digests(edition, MORNING - timedelta(minutes=1)) == 0
    after = MORNING + timedelta(days=1, minutes=1)  # the reminder's moment, yesterday at noon, lies between the two
    assert digest.queue_digests(edition, after) == 1
    assert digest.queue_digests(edition, after + timedelta(hours=1)) == 0
    send_due(after)
    (mail,) = outbox.outbox
    assert mail.to == ['"Alice A." <alice@example.org>']
    assert "Sunday 29 March, 12:00: MS1: booking closes" in mail.body
    assert "Not optional" not in mail.body


def test_nobody_gets_an_empty_digest(own_kinds, edition, cast, settings):
    settings.ADMIN_TODOS = []
    choose(cast.enrolments.alice, CHOICE.DIGEST)
    choose(cast.enrolments.dana, CHOICE.DIGEST)  # owes nothing
    assert digest.queue_digests(edition, MORNING) == 0
    assert digest.queue_digests(edition, CLOSES + timedelta(days=1)) == 0


def test_staff_are_told_what_waits_unless_they_said_no(own_kinds, edition, cast):
    choose(cast.enrolments.tina, CHOICE.NONE)
    QueuedEmail.objects.create(
        key="broken", kind="notice", edition=edition, to_address="x@example.org", state=QueuedEmail.State.FAILED
    )
    now = QueuedEmail.objects.get().created_at.astimezone(edition.zone).replace(hour=8)
    assert digest.queue_digests(edition, now) == 1
    assert digest.queue_digests(edition, now) == 0
    send_due(now)
    (mail,) = outbox.outbox
    assert mail.to == ['"Ines I." <ines@example.org>']
    assert "1 mail could not be sent." in mail.body


def test_queries_do_not_grow_with_students(own_kinds, edition, cast, settings, django_assert_num_queries):
    settings.ADMIN_TODOS = []
    for who in ("alice", "bob", "charlie", "chloe", "dana"):
        choose(getattr(cast.enrolments, who), CHOICE.DIGEST)
    with django_assert_num_queries(5):  # the readers; the mark and the rows, in one transaction
        assert digest.queue_digests(edition, MORNING + timedelta(days=1)) == 2


def test_once_a_day_it_is_looked_and_no_more(own_kinds, edition, cast, monkeypatch, django_assert_num_queries):
    """Whoever had nothing in the morning is not asked about again until the next."""
    asked = []
    monkeypatch.setattr(digest.todo, "collect", lambda user, now: asked.append(user.email) or [])
    choose(cast.enrolments.alice, CHOICE.DIGEST)
    stale = CourseEdition.objects.get()
    assert digest.queue_digests(edition, CLOSES + timedelta(hours=1)) == 0
    assert sorted(asked) == ["ines@example.org", "tina@example.org"]
    at_nine = CLOSES + timedelta(hours=2)
    with django_assert_num_queries(0):
        assert digest.queue_digests(CourseEdition(pk=edition.pk, digested_on=at_nine.date()), at_nine) == 0
    AGENDA[:] = [replace(AGENDA[0], starts_at=CLOSES + timedelta(days=3), key="news")]
    assert digest.queue_digests(stale, at_nine) == 0  # a sweep that had read the edition before
    assert not QueuedEmail.objects.exists()
    assert CourseEdition.objects.get().digested_on == at_nine.date()
    assert digest.queue_digests(edition, at_nine + timedelta(days=1)) == 1


def test_a_digest_that_fails_is_looked_at_again(own_kinds, edition, cast, monkeypatch):
    choose(cast.enrolments.alice, CHOICE.DIGEST)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(digest.mail, "write", lambda rows: 1 / 0)
        digest.queue_digests(edition, MORNING + timedelta(days=1))
    assert CourseEdition.objects.get().digested_on is None


def test_a_sweep_reads_the_agenda_of_an_edition_once(own_kinds, edition, cast, settings, time_machine):
    settings.AGENDA_SOURCES = ["tests.coursesite.test_mails.counting"]
    choose(cast.enrolments.alice, CHOICE.DIGEST)
    READ.clear()
    time_machine.move_to(MORNING + timedelta(days=1), tick=False)
    tasks.sweep()
    assert [edition.slug] == READ
    assert "digest" in QueuedEmail.objects.values_list("kind", flat=True)


READ: list[str] = []


def counting(edition, now):
    READ.append(edition.slug)
    return AGENDA


# --- One click in a mail program -----------------------------------------------------------------------------------


def leaving(mail) -> str:
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return mail.extra_headers["List-Unsubscribe"].strip("<>").partition("/mail/")[2]


def test_an_optional_mail_has_a_way_out(own_kinds, edition, cast, client):
    reminders.queue(edition, A_DAY_BEFORE)
    send_due(A_DAY_BEFORE)
    mail = next(mail for mail in outbox.outbox if "alice" in mail.to[0])
    assert "/info9023-2026/mails/" in mail.body
    path = f"/mail/{leaving(mail)}"
    assert "Stop the optional mails" in shown(client.get(path))
    assert Enrolment.objects.get(user=cast.alice).optional_mail == CHOICE.SINGLE  # a look changes nothing
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Enrolment.objects.get(user=cast.alice).optional_mail == CHOICE.NONE
    assert Enrolment.objects.get(user=cast.bob).optional_mail == CHOICE.SINGLE


def test_a_mail_that_is_owed_has_none(closing, edition):
    reminders.queue(edition, A_DAY_BEFORE)
    send_due(A_DAY_BEFORE)
    assert not [mail for mail in outbox.outbox if "List-Unsubscribe" in mail.extra_headers]


@pytest.mark.parametrize("token", ["x", "WzEsMV0:1:x"])
def test_a_forged_way_out(client, cast, token):
    assert client.post(f"/mail/end/{token}/").status_code == 404
