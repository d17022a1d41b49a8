"""A README in the browser: choose the file or paste it, see what would change, apply exactly that."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from coursesite.models import CourseEdition, Enrolment, Upload
from projects.models import Milestone
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Holiday, Lecture, Sprint
from tests.benchmarks.readmes import course
from tests.cast import enrol
from tests.schedule.readme_texts import table
from tests.statements import counted

TEXT = README.read_text()
MOVED = (
    TEXT.replace("Containerisation |", "Containers |")
    .replace("| 09/03/2026 | W6", "| 10/03/2026 | W6")
    .replace("| 20/04/2026 |", "| 21/04/2026 |")
)
TITLE = "# INFO9023 - Machine Learning Systems Design [spring 2026]\n\n"


@pytest.fixture
def readme_page(client, cast) -> str:
    client.force_login(cast.ines)
    return reverse("schedule:import_readme", args=[cast.edition.slug])


@pytest.fixture
def imported(cast) -> CourseEdition:
    return apply(TEXT, cast.edition)


def apply(text: str, edition: CourseEdition) -> CourseEdition:
    return importing.apply(readme.parse(text.encode()), edition).edition


def choose(client, page: str, data: str | bytes = TEXT, name: str = "README.md"):
    content = data.encode() if isinstance(data, str) else data
    return client.post(page, {"file": SimpleUploadedFile(name, content)})


def previewed(client, page: str, data: str | bytes = TEXT) -> str:
    answer = choose(client, page, data)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def confirm(client, preview: str, **more):
    return client.post(preview, {"seal": client.get(preview).context["preview"].plan.seal} | more)


def words(answer) -> str:
    """The page's text without its tags, in one line."""
    html = answer.content.decode()
    return " ".join(strip(html).split())


def strip(html: str) -> str:
    text, inside = [], False
    for sign in html:
        inside = sign == "<" or (inside and sign != ">")
        text.append(" " if sign in "<>" else "" if inside else sign)
    return "".join(text)


def test_a_file_is_shown_before_anything_is_written(client, readme_page, cast):
    shown = words(client.get(previewed(client, readme_page)))
    assert not Lecture.objects.exists()
    for said in ("README.md, kept until", "added W2 Git &amp; CICD", "sprint: Sprint 1", "MS1", "Apply"):
        assert said in shown, said
    assert "date: Mon 2 February 2026" in shown


def test_applying_writes_it_once_and_leads_to_the_course(client, readme_page, cast):
    preview = previewed(client, readme_page)
    seal = client.get(preview).context["preview"].plan.seal
    first = client.post(preview, {"seal": seal}, follow=True)
    assert first.redirect_chain == [(readme_page, 302)]
    assert "Applied: 49 added, 0 changed, 0 moved, 0 no longer in the file." in words(first)
    assert f'<a href="{cast.edition.get_absolute_url()}">See the course</a>' in first.content.decode()
    assert "This preview is gone" in words(client.post(preview, {"seal": seal}, follow=True))
    assert Lecture.objects.filter(edition=cast.edition).count() == 12
    assert not Upload.objects.exists()
    cast.edition.refresh_from_db()
    assert cast.edition.readme.text == TEXT


def test_changed_and_moved_rows_show_what_they_were(client, readme_page, imported):
    answer = client.get(previewed(client, readme_page, MOVED))
    shown = words(answer)
    assert "0 added, 1 changed, 2 moved, 0 no longer in the file;" in shown
    assert "topic: Containerisation → Containers" in shown
    assert "date: Mon 9 March 2026 → Tue 10 March 2026" in shown
    assert "date: Mon 20 April 2026 → Tue 21 April 2026" in shown
    assert "<del>Containerisation</del> → <ins>Containers</ins>" in answer.content.decode()


def test_links_are_shown_with_their_class(client, readme_page, imported):
    text = TEXT.replace("Containerisation | |", "Containerisation | [Lecture slides](lectures/04.pdf) |")
    text = text.replace("[Lecture slides](lectures/02_git_cicd.pdf)", "")
    shown = words(client.get(previewed(client, readme_page, text)))
    assert "added W4 Containerisation: Lecture slides" in shown
    assert "missing W2 Git &amp; CICD: Lecture slides" in shown
    assert "0 added, 2 changed" in shown


