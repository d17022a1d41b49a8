"""Calendars that subscribe: who gets which dates, read back as a calendar program does, and what asking again costs."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from coursesite import feeds
from coursesite.access import Viewer
from coursesite.agenda import Entry
from coursesite.models import CalendarFeed, CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from exams import appointments
from exams.models import ExamDay
from projects import bookings, groups
from projects.models import Milestone
from schedule.models import Deadline, Lecture
from tests.cast import FIRST_SLOT, WHILE_OPEN, cut_appointments, cut_slots, enrol, team
from tests.projects.pages import signed_in
from tests.statements import counted

BRUSSELS = ZoneInfo("Europe/Brussels")
PUBLIC, ENTRIES = "/info9023-2026/calendar.ics", "/info9023-2026/calendar/"


@pytest.fixture(autouse=True)
def fresh_cache():
    """Every test's edition has the same key and revision."""
    caches["pages"].clear()


def own(user) -> str:
    """The address of a person's calendar, which programs ask without a cookie."""
    place = Enrolment.objects.get(user=user)
    feed, _is_new = CalendarFeed.objects.get_or_create(enrolment=place, defaults={"made_at": WHILE_OPEN})
    return f"/calendar/{feed.token}.ics"


def read(path: str, client: Client | None = None) -> Calendar:
    """What is there, in strict mode: one calendar without an error, every property as the standard has it."""
    response = (client or Client()).get(path)
    assert response.status_code == 200, path
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    [calendar] = Calendar.from_ical(response.content, multiple=True)
    assert calendar.errors == []
    assert [error for event in calendar.events for error in event.errors] == []
    names = [str(event["UID"]) for event in calendar.events]
    assert len(names) == len(set(names))
    return calendar


def titles(path: str, client: Client | None = None) -> list[str]:
    return [str(event["SUMMARY"]) for event in read(path, client).events]


@pytest.fixture
def course(cast, milestone, exam_session):
    """A class, a deadline, an announced exam; Red's slot with Tina, Alice's appointment with Ines."""
    edition = cast.edition
    cast.lecture = Lecture.objects.create(
        edition=edition, title="Serving", taught_on=date(2026, 3, 30), begins=time(9), ends=time(12), room="R7"
    )
    Deadline.objects.create(edition=edition, title="Project card", due_on=date(2026, 3, 31))
    ExamDay.objects.create(edition=edition, title="Retake", held_on=date(2026, 8, 24))
    cast.slots, cast.times = list(milestone.slots.all()), list(exam_session.appointments.all())
    cast.slots[0].staff.add(cast.tina)
    cast.times[0].examiners.add(cast.ines)
    cast.booking = bookings.book(cast.slots[0], cast.red, by=cast.alice, now=WHILE_OPEN)
    cast.appointment = appointments.pick(cast.times[0], cast.enrolments.alice, by=cast.alice, now=WHILE_OPEN)
    return cast


EVERYBODY_S = ["INFO9023 MS1: presentations", "INFO9023 Serving", "INFO9023 Project card", "INFO9023 Retake"]
WINDOWS = [f"INFO9023 {what}: booking {verb}" for verb in ("opens", "closes") for what in ("MS1", "Oral exam")]
SLOT, EXAM = "INFO9023 MS1: Red", "INFO9023 Oral exam"


# --- Who gets what ---------------------------------------------------------------------------------------------------


def test_visitors_get_what_stands_on_the_public_pages(course):
    assert titles(PUBLIC) == EVERYBODY_S
    assert titles(PUBLIC, signed_in(course.ines)) == EVERYBODY_S  # whoever asks


def test_a_student_gets_their_own_slot_and_appointment(course):
    theirs = titles(own(course.alice))
    assert sorted(theirs) == sorted([*EVERYBODY_S, *WINDOWS, EXAM, SLOT, EXAM])  # its day, and the appointment


