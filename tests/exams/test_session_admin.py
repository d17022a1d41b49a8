"""The admin pages of an exam session: its appointments are cut with a preview, published, changed."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from coursesite.models import CourseEdition, Enrolment
from exams.forms import SessionForm
from exams.models import ExamSession, OralExam
from tests.cast import FIRST_SLOT, OPENS, WHILE_OPEN, cut_appointments, enrol
from tests.exams.pages import click
from tests.projects.pages import shown, signed_in
from tests.statements import counted

WINDOW = {
    "opens_at_day": "2026-02-16",
    "opens_at_time": "09:00",
    "closes_at_day": "2026-02-27",
    "closes_at_time": "",
    "changes_until_day": "2026-03-01",
    "changes_until_time": "12:00",
}


@pytest.fixture(autouse=True)
def before_opening():
    with time_machine.travel(OPENS, tick=False):
        yield


@pytest.fixture
def draft(cast) -> ExamSession:
    return ExamSession.objects.create(edition=cast.edition, title="Oral exam", starts_on=date(2026, 3, 2))


def page(name: str, session: ExamSession, *more: object) -> str:
    return reverse(f"admin:exams_examsession_{name}", args=[session.pk, *more])


def asked(cast, **changes) -> dict:
    return {
        "first_day": "2026-03-02",
        "last_day": "2026-03-02",
        "weekdays": ["0", "1", "2", "3", "4"],
        "hours": "10:00-11:40",
        "length": "20",
        "gap": "",
        "breaks": "",
        "rooms": "R7",
        "online_url": "",
        "staff": [cast.ines.pk],
    } | changes


def preview(client, session, data) -> tuple[str, str]:
    """The page, and the seal of what it shows."""
    response = client.post(page("cut", session), data | {"preview": "1"})
    assert response.status_code == 200
    found = response.context["preview"]
    return shown(response), found.seal if found else ""


def cut(cast, session, **changes) -> None:
    client, data = signed_in(cast.ines), asked(cast, **changes)
    response = client.post(page("cut", session), data | {"create": "1", "seal": preview(client, session, data)[1]})
    assert response.status_code == 302


def test_the_form_knows_the_days_and_who_may_examine(cast, draft):
    enrol(cast.edition, "rosa", Enrolment.Role.EXAMINER)
    text = shown(signed_in(cast.tina).get(page("cut", draft)))
    assert 'name="first_day" value="2026-03-02"' in text
    assert [name in text for name in ("Ines I.", "Tina T.", "Rosa R.", "Alice A.")] == [True, True, True, False]


def test_a_preview_writes_nothing(cast, draft):
    text, _seal = preview(signed_in(cast.ines), draft, asked(cast, breaks="10:40-11:00"))
    assert "<td>Monday 2 March</td><td>10:00–10:20</td><td>R7</td><td>is created</td>" in text
    assert (
        "<td>10:40–11:00</td><td>R7</td><td><strong>Not created:</strong> The break 10:40-11:00 is in the way.</td>"
        in text
    )
    assert "Create these 4 slots" in text
    assert not OralExam.objects.exists()


def test_what_was_previewed_is_created(cast, draft):
    cut(cast, draft)
    rows = OralExam.objects.all()
    assert [(f"{row.starts_at:%H:%M}", row.room, row.is_published) for row in rows][:2] == [
        ("09:00", "R7", False),
        ("09:20", "R7", False),
    ]
    assert set(rows[0].examiners.all()) == {cast.ines}
    assert "5 slots are created. Nobody sees them until you publish." in shown(
        signed_in(cast.ines).get(reverse("admin:exams_examsession_history", args=[draft.pk]))
    )


def test_what_changed_since_the_preview_is_not_created(cast, draft):
    client = signed_in(cast.ines)
    seal = preview(client, draft, asked(cast))[1]
    response = client.post(page("cut", draft), asked(cast, rooms="R8") | {"create": "1", "seal": seal})
    assert (response.status_code, OralExam.objects.count()) == (409, 0)
    assert "This has changed since you looked at the preview. Nothing was created" in shown(response)
    assert "<td>R8</td>" in shown(response)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hours": "ten to twelve"}, "write it as 09:00-12:00, 13:30-17:00."),
        ({"rooms": ""}, "Give rooms, or a link for a call: one of the two."),
        ({"last_day": "2026-03-01"}, "The last day is before the first."),
        ({"staff": ["999999"]}, "999999 is not one of the available choices."),
        ({"first_day": "0001-01-01"}, "Choose a year from 2000 to 2099."),
    ],
)
def test_a_form_that_is_wrong_comes_back(cast, draft, changes, sentence):
    response = signed_in(cast.ines).post(page("cut", draft), asked(cast, **changes))
    assert sentence in shown(response)
    assert not OralExam.objects.exists()


def test_publishing_needs_a_place_for_each_student(cast, draft):
    cut(cast, draft, hours="10:00-11:20")
    response = signed_in(cast.ines).post(page("publish", draft), WINDOW)
    assert response.status_code == 409
    assert "Oral exam has 4 appointments ahead and needs 5, one for each student. Cut 1 more first." in shown(response)
    assert not ExamSession.objects.get().is_published


def test_publishing(cast, draft):
    cut(cast, draft)
    response = signed_in(cast.tina).post(page("publish", draft), WINDOW, follow=True)
    assert "5 slots are published." in shown(response)
    session = ExamSession.objects.get()
    assert session.is_published
    assert f"{session.booking_closes_at:%d/%m %H:%M:%S}" == "27/02 22:59:59"  # a day alone is its last second
    assert 'value="2026-02-27"' in shown(signed_in(cast.tina).get(page("publish", draft)))


def test_a_window_in_the_wrong_order_is_refused(cast, draft):
    cut(cast, draft)
    response = signed_in(cast.ines).post(page("publish", draft), WINDOW | {"changes_until_day": "2026-02-20"})
    assert (response.status_code, "Changes must be possible at least until" in shown(response)) == (409, True)
    response = signed_in(cast.ines).post(page("publish", draft), WINDOW | {"opens_at_time": ""})
    assert "Please correct what is marked below." in shown(response)
    assert not ExamSession.objects.get().is_published


def test_the_list_says_who_has_what(cast, exam_session):
    with time_machine.travel(WHILE_OPEN, tick=False):
        click(cast.alice, "pick", exam_session.appointments.first())
        text = shown(signed_in(cast.tina).get(page("places", exam_session)))
    assert "<td>Alice A.</td>" in text
    assert text.count('type="checkbox"') == 3


def test_free_ones_are_withdrawn_and_deleted(cast, exam_session):
    free = [str(code) for code in exam_session.appointments.values_list("code", flat=True)][:2]
    client = signed_in(cast.tina)
    client.post(page("places", exam_session), {"place": free, "withdraw": "1"})
    assert OralExam.objects.published().count() == 2
    asked_first = shown(client.post(page("places", exam_session), {"place": free, "delete": "1"}))
    assert ("Monday 2 March, 10:00–10:20, R7" in asked_first, OralExam.objects.count()) == (True, 4)
    client.post(page("places", exam_session), {"place": free, "confirmed": "1"})
    assert OralExam.objects.count() == 2


def test_who_has_one_keeps_it(cast, exam_session):
    first = exam_session.appointments.first()
    with time_machine.travel(WHILE_OPEN, tick=False):
        click(cast.alice, "pick", first)
        response = signed_in(cast.tina).post(page("places", exam_session), {"place": [first.code], "confirmed": "1"})
    assert (response.status_code, OralExam.objects.count()) == (409, 4)
    assert "is booked by Alice A.. Move or cancel that booking first." in shown(response)


def test_bad_codes(cast, exam_session):
    assert signed_in(cast.tina).post(page("places", exam_session), {"place": ["x"]}).status_code == 404
    nothing = "00000000-0000-0000-0000-000000000000"
    assert signed_in(cast.tina).get(page("place", exam_session, nothing)).status_code == 404


def test_one_is_changed(cast, exam_session):
    first = exam_session.appointments.first()
    client, address = signed_in(cast.tina), page("place", exam_session, first.code)
    text = shown(client.get(address))
    assert [value in text for value in ('value="2026-03-02"', 'value="10:00"', 'value="R7"')] == [True] * 3
    data = {"day": "2026-03-02", "starts": "14:00", "ends": "14:20", "room": "R9", "online_url": "", "staff": []}
    assert client.post(address, data).status_code == 302
    first.refresh_from_db()
    assert (f"{first.starts_at:%H:%M}", first.room) == ("13:00", "R9")


def test_a_change_that_cannot_be_is_refused(cast, exam_session):
    first = exam_session.appointments.first()
    data = {"day": "2026-03-02", "starts": "10:20", "ends": "10:40", "room": "R7", "online_url": ""}
    response = signed_in(cast.tina).post(page("place", exam_session, first.code), data)
    assert (response.status_code, "There is a slot at that time and place already." in shown(response)) == (409, True)


@pytest.mark.parametrize("name", ["places", "cut", "publish"])
def test_not_for_others(cast, edition, exam_session, name):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    outsiders = [cast.alice, cast.eve, enrol(edition, "rosa", Enrolment.Role.EXAMINER).user]
    outsiders.append(enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user)
    for user in outsiders:
        client = signed_in(user)
        assert [
            client.get(page(name, exam_session)).status_code,
            client.post(page(name, exam_session)).status_code,
        ] == [
            404,
            404,
        ]
    assert OralExam.objects.published().count() == 4


def test_a_session_is_made_and_changed(cast):
    client = signed_in(cast.ines)
    data = {"edition": cast.edition.pk, "title": "Oral exam", "starts_on": "2026-06-08", "is_for_everyone": "on"}
    assert client.post(reverse("admin:exams_examsession_add"), data).status_code == 302
    session = ExamSession.objects.get()
    change = reverse("admin:exams_examsession_change", args=[session.pk])
    assert "Cut slots" in shown(client.get(change))
    assert "The last day is before the first." in shown(client.post(change, data | {"ends_on": "2026-06-01"}))
    ExamSession.objects.create(edition=cast.edition, title="Resit", starts_on=FIRST_SLOT.date())
    response = client.post(change, data | {"title": "Resit"})
    assert (response.status_code, "already exists" in shown(response)) == (200, True)


def test_a_day_that_leaves_an_appointment_outside_is_refused(cast, exam_session):
    change = reverse("admin:exams_examsession_change", args=[exam_session.pk])
    data = {"title": "Oral exam", "starts_on": "2026-03-03", "is_for_everyone": "on"}
    response = signed_in(cast.tina).post(change, data)
    assert "The slot on Monday 2 March, 10:00 would be outside." in shown(response)
    assert ExamSession.objects.get().starts_on == FIRST_SLOT.date()


def test_a_change_of_words_sets_nothing_else_back(cast, exam_session, monkeypatch):
    """A student picks, and booking is closed, between the admin's read and its write."""
    form_is_valid = SessionForm.is_valid

    def meanwhile(form) -> bool:
        ExamSession.objects.update(revision=99, booking_closes_at=WHILE_OPEN)
        return form_is_valid(form)

    monkeypatch.setattr(SessionForm, "is_valid", meanwhile)
    data = {"title": "Oral exam, spring", "starts_on": "2026-03-02", "ends_on": "", "is_for_everyone": "on"}
    change = reverse("admin:exams_examsession_change", args=[exam_session.pk])
    assert signed_in(cast.ines).post(change, data).status_code == 302
    kept = ExamSession.objects.get()
    assert (kept.title, kept.revision, kept.booking_closes_at) == ("Oral exam, spring", 99, WHILE_OPEN)