def test_missing_rows_and_those_that_are_back(client, readme_page, imported):
    without = "\n".join(line for line in TEXT.split("\n") if "Microservices" not in line)
    preview = previewed(client, readme_page, without)
    assert "No longer in the file: kept, marked, and not shown." in words(client.get(preview))
    assert confirm(client, preview).status_code == 302
    assert Lecture.objects.get(week="W7").is_missing
    assert "Back in the file: shown again." in words(client.get(previewed(client, readme_page)))


def test_what_was_changed_on_the_site_stays_and_is_shown(client, readme_page, imported):
    Lecture.objects.filter(week="W4").update(title="Containers, by hand")
    CourseEdition.objects.update(title="By hand")
    text = TEXT.replace("Containerisation |", "Docker |").replace("Systems Design", "Systems")
    preview = previewed(client, readme_page, text)
    shown = words(client.get(preview))
    assert "stays W4 Containers, by hand" in shown
    assert "topic: “Containers, by hand” was changed on the site and stays; the file says “Docker”." in shown
    assert "title: “By hand” was changed on the site and stays; the file says “Machine Learning Systems”." in shown
    confirm(client, preview)
    assert Lecture.objects.get(week="W4").title == "Containers, by hand"


def test_a_changed_title_asks_whether_it_is_this_course(client, readme_page, imported):
    shown = words(client.get(previewed(client, readme_page, TEXT.replace("INFO9023", "INFO9999"))))
    assert "Is it the README of INFO9023 spring 2026?" in shown
    assert "course code: INFO9023 → INFO9999" in shown
    imported.refresh_from_db()
    assert imported.code == "INFO9023"


def test_warnings_stand_beside_their_lines(client, readme_page, imported):
    number = next(n for n, line in enumerate(TEXT.split("\n"), 1) if "| W5 " in line)
    text = TEXT.replace("| 02/03/2026 | W5", "| 31/02/2026 | W5")
    answer = client.get(previewed(client, readme_page, text))
    row = answer.content.decode().split("31/02/2026")[0].rsplit("<tr>", 1)[1]
    assert f"Line {number}</strong>" in row
    assert "One row below comes with a warning." in words(answer)
    again = words(client.get(previewed(client, readme_page, TEXT + "\n[nowhere]()\n")))
    assert "What else the reader noticed" in again
    assert "[nowhere]()" in again


def test_the_same_file_changes_nothing_and_has_no_button(client, readme_page, imported):
    answer = client.get(previewed(client, readme_page))
    assert "Nothing would change" in words(answer)
    assert 'name="seal"' not in answer.content.decode()


def test_a_text_that_changes_no_row_is_kept(client, readme_page, imported):
    preview = previewed(client, readme_page, TEXT + "\n\n")
    assert "No row changes: the site keeps the new text of the file." in words(client.get(preview))
    confirm(client, preview)
    imported.refresh_from_db()
    assert imported.readme.text == TEXT + "\n\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_pasted_text_is_the_file_to_the_last_byte(client, readme_page, cast, ends):
    apply(TEXT.replace("\n", ends), cast.edition)
    pasted = client.post(readme_page, {"text": TEXT.replace("\n", "\r\n")})
    assert "Nothing would change" in words(client.get(pasted["Location"]))


def test_a_pasted_text_is_applied(client, readme_page, cast):
    preview = client.post(readme_page, {"text": TEXT})["Location"]
    assert "Pasted text, kept until" in words(client.get(preview))
    confirm(client, preview)
    assert Lecture.objects.count() == 12


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (TEXT.encode("utf-16"), "Line 1 is not UTF-8 text. Save the file as UTF-8"),
        (TEXT.encode() + "é".encode("latin-1"), "is not UTF-8 text"),
        (TEXT.encode() + b"x" * 1024 * 1024, "larger than 1 MiB"),
        (TEXT.encode() + b"x" * 5 * 1024 * 1024, "larger than 1 MiB"),
        (b"# A course\n\nNo table.\n", "No schedule was found. Add a table"),
        (b"", "This file is empty."),
        (table("Date | Topic", "{{ date }} | One", "{{ date }} | Two").encode(), "filled in by a template"),
    ],
)
def test_what_cannot_be_read_is_said_and_not_kept(client, readme_page, data, sentence):
    refused = choose(client, readme_page, data)
    assert refused.status_code == 400
    assert sentence in words(refused)
    assert not Upload.objects.exists()
    assert not Lecture.objects.exists()


