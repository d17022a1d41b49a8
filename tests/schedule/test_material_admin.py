"""Staff give files and links to classes in the admin; what is not fit is refused with a sentence."""

import errno
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import reverse

from coursesite.models import CourseEdition
from coursesite.uploads import MIB, BoundedUploadHandler
from schedule import file_types
from schedule.material_forms import MaterialForm
from schedule.models import Lecture, Material
from tests.cast import enrol
from tests.coursesite.test_admin import Form, submit, told, url
from tests.schedule.test_materials import LATER, NOW, PDF

pytestmark = pytest.mark.django_db
SAMPLES = {
    "pdf": PDF,
    "png": b"\x89PNG\r\n\x1a\n...",
    "jpg": b"\xff\xd8\xff\xe0...",
    "gif": b"GIF89a...",
    "webp": b"RIFF\x00\x00\x00\x00WEBP",
    "mp4": b"\x00\x00\x00\x18ftypmp42",
    "webm": b"\x1a\x45\xdf\xa3...",
    "gz": b"\x1f\x8b\x08...",
    "ipynb": b'{"cells": []}',
    "json": b"[1]",
}
SAMPLES |= {"jpeg": SAMPLES["jpg"], "tgz": SAMPLES["gz"]}
SAMPLES |= dict.fromkeys(("zip", "pptx", "docx", "xlsx", "odp", "odt", "ods"), b"PK\x03\x04...")
ADD = reverse("admin:schedule_material_add")


@pytest.fixture(autouse=True)
def here(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOW, tick=False):
        yield tmp_path


@pytest.fixture
def lecture(cast, client) -> Lecture:
    client.force_login(cast.ines)
    return Lecture.objects.create(edition=cast.edition, title="Containers", taught_on=NOW.date())


def give(client, lecture: Lecture, **changes):
    typed = {"edition": lecture.edition_id, "lecture": lecture.pk, "label": "Slides"}
    return submit(client, ADD, **typed | changes)