def test_what_happened_to_an_appointment_is_seen_and_not_changed(cast, exam_session):
    first = exam_session.appointments.first()
    with time_machine.travel(WHILE_OPEN, tick=False):
        click(cast.tina, "pick", first, student=cast.enrolments.alice.pk, reason="Was ill")
        client = signed_in(cast.tina)
        history = client.get(reverse("admin:exams_oralexam_history", args=[first.pk]))
    assert [word in shown(history) for word in ("Was ill", "Alice A.", "Tina T.")] == [True] * 3
    change = reverse("admin:exams_oralexam_change", args=[first.pk])
    assert client.get(change).status_code == 200
    assert client.post(change, {"room": "R9"}).status_code == 404
    assert client.post(reverse("admin:exams_oralexam_delete", args=[first.pk]), {"post": "yes"}).status_code == 404
    assert client.get(reverse("admin:exams_oralexam_add")).status_code == 404


def test_times_are_on_the_clock_of_the_edition(cast, edition, exam_session):
    edition.timezone = "America/New_York"
    edition.save()
    first = exam_session.appointments.first()
    with time_machine.travel(WHILE_OPEN, tick=False):
        click(cast.alice, "pick", first)
    addresses = [
        reverse("admin:exams_oralexam_changelist"),
        *(reverse(f"admin:exams_oralexam_{page}", args=[first.pk]) for page in ("change", "history")),
    ]
    listed, read, history = (shown(signed_in(cast.tina).get(address)) for address in addresses)
    assert "Mon 2 March, 04:00" in listed
    assert [said in read for said in ("Mon 2 March, 04:20", "Fri 20 February, 05:00")] == [True, True]
    assert "20 Feb 2026, 5 a.m." in history


@pytest.mark.parametrize("count", [1, 30])
def test_statements(cast, edition, exam_session, count):
    for row in cut_appointments(exam_session, count, room="R8"):
        row.examiners.add(cast.ines)
    for number in range(count):
        ExamSession.objects.create(edition=edition, title=f"Exam {number}", starts_on=FIRST_SLOT.date())
    client = signed_in(cast.ines)
    with counted() as places:
        assert client.get(page("places", exam_session)).status_code == 200
    with counted() as sessions:
        assert client.get(reverse("admin:exams_examsession_changelist")).status_code == 200
    assert (len(places), len(sessions)) == (13, 14)