def test_an_error_shows_its_line_and_the_pasted_text_comes_back(client, readme_page):
    text = table("Date | Topic", "{{ date }} | One", "{{ date }} | Two")
    html = client.post(readme_page, {"text": text}).content.decode()
    assert "<strong>Line 7</strong> <code>| {{ date }} | One |</code>" in html
    assert f'aria-describedby="id_text_helptext" id="id_text">\r\n{text}</textarea>' in html.replace(
        "\n# C101", "\r\n# C101", 1
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [({}, "Choose the file, paste its text or name its repository."), ({"text": TEXT, "file": True}, "one of them")],
)
def test_either_a_file_or_its_text(client, readme_page, data, sentence):
    if "file" in data:
        data = data | {"file": SimpleUploadedFile("README.md", TEXT.encode())}
    answer = client.post(readme_page, data)
    assert answer.status_code == 400
    assert sentence in words(answer)


def test_day_or_month_first_is_asked_with_its_line(client, readme_page, cast):
    preview = previewed(client, readme_page, table("Date | Topic", "02/03 | One", "04/05 | Two", title=TITLE))
    asked = client.get(preview)
    assert "<strong>Line 7</strong> <code>| 02/03 | One |</code>" in asked.content.decode()
    assert 'name="seal"' not in asked.content.decode()
    assert list(asked.context["answers"].fields) == ["order"]
    assert client.post(preview, {"seal": "x"}).status_code == 409
    answered = f"{preview}?order=month"
    assert "date: Tue 3 February 2026" in words(client.get(answered))
    assert confirm(client, answered).status_code == 302
    assert str(Lecture.objects.earliest("position").taught_on) == "2026-02-03"


def test_another_answer_is_another_plan(client, readme_page):
    preview = previewed(client, readme_page, table("Date | Topic", "02/03 | One", "04/05 | Two", title=TITLE))
    seal = client.get(f"{preview}?order=month").context["preview"].plan.seal
    assert client.post(f"{preview}?order=day", {"seal": seal}).status_code == 409
    assert not Lecture.objects.exists()


def test_the_year_is_asked_and_its_own_is_offered(client, readme_page):
    preview = previewed(
        client, readme_page, table("Date | Topic", "02/03 | One", "14/03 | Two", title="# A course\n\n")
    )
    asked = client.get(preview)
    assert list(asked.context["answers"].fields) == ["year"]
    assert 'value="2026"' in asked.content.decode()
    assert "ensure this value is greater" in words(client.get(f"{preview}?year=1926")).lower()
    assert confirm(client, f"{preview}?year=2026").status_code == 302
    assert str(Lecture.objects.earliest("position").taught_on) == "2026-03-02"


def test_both_questions_follow_each_other(client, readme_page):
    preview = previewed(
        client, readme_page, table("Date | Topic", "02/03 | One", "04/05 | Two", title="# A course\n\n")
    )
    asked = client.get(f"{preview}?order=day")
    assert list(asked.context["answers"].fields) == ["year", "order"]
    assert '<option value="day" selected>' in asked.content.decode()
    assert "date: Mon 2 March 2026" in words(client.get(f"{preview}?order=day&year=2026"))


def test_a_year_that_cannot_be_right_is_an_error(client, readme_page, cast):
    CourseEdition.objects.update(year=2100)
    preview = previewed(client, readme_page)
    assert "The year 2100 cannot be right" in words(client.get(preview))
    assert client.post(preview, {"seal": "x"}).status_code == 409
    assert not Lecture.objects.exists()


LAST_YEAR_S = TITLE.replace("2026", "2027")
ROWS = ("02/02/2026 | One", "09/02/2026 | Two", "16/02/2026 | Three")
CONFLICT = "| 02/03/2026 | MS 1 presentation |\n\n## Milestones\n\n- **MS1**: on the 9th of March 2026\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (table("Date | Topic", *ROWS, title=LAST_YEAR_S), "edition-year-mismatch"),
        (
            table("Date | Topic", *ROWS, "02/02/2026 | Four", "09/02/2026 | Five", "16/02/2026 | Six", title=TITLE),
            "duplicate-date",
        ),
        (table("Date | Topic", *ROWS, title=TITLE) + CONFLICT, "milestone-conflict"),
    ],
)
def test_what_a_person_must_have_seen_is_ticked(client, readme_page, text, name):
    preview = previewed(client, readme_page, text)
    assert list(client.get(preview).context["preview"].questions) == [name]
    refused = confirm(client, preview, tick="something-else")
    assert refused.status_code == 409
    assert "Nothing was written: tick each box" in words(refused)
    assert not Lecture.objects.exists()
    assert confirm(client, preview, tick=name).status_code == 302
    assert Lecture.objects.exists()