def test_the_group_s_others_have_the_slot_and_no_appointment_of_hers(course):
    assert titles(own(course.bob)).count(SLOT) == 1
    assert titles(own(course.bob)).count(EXAM) == 1  # the day


@pytest.mark.parametrize("who", ["charlie", "dana", "tina", "ines"])
def test_nobody_else_has_them(course, who):
    theirs = titles(own(getattr(course, who)))
    assert SLOT not in theirs
    attends = {"tina": "INFO9023 MS1: presentation of Red", "ines": "INFO9023 Oral exam: Alice A."}
    assert [title for title in theirs if "Red" in title or "Alice" in title] == [
        title for name, title in attends.items() if name == who
    ]


def test_who_has_no_group_is_told_and_nobody_else(course):
    told = "INFO9023 Have a complete group to book MS1"
    assert [told in titles(own(user)) for user in (course.dana, course.alice, course.tina)] == [True, False, False]


def test_an_invitation_is_dated_by_the_next_closing_and_in_no_calendar_without_one(course):
    groups.invite(course.blue, "dana@example.org", by=course.charlie, now=WHILE_OPEN)
    path, asked_of_her = own(course.dana), "INFO9023 Answer the invitation to “Blue”"
    found = []
    for closes_at in (WHILE_OPEN + timedelta(days=4000), WHILE_OPEN):
        Milestone.objects.update(booking_closes_at=closes_at, changes_until=closes_at)
        course.edition.touch()
        found.append(asked_of_her in titles(path))
    assert found == [True, False]


def test_an_examiner_has_what_is_public_exams_and_what_they_attend(course):
    rosa = enrol(course.edition, "rosa", Enrolment.Role.EXAMINER).user
    course.times[0].examiners.add(rosa)
    course.edition.touch()
    assert sorted(titles(own(rosa))) == sorted([*EVERYBODY_S, EXAM, "INFO9023 Oral exam: Alice A."])


def test_an_announced_day_that_has_a_session_stays_for_visitors(course):
    ExamDay.objects.create(edition=course.edition, title="Oral exam in R7", held_on=FIRST_SLOT.date())
    assert "INFO9023 Oral exam in R7" in titles(PUBLIC)
    assert "INFO9023 Oral exam in R7" not in titles(own(course.alice))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("only=classes", ["INFO9023 Serving"]),
        ("only=slots", ["INFO9023 MS1: presentations", SLOT]),
        ("only=exams", [EXAM, EXAM, "INFO9023 Retake"]),
        ("only=classes,exams", ["INFO9023 Serving", EXAM, EXAM, "INFO9023 Retake"]),
        ("only=classes&only=exams", ["INFO9023 Serving", EXAM, EXAM, "INFO9023 Retake"]),
        ("only=deadlines", [*WINDOWS, "INFO9023 Project card"]),
    ],
)
def test_only_a_part_of_it(course, query, found):
    assert sorted(titles(f"{own(course.alice)}?{query}")) == sorted(found)


