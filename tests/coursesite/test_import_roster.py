"""The class list in the admin: choose a file, see what would change, import exactly that; and take it out again."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from coursesite.models import CourseEdition, Enrolment, Upload, User
from tests.cast import enrol

LIST = "e-mail,first name\nalice@example.org,Alicia\nfrank@example.org,Frank\n"


@pytest.fixture
def roster_page(client, cast) -> str:
    client.force_login(cast.ines)
    return reverse("admin:coursesite_courseedition_roster", args=[cast.edition.pk])


def choose(client, roster_page: str, data: str | bytes = LIST, name: str = "class.csv"):
    content = data.encode() if isinstance(data, str) else data
    return client.post(roster_page, {"file": SimpleUploadedFile(name, content)})


def confirm(client, preview: str):
    return client.post(preview, {"seal": client.get(preview).context["plan"].seal})


def test_the_roster_leads_to_the_class_list(client, roster_page, cast):
    page = client.get(reverse("admin:coursesite_enrolment_changelist")).content.decode()
    assert f'<a href="{roster_page}">Import or export: {cast.edition}</a>' in page


def test_choosing_a_file_writes_nobody_and_shows_what_would_change(client, roster_page):
    chosen = choose(client, roster_page)
    assert chosen.status_code == 302
    shown = client.get(chosen["Location"])
    text = shown.content.decode()
    assert not User.objects.filter(email="frank@example.org").exists()
    for words in ("New: 1", "Changed: 1", "not in the file: 4 (they stay)", "class.csv: 2 people", "Import: 1 new, 1"):
        assert words in text
    assert "first name: Alice → <strong>Alicia</strong>" in text


def test_confirming_imports_it_once(client, roster_page, cast):
    preview = choose(client, roster_page)["Location"]
    seal = client.get(preview).context["plan"].seal
    first = client.post(preview, {"seal": seal}, follow=True)
    assert "Imported: 1 person is new, 1 was changed." in first.content.decode()
    again = client.post(preview, {"seal": seal}, follow=True)
    assert "This preview is gone" in again.content.decode()
    assert Enrolment.objects.filter(edition=cast.edition, user__email="frank@example.org").count() == 1
    assert not Upload.objects.exists()


def test_a_roster_that_changed_meanwhile_is_shown_anew(client, roster_page, cast):
    preview = choose(client, roster_page)["Location"]
    seal = client.get(preview).context["plan"].seal
    enrol(cast.edition, "frank")
    late = client.post(preview, {"seal": seal})
    assert late.status_code == 409
    assert "has changed since you looked" in late.content.decode()
    assert User.objects.get(email="alice@example.org").first_name == "Alice"
    assert confirm(client, preview).status_code == 302
    assert User.objects.get(email="alice@example.org").first_name == "Alicia"


@pytest.mark.parametrize("forged", [{}, {"seal": ""}, {"seal": "0" * 64}])
def test_nothing_is_imported_that_was_not_shown(client, roster_page, forged):
    assert client.post(choose(client, roster_page)["Location"], forged).status_code == 409
    assert not User.objects.filter(email="frank@example.org").exists()


def test_a_file_with_problems_is_listed_by_line_and_not_kept(client, roster_page):
    refused = choose(client, roster_page, "e-mail\nnobody\nann@example.org\nann@example.org")
    text = refused.content.decode()
    assert refused.status_code == 400
    assert "Line 2: This is not an e-mail address: nobody." in text
    assert "Line 4: ann@example.org is on line 3 already." in text
    assert not Upload.objects.exists()


def test_no_file_and_an_empty_one_are_said(client, roster_page):
    assert "This field is required" in client.post(roster_page).content.decode()
    assert "empty" in choose(client, roster_page, b"").content.decode()


def test_windows_1252_is_said_in_the_preview(client, roster_page):
    shown = client.get(choose(client, roster_page, "courriel;prénom\nzoe@example.org;Zoë".encode("cp1252"))["Location"])
    assert "read as Windows-1252" in shown.content.decode()
    assert "Zoë" in shown.content.decode()


def test_a_member_of_staff_in_the_file_is_pointed_out(client, roster_page):
    shown = client.get(
        choose(client, roster_page, "e-mail,role\ntina@example.org,student")["Location"]
    ).content.decode()
    assert "Line 2: tina@example.org is teaching assistant here." in shown
    assert "role: teaching assistant → <strong>student</strong>" in shown


def test_what_is_kept_of_an_account_is_said_with_its_line(client, roster_page, cast):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    Enrolment.objects.create(edition=other, user=cast.alice)
    shown = client.get(choose(client, roster_page)["Location"]).content.decode()
    assert "Kept as it is, for these people are in another course too, or run the site:" in shown
    assert "<li>Line 2: alice@example.org, first name: Alice</li>" in shown
    assert "Changed: 0" in shown


def test_who_imports_keeps_their_role(client, roster_page, cast):
    preview = choose(client, roster_page, "e-mail,role\nines@example.org,student\nfrank@example.org,")["Location"]
    shown = client.get(preview)
    assert "Line 2: Leave your role empty" in shown.content.decode()
    assert 'name="seal"' not in shown.content.decode()
    assert client.post(preview, {"seal": shown.context["plan"].seal}).status_code == 409
    assert cast.enrolments.ines.role == Enrolment.objects.get(user=cast.ines).role
    assert not User.objects.filter(email="frank@example.org").exists()


def test_what_is_typed_into_a_file_is_text_on_the_page(client, roster_page):
    name = "<script>alert(1)</script>"
    preview = choose(client, roster_page, f'e-mail,nom,"{name}"\nfrank@example.org,{name},', f"{name}.csv")["Location"]
    assert "<script>alert" not in client.get(preview).content.decode()


def test_a_preview_is_its_owner_s_and_ends_after_a_day(client, roster_page, cast):
    preview = choose(client, roster_page)["Location"]
    client.force_login(enrol(cast.edition, "olga", Enrolment.Role.INSTRUCTOR).user)
    assert client.get(preview)["Location"] == roster_page
    client.force_login(cast.ines)
    assert client.get(preview).status_code == 200
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(preview)["Location"] == roster_page


@pytest.mark.parametrize("name", ["alice", "tina", "eve", "boss"])
def test_only_its_instructors_have_the_class_list(client, roster_page, cast, name):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    cast.boss = enrol(other, "boss", Enrolment.Role.INSTRUCTOR).user
    preview = choose(client, roster_page)["Location"]
    client.force_login(getattr(cast, name))
    for path in (roster_page, preview, f"{roster_page}export/"):
        assert client.get(path).status_code == 404
    assert choose(client, roster_page).status_code == 404
    assert client.post(preview, {"seal": "x"}).status_code == 404


def test_the_role_of_now_decides(client, roster_page, cast):
    preview = choose(client, roster_page)["Location"]
    shown = client.get(preview).context["plan"].seal
    Enrolment.objects.filter(user=cast.ines).update(role=Enrolment.Role.TEACHING_ASSISTANT)
    assert client.post(preview, {"seal": shown}).status_code == 404
    assert not User.objects.filter(email="frank@example.org").exists()


def test_the_export_is_a_file_that_a_spreadsheet_opens(client, roster_page, cast):
    cast.alice.last_name = "=cmd|' /C calc'!A0"
    cast.alice.save()
    answer = client.get(f"{roster_page}export/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="roster-info9023-2026.csv"'
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "alice@example.org,Alice,'=cmd|' /C calc'!A0,,,student" in text
    assert len(text.splitlines()) == 8


def test_ten_thousand_people_are_previewed_in_a_page_of_a_few(client, roster_page):
    data = "e-mail,first name\n" + "".join(f"s{n}@example.org,S{n}\n" for n in range(10_000))
    shown = client.get(choose(client, roster_page, data)["Location"])
    text = shown.content.decode()
    assert "New: 10000" in text
    assert "The first 200 of 10" in text
    assert "10000 people are being imported…" in text
    assert len(shown.content) < 100_000
