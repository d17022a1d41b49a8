"""What the admin must not answer: letters of secrets, other editions, roles of another course, a lost race."""

import pytest
from django.contrib import admin
from django.db import models
from django.urls import reverse

from coursesite.forms import EnrolmentForm
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.outbox import QueuedEmail
from exams.models import CaseStudy
from projects.models import Milestone
from schedule.models import CultureItem, Lecture, LogisticsItem, Resource, Section
from tests.cast import enrol

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def listed(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def added(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


@pytest.fixture
def other(cast) -> CourseEdition:
    return CourseEdition.objects.create(title="Other", code="OTHER1", year=2026, slug="other")


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_a_list_can_only_be_asked_what_its_filters_offer(client, cast, model):
    """?password__startswith=a, letter by letter, would tell a hash; ?text__contains= a code that somebody waits for."""
    client.force_login(cast.ines)
    registered = admin.site._registry[model]
    offered = {str(entry[0] if isinstance(entry, tuple) else entry) for entry in registered.list_filter}
    offered.add(str(registered.date_hierarchy))
    asked = [field for field in model._meta.concrete_fields if field.name not in offered]
    assert asked
    for field in asked:
        for lookup in ("", "__startswith", "__isnull"):
            assert client.get(listed(model), {f"{field.name}{lookup}": "1"}).status_code == 400, field.name
    for path in ("enrolments__user__password__startswith", "edition__enrolments__user__password__startswith"):
        assert client.get(listed(model), {path: "1"}).status_code == 400


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Enrolment, {"role__exact": "student"}),
        (QueuedEmail, {"state__exact": "failed"}),
        (QueuedEmail, {"created_at__year": "2026"}),
        (Lecture, {"is_missing__exact": "0"}),
    ],
)
def test_what_the_filters_offer_is_answered(client, cast, model, query):
    client.force_login(cast.ines)
    assert client.get(listed(model), query).status_code == 200
    assert client.get(listed(Enrolment), {"edition__id__exact": cast.edition.pk}).status_code == 200


def test_the_filter_of_editions_offers_one_s_own(client, cast, other):
    third = CourseEdition.objects.create(title="Third", code="THIRD1", year=2026, slug="third")
    Enrolment.objects.create(edition=other, user=cast.ines, role=Enrolment.Role.INSTRUCTOR)
    client.force_login(cast.ines)
    page = client.get(listed(Lecture)).content.decode()
    assert f"?edition__id__exact={other.pk}" in page
    assert f"?edition__id__exact={third.pk}" not in page and "THIRD1" not in page


def test_who_teaches_one_course_and_assists_in_another_is_each_in_its_place(client, cast, other):
    Enrolment.objects.create(edition=other, user=cast.ines, role=Enrolment.Role.TEACHING_ASSISTANT)
    Lecture.objects.create(edition=other, title="Not hers")
    client.force_login(cast.ines)
    form = client.get(added(Lecture)).context["adminform"].form
    assert list(form.fields["edition"].queryset) == [cast.edition]
    answer = client.post(added(Lecture), {"title": "Slipped in", "edition": other.pk, "position": 0})
    assert answer.status_code == 200 and "edition" in answer.context["adminform"].form.errors
    assert "Not hers" not in client.get(listed(Lecture)).content.decode()
    milestones = client.get(added(Milestone)).context["adminform"].form
    assert set(milestones.fields["edition"].queryset) == {cast.edition, other}


def test_a_role_holds_from_the_next_request(client, cast):
    client.force_login(cast.ines)
    mine = Enrolment.objects.filter(user=cast.ines)
    assert client.get(listed(Enrolment)).status_code == 200
    mine.update(role=Enrolment.Role.TEACHING_ASSISTANT)
    assert [client.get(listed(model)).status_code for model in (Enrolment, Milestone)] == [404, 200]
    mine.update(role=Enrolment.Role.STUDENT)
    assert client.get(reverse("admin:index")).status_code == 404
    mine.update(role=Enrolment.Role.INSTRUCTOR)
    assert client.get(listed(Enrolment)).status_code == 200


def test_there_is_no_page_that_leads_to_any_row_s_address(client, cast, other):
    client.force_login(cast.ines)
    assert client.get(f"/admin/r/1/{other.pk}/").status_code == 404


