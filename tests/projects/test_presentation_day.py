"""Invitations to the day on which all groups present: who gets one, once, what moves it and what takes it away."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from icalendar import Calendar

from coursesite import agenda, invitations, tasks
from coursesite.delivery import Tally, send_due
from coursesite.models import CalendarFeed, CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail
from projects import groups
from projects.models import Milestone
from schedule import importing, readme
from tests.cast import WHILE_OPEN, enrol, team
from tests.letters import letter
from tests.projects.pages import signed_in
from tests.statements import counted

DAY = date(2026, 5, 11)
MEMBERS = ["alice@example.org", "bob@example.org", "charlie@example.org", "chloe@example.org"]
NEW, CHANGED, CANCELLED = "presentation_day", "presentation_day_changed", "presentation_day_cancelled"


@pytest.fixture(autouse=True)
def in_february(time_machine):
    time_machine.move_to(WHILE_OPEN, tick=False)


@pytest.fixture
def ms3(edition) -> Milestone:
    return Milestone.objects.create(
        edition=edition, number=3, kind=Milestone.Kind.DAY, title="Final", starts_on=DAY, place="Room R7"
    )


def sweep(edition: CourseEdition, now: datetime = WHILE_OPEN) -> int:
    return invitations.queue(edition, agenda.collect(edition, now), now)


def rows(**where) -> list[QueuedEmail]:
    kinds = where.pop("kind", None)
    found = QueuedEmail.objects.filter(kind__startswith=NEW).exclude(kind__endswith="_soon").filter(**where)
    return list((found.filter(kind=kinds) if kinds else found).order_by("pk"))


def told(**where) -> list[str]:
    return sorted(row.to_address for row in rows(**where))


def change(ms3: Milestone, **fields) -> None:
    """As the form in the administration does it: what is not named stays."""
    tina = User.objects.get(email="tina@example.org")
    shown = Milestone.objects.get(pk=ms3.pk)
    names = ("number", "kind", "title", "starts_on", "place", "is_confirmed", "is_missing")
    data = {name: getattr(shown, name) for name in names} | fields
    data = {name: "on" if value is True else value for name, value in data.items() if value not in (None, False)}
    response = signed_in(tina).post(f"/admin/projects/milestone/{ms3.pk}/change/", data)
    assert response.status_code == 302, response.context["adminform"].form.errors


def event(row: QueuedEmail):
    """In strict mode."""
    [calendar] = Calendar.from_ical(letter(row).invitation, multiple=True)
    [only] = calendar.events
    assert (calendar.errors, only.errors) == ([], [])
    return str(calendar["METHOD"]), only


def in_feed(user: User, client, uid: str):
    place = Enrolment.objects.get(user=user)
    feed, _is_new = CalendarFeed.objects.get_or_create(enrolment=place, defaults={"made_at": WHILE_OPEN})
    [calendar] = Calendar.from_ical(client.get(f"/calendar/{feed.token}.ics").content, multiple=True)
    return [event for event in calendar.events if event["UID"] == uid]


# --- Who is told, and once -----------------------------------------------------------------------------------------


def test_every_member_of_every_group_is_invited_once(cast, edition, ms3):
    assert sweep(edition) == 4
    assert told() == MEMBERS  # not dana, who is in no group, and no staff
    assert sweep(edition) == 0
    alice = rows(recipient=cast.alice)[0]
    assert alice.key == f"presentation_day:milestone-{ms3.pk}:0:{cast.alice.pk}"
    assert (alice.kind, alice.priority, alice.edition) == (NEW, QueuedEmail.NEWS, edition)
    said = letter(alice)
    assert said.subject == "MS3: all groups present on Mon 11 May, Room R7"
    assert "When: Monday 11 May 2026\n" in said.text and "Where: Room R7" in said.text
    assert "please keep it free" in said.text and "please keep it free" in said.html
    assert "/info9023-2026/milestones/3/" in said.text


def test_in_a_calendar_it_is_the_whole_day(cast, edition, ms3):
    sweep(edition)
    method, invited = event(rows(recipient=cast.bob)[0])
    assert (method, invited["STATUS"], invited["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 0)
    assert (invited["DTSTART"].dt, invited["DTEND"].dt) == (DAY, DAY + timedelta(days=1))
    assert invited["DTSTART"].params["VALUE"] == "DATE"
    assert (invited["SUMMARY"], invited["LOCATION"]) == ("INFO9023 MS3: presentations", "Room R7")
    assert invited["ATTENDEE"] == "mailto:bob@example.org"
    assert invited["TRANSP"] == "TRANSPARENT"


def test_two_sweeps_at_once_write_each_row_once(cast, edition, ms3, monkeypatch):
    sweep(edition)
    monkeypatch.setattr(invitations, "told", lambda *args: ({}, set()))
    sweep(edition)
    assert told() == MEMBERS


def test_who_joins_later_gets_it_too(cast, edition, ms3):
    sweep(edition)
    groups.place(cast.red, cast.enrolments.dana, now=WHILE_OPEN)
    assert (sweep(edition), sweep(edition)) == (1, 0)
    assert told(kind=NEW) == [*MEMBERS, "dana@example.org"]


def test_people_of_other_courses_hear_nothing(cast, edition, ms3):
    other = CourseEdition.objects.create(code="OTHER", title="Other", year=2026, slug="other")
    team(other, "Green", enrol(other, "gina"), enrol(other, "gert"))
    assert (sweep(other), sweep(edition)) == (0, 4)
    assert told() == MEMBERS


def test_who_is_shut_out_or_left_the_course_hears_nothing(cast, edition, ms3):
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    cast.enrolments.bob.membership.delete()
    cast.enrolments.bob.delete()
    assert sweep(edition) == 2


def test_a_day_that_is_over_is_not_announced_and_today_is(cast, edition, ms3):
    late = datetime(2026, 5, 12, 0, 0, tzinfo=edition.zone)
    assert sweep(edition, late) == 0
    assert sweep(edition, late - timedelta(minutes=1)) == 4


@pytest.mark.parametrize(
    "fields",
    [{"kind": "window"}, {"starts_on": None}, {"is_missing": True}, {"is_confirmed": False}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_no_day_of_all_groups_yet_invites_nobody(cast, edition, ms3, fields):
    Milestone.objects.update(**fields)
    assert sweep(edition) == 0


def test_a_day_that_is_confirmed_is_announced(cast, edition, ms3):
    Milestone.objects.update(is_confirmed=False)
    sweep(edition)
    change(ms3, is_confirmed=True)
    assert sweep(edition) == 4


def test_its_reminders_are_the_edition_s_or_its_own(cast, edition, ms3):
    def offsets() -> list[str]:
        return [
            str(offset) for entry in agenda.collect(edition, WHILE_OPEN) if entry.invites for offset in entry.offsets
        ]

    assert offsets() == ["3d0h", "1d0h"]
    Milestone.objects.update(place_offsets="5 d, 2 h")
    assert offsets() == ["5d0h", "0d2h"]


# --- Moved ---------------------------------------------------------------------------------------------------------


def test_a_day_that_moves_moves_in_the_calendars(cast, edition, ms3):
    sweep(edition)
    change(ms3, starts_on=date(2026, 5, 18))
    assert (sweep(edition), sweep(edition)) == (4, 0)
    first, second = rows(recipient=cast.alice)
    assert [row.kind for row in (first, second)] == [NEW, CHANGED]
    (_request, before), (method, after) = event(first), event(second)
    assert (method, after["UID"]) == ("REQUEST", before["UID"])
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTART"].dt == date(2026, 5, 18)
    said = letter(second)
    assert said.subject == "MS3: the presentations are now on Mon 18 May, Room R7"
    assert "It was Monday 11 May, Room R7." in said.text


def test_another_place_is_told_and_another_title_is_not(cast, edition, ms3):
    sweep(edition)
    change(ms3, title="Final presentations")
    assert sweep(edition) == 0
    change(ms3, place="Room R9")
    assert sweep(edition) == 4
    assert event(rows(kind=CHANGED)[0])[1]["LOCATION"] == "Room R9"


def test_of_what_was_not_sent_only_the_latest_goes(cast, edition, ms3):
    sweep(edition)
    change(ms3, starts_on=date(2026, 5, 18))
    sweep(edition)
    assert send_due(WHILE_OPEN) == Tally(sent=4, suppressed=4)
    assert told(state="sent", kind=CHANGED) == MEMBERS


def test_who_left_their_group_still_hears_that_it_moves(cast, edition, ms3):
    """It is in their calendar; and the day is for the whole course."""
    sweep(edition)
    groups.leave(cast.red, cast.enrolments.bob, now=WHILE_OPEN)
    assert sweep(edition) == 0
    change(ms3, starts_on=date(2026, 5, 18))
    sweep(edition)
    assert told(kind=CHANGED) == MEMBERS


def test_a_day_that_came_forward_and_is_over_is_not_cancelled_later(cast, edition, ms3):
    sweep(edition)
    change(ms3, starts_on=date(2026, 5, 4))
    sweep(edition)
    assert send_due(WHILE_OPEN).sent == 4
    Milestone.objects.update(is_missing=True)
    assert sweep(edition, datetime(2026, 5, 6, 12, tzinfo=edition.zone)) == 0


# --- Taken away ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [{"is_missing": True}, {"starts_on": None}, {"kind": "window"}, {"starts_on": date(2026, 2, 2)}],
    ids=["missing", "undated", "a window", "in the past"],
)
def test_a_day_that_is_no_more_leaves_the_calendars(cast, edition, ms3, fields):
    sweep(edition)
    assert send_due(WHILE_OPEN).sent == 4
    change(ms3, **fields)
    assert (sweep(edition), sweep(edition)) == (4, 0)
    sent, cancelled = rows(recipient=cast.alice)
    (_request, before), (method, after) = event(sent), event(cancelled)
    assert (cancelled.kind, method, after["STATUS"]) == (CANCELLED, "CANCEL", "CANCELLED")
    assert (after["UID"], after["DTSTART"].dt) == (before["UID"], DAY)
    assert after["SEQUENCE"] == Milestone.objects.get().sequence > before["SEQUENCE"]
    assert letter(cancelled).subject == "MS3: the presentations of Mon 11 May are cancelled"
    assert send_due(WHILE_OPEN) == Tally(sent=4)


def test_a_day_that_was_mistyped_into_the_past_comes_back(cast, edition, ms3):
    for day, sent in ((DAY, 4), (date(2025, 5, 11), 4), (date(2025, 5, 12), 0), (date(2026, 5, 12), 4)):
        change(ms3, starts_on=day)
        sweep(edition)
        assert send_due(WHILE_OPEN).sent == sent
    kinds, sequences = zip(*((row.kind, event(row)[1]["SEQUENCE"]) for row in rows(recipient=cast.alice)), strict=True)
    assert kinds == (NEW, CANCELLED, NEW)
    assert sequences == tuple(sorted(set(sequences)))


def test_a_day_that_has_passed_stays(cast, edition, ms3):
    sweep(edition)
    assert send_due(WHILE_OPEN).sent == 4
    assert sweep(edition, datetime(2026, 5, 12, 12, tzinfo=edition.zone)) == 0


def test_a_milestone_that_is_deleted_as_well(cast, edition, ms3):
    sweep(edition)
    assert send_due(WHILE_OPEN).sent == 4
    signed_in(cast.ines).post(f"/admin/projects/milestone/{ms3.pk}/delete/", {"post": "yes"})
    assert not Milestone.objects.exists()
    assert (sweep(edition), sweep(edition)) == (4, 0)
    assert send_due(WHILE_OPEN) == Tally(sent=4)
    assert [event(row)[0] for row in rows(kind=CANCELLED)] == ["CANCEL"] * 4


def test_who_never_heard_of_it_is_not_told_that_it_is_cancelled(cast, edition, ms3):
    sweep(edition)
    QueuedEmail.objects.filter(recipient=cast.alice).update(state="sent")
    change(ms3, is_missing=True)
    sweep(edition)
    send_due(WHILE_OPEN)
    assert told(kind=CANCELLED, state="sent") == ["alice@example.org"]


def test_it_comes_back_with_a_higher_number(cast, edition, ms3):
    sequences = []
    for fields in ({"title": "Final day"}, {"is_missing": True}, {"is_missing": False}, {"is_missing": True}):
        change(ms3, **fields)
        assert sweep(edition) == 4
        assert send_due(WHILE_OPEN).sent == 4
        sequences.append(event(rows(recipient=cast.alice)[-1])[1]["SEQUENCE"])
    assert [row.kind for row in rows(recipient=cast.alice)] == [NEW, CANCELLED] * 2
    assert all(before < after for before, after in pairwise(sequences))


def test_gone_and_back_before_anybody_was_told_is_one_change(cast, edition, ms3):
    sweep(edition)
    assert send_due(WHILE_OPEN).sent == 4
    change(ms3, is_missing=True)
    sweep(edition)
    change(ms3, is_missing=False)
    assert send_due(WHILE_OPEN) == Tally(suppressed=4)
    sweep(edition)
    assert send_due(WHILE_OPEN) == Tally(sent=4)
    assert told(kind=CHANGED) == MEMBERS


# --- By the README -------------------------------------------------------------------------------------------------

TEXT = """# INFO9023 Spring 2026

