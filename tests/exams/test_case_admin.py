"""Case studies in the admin: written on one page, declared ready, and seen by instructors alone."""

import logging

import pytest
from django.urls import reverse

from coursesite.models import CourseEdition, Enrolment
from coursesite.outbox import QueuedEmail
from exams import cases
from exams.models import CaseStudy
from exams.questions import read
from tests.cast import enrol
from tests.projects.pages import shown, signed_in

SECRET = "A chain of forty bakeries"
TWENTY = "1. Frame it.\n1.1 (8) What?\n1.2 (2) When?\n2. (10) Which data?"


def page(name: str, *args: object) -> str:
    return reverse(f"admin:exams_casestudy_{name}", args=args)


@pytest.fixture
def case(cast) -> CaseStudy:
    case = CaseStudy(edition=cast.edition, title="Loaves", text=SECRET)
    cases.keep(case, read(TWENTY))
    return case


def typed(**changes) -> dict:
    return {"title": "Loaves", "text": SECRET, "asked": TWENTY} | changes


def state(case: CaseStudy) -> str:
    case.refresh_from_db()
    return case.state


def test_one_page_makes_a_case(cast):
    response = signed_in(cast.ines).post(page("add"), typed(edition=cast.edition.pk, asked=TWENTY), follow=True)
    case = CaseStudy.objects.get()
    assert (response.status_code, case.state, cases.asked(case)) == (200, "draft", read(TWENTY))
    assert "20 / 20" in shown(response)


def test_the_page_shows_what_is_kept(cast, case):
    text = shown(signed_in(cast.ines).get(page("change", case.pk)))
    assert [words in text for words in (SECRET, "1.1 (8) What?", "2. (10) Which data?", "draft, 20 / 20")] == [True] * 4


def test_declared_ready_and_taken_back(cast, case):
    client = signed_in(cast.ines)
    response = client.post(page("change", case.pk), typed(_ready="1"), follow=True)
    assert (state(case), "“Loaves” is ready." in shown(response)) == ("ready", True)
    client.post(page("change", case.pk), typed(_draft="1"))
    assert state(case) == "draft"


def test_what_is_not_ready_is_saved_as_a_draft(cast, case):
    response = signed_in(cast.ines).post(
        page("change", case.pk), typed(asked=TWENTY.replace("(10)", "(9)"), _ready="1"), follow=True
    )
    assert state(case) == "draft"
    assert "Saved, as a draft. The parts of “Loaves” make 19 points, and a case that is ready has 20." in shown(
        response
    )


def test_a_ready_case_whose_points_change_falls_back(cast, case):
    cases.declare_ready(case)
    response = signed_in(cast.ines).post(
        page("change", case.pk), typed(asked=TWENTY.replace("(10)", "(9)")), follow=True
    )
    assert state(case) == "draft"
    assert "“Loaves” was ready and is a draft again: The parts of “Loaves” make 19 points" in shown(response)


def test_what_is_not_understood_comes_back_with_its_line(cast, case):
    text = "1. Frame it.\n1.2 (8) What?"
    response = signed_in(cast.ines).post(page("change", case.pk), typed(asked=text))
    assert "Line 2: part 1.1 comes next." in shown(response)
    assert text in response.content.decode().replace("\r\n", "\n")
    assert cases.asked(case) == read(TWENTY)


def test_a_title_is_there_once(cast, case):
    other = CaseStudy.objects.create(edition=cast.edition, title="Trains", text="Late")
    client = signed_in(cast.ines)
    for address, more in ((page("change", other.pk), {}), (page("add"), {"edition": cast.edition.pk})):
        response = client.post(address, typed(**more))
        assert (response.status_code, "already exists" in shown(response)) == (200, True)


def addresses(case: CaseStudy) -> list[str]:
    of_it = [page(name, case.pk) for name in ("change", "history", "delete")]
    autocomplete = f"{reverse('admin:autocomplete')}?app_label=exams&model_name=question&field_name=case_study&term=Lo"
    return [page("changelist"), page("add"), *of_it, autocomplete]


def test_nobody_else_sees_any_of_it(cast, edition, case):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    others = [cast.tina, cast.alice, cast.eve, enrol(edition, "rosa", Enrolment.Role.EXAMINER).user]
    others.append(enrol(other, "mark", Enrolment.Role.TEACHING_ASSISTANT).user)
    for user in others:
        client = signed_in(user)
        assert {client.get(address).status_code for address in addresses(case)} == {404}
        assert client.post(page("change", case.pk), typed(title="Mine")).status_code == 404
        assert (
            client.post(page("changelist"), {"action": "delete_selected", "_selected_action": [case.pk]}).status_code
            == 404
        )
    assert state(case) == "draft"


def test_an_instructor_of_another_edition_sees_their_own(cast, case):
    other = CourseEdition.objects.create(title="Other", year=2026, slug="other")
    client = signed_in(enrol(other, "zoe", Enrolment.Role.INSTRUCTOR).user)
    assert "Loaves" not in shown(client.get(page("changelist")))
    for name in ("change", "history", "delete"):
        response = client.get(page(name, case.pk), follow=True)
        assert SECRET not in shown(response)
        assert "1.1" not in shown(response)
    client.post(page("change", case.pk), typed(title="Mine"))
    assert CaseStudy.objects.get().title == "Loaves"


def test_assistants_find_no_case_studies_in_the_index(cast, case):
    for address in (reverse("admin:index"), reverse("admin:app_list", args=["exams"])):
        assert "/casestudy/" not in shown(signed_in(cast.tina).get(address))
        assert "/casestudy/" in shown(signed_in(cast.ines).get(address))


def test_not_a_word_in_logs_mails_or_history(cast, case, caplog):
    client = signed_in(cast.ines)
    with caplog.at_level(logging.DEBUG, logger="django.request"):
        client.post(page("change", case.pk), typed(asked="1. nonsense"))
        client.post(page("change", case.pk), typed(_ready="1"))
    history = shown(client.get(page("history", case.pk)))
    assert [words in caplog.text + history for words in (SECRET, "Frame it")] == [False, False]
    assert not QueuedEmail.objects.exists()


@pytest.mark.parametrize("name", ["title", "text", "asked"])
def test_a_report_of_an_error_has_not_what_was_typed(cast, case, name, client, monkeypatch):
    seen = {}
    client.force_login(cast.ines)

    def fail(self, request, obj, form, change):
        seen["request"] = request
        raise RuntimeError("of the test")

    monkeypatch.setattr("exams.admin.CaseStudyAdmin.save_model", fail)
    with pytest.raises(RuntimeError, match="of the test"):
        client.post(page("change", case.pk), typed())
    assert seen["request"].sensitive_post_parameters == "__ALL__"