def test_a_tick_that_was_set_comes_back(client, readme_page):
    text = table("Date | Topic", *ROWS, title=LAST_YEAR_S) + CONFLICT
    preview = previewed(client, readme_page, text)
    html = confirm(client, preview, tick="milestone-conflict").content.decode()
    assert re.findall(r'value="([a-z-]+)" id="tick-[^>]* checked>', html) == ["milestone-conflict"]
    assert html.count('name="tick"') == 2


def test_a_fifth_of_the_rows_missing_is_ticked(client, readme_page, imported):
    lines = [line for line in TEXT.split("\n") if not any(f"| W{n} " in line for n in range(5, 10))]
    preview = previewed(client, readme_page, "\n".join(lines))
    assert "5 of 18 rows of the schedule" in words(client.get(preview))
    assert confirm(client, preview).status_code == 409
    assert not Lecture.objects.filter(is_missing=True).exists()
    assert confirm(client, preview, tick="many-missing").status_code == 302
    assert Lecture.objects.filter(is_missing=True).count() == 5


def test_a_site_that_changed_meanwhile_is_shown_anew(client, readme_page, imported):
    preview = previewed(client, readme_page, MOVED)
    seal = client.get(preview).context["preview"].plan.seal
    Lecture.objects.filter(week="W4").update(title="By hand")
    late = client.post(preview, {"seal": seal})
    assert late.status_code == 409
    assert "the site has changed since you looked" in words(late)
    assert "“By hand” was changed on the site and stays" in words(late)
    assert not Holiday.objects.filter(starts_on="2026-04-21").exists()
    assert confirm(client, preview).status_code == 302
    assert Lecture.objects.get(week="W4").title == "By hand"
    assert Holiday.objects.filter(starts_on="2026-04-21").exists()


def test_two_instructors_at_once_apply_it_once(client, readme_page, imported):
    previews = {}
    for person in (
        imported.enrolments.get(user__email="ines@example.org"),
        enrol(imported, "olga", Enrolment.Role.INSTRUCTOR),
    ):
        client.force_login(person.user)
        preview = previewed(client, readme_page, MOVED)
        previews[person.user] = (preview, client.get(preview).context["preview"].plan.seal)
    answers = []
    for user, (preview, seal) in previews.items():
        client.force_login(user)
        answers.append(client.post(preview, {"seal": seal}))
    assert [answer.status_code for answer in answers] == [302, 409]
    assert "the site says all of this by now" in words(answers[1])
    assert Lecture.objects.count() == 12


def test_what_somebody_makes_by_hand_in_that_moment_is_no_failure(client, readme_page, imported, monkeypatch):
    """The form in the admin does not wait for the import."""
    preview = previewed(client, readme_page, TEXT.replace("Sprint 6", "Sprint 7"))
    seal = client.get(preview).context["preview"].plan.seal
    real = importing.write

    def late(made):
        Sprint.objects.create(edition=imported, label="Sprint 7")
        real(made)

    monkeypatch.setattr(importing, "write", late)
    assert client.post(preview, {"seal": seal}).status_code == 409


@pytest.mark.parametrize("forged", [{}, {"seal": ""}, {"seal": "0" * 64}])
def test_nothing_is_applied_that_was_not_shown(client, readme_page, forged):
    assert client.post(previewed(client, readme_page), forged).status_code == 409
    assert not Lecture.objects.exists()


def test_a_session_that_ended_loses_no_preview(client, readme_page, cast):
    preview = previewed(client, readme_page)
    seal = client.get(preview).context["preview"].plan.seal
    client.logout()
    sent_away = client.post(preview, {"seal": seal})
    assert sent_away["Location"] == f"{reverse('account_login')}?next={preview}"
    assert not Lecture.objects.exists()
    client.force_login(cast.ines)
    assert confirm(client, preview).status_code == 302


