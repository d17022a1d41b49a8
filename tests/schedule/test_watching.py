"""A watched README: its changes are told as a plan, once, and never applied; trouble is told once as well."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from coursesite import todo
from coursesite.models import CourseEdition, Readme
from coursesite.outbox import QueuedEmail
from schedule import importing, readme, tasks, watching
from schedule.management.commands.demo import README
from schedule.models import Lecture, ReadmeSource
from schedule.repositories import Fetched, NotFetched, Source
from tests.letters import letter
from tests.schedule.test_repositories import commit, repository

__all__ = ["repository"]  # a fixture

TEXT = README.read_bytes()
MOVED = TEXT.replace(b"Containerisation |", b"Containers |").replace(b"| 09/03/2026 | W6", b"| 10/03/2026 | W6")
NIGHT = datetime(2026, 2, 20, 3, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def watched(cast, repository: Path, client) -> Path:
    """The course is imported, and its repository is watched from the page."""
    importing.apply(readme.parse(TEXT), cast.edition)
    client.force_login(cast.ines)
    page = reverse("schedule:import_readme", args=[cast.edition.slug])
    assert client.post(page, {"repository": str(repository), "is_watched": "on"}).status_code == 302
    ReadmeSource.objects.update(checked_at=NIGHT - DAY)
    return repository


def told() -> list[QueuedEmail]:
    return list(QueuedEmail.objects.filter(kind__startswith="readme_").order_by("pk"))


def test_a_change_is_told_once_as_a_plan_and_nothing_is_applied(watched, cast):
    commit(watched, README_md=MOVED)
    before = list(Lecture.objects.values())
    assert [watching.look_at_all(NIGHT + n * DAY) for n in range(3)] == [1, 1, 1]
    (mail,) = told()
    assert mail.recipient == cast.ines
    said = letter(mail)
    assert said.subject == "INFO9023 spring 2026: the README has changed"
    for words in (
        "0 added, 1 changed, 1 moved, 0 no longer in the file.",
        "~ Lectures: W4 Containerisation (topic: Containerisation → Containers)",
        "> Lectures: W6 Model serving (date: Mon 9 March 2026 → Tue 10 March 2026)",
        "/info9023-2026/readme/",
    ):
        assert words in said.text
    assert list(Lecture.objects.values()) == before
    assert Readme.objects.get().text == TEXT.decode()
    assert [item.sentence for item in todo.collect(cast.ines, NIGHT) if "README" in item.sentence] == [
        "INFO9023 spring 2026: the watched README has changed."
    ]
    assert not [item for item in todo.collect(cast.tina, NIGHT) if "README" in item.sentence]


def test_each_text_is_told_and_one_that_was_imported_is_not(watched, cast):
    for number, text in enumerate((MOVED, TEXT, MOVED, MOVED.replace(b"Containers", b"Boxes"))):
        commit(watched, README_md=text)
        watching.look_at_all(NIGHT + number * DAY)
    assert len(told()) == 2  # a text that comes back is old news
    importing.apply(readme.parse(MOVED), cast.edition, confirmed=True)
    commit(watched, README_md=MOVED)
    watching.look_at_all(NIGHT + 9 * DAY)
    assert (len(told()), ReadmeSource.objects.get().has_news) == (2, False)


def test_a_file_that_cannot_be_read_is_told_with_its_line(watched):
    commit(watched, README_md=b"# C101\n\n| Date | Topic |\n|---|---|\n| {{ date }} | A |\n")
    watching.look_at_all(NIGHT)
    assert "- 5: The dates in this schedule are filled in by a template." in letter(told()[0]).text


def test_a_repository_that_is_away_is_told_once_after_some_nights(watched, cast, client):
    watched.rename(watched.with_name("gone"))
    for night in range(5):
        watching.look_at_all(NIGHT + night * DAY)
        assert len(told()) == (night >= 2)
    (mail,) = told()
    assert mail.kind == "readme_unreachable"
    assert "For 3 nights" in letter(mail).text
    assert "could not be read for 5 nights" in shown(client, cast.edition)
    assert [item for item in todo.collect(cast.ines, NIGHT) if "cannot be read" in item.sentence]
    watched.with_name("gone").rename(watched)
    watching.look_at_all(NIGHT + 5 * DAY)
    source = ReadmeSource.objects.get()
    assert (source.failures, source.problem, len(told())) == (0, "", 1)


def shown(client, edition: CourseEdition) -> str:
    html = client.get(reverse("schedule:import_readme", args=[edition.slug])).content.decode()
    return " ".join(html.split())


@pytest.mark.parametrize(
    ("checked", "now", "is_due"),
    [
        (None, NIGHT, True),
        (datetime(2026, 2, 20, 2, 5, tzinfo=UTC), NIGHT, False),  # 3.05 in Brussels: this night
        (datetime(2026, 2, 20, 1, 55, tzinfo=UTC), NIGHT, True),
        (datetime(2026, 2, 20, 2, 5, tzinfo=UTC), datetime(2026, 2, 21, 1, 55, tzinfo=UTC), False),
        (datetime(2026, 2, 10, 2, 5, tzinfo=UTC), datetime(2026, 2, 20, 18, 0, tzinfo=UTC), True),  # a beat that slept
    ],
)
def test_once_a_night(edition, checked, now, is_due):
    assert ReadmeSource(edition=edition, checked_at=checked).is_due(now) is is_due


def test_of_two_looks_at_once_one_looks(watched):
    commit(watched, README_md=MOVED)
    one, other = ReadmeSource.objects.get(), ReadmeSource.objects.get()
    assert [watching.look(one, NIGHT), watching.look(other, NIGHT)] == [True, False]
    assert len(told()) == 1


def test_the_task_looks(watched, monkeypatch):
    commit(watched, README_md=MOVED)
    monkeypatch.setattr(tasks.timezone, "now", lambda: NIGHT)
    tasks.watch_readmes()
    assert len(told()) == 1


def test_looking_now_leads_to_the_preview_and_applying_it_is_no_news_any_more(watched, cast, client):
    commit(watched, README_md=MOVED)
    watching.look_at_all(NIGHT)
    assert "is not the one that was imported" in shown(client, cast.edition)
    preview = client.post(reverse("schedule:look_at_readme", args=[cast.edition.slug]))["Location"]
    seal = client.get(preview).context["preview"].plan.seal
    client.post(preview, {"seal": seal})
    assert Lecture.objects.filter(title="Containers").exists()
    assert ReadmeSource.objects.get().has_news is False


def test_looking_now_at_what_is_gone_says_so(watched, cast, client):
    look = reverse("schedule:look_at_readme", args=[cast.edition.slug])
    commit(watched, README_md=b"no schedule")
    assert client.post(look).status_code == 400
    watched.rename(watched.with_name("gone"))
    assert "no such folder" in client.post(look, follow=True).content.decode()
    assert client.post(reverse("schedule:forget_readme", args=[cast.edition.slug])).status_code == 302
    assert not ReadmeSource.objects.exists()
    assert "No repository is watched" in client.post(look, follow=True).content.decode()
    assert Lecture.objects.exists()


@pytest.mark.parametrize("name", ["alice", "tina", "eve"])
@pytest.mark.parametrize("verb", ["look_at_readme", "forget_readme"])
def test_only_its_instructors(watched, cast, client, name, verb):
    client.force_login(getattr(cast, name))
    assert client.post(reverse(f"schedule:{verb}", args=[cast.edition.slug])).status_code == 404
    assert ReadmeSource.objects.exists()


@pytest.mark.parametrize("is_away", [False, True])
@pytest.mark.parametrize("change", ["another", "forgotten"])
def test_what_was_changed_while_git_was_at_work_stands(watched, cast, monkeypatch, change, is_away):
    def fetch(source):
        ReadmeSource.objects.all().delete()
        if change == "another":
            elsewhere = Source("https://example.org/other")
            watching.watch(cast.edition, elsewhere, b"other", NIGHT + timedelta(seconds=9))
        if is_away:
            raise NotFetched("away")
        return Fetched("README.md", MOVED)

    monkeypatch.setattr(watching, "fetch", fetch)
    monkeypatch.setattr(watching, "PATIENCE", 1)
    assert watching.look_at_all(NIGHT) == 1
    assert told() == []
    assert [(row.url, row.seen, row.failures, row.has_news) for row in ReadmeSource.objects.all()] == (
        [("https://example.org/other", watching.digest(b"other"), 0, False)] if change == "another" else []
    )


def test_one_that_fails_keeps_no_other_from_its_turn(watched, cast, monkeypatch, caplog):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    watching.watch(other, Source(str(watched)), TEXT, NIGHT - DAY)
    commit(watched, README_md=MOVED)
    news = watching.news

    def fails_for_the_first(source, data):
        if source.edition_id == cast.edition.pk:
            raise ZeroDivisionError
        return news(source, data)

    monkeypatch.setattr(watching, "news", fails_for_the_first)
    assert watching.look_at_all(NIGHT) == 2
    assert ReadmeSource.objects.get(edition=other).seen == watching.digest(MOVED)
    assert "could not be looked at" in caplog.text


def test_of_an_archive_nothing_waits(watched, cast):
    ReadmeSource.objects.update(has_news=True)
    assert any("README" in item.sentence for item in todo.collect(cast.ines, NIGHT))
    cast.edition.mark_archived(NIGHT)
    assert not any("README" in item.sentence for item in todo.collect(cast.ines, NIGHT))