| Week | Date | Topic |
| --- | --- | --- |
| W1 | 02/02/2026 | Introduction |
| W2 | 16/02/2026 | Data |

## Milestones

- MS1: You will pick a spot between the 2nd and the 5th of March.
- MS3: Each group will present in the classroom, others can attend. It will be on the {day} of May.
"""


def apply(text: str, edition: CourseEdition | None = None) -> CourseEdition:
    return importing.apply(readme.parse(text.encode()), edition, confirmed=True).edition


@pytest.fixture
def course(db) -> CourseEdition:
    course = apply(TEXT.format(day="11th"))
    team(course, "Red", enrol(course, "alice"), enrol(course, "bob"))
    return course


def test_the_readme_says_the_day_moves_it_and_drops_it(course):
    ms3 = Milestone.objects.get(number=3)
    assert (ms3.kind, ms3.starts_on, ms3.dated_at is not None) == (Milestone.Kind.DAY, DAY, True)
    seen = [(sweep(course), sequence(course))]
    assert send_due(WHILE_OPEN).sent == 2
    for text in (
        TEXT.format(day="11th"),
        TEXT.format(day="18th"),
        TEXT.format(day="18th").replace("You will pick", "Each group picks"),
        TEXT.format(day="18th").split("- MS3")[0],
        TEXT.format(day="18th"),
    ):
        apply(text, course)
        seen.append((sweep(course), sequence(course)))
        send_due(WHILE_OPEN)
    start = seen[0][1]
    assert seen == [(2, start), (0, start), (2, start + 1), (0, start + 1), (2, start + 2), (2, start + 3)]
    assert [row.kind for row in rows(to_address="alice@example.org")] == [NEW, CHANGED, CANCELLED, NEW]
    assert {row.state for row in rows()} == {"sent"}


def sequence(course: CourseEdition) -> int:
    return Milestone.objects.get(number=3, edition=course).sequence


def test_a_readme_that_comes_when_the_day_is_over_mails_nobody(course, time_machine):
    time_machine.move_to(datetime(2026, 5, 20, 12, tzinfo=course.zone), tick=False)
    tasks.sweep()
    apply(TEXT.format(day="18th"), course)
    tasks.sweep()
    assert rows() == []


def test_a_day_that_becomes_known_a_day_before_is_told_by_the_invitation_alone(course, time_machine):
    """The reminder of three days before would say the same in the same minute."""
    apply(TEXT.replace("It will be on the {day} of May.", ""), course)
    time_machine.move_to(datetime(2026, 5, 9, 12, tzinfo=course.zone), tick=False)
    apply(TEXT.format(day="11th"), course)
    tasks.sweep()
    about = QueuedEmail.objects.filter(kind__startswith=NEW)
    assert sorted(about.values_list("kind", "to_address")) == [(NEW, "alice@example.org"), (NEW, "bob@example.org")]


# --- Feed and invitation -------------------------------------------------------------------------------------------


def test_feed_and_invitation_agree_at_every_step(cast, edition, ms3, client):
    for fields in ({}, {"starts_on": date(2026, 5, 18)}, {"place": ""}, {"title": "Another"}):
        if fields:
            change(ms3, **fields)
        sweep(edition)
        send_due(WHILE_OPEN)
        _method, mailed = event(rows(recipient=cast.alice)[-1])
        [read] = in_feed(cast.alice, client, mailed["UID"])
        for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "URL", "TRANSP", "DTSTART", "DTEND"):
            assert getattr(read.get(name), "dt", read.get(name)) == getattr(mailed.get(name), "dt", mailed.get(name))
    change(ms3, is_missing=True)
    sweep(edition)
    assert in_feed(cast.alice, client, mailed["UID"]) == []
    assert event(rows(recipient=cast.alice)[-1])[0] == "CANCEL"


def test_the_public_feed_says_the_same_number_to_visitors(cast, edition, ms3, client):
    change(ms3, starts_on=date(2026, 5, 18))
    [calendar] = Calendar.from_ical(client.get("/info9023-2026/calendar.ics").content, multiple=True)
    assert [event["SEQUENCE"] for event in calendar.events] == [1]


# --- Cost ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_with_people(cast, edition, ms3, count):
    for number in range(count):
        team(edition, f"G{number}", enrol(edition, f"a{number}"), enrol(edition, f"b{number}"))
    found = agenda.collect(edition, WHILE_OPEN)
    with counted() as statements:
        assert invitations.queue(edition, found, WHILE_OPEN) == 4 + 2 * count
    assert len(statements) == 3  # what was told, the people, the rows
    with counted() as statements:
        assert invitations.queue(edition, found, WHILE_OPEN) == 0
    assert len(statements) == 1
    change(ms3, starts_on=date(2026, 5, 18))
    found = agenda.collect(edition, WHILE_OPEN)
    with counted() as statements:
        assert invitations.queue(edition, found, WHILE_OPEN) == 4 + 2 * count
    assert len(statements) == 4  # and what was said before