@pytest.mark.parametrize("query", ["only=marks", "alarm=-1", "alarm=10081", "alarm=soon", "alarm=" + "9" * 5000])
def test_what_nobody_can_ask_for_is_said_in_words(course, query):
    for path in (PUBLIC, own(course.alice)):
        response = Client().get(f"{path}?{query}")
        assert (response.status_code, response.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")


# --- What an event says ----------------------------------------------------------------------------------------------


def named(path: str, title: str):
    [event] = [event for event in read(path).events if event["SUMMARY"] == title]
    return event


def test_an_event_says_all_of_it(course, settings):
    settings.SITE_URL = "https://courses.example.org"
    event = named(own(course.alice), "INFO9023 Serving")
    assert event["UID"] == f"lecture-{course.lecture.pk}@courses.example.org"
    assert (event.start, event.end) == (
        datetime(2026, 3, 30, 9, tzinfo=BRUSSELS),
        datetime(2026, 3, 30, 12, tzinfo=BRUSSELS),
    )
    page = f"https://courses.example.org/info9023-2026/lectures/{course.lecture.pk}/"
    assert (event["LOCATION"], event["URL"]) == ("R7", page)
    assert (event.categories, event["TRANSP"]) == (["classes"], "OPAQUE")
    assert not {"ATTENDEE", "ORGANIZER"} & set(event)


def test_a_feed_has_a_name_and_says_how_often_to_ask(course):
    lines = Client().get(own(course.alice)).content.decode().split("\r\n")
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//coursesite//coursesite//EN"]
    assert {"NAME:INFO9023 spring 2026", "X-WR-CALNAME:INFO9023 spring 2026"} < set(lines)
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H"} < set(lines)
    assert not [line for line in lines if line.startswith("METHOD")]


def test_days_are_days_and_take_nobody_s_time(course):
    event = named(PUBLIC, "INFO9023 MS1: presentations")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 3, 2), date(2026, 3, 6))  # the end is the day after
    assert event["TRANSP"] == "TRANSPARENT"
    deadline = named(PUBLIC, "INFO9023 Project card")
    assert deadline["DTSTART"].dt == datetime(2026, 3, 31, 23, 59, 59, tzinfo=BRUSSELS)
    assert ("DTEND" in deadline, deadline["TRANSP"]) == (False, "TRANSPARENT")


def invited(title_of: str):
    """The event of the newest invitation by mail."""
    row = QueuedEmail.objects.filter(kind__startswith=title_of).latest("pk")
    return Calendar.from_ical(feeds.invitation(row)).events[0]


@pytest.mark.parametrize("kind", ["slot", "appointment"])
def test_feed_and_invitation_agree_also_after_a_move(course, kind):
    title = {"slot": SLOT, "appointment": EXAM}[kind]
    seen = []
    for step in range(2):
        if step and kind == "slot":
            bookings.move(course.slots[2], course.red, by=course.bob, now=WHILE_OPEN + timedelta(hours=1))
        elif step:
            appointments.move(
                course.times[2], course.enrolments.alice, by=course.alice, now=WHILE_OPEN + timedelta(hours=1)
            )
        mine = [event for event in read(own(course.alice)).events if event["SUMMARY"] == title]
        event, mail = mine[-1], invited(kind)
        for name in ("UID", "SEQUENCE", "SUMMARY", "LOCATION", "URL"):
            assert event[name] == mail[name], name
        assert (event.start, event.end) == (mail.start, mail.end)
        seen.append(event)
    assert seen[0]["UID"] == seen[1]["UID"]
    assert [event["SEQUENCE"] for event in seen] == [0, 1]
    assert [event["LAST-MODIFIED"].dt for event in seen] == [WHILE_OPEN, WHILE_OPEN + timedelta(hours=1)]


def test_what_is_cancelled_disappears(course):
    bookings.cancel(course.booking, by=course.alice, now=WHILE_OPEN)
    appointments.cancel(course.appointment, course.enrolments.alice, by=course.alice, now=WHILE_OPEN)
    Lecture.objects.update(is_missing=True)
    theirs = titles(own(course.alice))
    assert (SLOT in theirs, theirs.count(EXAM), "INFO9023 Serving" in theirs) == (False, 1, False)


def test_a_moved_class_is_the_same_event_with_a_higher_sequence(course):
    before = named(PUBLIC, "INFO9023 Serving")
    Lecture.objects.update(taught_on=date(2026, 4, 6))
    course.edition.touch()
    after = named(PUBLIC, "INFO9023 Serving")
    assert (after["UID"], after.start - before.start) == (before["UID"], timedelta(days=7))
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_the_same_course_gives_the_same_lines(course):
    path = own(course.alice)
    first = Client().get(path).content
    assert Client().get(path).content == first
    assert max(len(line) for line in first.split(b"\r\n")) <= 75


