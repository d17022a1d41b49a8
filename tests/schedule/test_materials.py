"""Files and links of classes: who gets them, from when, and that nothing of them is there before."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from coursesite.models import CalendarFeed
from schedule import importing, materials, readme, writing
from schedule.management.commands.demo import README
from schedule.models import Lecture, Material
from tests.cast import enrol
from tests.statements import counted

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 2, 20, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)
SECRET = "Solutions of the lab"
PDF = b"%PDF-1.7\n" + b"words " * 100
PEOPLE = (None, "eve", "alice", "rosa", "tina", "ines")


@pytest.fixture(autouse=True)
def here(settings, tmp_path):
    """A folder of its own, an empty cache, a clock that stands."""
    settings.MEDIA_ROOT = tmp_path
    caches["pages"].clear()
    with time_machine.travel(NOW, tick=False):
        yield tmp_path


@pytest.fixture
def lecture(edition) -> Lecture:
    return Lecture.objects.create(edition=edition, title="Containers", taught_on=NOW.date())


def add(lecture: Lecture, label: str = SECRET, href: str = "https://example.org/lab.pdf", **more) -> Material:
    return Material.objects.create(
        **{"edition": lecture.edition, "lecture": lecture, "label": label, "href": href} | more
    )


def of_course(edition, **more) -> Material:
    return Material.objects.create(
        **{"edition": edition, "label": SECRET, "href": "https://example.org/all.pdf"} | more
    )


def add_file(lecture: Lecture, name: str = "solutions.pdf", data: bytes = PDF, **more) -> Material:
    row = Material(edition=lecture.edition, lecture=lecture, label=SECRET, **more)
    row.keep_file(ContentFile(data, name))
    row.save()
    return row


def path_of(row: Material) -> str:
    return reverse("schedule:material", args=[row.edition.slug, row.pk])


def client_of(cast, who: str | None) -> Client:
    client = Client()
    if who:
        client.force_login(getattr(cast, who))
    return client


def places(row: Material) -> list[str]:
    """Wherever it could be told of."""
    lecture, slug = row.lecture, row.edition.slug
    page = reverse("schedule:lecture_page", args=[slug, lecture.pk]) if lecture else f"/{slug}/"
    return [page, f"/{slug}/", f"/{slug}/schedule/", f"/{slug}/today/", f"/{slug}/calendar.ics"]


def told_at(client: Client, row: Material) -> list[str]:
    return [path for path in places(row) if SECRET in client.get(path, follow=True).content.decode()]


@pytest.fixture
def people(cast):
    cast.rosa = enrol(cast.edition, "rosa", "examiner").user
    return cast


# Who sees it


@pytest.mark.parametrize("when", [{"released_at": LATER}, {"is_held": True}])
def test_before_its_release_not_even_the_title_is_there(people, lecture, when):
    rows = [add(lecture, **when), add_file(lecture, **when), of_course(lecture.edition, **when)]
    feed = CalendarFeed.objects.create(enrolment=people.enrolments.alice, made_at=NOW)
    for who in PEOPLE:
        client = client_of(people, who)
        for row in rows:
            is_staff = who in ("tina", "ines")
            assert bool(told_at(client, row)) == is_staff, (who, row)
            assert client.get(path_of(row)).status_code == ((302 if row.href else 200) if is_staff else 404)
    answer = Client().get(reverse("calendar_feed", args=[feed.token]))
    assert (answer.status_code, SECRET in answer.content.decode()) == (200, False)


@pytest.mark.parametrize(("is_public", "seen"), [(True, PEOPLE), (False, PEOPLE[2:])])
def test_a_file_is_for_everybody_or_for_people_of_the_course(people, lecture, is_public, seen):
    row = add_file(lecture, is_public=is_public)
    for who in PEOPLE:
        client = client_of(people, who)
        assert client.get(path_of(row)).status_code == (200 if who in seen else 404), who
        assert bool(told_at(client, row)) == (who in seen)


def test_a_visitor_is_told_that_there_is_more(people, lecture):
    page = reverse("schedule:lecture_page", args=[lecture.edition.slug, lecture.pk])
    hint = f'href="/accounts/login/?next={page}"'
    assert hint not in Client().get(page).content.decode()
    add(lecture, is_public=False, released_at=LATER)
    lecture.edition.touch()
    assert hint not in Client().get(page).content.decode()
    add(lecture, is_public=False)
    lecture.edition.touch()
    assert hint in Client().get(page).content.decode()
    assert hint not in client_of(people, "alice").get(page).content.decode()


def test_staff_see_from_when(people, lecture):
    add(lecture, released_at=LATER)
    add(lecture, is_held=True)
    for path in (places(add(lecture))[0], places(add(lecture))[2]):
        html = client_of(people, "tina").get(path).content.decode()
        assert "Students see this from Fri 20 February, 14:00" in html
        assert "Held back from students" in html


def test_materials_of_the_course_as_a_whole_are_on_its_page(client, edition):
    of_course(edition, label="Handbook", href="https://example.org/handbook.pdf")
    html = client.get(f"/{edition.slug}/").content.decode()
    assert '<li><a href="https://example.org/handbook.pdf">Handbook, PDF</a></li>' in html


@pytest.mark.parametrize("who", [None, "alice"])
def test_the_moment_of_a_release_is_another_page(people, lecture, who):
    """Nothing is edited, and yet no 304 and no remembered page hides it."""
    row, client = add(lecture, released_at=LATER), client_of(people, who)
    paths = [path for path in places(row) if who or "today" not in path]
    if who:
        feed = CalendarFeed.objects.create(enrolment=people.enrolments.alice, made_at=NOW)
        paths.append(reverse("calendar_feed", args=[feed.token]))
    before = {path: client.get(path) for path in paths}
    with time_machine.travel(LATER - timedelta(seconds=1), tick=False):
        for path, answer in before.items():
            if answer.has_header("ETag") and "today" not in path:
                assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    with time_machine.travel(LATER, tick=False):
        for path, answer in before.items():
            now = client.get(path, headers={"If-None-Match": answer.get("ETag", "")})
            assert now.status_code == 200, path
            is_shown = path != f"/{row.edition.slug}/"  # the course page has no materials of classes
            assert (SECRET in now.content.decode().replace("\r\n ", "")) == is_shown, path


# The file


def test_a_file_is_kept_and_never_shown(client, lecture):
    row = add_file(lecture, "Übung 1 – “lösung”.pdf")
    answer = client.get(path_of(row))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%C3%9Cbung%201")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert (answer["Content-Length"], answer["Cache-Control"]) == (str(len(PDF)), "private, no-cache")
    again = client.get(path_of(row), headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.post(path_of(row)).status_code == 405


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.exe", "evil", 'a".html\r\nSet-Cookie: x=1.html'])
def test_whatever_it_is_called_a_browser_runs_nothing(client, lecture, name):
    answer = client.get(path_of(add_file(lecture, name, b"<script>alert(1)</script>")))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert not {"Set-Cookie"} & set(answer.headers)


def test_a_file_stands_before_the_link_of_the_readme(client, lecture):
    row = add_file(lecture, href="https://example.org/old.pdf")
    html = client.get(places(row)[0]).content.decode()
    assert f'<a href="{path_of(row)}">' in html and "old.pdf" not in html
    assert ", PDF, 609" in html


def test_on_disk_the_name_says_nothing(here, lecture):
    row = add_file(lecture)
    (only,) = (here / "materials").iterdir()
    assert row.file.name == f"materials/{only.name}"
    assert len(only.name) == 32 and "solutions" not in only.name and "." not in only.name
    assert only.stat().st_mode & 0o077 == 0
    assert Client().get(f"/media/{row.file.name}").status_code == 404
    assert Client().get(f"/{row.file.name}").status_code == 404


def test_a_file_that_is_away_is_said(people, lecture, caplog):
    row = add_file(lecture)
    row.file.storage.delete(row.file.name)
    answer = client_of(people, "ines").get(path_of(row))
    assert answer.status_code == 503
    assert "The file solutions.pdf cannot be read just now." in answer.content.decode()
    assert reverse("admin:schedule_material_change", args=[row.pk]) in answer.content.decode()


def test_bytes_go_with_their_row_and_when_they_are_replaced(here, lecture, django_capture_on_commit_callbacks):
    rows = [add_file(lecture, f"{n}.pdf") for n in range(3)]
    kept = Material.objects.get(pk=rows[0].pk)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        kept.keep_file(ContentFile(b"%PDF new", "new.pdf"))
        kept.save()
        rows[1].delete()
    assert len(callbacks) == 2
    names = {f"materials/{path.name}" for path in (here / "materials").iterdir()}
    assert names == {kept.file.name, rows[2].file.name}
    with django_capture_on_commit_callbacks(execute=True):
        kept.label = "Only the words"
        kept.save()
        Lecture.objects.filter(pk=lecture.pk).delete()
    assert list((here / "materials").iterdir()) == []


def test_orphans_are_deleted_once_they_are_old(here, lecture):
    row = add_file(lecture)
    orphan = row.file.storage.save("materials/orphan", BytesIO(b"x"))
    assert materials.remove_orphans(datetime.now(UTC)) == 0  # its row may be on its way
    later = datetime.fromtimestamp((here / orphan).stat().st_mtime, UTC) + timedelta(hours=2)
    assert materials.remove_orphans(later) == 1
    assert [path.name for path in (here / "materials").iterdir()] == [row.file.name.removeprefix("materials/")]


# By hand


def test_released_and_held_back_by_hand(people, lecture):
    row, client = add(lecture, is_held=True), client_of(people, "alice")
    seen = []
    for act in (materials.release, materials.release, materials.hold_back, materials.hold_back):
        count = act([Material.objects.get(pk=row.pk)], NOW)
        seen.append((count, client.get(path_of(row)).status_code))
    assert seen == [(1, 302), (0, 302), (1, 404), (0, 404)]


# The README


def test_nothing_unreleased_and_no_file_gets_into_the_readme():
    edition = importing.apply(readme.parse(README.read_bytes())).edition
    lecture = Lecture.objects.filter(edition=edition).first()
    add(lecture, "Held", "held.pdf", is_held=True)
    add(lecture, "Tomorrow", "tomorrow.pdf", released_at=LATER)
    add(lecture, "Ours", "ours.pdf", is_public=False)
    add_file(lecture)
    of_course(edition)
    assert writing.export(edition).data == README.read_bytes()
    importing.apply(readme.parse(README.read_bytes()), edition)
    assert not Material.objects.filter(is_missing=True).exists()
    add(lecture, "Out", "out.pdf", released_at=NOW)
    text = writing.export(edition).text
    assert "[Out](out.pdf)" in text
    for word in ("Held", "held.pdf", "tomorrow.pdf", "ours.pdf", SECRET):
        assert word not in text


def test_a_link_of_the_readme_that_is_held_back_stays_as_it_is_there():
    edition = importing.apply(readme.parse(README.read_bytes())).edition
    row = Material.objects.filter(edition=edition).first()
    materials.hold_back([row], NOW)
    Material.objects.filter(pk=row.pk).update(label=SECRET)
    assert writing.export(edition).data == README.read_bytes()
    importing.apply(readme.parse(README.read_bytes()), edition)
    assert Material.objects.get(pk=row.pk).is_held


def test_statements_do_not_grow(people, lecture):
    numbers = []
    for count in (1, 30):
        for n in range(count):
            add(lecture, f"{n}", released_at=NOW - timedelta(minutes=n))
            of_course(lecture.edition, is_held=True)
        lecture.edition.touch()
        client, found = client_of(people, "ines"), []
        for path in places(add(lecture))[:4]:
            with counted() as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        numbers.append(found)
    assert numbers[0] == numbers[1]