def test_a_preview_is_its_owner_s_and_ends_after_a_day(client, readme_page, cast):
    preview = previewed(client, readme_page)
    client.force_login(enrol(cast.edition, "olga", Enrolment.Role.INSTRUCTOR).user)
    assert client.get(preview)["Location"] == readme_page
    client.force_login(cast.ines)
    assert client.get(preview).status_code == 200
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    late = client.post(preview, {"seal": "x"}, follow=True)
    assert late.redirect_chain == [(readme_page, 302)]
    assert "is older than a day" in words(late)
    assert not Lecture.objects.exists()


@pytest.mark.parametrize("name", ["alice", "tina", "eve", "boss"])
def test_only_its_instructors_have_the_page(client, readme_page, cast, name):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    cast.boss = enrol(other, "boss", Enrolment.Role.INSTRUCTOR).user
    preview = previewed(client, readme_page)
    client.force_login(getattr(cast, name))
    assert [client.get(path).status_code for path in (readme_page, preview)] == [404, 404]
    assert choose(client, readme_page).status_code == 404
    assert client.post(preview, {"seal": "x"}).status_code == 404


def test_a_visitor_is_led_to_sign_in(client, readme_page):
    client.logout()
    assert client.get(readme_page)["Location"] == f"{reverse('account_login')}?next={readme_page}"


def test_the_role_of_now_decides(client, readme_page, cast):
    preview = previewed(client, readme_page)
    seal = client.get(preview).context["preview"].plan.seal
    Enrolment.objects.filter(user=cast.ines).update(role=Enrolment.Role.TEACHING_ASSISTANT)
    assert client.post(preview, {"seal": seal}).status_code == 404
    assert not Lecture.objects.exists()


def test_what_is_typed_into_a_file_is_text_on_the_page(client, readme_page):
    evil = "<script>alert(1)</script>"
    text = table("Date | Topic", f"02/02/2026 | {evil}x", f"99/99/2026 | {evil}", title=f"# {evil} [spring 2026]\n\n")
    preview = choose(client, readme_page, text, f"{evil}.md")["Location"]
    assert "<script>alert" not in client.get(preview).content.decode()
    bad = client.post(readme_page, {"text": f"{evil}\n</textarea>{evil}"})
    assert "<script>alert" not in bad.content.decode()


def test_looking_writes_nothing_and_takes_as_many_queries_for_15_and_200_rows(client, readme_page, cast):
    numbers = {}
    for first, rows in ((True, 15), (False, 200)):
        preview = previewed(client, readme_page, course(rows))
        client.get(preview)
        with counted() as statements:
            html = client.get(preview).content.decode()
        assert f"Topic {rows}" in html
        assert not [sql for sql in statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
        numbers[rows] = len(statements)
        if first:
            apply(course(15), cast.edition)  # the second file is compared with rows that are there
            Milestone.objects.create(edition=cast.edition, number=1)
    assert numbers == {15: 19, 200: 19}


def test_the_admin_leads_there(client, readme_page, cast):
    change = reverse("admin:coursesite_courseedition_change", args=[cast.edition.pk])
    for page in (reverse("admin:index"), reverse("admin:coursesite_courseedition_changelist"), change):
        assert f'href="{readme_page}"' in client.get(page).content.decode(), page
    client.force_login(cast.tina)
    assert readme_page not in client.get(reverse("admin:index")).content.decode()


def test_an_empty_schedule_leads_its_instructor_there(client, readme_page, cast):
    schedule = reverse("schedule:schedule", args=[cast.edition.slug])
    assert f'href="{readme_page}"' in client.get(schedule).content.decode()
    client.force_login(cast.tina)
    assert readme_page not in client.get(schedule).content.decode()


def test_a_pasted_text_may_be_too_large(client, readme_page):
    refused = client.post(readme_page, {"text": TEXT + "x" * 1024 * 1024})
    assert refused.status_code == 400
    assert "larger than 1 MiB" in words(refused)
    assert not Upload.objects.exists()


def test_a_thousand_warnings_are_a_page_of_a_few(client, readme_page, cast):
    rows = [f"{n % 28 + 1:02d}/02/2026 | W1 | T{n} | [x]()" for n in range(1_500)]
    text = table("Date | Week | Topic | Material", *rows, title=TITLE)
    shown = client.get(previewed(client, readme_page, text))
    assert "The first 200 of 1500." in words(shown)
    assert len(shown.content) < 1_000_000