def test_a_save_that_somebody_else_came_before_is_said(client, cast, monkeypatch):
    monkeypatch.setattr(EnrolmentForm, "clean", lambda form: form.cleaned_data)  # it had looked a moment earlier
    client.force_login(cast.ines)
    typed = {"edition": cast.edition.pk, "email": "alice@example.org", "role": "student"}
    page = client.post(added(Enrolment), typed, follow=True)
    assert "somebody else changed the same just now" in page.content.decode()
    assert Enrolment.objects.filter(edition=cast.edition).count() == 7


def test_a_person_is_added_by_address_known_to_the_site_or_not(client, cast):
    client.force_login(cast.ines)
    for email in ("EVE@example.org", "frank@example.org"):
        typed = {"edition": cast.edition.pk, "email": email, "first_name": "X", "role": "student"}
        assert client.post(added(Enrolment), typed)["Location"] == listed(Enrolment)
    names = Enrolment.objects.filter(edition=cast.edition).values_list("user__email", "user__first_name")
    assert {("eve@example.org", "Eve"), ("frank@example.org", "X")} <= set(names)
    again = client.post(added(Enrolment), typed)
    assert "on the roster already" in again.content.decode()


def test_an_address_is_kept_in_small_letters(client, cast):
    client.force_login(cast.ines)
    page = reverse("admin:coursesite_user_change", args=[cast.alice.pk])
    answer = client.post(page, {"email": "Alice.New@Example.org", "language": "en-gb"})
    assert answer.status_code == 302
    cast.alice.refresh_from_db()
    assert cast.alice.email == "alice.new@example.org"


def test_who_runs_the_site_closes_an_account(client, cast):
    client.force_login(User.objects.create_superuser("root@example.org"))
    page = reverse("admin:coursesite_user_change", args=[cast.alice.pk])
    client.post(page, {"email": "alice@example.org", "language": "en-gb"})  # "active" is not ticked
    cast.alice.refresh_from_db()
    assert not cast.alice.is_active


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"taught_on": "01/01/0001"}, "Choose a year from 2000 to 2099."),
        ({"taught_on": "31/12/9999"}, "Choose a year from 2000 to 2099."),
        ({"taught_on": "02/02/2026", "ends_on": "01/02/2026"}, "The end cannot be before the start."),
        ({"begins": "11:00", "ends": "10:00"}, "The end cannot be before the start."),
        ({"taught_on": "31/02/2026"}, "Enter a valid date."),
        ({"title": "x" * 301}, "at most 300 characters"),
        ({"title": "a\x00b"}, "Null characters are not allowed."),
    ],
)
def test_dates_and_words_that_cannot_be_are_said(client, cast, typed, words):
    client.force_login(cast.ines)
    rows = dict.fromkeys(("materials-TOTAL_FORMS", "materials-INITIAL_FORMS"), 0)
    answer = client.post(added(Lecture), {"edition": cast.edition.pk, "title": "T", "position": 0} | rows | typed)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Lecture.objects.exists()


@pytest.mark.parametrize(
    ("model", "name"),
    [
        *((model, "text") for model in (Section, CultureItem, LogisticsItem, Milestone, CaseStudy)),
        *((Resource, "details"), (Lecture, "notes"), (CaseStudy, "asked")),
    ],
)
def test_a_text_has_an_end(client, cast, model, name):
    client.force_login(cast.ines)
    told = "at most 100000 characters (it has 100001)"
    for length, is_told in ((100_000, False), (100_001, True)):
        errors = client.post(added(model), {name: "x" * length}).context["adminform"].form.errors
        assert (told in str(errors.get(name))) == is_told


def failed(edition: CourseEdition | None, key: str) -> QueuedEmail:
    return QueuedEmail.objects.create(
        key=key, kind="slot_booked", edition=edition, to_address="x@example.org", state=QueuedEmail.State.FAILED
    )


def test_failed_mails_wait_for_the_staff_of_their_edition(client, cast, other):
    failed(cast.edition, "1")
    failed(other, "2")
    failed(None, "3")
    root = User.objects.create_superuser("root@example.org")
    boss = enrol(other, "boss", Enrolment.Role.INSTRUCTOR).user
    for user, words, count in ((cast.tina, "1 mail could", 1), (boss, "1 mail could", 1), (root, "3 mails could", 3)):
        client.force_login(user)
        assert f"{words} not be sent." in client.get(reverse("admin:index")).content.decode()
        page = client.get(listed(QueuedEmail), {"state__exact": "failed"})
        assert page.context["cl"].result_count == count
