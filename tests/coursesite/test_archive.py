"""An archive can be read by whoever could read it, and nothing is booked, changed or reminded of."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from coursesite import reminders, roster, tasks
from coursesite.booking import BookingRefused, as_it_is
from coursesite.models import CourseEdition
from coursesite.outbox import QueuedEmail
from coursesite.roster import RosterRefused
from exams.models import OralExam
from projects import groups
from projects.models import Booking, Milestone, ProjectGroup
from schedule import importing, readme
from schedule.importing import ImportRefused
from schedule.management.commands.demo import README
from schedule.models import Lecture
from tests.cast import OPENS, WHILE_OPEN
from tests.walk import expected, path_of

SENTENCE = "INFO9023 spring 2026 is an archive: it can be read, and nothing is booked or changed any more."


@pytest.fixture
def archive(world):
    world.cast.edition.mark_archived(WHILE_OPEN - timedelta(days=1))
    return world


def test_every_page_is_there_as_before_and_says_what_it_is(archive, client):
    for who in ("alice", "tina", "ines"):
        client.force_login(getattr(archive.cast, who))
        wrong = {}
        for name, statuses in expected().items():
            if not name.startswith("admin") and statuses[who] == 200:
                answer = client.get(path_of(name, archive))
                if answer.status_code != 200:
                    wrong[name] = answer.status_code
        assert not wrong
        page = client.get(reverse("schedule:schedule", args=[archive.cast.edition.slug])).content.decode()
        assert "An archive since 19 February 2026" in page


def test_nothing_is_offered_that_would_be_refused(archive, client):
    client.force_login(archive.cast.tina)
    for board in ("projects:milestone", "exams:session"):
        page = client.get(path_of(board, archive)).content.decode()
        assert "Alice A." in page
        assert not [verb for verb in (">Move<", ">Cancel<", "Book for", "Pick a time") if verb in page]


VERBS = {
    "projects:book_slot": "charlie",
    "projects:move_slot": "alice",
    "projects:cancel_slot": "alice",
    "projects:create_group": "dana",
    "projects:rename_group": "alice",
    "projects:invite_member": "alice",
    "projects:accept_invitation": "dana",
    "projects:decline_invitation": "dana",
    "projects:withdraw_invitation": "alice",
    "exams:pick_appointment": "charlie",
    "exams:move_appointment": "alice",
    "exams:cancel_appointment": "alice",
}


def everything() -> list:
    return [
        list(model.objects.order_by("pk").values())
        for model in (Booking, OralExam, ProjectGroup, Milestone, QueuedEmail)
    ]


@pytest.mark.parametrize(("name", "who"), VERBS.items())
def test_a_verb_is_refused_and_says_why(archive, client, name, who):
    client.force_login(getattr(archive.cast, who))
    before = everything()
    group = archive.cast.red.code if who == "alice" else ""
    typed = {"name": "New", "email": "dana@example.org", "group": group, "slot": archive.slot.code, "reason": "Why"}
    answer = client.post(path_of(name, archive), typed, follow=True)
    assert "is an archive" in answer.content.decode()
    assert everything() == before


def test_staff_are_refused_as_well(archive):
    with pytest.raises(BookingRefused, match="is an archive"):
        groups.place(archive.cast.red, archive.cast.enrolments.dana, now=WHILE_OPEN)
    with pytest.raises(BookingRefused, match="is an archive"):
        as_it_is(archive.rows["projects_milestone"])


def test_the_lock_is_not_given_when_it_became_one_meanwhile(world):
    milestone = Milestone.objects.select_related("edition").get(pk=world.rows["projects_milestone"].pk)
    lock = as_it_is(milestone)
    CourseEdition.objects.get(pk=world.cast.edition.pk).mark_archived(WHILE_OPEN)
    assert lock() == 0


def test_nobody_is_reminded(archive):
    later = WHILE_OPEN + timedelta(days=5)
    before = QueuedEmail.objects.count()
    assert tasks.queue_reminders(later) == 0
    edition = CourseEdition.objects.get(pk=archive.cast.edition.pk)
    assert reminders.coming(edition, OPENS, later + timedelta(days=30)) == []
    assert QueuedEmail.objects.count() == before


def test_the_admin_makes_and_opens_an_archive_and_the_pages_know(world, client):
    client.force_login(world.cast.ines)
    edition = world.cast.edition
    changelist = reverse("admin:coursesite_courseedition_changelist")
    for action, is_archived in (("archive", True), ("open_again", False)):
        before = CourseEdition.objects.get(pk=edition.pk).revision
        client.post(changelist, {"action": action, "_selected_action": [edition.pk]})
        edition.refresh_from_db()
        assert edition.is_archived is is_archived
        assert edition.revision > before


def test_nothing_is_imported_and_it_is_said(archive, client):
    edition = archive.cast.edition
    client.force_login(archive.cast.ines)
    lectures, people = Lecture.objects.count(), edition.enrolments.count()
    page = reverse("schedule:import_readme", args=[edition.slug])
    preview = client.post(page, {"text": README.read_text()}, follow=True)
    assert "nothing is imported into it. Open it again first." in preview.content.decode()
    with pytest.raises(ImportRefused, match="is an archive"):
        importing.apply(readme.parse(README.read_bytes()), edition, confirmed=True)
    page = reverse("admin:coursesite_courseedition_roster", args=[edition.pk])
    file = SimpleUploadedFile("list.csv", b"e-mail\nfrank@example.org")
    preview = client.post(page, {"file": file}, follow=True)
    assert "nobody is imported into it. Open it again first." in preview.content.decode()
    with pytest.raises(RosterRefused, match="is an archive"):
        roster.apply(edition, roster.parse(b"e-mail\nfrank@example.org"), by=archive.cast.ines)
    assert (Lecture.objects.count(), edition.enrolments.count()) == (lectures, people)
