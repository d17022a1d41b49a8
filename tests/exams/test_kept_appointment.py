"""Who has lost an appointment: the nearest free one is kept for them, for a moment."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from coursesite.booking import PlaceGone
from coursesite.nearest import KEPT
from exams import appointments
from exams.models import ExamSession, OralExam
from tests.cast import cut_appointments
from tests.exams.pages import address, click, standing
from tests.projects.pages import shown, signed_in
from tests.statements import counted

pytestmark = pytest.mark.usefixtures("while_open")


def kept() -> list[tuple[str, str]]:
    """What is kept at this moment: [("Charlie", "09:20")], in UTC."""
    rows = OralExam.objects.filter(kept_for__isnull=False, kept_until__gt=timezone.now()).select_related("kept_for")
    return [(row.kept_for.user.first_name, f"{row.starts_at:%H:%M}") for row in rows]


def lose(cast, times) -> str:
    """Alice has the second appointment, and Charlie was too late for it. The page that he gets."""
    click(cast.alice, "pick", times[1])
    response = click(cast.charlie, "pick", times[1])
    assert response.status_code == 409
    return shown(response)


def test_the_page_says_which_and_how_long(cast, times):
    page = lose(cast, times)
    assert kept() == [("Charlie", "09:00")]
    assert "has just been taken. Choose another one. The nearest free one is kept for you." in page
    assert "<strong>Monday 2 March, 10:00, R7</strong> is kept for you until 11:00:20." in page
    assert page.count(f'formaction="{address("pick", times[0])}"') == 2  # above the board, and on it
    assert f'formaction="{address("pick", times[2])}"' in page


def test_the_next_click_takes_it(cast, times):
    lose(cast, times)
    assert click(cast.charlie, "pick", times[0]).status_code == 303
    assert standing() == [("Charlie", "09:00"), ("Alice", "09:20")]


def test_others_see_it_taken_for_a_moment_and_are_refused(cast, times, while_open):
    lose(cast, times)
    client, board = signed_in(cast.bob), times[0].session.get_absolute_url()
    page = client.get(board)
    assert "R7, kept for a moment" in shown(page)
    assert address("pick", times[0]) not in shown(page)
    refused = client.post(address("pick", times[0]))
    assert refused.status_code == 409
    assert "Monday 2 March, 10:00 is kept for a few seconds for somebody who has just lost another one." in shown(
        refused
    )
    while_open.shift(KEPT)
    assert address("pick", times[0]) in shown(client.get(board))
    assert client.post(address("pick", times[0])).status_code == 303


@pytest.mark.parametrize("verb", ["pick", "move"])
def test_refused_under_the_lock_too(cast, times, verb):
    """The appointment was read before it was kept."""
    if verb == "move":
        click(cast.bob, "pick", times[3])
    lose(cast, times)
    act = {"pick": appointments.pick, "move": appointments.move}[verb]
    with pytest.raises(PlaceGone, match="is kept for a few seconds"):
        act(times[0], cast.enrolments.bob, by=cast.bob, now=timezone.now())


def test_a_board_changes_when_the_time_is_over(cast, times, while_open):
    """Nobody has changed anything, and what was kept is free."""
    while_open.shift(timedelta(minutes=5))  # "in 6 days" all the while
    lose(cast, times)
    client, board = signed_in(cast.bob), times[0].session.get_absolute_url()
    client.get(board)  # for its cookie, which the tag depends on
    headers = {"If-None-Match": client.get(board)["ETag"]}
    while_open.shift(KEPT - timedelta(seconds=1))
    assert client.get(board, headers=headers).status_code == 304
    while_open.shift(timedelta(seconds=1))
    assert client.get(board, headers=headers).status_code == 200


@pytest.mark.parametrize("given_back", ["cancel", "move"])
def test_given_back_it_is_for_everybody(cast, times, given_back):
    """Whoever it was kept for has had it."""
    lose(cast, times)
    click(cast.charlie, "pick", times[0])
    click(cast.charlie, given_back, times[0 if given_back == "cancel" else 3])
    assert kept() == []
    assert click(cast.bob, "pick", times[0]).status_code == 303


def test_who_picks_another_one_lets_it_go(cast, times):
    lose(cast, times)
    assert click(cast.charlie, "pick", times[3]).status_code == 303
    assert kept() == []


def test_one_for_each_student_and_its_time_does_not_begin_anew(cast, times, while_open):
    lose(cast, times)
    while_open.shift(KEPT / 2)
    before = ExamSession.objects.get().revision
    assert "is kept for you until 11:00:20." in shown(click(cast.charlie, "pick", times[1]))
    assert ExamSession.objects.get().revision == before  # nothing is written
    assert kept() == [("Charlie", "09:00")]


def test_nothing_is_kept_for_who_moves_or_is_booked_for(cast, times):
    click(cast.alice, "pick", times[1])
    click(cast.charlie, "pick", times[0])
    assert click(cast.charlie, "move", times[1]).status_code == 409
    bob = str(cast.enrolments.bob.pk)
    assert click(cast.tina, "pick", times[1], student=bob, reason="Asked by mail").status_code == 409
    assert kept() == []


def test_staff_wait_as_well(cast, times):
    """Or the promise would be none. They see for whom they act what is kept for them."""
    lose(cast, times)
    bob, charlie = (str(enrolment.pk) for enrolment in (cast.enrolments.bob, cast.enrolments.charlie))
    assert click(cast.tina, "pick", times[0], student=bob, reason="Asked by mail").status_code == 409
    page = shown(signed_in(cast.tina).get(f"{times[0].session.get_absolute_url()}?student={charlie}"))
    assert "is kept for them until 11:00:20." in page
    assert click(cast.tina, "pick", times[0], student=charlie, reason="Asked by mail").status_code == 303


def test_no_history_of_what_was_kept(cast, times):
    """What happened to an appointment is told by its history; a moment's promise is none of it."""
    lose(cast, times)
    assert OralExam.history.count() == 1


def test_the_database_keeps_one_for_each_student(cast, times):
    until, rows = timezone.now() + KEPT, OralExam.objects.filter(pk__in=[times[0].pk, times[1].pk])
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(kept_for=cast.enrolments.alice, kept_until=until)


@pytest.mark.parametrize("count", [1, 30])
def test_as_many_statements_for_30_appointments(cast, times, exam_session, count):
    OralExam.objects.exclude(pk=times[1].pk).delete()
    cut_appointments(exam_session, count, room="R8")
    click(cast.alice, "pick", times[1])
    client = signed_in(cast.charlie)
    with counted() as statements:
        assert client.post(address("pick", times[1])).status_code == 409
    assert len(kept()) == 1
    assert len(statements) == 11


def test_to_take_it_is_a_pick_of_as_many_statements_as_any(cast, times):
    lose(cast, times)
    found = []
    for user, time in ((cast.charlie, times[0]), (cast.bob, times[2])):
        client = signed_in(user)
        with counted() as statements:
            assert client.post(address("pick", time)).status_code == 303
        found.append(len(statements))
    assert found[0] == found[1] <= 8
