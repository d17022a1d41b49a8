"""A person's first page: the one thing to do next, and what is on in the next weeks."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from model_bakery import baker

from coursesite import today
from coursesite.agenda import Entry, whole_days
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail
from exams import appointments
from exams.models import ExamSession
from projects import bookings, groups
from projects.models import Booking, Invitation, Milestone
from schedule.models import Lecture
from tests.cast import CLOSES, FIRST_SLOT, OPENS, WHILE_OPEN, cut_appointments, cut_slots, enrol, team
from tests.outbox import AGENDA
from tests.projects.pages import shown, signed_in
from tests.statements import counted

PAGE = "/info9023-2026/today/"
BRUSSELS = ZoneInfo("Europe/Brussels")


def get(user, at=WHILE_OPEN, **headers):
    with time_machine.travel(at, tick=False):
        return signed_in(user).get(PAGE, headers=headers)


def read(user, at=WHILE_OPEN) -> str:
    """The text of the page for a person, without its mark-up."""
    response = get(user, at)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", shown(response)).split())


def card(user, at=WHILE_OPEN) -> str:
    return read(user, at).partition(" Today ")[2].partition(" Today ")[2].partition(" The next four weeks ")[0]


@pytest.fixture
def slots(milestone):
    return list(milestone.slots.select_related("milestone__edition"))


@pytest.fixture
def times(exam_session):
    return list(exam_session.appointments.select_related("session__edition"))


# --- The one thing to do -------------------------------------------------------------------------------------------


def test_who_owes_a_booking_is_led_to_it_and_so_is_the_teammate(cast, slots):
    wanted = "Your next step Book a slot for MS1 Deadline Friday 27 February, 18:00 (in 7 days) Choose a slot"
    assert card(cast.alice).startswith(wanted)
    assert card(cast.bob) == card(cast.alice)
    assert f'class="button" href="{slots[0].milestone.get_absolute_url()}"' in shown(get(cast.alice))


def test_what_is_to_be_done_comes_before_what_one_only_attends(cast, slots, times):
    """The slot on Monday is earlier than the end of this booking, and needs nothing but to come."""
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    ExamSession.objects.update(booking_closes_at=CLOSES + timedelta(days=20), changes_until=CLOSES + timedelta(days=20))
    wanted = "Your next step Pick your appointment for Oral exam Deadline Thursday 19 March, 18:00"
    assert card(cast.bob).startswith(wanted)
    times[1].session.refresh_from_db()
    appointments.pick(times[1], cast.enrolments.bob, by=cast.bob, now=WHILE_OPEN)
    assert card(cast.bob).startswith("Next MS1: presentation of Red")


def test_with_nothing_to_do_the_next_thing_to_come_to(cast, slots):
    slots[0].staff.add(cast.tina)
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    wanted = "When Monday 2 March, 10:00–10:15 (in 10 days) Where R7 With Tina T. See the details"
    assert card(cast.bob).startswith(f"Next MS1: presentation of Red {wanted}")
    assert card(cast.bob, FIRST_SLOT + timedelta(minutes=5)).startswith("Now MS1: presentation of Red")
    baker.make(Lecture, edition=cast.edition, title="Serving", taught_on=WHILE_OPEN.date() + timedelta(days=3))
    assert card(cast.bob).startswith("Next Serving When Monday 23 February (in 3 days)")


def test_an_invitation_is_answered_before_a_group_is_looked_for(cast, milestone):
    assert card(cast.dana).startswith("Your next step Have a complete group to book MS1")
    groups.invite(team(cast.edition, "Green", enrol(cast.edition, "emma")), "dana@example.org", by=emma(), now=OPENS)
    wanted = "Answer the invitation to “Green” Deadline Friday 27 February, 18:00 (in 7 days) With Emma E."
    assert card(cast.dana).startswith(f"Your next step {wanted} Accept or decline")
    assert "Green" not in read(cast.charlie)


def test_a_group_is_looked_for_before_anything_can_be_booked(cast, milestone):
    Milestone.objects.update(is_published=False)
    wanted = "Have a complete group for MS1 Deadline Monday 2 March (in 10 days) Complete your group"
    assert card(cast.dana).startswith(f"Your next step {wanted}")
    assert "complete group" not in read(cast.alice) + read(cast.tina)
    groups.invite(cast.red, "dana@example.org", by=cast.alice, now=WHILE_OPEN)
    Invitation.objects.update(created_at=OPENS)
    answer = "Answer the invitation to “Red” Deadline Monday 2 March (in 10 days) With Alice A. Accept or decline"
    assert card(cast.dana).startswith(f"Your next step {answer}")
    Milestone.objects.update(starts_on=None, ends_on=None)
    assert card(cast.dana).startswith("Your next step Answer the invitation to “Red” With Alice A.")
    groups.decline(Invitation.objects.get(), now=WHILE_OPEN)
    assert card(cast.dana).startswith("Your next step Have a complete group for MS1 Complete your group")


def emma() -> User:
    return User.objects.get(email="emma@example.org")


def test_an_invitation_waits_without_a_deadline_while_no_booking_is_published(cast):
    Invitation.objects.create(group=cast.red, enrolment=cast.enrolments.dana, invited_by=cast.alice)
    page = read(cast.dana, WHILE_OPEN + timedelta(days=400))
    assert "Your next step Answer the invitation to “Red” With Alice A. Accept or decline" in page
    assert "Nothing is planned in the next four weeks." in page


def test_an_invitation_that_cannot_be_accepted_is_no_task(cast):
    groups.invite(cast.red, "dana@example.org", by=cast.alice, now=WHILE_OPEN)
    cast.edition.group_max_size = 2
    cast.edition.save()
    assert "Nothing to do" in card(cast.dana)
    CourseEdition.objects.update(group_max_size=3)
    assert "Answer the invitation" in card(cast.dana)
    team(cast.edition, "Green", cast.enrolments.dana)
    assert "Nothing to do" in card(cast.dana)


def test_before_booking_opens_it_says_when(cast, milestone):
    wanted = "Next MS1: booking opens When Monday 16 February, 09:00 (in 23 hours)"
    assert card(cast.alice, OPENS - timedelta(hours=23)).startswith(wanted)


def test_days_of_presentations_give_way_to_what_has_its_hour_in_them(cast, slots):
    bookings.book(slots[2], cast.red, by=cast.alice, now=WHILE_OPEN)
    morning = FIRST_SLOT - timedelta(hours=2)
    assert card(cast.alice, morning).startswith("Next MS1: presentation of Red When Monday 2 March, 10:30–10:45")
    assert card(cast.dana, morning).startswith("Now MS1: presentations When Monday 2 March to Thursday 5 March (today)")


def test_nothing_at_all(cast):
    assert "Nothing to do" in card(cast.alice)
    assert "Nothing is planned in the next four weeks. Time for your project, or for a walk." in read(cast.alice)


# --- From the agenda's entries alone -------------------------------------------------------------------------------


def more(edition, now):
    """What another app has to say."""
    alice = frozenset(User.objects.filter(email="alice@example.org").values_list("pk", flat=True))
    return [
        Entry(
            kind="card.due",
            key="card:1",
            title="Write the project card",
            starts_at=WHILE_OPEN + timedelta(hours=5),
            url="/somewhere/",
            owed_by=alice,
            concerns=alice,
            action="Write it",
            with_whom="Bob B.",
            place="Room 204",
        )
    ]


def test_a_new_source_joins_without_a_change(cast, milestone, settings):
    settings.AGENDA_SOURCES = [*settings.AGENDA_SOURCES, "tests.coursesite.test_today.more"]
    words = "Deadline Friday 20 February, 16:00 (in 5 hours) Where Room 204 With Bob B. Write it"
    assert card(cast.alice).startswith(f"Your next step Write the project card {words}")
    assert "16:00 Write the project card , Room 204 next yours" in read(cast.alice)
    assert "project card" not in read(cast.bob)


def entry(key: str, at: datetime, **fields) -> Entry:
    return Entry("test", key, key, at, **fields)


def first(*entries: Entry, person: int = 1) -> str:
    found = today.what_next(entries, person)
    return found.key if found else ""


def test_which_is_next():
    mine, noon = {"owed_by": frozenset({1})}, WHILE_OPEN
    slot, task = entry("slot", noon, **mine), entry("task", noon + timedelta(days=9), action="Do it", **mine)
    open_ended = entry("open-ended", noon - timedelta(days=9), action="Do it", is_open_ended=True, **mine)
    whole_day = Entry("test", "whole day", "whole day", **whole_days(noon.date(), noon.date(), BRUSSELS))
    others_task = entry("others' task", noon - timedelta(days=1), action="Do it", owed_by=frozenset({2}))
    assert first() == first(others_task) == ""
    assert first(whole_day, slot, task, open_ended) == "task"
    assert first(whole_day, slot, open_ended) == "open-ended"
    assert first(whole_day, slot) == "slot"
    assert first(whole_day, entry("later", noon + timedelta(days=1))) == "whole day"


# --- The agenda ----------------------------------------------------------------------------------------------------


def test_days_with_what_is_on_and_which_of_it_is_one_s_own(cast, mails):
    own = frozenset({cast.alice.pk})
    AGENDA.extend(
        [
            entry("Over", WHILE_OPEN - timedelta(hours=2), ends_at=WHILE_OPEN),
            entry("On", WHILE_OPEN - timedelta(hours=1), ends_at=WHILE_OPEN + timedelta(hours=1), place="R7"),
            entry("Soon", WHILE_OPEN + timedelta(hours=2), place="https://meet.example.org/1"),
            entry("Bob's", WHILE_OPEN + timedelta(hours=2), concerns=frozenset({cast.bob.pk})),
            entry("Mine", WHILE_OPEN + timedelta(days=1), concerns=own),
            entry("All", WHILE_OPEN + timedelta(days=1), owed_by=own | {cast.bob.pk}),  # whoever comes to a class
            entry("Task", WHILE_OPEN + timedelta(days=1), owed_by=own, action="Do it"),
            entry("Theirs", WHILE_OPEN + timedelta(days=1), owed_by=frozenset({cast.bob.pk}), action="Do it"),
            entry("Late", WHILE_OPEN + timedelta(days=3)),
            entry("Far", WHILE_OPEN + timedelta(weeks=4)),
        ]
    )
    agenda = read(cast.alice).partition("The next four weeks ")[2].partition(" INFO9023")[0]
    assert agenda == (
        "Today, Friday 20 February 10:00–12:00 On , R7 now 13:00 Soon , online next "
        "Tomorrow, Saturday 21 February 11:00 All 11:00 Mine yours 11:00 Task yours 11:00 Theirs "
        "Monday 23 February 11:00 Late"
    )
    assert 'href="https://meet.example.org/1"' in shown(get(cast.alice))


def test_one_row_is_next_and_it_is_what_the_card_says(cast, mails):
    noon = WHILE_OPEN + timedelta(days=1)
    AGENDA.extend([entry("A", noon), entry("B", noon)])
    assert "11:00 A next 11:00 B " in read(cast.alice)
    tomorrow = whole_days(noon.date(), noon.date(), BRUSSELS)
    AGENDA[:] = [entry("Later", noon + timedelta(days=2)), Entry("test", "c", "Whole day", **tomorrow)]
    assert card(cast.alice).startswith("Next Whole day")
    assert "Whole day next Monday 23 February 11:00 Later " in read(cast.alice)


def test_whole_days_are_told_once(cast, mails):
    first_day, last_day = WHILE_OPEN.date() - timedelta(days=1), WHILE_OPEN.date() + timedelta(days=4)
    AGENDA.append(Entry("test", "a", "Days", **whole_days(first_day, last_day, BRUSSELS)))
    AGENDA.append(Entry("test", "b", "Day", **whole_days(last_day, last_day, BRUSSELS)))
    page = read(cast.alice)
    assert "Today, Friday 20 February until Tuesday 24 February Days Tuesday 24 February all day Day" in page
    assert "Now Days When Thursday 19 February to Tuesday 24 February (today)" in page


def test_an_autumn_night_s_hours_are_those_of_the_wall_clock(cast, mails):
    """02:30 is there twice; between them lies an hour."""
    at = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    AGENDA.append(entry("Night", at + timedelta(minutes=30), ends_at=at + timedelta(minutes=90)))
    assert "Sunday 25 October, 02:30–02:30 (in 30 minutes)" in card(cast.alice, at)


# --- Staff, and who else looks -------------------------------------------------------------------------------------


def test_staff_read_what_waits_for_them_and_where_they_are_to_be(cast, slots, times):
    slots[0].staff.add(cast.tina)
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    failed = {"state": QueuedEmail.State.FAILED, "edition": cast.edition}
    QueuedEmail.objects.create(key="one", kind="slot_booked", to_address="a@example.org", **failed)
    QueuedEmail.objects.update(created_at=WHILE_OPEN)
    page = read(cast.tina)
    for sentence in ("1 mail could not be sent.", "1 student has no group.", "MS1: 1 group has no slot."):
        assert sentence in page
    assert "10:00–10:15 MS1: presentation of Red , R7 next yours" in page
    assert "presentation of Red" not in read(cast.ines)
    assert "What waits for you" not in read(cast.alice)


def test_what_waits_may_change_while_the_course_does_not(cast):
    tag = get(cast.ines)["ETag"]
    failed = {"state": QueuedEmail.State.FAILED, "edition": cast.edition}
    QueuedEmail.objects.create(key="one", kind="slot_booked", to_address="a@example.org", **failed)
    QueuedEmail.objects.update(created_at=WHILE_OPEN)
    assert get(cast.ines, **{"if-none-match": tag}).status_code == 200


def test_examiners_read_whom_they_examine(cast, times):
    rosa = enrol(cast.edition, "rosa", Enrolment.Role.EXAMINER).user
    times[1].examiners.add(rosa)
    appointments.pick(times[1], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    after_closing = CLOSES + timedelta(hours=1)
    assert card(rosa, after_closing).startswith("Next Oral exam: Alice A. When Monday 2 March, 10:20–10:40 (in 3 days)")
    assert "What waits for you" not in read(rosa)
    assert "Alice A." not in read(cast.bob)


@pytest.mark.parametrize("who", ["alice", "dana", "tina", "ines", "rosa"])
def test_every_link_leads_somewhere(world, who):
    """Examiners hear of presentations, and have no page of them."""
    client = signed_in(getattr(world.cast, who))
    main = client.get(PAGE).content.decode().partition("<main")[2].partition("</main>")[0]
    assert "MS1: presentations" in main
    links = set(re.findall(r'href="([^"]+)"', main))
    assert links
    assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_outsiders_see_what_is_not_there_and_visitors_sign_in(cast):
    assert get(cast.eve).status_code == 404
    assert Client().get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    assert signed_in(cast.alice).get("/nowhere/today/").status_code == 404
    assert signed_in(cast.alice).post(PAGE).status_code == 405


def test_signing_in_leads_here_and_so_does_the_first_link_of_every_page(cast):
    CourseEdition.objects.create(code="INFO9023", title="Next year's", year=2027, slug="next-year")
    home, root = reverse("home"), User.objects.create_superuser("root@example.org", "long enough a password")
    places = {"alice": PAGE, "tina": PAGE, "eve": "/next-year/"}
    assert {name: signed_in(getattr(cast, name)).get(home)["Location"] for name in places} == places
    assert signed_in(root).get(home)["Location"] == "/next-year/today/"
    assert Client().get(home)["Location"] == "/next-year/"
    links = re.compile(r'<nav.*?href="([^"]+)"', re.DOTALL)
    course = cast.edition.get_absolute_url()
    assert links.search(signed_in(cast.alice).get(course).content.decode())[1] == PAGE
    assert links.search(Client().get(course).content.decode())[1] == course


# --- What it costs -------------------------------------------------------------------------------------------------


def test_a_page_that_says_the_same_is_not_sent_again(cast, slots):
    tag = {"if-none-match": get(cast.bob)["ETag"]}
    assert get(cast.bob, **tag).status_code == 304
    assert get(cast.bob, WHILE_OPEN + timedelta(minutes=30), **tag).status_code == 304
    assert get(cast.alice, **tag).status_code == 200
    assert get(cast.bob, WHILE_OPEN + timedelta(days=1), **tag).status_code == 200  # in 6 days
    bookings.book(slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)  # of which the edition's revision tells nothing
    assert get(cast.bob, **tag).status_code == 200


def test_the_words_after_signing_in_are_said_once(cast):
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": "alice@example.org"})
    code = re.search(r"^ {4}(\S+)$", QueuedEmail.objects.latest("pk").text, re.MULTILINE)[1]
    page = client.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)
    assert (page.request["PATH_INFO"], page["Cache-Control"]) == (PAGE, "no-store")
    assert 'class="messages"' in page.content.decode()
    page = client.get(PAGE)
    assert "ETag" in page and 'class="messages"' not in page.content.decode()


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("name", "expected"), [("alice", 18), ("tina", 28)])
def test_as_many_statements_for_any_number(cast, edition, milestone, exam_session, name, expected, count):
    for number, (slot, time) in enumerate(
        zip(cut_slots(milestone, count, room="R8"), cut_appointments(exam_session, count, room="R9"), strict=True)
    ):
        a, b = enrol(edition, f"a{number}"), enrol(edition, f"b{number}")
        group = team(edition, f"Team {number}", a, b)
        Invitation.objects.create(group=group, enrolment=cast.enrolments.dana, invited_by=a.user)
        slot.staff.add(cast.tina)
        time.examiners.add(cast.tina)
        Booking.objects.create(milestone=milestone, slot=slot, group=group, booked_by=a.user, booked_at=WHILE_OPEN)
        time.mark_picked(a, by=a.user, at=WHILE_OPEN)
        Milestone.objects.create(edition=edition, number=number + 2)
        baker.make(Lecture, edition=edition, title="Class", taught_on=WHILE_OPEN.date() + timedelta(days=number))
    client = signed_in(getattr(cast, name))
    with time_machine.travel(WHILE_OPEN, tick=False), counted() as statements:
        assert client.get(PAGE).status_code == 200
    assert len(statements) == expected
