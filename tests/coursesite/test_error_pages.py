"""What a person reads when a request is refused or fails, in the site's own words."""

import pytest
from django.template.loader import render_to_string
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_host_that_is_not_ours(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = False, ["course.example.org"]
    response = Client().get("/", headers={"host": "elsewhere.example.org"})
    assert response.status_code == 400
    assert "load the page again" in response.content.decode()


@pytest.mark.parametrize("path", ["/info9023-2026/nothing/", "/nowhere/", "/a/b/c", "/info9023-2026/lectures/99/"])
@pytest.mark.parametrize("is_debug", [False, True])
def test_an_address_that_leads_nowhere(cast, settings, path, is_debug):
    settings.DEBUG = is_debug
    response = Client().get(path)
    assert response.status_code == 404
    page = response.content.decode()
    assert '<html lang="en-gb">' in page and "info9023" not in page.lower().replace(path, "")
    assert Client().get("/courses").status_code == 301  # a slash is added as ever


def test_a_form_that_has_grown_old(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    response = client.post("/info9023-2026/group/create/", {"name": "Greens"})
    assert response.status_code == 403
    assert "go back, load the page again and send it once more" in response.content.decode()
    assert "<style" not in response.content.decode()


def test_a_guess_too_many(cast):
    answers = [
        Client().post("/accounts/login/", {"login": "alice@example.org", "password": f"guess {number}"})
        for number in range(30)
    ]
    assert answers[-1].status_code in {200, 429}
    assert "too many" in answers[-1].content.decode().lower()


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_the_pages_that_know_no_request(status, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = render_to_string(f"{status}.html")
    assert page.lstrip().startswith("<!doctype html>")
    assert '<html lang="en-gb">' in page