@pytest.mark.parametrize(
    ("day", "begins", "instant"),
    [
        (date(2026, 3, 28), time(10), "2026-03-28T09:00:00+00:00"),
        (date(2026, 3, 29), time(1, 59), "2026-03-29T00:59:00+00:00"),  # the last minute before
        (date(2026, 3, 29), time(3), "2026-03-29T01:00:00+00:00"),  # the first one after
        (date(2026, 3, 30), time(10), "2026-03-30T08:00:00+00:00"),
        (date(2026, 10, 24), time(10), "2026-10-24T08:00:00+00:00"),
        (date(2026, 10, 25), time(1, 59), "2026-10-24T23:59:00+00:00"),
        (date(2026, 10, 25), time(3), "2026-10-25T02:00:00+00:00"),
        (date(2026, 10, 26), time(10), "2026-10-26T09:00:00+00:00"),
    ],
)
def test_instants_are_right_around_both_clock_changes_by_the_file_s_own_rules(edition, day, begins, instant):
    """Read with the VTIMEZONE in the file, as a program does that does not know Brussels."""
    Lecture.objects.create(edition=edition, title="Serving", taught_on=day, begins=begins)
    for far in (date(2024, 1, 8), date(2028, 6, 5)):  # a course of several years has one zone for all of them
        Lecture.objects.create(edition=edition, title="Far", taught_on=far, begins=time(10))
    text = Client().get(PUBLIC).content.decode().replace("Europe/Brussels", "Unknown/Zone")
    [event] = [event for event in Calendar.from_ical(text).events if "Serving" in event["SUMMARY"]]
    assert event.start.astimezone(UTC).isoformat() == instant
    assert event.start.time() == begins


def test_the_days_on_which_clocks_change_are_whole_days(edition):
    for day in (date(2026, 3, 29), date(2026, 10, 25)):
        Lecture.objects.create(edition=edition, title="Hike", taught_on=day)
    assert [(event["DTSTART"].dt, event["DTEND"].dt) for event in read(PUBLIC).events] == [
        (date(2026, 3, 29), date(2026, 3, 30)),
        (date(2026, 10, 25), date(2026, 10, 26)),
    ]


