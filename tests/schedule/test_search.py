"""Search over titles and materials: by words, without case and accents, and nobody finds what is not theirs."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from coursesite.models import CourseEdition, Enrolment
from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Lecture, Material, Section
from schedule.search import LONGEST, words_of
from tests.cast import enrol
from tests.statements import counted

WHERE = "/info9023-2026/search/"


@pytest.fixture
def seed(db) -> CourseEdition:
    return importing.apply(readme.parse(README.read_bytes()), confirmed=True).edition


def found(client, asked: str) -> dict[str, list[str]]:
    answer = client.get(WHERE, {"q": asked})
    assert answer.status_code == 200
    return {group.kind: [str(hit.title) for hit in group.hits] for group in answer.context["groups"]}


def test_every_kind_is_found_and_marked(client, seed):
    assert found(client, "git") == {
        "Classes": ["<mark>Git</mark> &amp; CICD"],
        "Materials": ["Lab1", "Lecture slides"],
    }
    assert found(client, "slot between")["Milestones"] == ["MS1", "MS2"]
    assert "Resources" in found(client, "mlops")
    assert found(client, "oral exam")["On the course page"] == ["<mark>Exam</mark>"]


def test_every_word_counts_and_titles_come_first(client, seed):
    lecture = Lecture.objects.get(edition=seed, week="W7")
    lecture.notes = "Git once more, and CICD"
    lecture.save()
    assert found(client, "cicd GIT")["Classes"] == ["<mark>Git</mark> &amp; <mark>CICD</mark>", "Microservices"]
    assert found(client, "git aubergine") == {}


@pytest.mark.parametrize("asked", ["modèles", "MODELES", "modeles", "Modèles déployés", "deploy"])
def test_case_and_accents_do_not_count(client, seed, asked):
    Lecture.objects.create(edition=seed, title="Modèles déployés", taught_on=date(2026, 5, 1))
    assert len(found(client, asked)["Classes"]) == 1


@pytest.mark.parametrize("asked", ["%", "_", "\\", "100%", "a_b"])
def test_signs_stand_for_themselves(client, seed, asked):
    assert found(client, asked).get("Classes") is None
    Lecture.objects.create(edition=seed, title=f"Before {asked} after")
    assert len(found(client, asked)["Classes"]) == 1


def test_nothing_asked_and_nothing_found_say_what_to_do(client, seed):
    assert "Classes, materials, milestones" in client.get(WHERE).content.decode()
    page = client.get(WHERE, {"q": "aubergine risotto"}).content.decode()
    assert "Nothing here has “aubergine risotto”." in page
    assert "try fewer of them" in page


def test_what_is_asked_is_short_and_comes_back_harmless(client, seed):
    page = client.get(WHERE, {"q": "<script>alert(1)</script>\x00"}).content.decode()
    assert "<script>alert" not in page
    assert len(client.get(WHERE, {"q": "x" * 10_000}).context["asked"]) == LONGEST
    assert len(words_of(" ".join(map(str, range(50))))) == 8


def test_a_title_with_markup_is_text(client, seed):
    Lecture.objects.create(edition=seed, title="<b>Bold</b> things")
    assert found(client, "bold")["Classes"] == ["&lt;b&gt;<mark>Bold</mark>&lt;/b&gt; things"]


def test_what_is_not_released_or_not_public_is_found_by_who_may_see_it(client, seed):
    lecture = Lecture.objects.get(edition=seed, week="W1")
    tomorrow = timezone.now() + timedelta(days=1)
    for label, more in (
        ("Secret later", {"released_at": tomorrow}),
        ("Secret held", {"is_held": True}),
        ("Secret inside", {"is_public": False}),
    ):
        Material.objects.create(edition=seed, lecture=lecture, label=label, href="https://example.org/", **more)
    seen = {}
    for who, role in (("", None), ("alice", Enrolment.Role.STUDENT), ("tina", Enrolment.Role.TEACHING_ASSISTANT)):
        if role:
            client.force_login(enrol(seed, who, role).user)
        titles = found(client, "secret").get("Materials", [])
        seen[who] = [title.replace("<mark>Secret</mark> ", "") for title in titles]
    assert seen == {"": [], "alice": ["inside"], "tina": ["later", "held", "inside"]}


def test_what_is_missing_and_what_is_another_edition_s_is_not_found(client, seed, db):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    Lecture.objects.create(edition=other, title="Git elsewhere")
    lecture = Lecture.objects.get(edition=seed, week="W2")
    Lecture.objects.filter(pk=lecture.pk).update(is_missing=True)
    assert found(client, "git") == {}


def test_as_many_queries_for_one_row_as_for_three_hundred(client, seed):
    client.get(WHERE, {"q": "exam"})
    with counted() as few:
        client.get(WHERE, {"q": "exam"})
    Lecture.objects.bulk_create(Lecture(edition=seed, title=f"Example {n}") for n in range(300))
    Section.objects.bulk_create(Section(edition=seed, title=f"Example {n}", text="Words") for n in range(30))
    with counted() as many:
        page = client.get(WHERE, {"q": "exam"}).content.decode()
    assert len(few) == len(many) == 11
    assert "The first 50 of 300." in page


def test_the_field_stands_on_every_page_of_the_course(client, seed):
    page = client.get("/info9023-2026/schedule/").content.decode()
    assert '<form class="site-search" role="search" action="/info9023-2026/search/">' in page