def upload(name: str = "slides.pdf", data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def errors(answer) -> str:
    assert answer.status_code == 200
    return " ".join(str(error) for error in answer.context["errors"])


def change(client, row: Material, **changes):
    return submit(client, url(Material, "change", row.pk), **changes)


def test_a_file_for_people_of_the_course_released_and_told_now(client, lecture, here):
    assert give(client, lecture, file=upload("Folien für W4.pdf")).status_code == 302
    row = Material.objects.get()
    assert (row.file_name, row.file_size, row.lecture, row.edition) == (
        "Folien für W4.pdf", len(PDF), lecture, lecture.edition
    )  # fmt: skip
    assert (row.is_public, row.tells_students, row.released_at, row.is_held) == (False, True, NOW, False)
    assert (here / row.file.name).read_bytes() == PDF
    assert told(lecture.edition)


def test_at_a_time_on_the_wall_clock_of_the_edition(client, lecture):
    CourseEdition.objects.update(timezone="America/New_York")
    give(client, lecture, href="a.pdf", released_at_day="2026-02-23", released_at_time="08:00")
    assert Material.objects.get().released_at == datetime(2026, 2, 23, 13, 0, tzinfo=UTC)
    page = client.get(url(Material, "change", Material.objects.get().pk)).content.decode()
    assert Form(page).data["released_at_time"] == ["08:00"]
    assert "Times are those of America/New_York." in page


def test_held_back_or_at_a_time_but_not_both(client, lecture):
    answer = give(client, lecture, href="a.pdf", is_held="on", released_at_day="2026-02-23", released_at_time="08:00")
    assert "Choose one" in errors(answer)
    assert give(client, lecture, href="a.pdf", is_held="on").status_code == 302
    assert Material.objects.get().is_held


def test_under_its_class(client, lecture, here):
    page = url(Lecture, "change", lecture.pk)
    submit(client, page, **{"materials-0-label": "Lab", "materials-0-file": upload("lab.zip", SAMPLES["zip"])})
    row = Material.objects.get()
    assert (row.file_name, row.lecture, row.edition, row.released_at) == ("lab.zip", lecture, lecture.edition, NOW)
    submit(client, page)
    assert Material.objects.get().file == row.file
    submit(client, page, **{"materials-0-label": ""})
    assert Material.objects.get().label == "Lab"


@pytest.mark.parametrize("ending", sorted(file_types.TYPES))
def test_each_type_is_taken_as_what_it_is_and_as_nothing_else(client, lecture, ending):
    data = SAMPLES.get(ending, "Größe\n".encode())
    wrong = b"\x7fELF\x00\x00" if ending in ("zip", *SAMPLES) else b"\x00\x01binary"
    assert "something else is in it" in errors(give(client, lecture, file=upload(f"a.{ending}", wrong)))
    assert give(client, lecture, file=upload(f"A.{ending.upper()}", data)).status_code == 302
    answer = client.get(reverse("schedule:material", args=[lecture.edition.slug, Material.objects.get().pk]))
    assert answer["Content-Type"] == file_types.TYPES[ending].content_type


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.exe", "evil.pdf.htm", "evil"])
def test_what_a_browser_would_run_is_not_taken(client, lecture, here, name):
    answer = give(client, lecture, file=upload(name, b"<script>alert(1)</script>"))
    assert f"Files like {name} are not taken. In a ZIP they are." in errors(answer)
    assert not list(here.iterdir())


def test_a_text_whose_last_letter_is_cut_by_the_look_is_a_text():
    assert file_types.is_text(("x" + "é" * file_types.HEAD).encode()[: file_types.HEAD])


def test_too_big_too_many_nothing(client, lecture, settings):
    assert "Give a link, or choose a file." in errors(give(client, lecture))
    assert "empty" in errors(give(client, lecture, file=upload(data=b"")))
    settings.MATERIAL_MAX_MIB = 1
    big = upload(data=PDF + b"x" * 1024 * 1024)
    assert "a file has at most 1 MiB" in errors(give(client, lecture, file=big))
    settings.MATERIALS_PER_CLASS = 1
    assert give(client, lecture, file=upload()).status_code == 302
    assert "This class has 1 files already" in errors(give(client, lecture, file=upload()))
    assert give(client, lecture, href="a.pdf").status_code == 302


def test_of_a_file_that_is_far_too_big_no_more_than_the_limit_is_written(client, lecture, settings, monkeypatch):
    settings.MATERIAL_MAX_MIB, written = 5, []
    write = BoundedUploadHandler.receive_data_chunk

    def watched(handler, data, start):
        write(handler, data, start)
        written.append(handler.file.tell())

    monkeypatch.setattr(BoundedUploadHandler, "receive_data_chunk", watched)
    answer = give(client, lecture, file=upload(data=PDF + b"x" * 9 * MIB))
    assert "slides.pdf has 9.0\xa0MB, and a file has at most 5 MiB." in errors(answer)
    assert 5 * MIB < max(written) < 5.2 * MIB


def test_the_second_of_a_release_by_hand_outlives_the_form(client, lecture):
    clicked = NOW - timedelta(seconds=53)
    row = Material.objects.create(
        edition=lecture.edition, lecture=lecture, label="A", href="a.pdf", released_at=clicked
    )
    assert change(client, row, label="B").status_code == 302
    row.refresh_from_db()
    assert (row.label, row.released_at) == ("B", clicked)


def test_another_file_in_its_place_and_none(client, lecture, here, django_capture_on_commit_callbacks):
    give(client, lecture, file=upload(), href="a.pdf")
    row = Material.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        change(client, row, label="The same")
        assert Material.objects.get().file == row.file
        change(client, row, file=upload("new.pdf", PDF + b"new"))
    now = Material.objects.get()
    assert [path.name for path in (here / "materials").iterdir()] == [now.file.name.removeprefix("materials/")]
    assert (now.file_name, now.file.read()) == ("new.pdf", PDF + b"new")
    with django_capture_on_commit_callbacks(execute=True):
        change(client, row, without_file="on")
    assert (Material.objects.get().file_name, list((here / "materials").iterdir())) == ("", [])
    assert "Give a link" in errors(change(client, row, href=""))


def test_a_full_disk_is_said_and_nothing_is_written(client, lecture, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Material.file.field.storage, "_save", full)
    answer = give(client, lecture, file=upload())
    assert answer.status_code == 200
    assert "the file could not be kept (No space left on device)" in answer.content.decode()
    assert (Material.objects.count(), LogEntry.objects.count(), told(lecture.edition)) == (0, 0, False)


@pytest.mark.parametrize("kind", ["none can be opened", "it fills up"])
def test_no_room_while_it_comes_in(client, lecture, monkeypatch, settings, tmp_path, kind):
    new_file = TemporaryFileUploadHandler.new_file

    def on_a_full_disk(handler, *args, **kwargs):
        new_file(handler, *args, **kwargs)
        handler.file.file = Path("/dev/full").open("wb")  # noqa: SIM115 - as long as the upload lasts

    if kind == "it fills up":
        monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", on_a_full_disk)
    else:
        settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "gone"
    answer = give(client, lecture, file=upload(data=PDF + b"x" * 5 * MIB))
    reason = "No space left on device" if kind == "it fills up" else "No such file or directory"
    assert f"The server had no room for this file ({reason})." in errors(answer)
    assert (Material.objects.count(), LogEntry.objects.count()) == (0, 0)
    answer = client.post(
        reverse("schedule:import_readme", args=[lecture.edition.slug]), {"file": upload("README.md", b"x" * 5 * MIB)}
    )
    assert f"The server had no room for this file ({reason})." in answer.content.decode()


def test_released_and_held_back_from_the_list(client, lecture, cast):
    rows = [Material.objects.create(edition=cast.edition, label=str(n), href="a", is_held=True) for n in range(3)]
    for action, held in (("release_now", False), ("hold_back", True)):
        chosen = {"action": action, "_selected_action": [row.pk for row in rows[:2]]}
        answer = client.post(url(Material, "changelist"), chosen, follow=True)
        assert [row.is_held for row in Material.objects.order_by("pk")] == [held, held, True]
        assert "2 are" in answer.content.decode()
        assert told(cast.edition)


def test_the_list_says_from_when(client, lecture, cast):
    for n, when in enumerate(({}, {"is_held": True}, {"released_at": LATER})):
        Material.objects.create(edition=cast.edition, label=str(n), href="a", **when)
    page = client.get(url(Material, "changelist")).content.decode()
    for said in (">yes<", ">not yet: held back<", ">from Fri 20 February, 14:00<"):
        assert said in page


def test_what_was_told_and_moves_is_told_again_only_on_demand(client, lecture):
    give(client, lecture, href="a.pdf")
    row = Material.objects.get()
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        change(client, row, released_at_day="2026-02-23")
        assert not Material.objects.get().tells_students
        change(client, row, tells_students="on")
        assert Material.objects.get().tells_students


def test_a_correction_of_what_is_there_releases_and_tells_nothing(client, lecture):
    row = Material.objects.create(edition=lecture.edition, lecture=lecture, label="Old", href="a.pdf")
    change(client, row, label="New")
    row.refresh_from_db()
    assert (row.label, row.released_at, row.is_public, row.tells_students) == ("New", None, True, False)


def test_of_another_course_nothing(client, lecture):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    theirs = Lecture.objects.create(edition=other, title="Theirs")
    assert "Select a valid choice" in errors(give(client, theirs, href="a.pdf"))
    client.force_login(enrol(other, "otto", "instructor").user)
    row = Material.objects.create(edition=lecture.edition, lecture=lecture, label="Ours", href="a.pdf")
    assert client.get(url(Material, "change", row.pk)).status_code == 404
    chosen = {"action": "hold_back", "_selected_action": [row.pk]}
    client.post(url(Material, "changelist"), chosen)
    assert not Material.objects.get(pk=row.pk).is_held


def test_the_page_of_a_class_leads_there(client, lecture):
    page = client.get(reverse("schedule:lecture_page", args=[lecture.edition.slug, lecture.pk])).content.decode()
    address = f"{ADD}?edition={lecture.edition.pk}&amp;lecture={lecture.pk}"
    assert address in page
    form = Form(client.get(address.replace("&amp;", "&")).content.decode()).data
    assert (form["edition"], form["lecture"]) == ([str(lecture.edition.pk)], [str(lecture.pk)])


def test_a_new_class_brings_a_file_with_it(client, lecture):
    page = reverse("admin:schedule_lecture_add")
    typed = {"edition": lecture.edition_id, "title": "New", "materials-0-label": "Lab", "materials-0-file": upload()}
    assert submit(client, page, **typed).status_code == 302
    row = Material.objects.get()
    assert (row.lecture.title, row.edition, row.file_name) == ("New", lecture.edition, "slides.pdf")


@pytest.mark.parametrize("name", ["label", "materials-0-label"], ids=["by itself", "under its class"])
def test_a_file_that_was_replaced_meanwhile_stays(client, lecture, monkeypatch, name):
    give(client, lecture, file=upload())
    row = Material.objects.get()
    settle = MaterialForm.settle_release

    def meanwhile(form, cleaned):
        Material.objects.filter(pk=row.pk).update(file="materials/other", file_name="other.pdf", is_public=True)
        settle(form, cleaned)

    monkeypatch.setattr(MaterialForm, "settle_release", meanwhile)
    page = url(Lecture, "change", lecture.pk) if "-" in name else url(Material, "change", row.pk)
    assert submit(client, page, **{name: "Another"}).status_code == 302
    row.refresh_from_db()
    assert (row.label, row.file.name, row.file_name, row.is_public) == ("Another", "materials/other", "other.pdf", True)