@given(st.text(max_size=300), st.text(max_size=60), st.text(max_size=300))
def test_nothing_that_people_type_breaks_it(title, place, code):
    edition = CourseEdition(pk=1, title=title, code=code, year=2026, slug="s", created_at=WHILE_OPEN)
    entry = Entry("lecture", "lecture:1", title, WHILE_OPEN, place=place, url="/s/", name="lecture-1")
    text = feeds.feed([entry], Viewer(edition, AnonymousUser(), None), alarm=5)
    [calendar] = Calendar.from_ical(text, multiple=True)
    [event] = calendar.events
    assert (calendar.errors, event.errors) == ([], [])
    assert str(event.get("SUMMARY", "")) == feeds.one_line(f"{code} {title}".strip(), 250)
    assert str(event.get("LOCATION", "")) == feeds.one_line(place, 250)
    assert set(event) <= {"UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "LOCATION", "URL", "CATEGORIES", "TRANSP"}


def test_alarms_are_for_what_has_an_hour(course):
    events = read(f"{own(course.alice)}?alarm=60").events
    alarms = {str(event["SUMMARY"]): [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] for event in events}
    assert alarms[SLOT] == alarms["INFO9023 Project card"] == [timedelta(minutes=-60)]
    assert alarms["INFO9023 MS1: presentations"] == []
    assert not [event for event in read(own(course.alice)).events if event.walk("VALARM")]


# --- Asking again ----------------------------------------------------------------------------------------------------


def asked(path: str, tag: str = "") -> tuple[int, int, str]:
    """Status, statements, ETag."""
    with counted() as statements:
        response = Client().get(path, headers={"If-None-Match": tag} if tag else {})
    assert response.content or response.status_code == 304
    return response.status_code, len(statements), response.headers["ETag"]


def crowd(course, count: int) -> None:
    """So many classes, groups with their slots, and appointments; all of them Tina attends."""
    milestone, session = course.booking.milestone, course.appointment.session
    later = FIRST_SLOT + timedelta(days=1)
    slots, times = cut_slots(milestone, count, first=later), cut_appointments(session, count, first=later)
    for number, (slot, appointment) in enumerate(zip(slots, times, strict=True)):
        Lecture.objects.create(edition=course.edition, title=f"T{number}", taught_on=later.date(), begins=time(9))
        members = [enrol(course.edition, f"s{number}{letter}") for letter in "ab"]
        slot.staff.add(course.tina)
        appointment.examiners.add(course.tina)
        bookings.book(slot, team(course.edition, f"G{number}", *members), by=members[0].user, now=WHILE_OPEN)
        appointments.pick(appointment, members[0], by=members[0].user, now=WHILE_OPEN)
    course.edition.touch()


@pytest.mark.parametrize("count", [1, 30])
def test_statements_do_not_grow_and_nothing_new_costs_one(course, count):
    crowd(course, count)
    path = own(course.tina)
    status, statements, tag = asked(path)
    assert (status, statements) == (200, 17)
    assert titles(path).count("INFO9023 MS1: presentations") == 1
    assert len(titles(path)) >= 3 * count
    assert asked(path, tag) == (304, 1, tag)
    assert asked(PUBLIC)[:2] == (200, 16)
    assert asked(PUBLIC)[:2] == (200, 1)  # remembered
    assert asked(PUBLIC, asked(PUBLIC)[2])[:2] == (304, 1)


def test_whatever_changes_in_it_is_another_page(course):
    path = own(course.alice)
    tags = {asked(path)[2], asked(f"{path}?alarm=5")[2], asked(f"{path}?only=exams")[2]}
    changes = [
        lambda: bookings.move(course.slots[1], course.red, by=course.alice, now=WHILE_OPEN),
        lambda: appointments.move(course.times[1], course.enrolments.alice, by=course.alice, now=WHILE_OPEN),
        lambda: groups.rename(course.red, "Crimson", by=course.alice),
        lambda: course.edition.touch(),
        lambda: Enrolment.objects.filter(user=course.alice).update(role=Enrolment.Role.TEACHING_ASSISTANT),
    ]
    for change in changes:
        change()
        tags.add(asked(path)[2])
    assert len(tags) == 3 + len(changes)


def test_two_people_never_share_an_answer(course):
    tags = {asked(own(user))[2] for user in (course.alice, course.bob, course.tina)} | {asked(PUBLIC)[2]}
    assert len(tags) == 4


def test_no_cache_keeps_it_and_no_page_hears_of_it(course):
    response = Client().get(own(course.alice))
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in response.headers


def test_head_says_the_same_without_a_body(course):
    response = Client().head(own(course.alice))
    assert (response.status_code, response.content) == (200, b"")


# --- The address -----------------------------------------------------------------------------------------------------


def test_an_address_is_random_long_and_signed(course):
    codes = {CalendarFeed(enrolment=course.enrolments.bob).code for _ in range(100)}
    assert len(codes) == 100
    assert all(len(code) == 22 for code in codes)  # 128 bits
    feed = CalendarFeed.objects.create(enrolment=course.enrolments.bob, made_at=WHILE_OPEN)
    assert len(feed.token) == 22 + 1 + 43


@pytest.mark.parametrize(
    "slip", [lambda token: token.split(".")[0], lambda token: token[:-1], lambda token: "x" + token[1:], lambda _: "\0"]
)
def test_a_code_without_our_signature_opens_nothing_and_asks_nothing(course, slip):
    path = own(course.alice)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    with counted() as statements:
        assert Client().get(path.replace(token, slip(token))).status_code == 404
    assert statements == []


def test_only_the_code_is_asked_of_the_database(course):
    path = own(course.alice)
    with counted() as statements:
        Client().get(path)
    assert not [sql for sql in statements if path.split(".")[1] in sql]


def test_who_is_shut_out_or_off_the_roster_has_no_calendar(course):
    rosa = enrol(course.edition, "rosa")
    path, other = own(rosa.user), own(course.dana)
    rosa.delete()
    type(course.dana).objects.filter(pk=course.dana.pk).update(is_active=False)
    assert [Client().get(each).status_code for each in (path, other)] == [404, 404]


def test_calendar_is_no_address_of_a_course():
    with pytest.raises(Exception, match="is an address of the site itself"):
        CourseEdition._meta.get_field("slug").run_validators("calendar")


# --- One entry -------------------------------------------------------------------------------------------------------


def statuses(name: str, *people) -> list[int]:
    clients = [signed_in(user) if user else Client() for user in people]
    return [client.get(f"{ENTRIES}{name}.ics").status_code for client in clients]


def test_one_entry_is_the_same_event(course):
    alice = signed_in(course.alice)
    for name, title in ((f"booking-{course.booking.code}", SLOT), (f"appointment-{course.appointment.code}", EXAM)):
        calendar = read(f"{ENTRIES}{name}.ics", alice)
        [event] = calendar.events
        [same] = [each for each in read(own(course.alice)).events if each["UID"] == event["UID"]]
        assert (event.to_ical(), event["SUMMARY"]) == (same.to_ical(), title)
        assert len(calendar.timezones) == 1


def test_one_entry_is_for_whoever_sees_it_on_a_page(course):
    people = (None, course.eve, course.charlie, course.bob, course.alice, course.tina, course.ines)
    public = [200] * 7
    assert statuses(f"lecture-{course.lecture.pk}", *people) == public
    assert statuses(f"milestone-{course.booking.milestone_id}", *people) == public
    assert statuses(f"exam-{course.appointment.session.code}", *people) == [404, 404, *[200] * 5]
    assert statuses(f"booking-{course.booking.code}", *people) == [404, 404, 404, 200, 200, 200, 404]
    assert statuses(f"appointment-{course.appointment.code}", *people) == [404, 404, 404, 404, 200, 404, 200]
    assert statuses("lecture-999999", *people) == [404] * 7


@pytest.mark.parametrize(
    ("who", "path", "count"),
    [
        ("", "", 3),  # the next class, the milestone, the exam that is announced
        ("", "schedule/", 4),  # the class, and the bands of deadline, milestone and exam
        ("alice", "today/", 7),  # the card, and each line of the next weeks
        ("alice", "milestones/", 1),
        ("alice", "milestones/1/", 2),
        ("alice", "exams/", 2),
        ("alice", "session", 2),
        ("tina", "milestones/1/", 1),
    ],
)
def test_every_dated_thing_has_a_link_that_works(course, time_machine_at, who, path, count):
    client = signed_in(getattr(course, who)) if who else Client()
    url = course.appointment.session.get_absolute_url() if path == "session" else f"/info9023-2026/{path}"
    page = client.get(url).content.decode()
    links = [word.split('"')[0] for word in page.split('href="')[1:] if word.split('"')[0].endswith(".ics")]
    assert len(links) == count
    for link in links:
        read(str(client.get(url).wsgi_request.build_absolute_uri(link)).removeprefix("http://testserver"), client)


def test_who_has_a_place_adds_that_and_the_others_the_day(course, time_machine_at):
    def lists(user) -> str:
        return "".join(
            signed_in(user).get(f"/info9023-2026/{page}/").content.decode() for page in ("milestones", "exams")
        )

    own_place = (f"booking-{course.booking.code}.ics", f"appointment-{course.appointment.code}.ics")
    days = (f"milestone-{course.booking.milestone_id}.ics", f"exam-{course.appointment.session.code}.ics")
    for user, shown, hidden in ((course.alice, own_place, days), (course.charlie, days, own_place)):
        page = lists(user)
        assert [name in page for name in (*shown, *hidden)] == [True, True, False, False]


@pytest.fixture
def time_machine_at(time_machine):
    time_machine.move_to(WHILE_OPEN, tick=False)
