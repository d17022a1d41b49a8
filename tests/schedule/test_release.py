"""A release is told once: to students who want it, one mail for all of a class within a minute, and at its time."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail as outbox

from coursesite import digest, reminders, tasks
from coursesite.models import Enrolment
from coursesite.outbox import QueuedEmail
from coursesite.reminders import StillOwed
from schedule import agenda, importing, materials, readme
from schedule.management.commands.demo import README
from schedule.models import Lecture, Material
from tests.letters import letter
from tests.schedule.test_materials import LATER, NOW

pytestmark = pytest.mark.django_db
SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
STUDENTS = {"alice", "bob", "charlie", "chloe", "dana"}


@pytest.fixture
def lecture(cast, settings, monkeypatch) -> Lecture:
    settings.AGENDA_SOURCES = ["schedule.agenda.entries"]
    settings.ADMIN_TODOS = []
    monkeypatch.setattr(tasks, "still_owed", StillOwed())
    return Lecture.objects.create(edition=cast.edition, title="Containers")


def add(lecture: Lecture | None, label: str, edition=None, **more) -> Material:
    fields = {"released_at": LATER, "tells_students": True} | more
    row = Material.objects.create(
        edition=edition or lecture.edition, lecture=lecture, label=label, href="https://example.org/", **fields
    )
    row.edition.touch()
    return row


def told(at) -> list[tuple[str, str]]:
    """Sweep and tick at that instant: to whom went what."""
    outbox.outbox.clear()
    with time_machine.travel(at, tick=False):
        tasks.sweep()
        tasks.tick()
    return sorted((mail.to[0].partition("<")[2].partition("@")[0], mail.subject) for mail in outbox.outbox)


def all_students(subject: str = "New material: Containers") -> list[tuple[str, str]]:
    return [(name, subject) for name in sorted(STUDENTS)]


def test_all_of_a_class_within_a_minute_is_one_mail(lecture):
    add(lecture, "Slides")
    add(lecture, "Lab", released_at=LATER + 20 * SECOND)
    add(lecture, "Later", released_at=LATER + DAY)
    assert told(LATER + 59 * SECOND) == []
    assert told(LATER + MINUTE) == all_students()
    assert told(LATER + 2 * MINUTE) == []
    assert told(LATER + DAY + MINUTE - SECOND) == []
    words = letter(QueuedEmail.objects.first()).text
    assert "- Slides\n- Lab\n" in words and "Later" not in words and "When" not in words
    assert f"/info9023-2026/lectures/{lecture.pk}/" in words
    assert told(LATER + DAY + MINUTE) == all_students()


def test_what_comes_later_in_the_same_minute_is_told_as_well(lecture):
    for label, wait in (("Slides", 0), ("Lab", 40)):
        at = LATER + wait * SECOND
        materials.release([add(lecture, label, released_at=None, is_held=True)], at)
        assert told(at + SECOND) == []
    assert told(LATER + MINUTE) == all_students()
    assert "- Slides\n- Lab\n" in letter(QueuedEmail.objects.first()).text


def test_what_comes_quietly_in_the_same_minute_is_in_no_mail(lecture):
    add(lecture, "Slides")
    add(lecture, "Solutions", tells_students=False)
    assert told(LATER + MINUTE) == all_students()
    assert "Solutions" not in letter(QueuedEmail.objects.first()).text
    titles = {entry.title for entry in agenda.entries(lecture.edition, LATER)}
    assert titles == {"New: Slides (Containers)", "New: Solutions (Containers)"}


def test_a_sweep_that_slept_tells_it_late_and_not_after_two_days(lecture):
    add(lecture, "Slides")
    assert told(LATER + 2 * DAY - SECOND) == all_students()
    add(lecture, "Lab", released_at=LATER - DAY)
    assert told(LATER + 2 * DAY) == []


def test_what_was_there_before_and_what_tells_nobody_is_not_told(lecture):
    importing.apply(readme.parse(README.read_bytes()), lecture.edition, confirmed=True)
    assert Material.objects.count() > 3
    add(lecture, "Quietly", tells_students=False)
    add(lecture, "Held", released_at=None, is_held=True)
    assert told(NOW) == told(LATER + MINUTE) == []


def test_by_hand_once_also_when_it_is_held_back_and_released_again(lecture):
    row = add(lecture, "Slides", released_at=None, is_held=True)
    at = NOW
    found = []
    for wait, act in ((0, materials.release), (60, materials.hold_back), (61, materials.release)):
        at = NOW + timedelta(minutes=wait)
        assert act([Material.objects.get(pk=row.pk)], at) == 1
        found.append(len(told(at + MINUTE)))
    assert found == [5, 0, 0]
    assert not Material.objects.get(pk=row.pk).tells_students


def test_a_second_thought_within_minutes_takes_it_back(lecture):
    row = add(lecture, "Slides", released_at=None, is_held=True)
    materials.release([row], NOW)
    with time_machine.travel(NOW + MINUTE, tick=False):
        tasks.sweep()  # written, and not sent yet
    assert QueuedEmail.objects.count() == 5
    materials.hold_back([Material.objects.get(pk=row.pk)], NOW + 2 * MINUTE)
    assert told(NOW + 3 * MINUTE) == []
    materials.release([Material.objects.get(pk=row.pk)], NOW + DAY)
    assert told(NOW + DAY + MINUTE) == all_students()


def test_of_the_course_as_a_whole(lecture):
    add(None, "Handbook", lecture.edition)
    assert told(LATER + MINUTE) == all_students("New material of the course")


def test_as_each_student_wants_it(lecture, cast):
    for name, wish in (("alice", "digest"), ("bob", "none")):
        Enrolment.objects.filter(user=getattr(cast, name)).update(optional_mail=wish)
    lecture.edition.touch()
    add(lecture, "Slides")
    assert told(LATER + MINUTE) == [line for line in all_students() if line[0] not in ("alice", "bob")]
    next_morning = LATER.replace(hour=6) + DAY  # 7 in Brussels
    assert [who for who, _subject in told(next_morning)] == ["alice"]
    (row,) = QueuedEmail.objects.filter(kind="digest")
    assert [item["title"] for item in row.facts["items"]] == ["New: Slides (Containers)"]
    assert told(next_morning + DAY) == []


def test_a_digest_that_comes_late_has_all_since_yesterday_s(lecture, cast):
    Enrolment.objects.filter(user=cast.alice).update(optional_mail="digest")
    at = LATER.replace(hour=6, minute=0) + DAY
    add(lecture, "Slides", released_at=at - DAY + SECOND)
    assert digest.queue_digests(lecture.edition, at + timedelta(hours=11)) == 1


def test_staff_see_it_coming_and_cannot_tell_it_too_early(lecture, cast):
    add(lecture, "Slides")
    (coming,) = reminders.coming(lecture.edition, NOW, LATER + MINUTE)
    assert (coming.at, len(coming.people)) == (LATER + MINUTE, 5)
    with pytest.raises(reminders.ReminderRefused, match="and not before"):
        reminders.send_now(lecture.edition, coming.name, by=cast.tina, now=NOW)
    assert not QueuedEmail.objects.exists()
    reminders.hold(lecture.edition, coming.name, by=cast.tina, now=NOW)
    assert told(LATER + MINUTE) == []
    reminders.release(lecture.edition, coming.name)
    assert told(LATER + DAY) == all_students()


def test_its_entry_is_for_staff_before_and_for_all_after(lecture, cast):
    add(lecture, "Slides")
    add(lecture, "Lab", is_public=False)
    add(None, "Handbook", lecture.edition)
    before = {entry.title: entry for entry in agenda.entries(lecture.edition, LATER - SECOND)}
    after = {entry.title: entry for entry in agenda.entries(lecture.edition, LATER)}
    mixed, public = "New: Slides, Lab (Containers)", "New: Handbook (INFO9023 spring 2026)"
    assert set(before) == set(after) == {mixed, public}
    assert {entry.concerns for entry in before.values()} == {frozenset({cast.tina.pk, cast.ines.pk})}
    assert {entry.concerns for entry in after.values()} == {None}
    assert [before[mixed].is_public, before[public].is_public] == [False, False]
    assert [after[mixed].is_public, after[public].is_public] == [False, True]


def test_it_is_new_on_the_first_page_for_two_days_and_never_the_next_step(lecture, cast, client):
    add(lecture, "Slides")
    client.force_login(cast.alice)
    found = []
    for at in (LATER - SECOND, LATER, LATER + DAY, LATER + 2 * DAY):
        with time_machine.travel(at, tick=False):
            html = client.get("/info9023-2026/today/").content.decode()
        assert "Nothing to do" in html
        line = html.partition("New: Slides")[0].rpartition("<li")[2]
        found.append(("New: Slides" in html, "Fri 20 February" in line, ">14:00<" in line, '">new<' in html))
    assert found == [
        (False, False, False, False), (True, False, True, True), (True, True, False, True), (False, False, False, False)
    ]  # fmt: skip


def test_an_instructor_releases_it_from_the_page_of_its_class(client, cast, lecture):
    held = add(lecture, "Solutions", is_held=True, released_at=None, tells_students=False, is_public=False)
    page, release = f"/info9023-2026/lectures/{lecture.pk}/", f"/info9023-2026/materials/{held.pk}/release/"
    with time_machine.travel(NOW, tick=False):
        client.force_login(cast.tina)
        assert release not in client.get(page).content.decode()
        client.force_login(cast.ines)
        assert f'href="{release}">Release “Solutions”</a>' in client.get(page).content.decode()
        asked = client.get(release).content.decode()
        assert "The students of the course see it at once. No mail tells them." in asked
        done = client.post(release, follow=True)
        assert done.redirect_chain == [(page, 303)]
        assert "Students see “Solutions” now." in done.content.decode()
        assert release not in done.content.decode()
        assert "Students see “Solutions” already." in client.post(release, follow=True).content.decode()
        client.force_login(cast.alice)
        assert "Solutions" in client.get(page).content.decode()


@pytest.mark.parametrize("who", ["alice", "tina", "eve"])
def test_nobody_else_does(client, cast, lecture, who):
    held = add(lecture, "Solutions", is_held=True, released_at=None)
    client.force_login(getattr(cast, who))
    assert client.post(f"/info9023-2026/materials/{held.pk}/release/").status_code == 404
    held.refresh_from_db()
    assert held.is_held


def test_what_is_of_no_class_leads_back_to_the_schedule(client, cast, lecture):
    held = add(None, "Exam rules", edition=cast.edition, is_held=True, released_at=None)
    gone = add(lecture, "Slides", is_held=True, released_at=None)
    Lecture.objects.update(is_missing=True)
    client.force_login(cast.ines)
    for row in (held, gone):
        done = client.post(f"/info9023-2026/materials/{row.pk}/release/")
        assert (done.status_code, done["Location"]) == (303, "/info9023-2026/schedule/")
