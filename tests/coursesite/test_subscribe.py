"""The page with the addresses of calendars: what it shows to whom, and the two verbs of one's own address."""

import pytest
from django.test import Client
from django.utils.html import escape

from coursesite.models import CalendarFeed
from tests.projects.pages import shown, signed_in

PAGE = "/info9023-2026/calendar/"
MAKE, REVOKE = f"{PAGE}address/make/", f"{PAGE}address/revoke/"
PUBLIC = "http://127.0.0.1:8000/info9023-2026/calendar.ics"


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "http://127.0.0.1:8000"


def address(user) -> str:
    return f"http://127.0.0.1:8000/calendar/{CalendarFeed.objects.get(enrolment__user=user).token}.ics"


def status(url: str) -> int:
    return Client().get(url.removeprefix("http://127.0.0.1:8000")).status_code


def test_visitors_find_the_public_address(edition):
    page = shown(Client().get(PAGE))
    assert f'value="{PUBLIC}" readonly' in page
    assert f'href="{PUBLIC.replace("http", "webcal", 1)}"' in page
    assert ("Make my address" in page, "Sign in for a calendar" in page) == (False, True)


def test_making_an_address_shows_it_ever_after(cast):
    alice = signed_in(cast.alice)
    assert "Make my address" in shown(alice.get(PAGE))
    page = shown(alice.post(MAKE, follow=True))
    assert f'value="{address(cast.alice)}" readonly' in page
    assert f'href="{address(cast.alice).replace("http", "webcal", 1)}"' in page
    assert f'value="{address(cast.alice)}" readonly' in shown(alice.get(PAGE))
    assert status(address(cast.alice)) == 200


def test_a_new_address_ends_the_old_one(cast):
    alice = signed_in(cast.alice)
    assert "has stopped working" not in shown(alice.post(MAKE, follow=True))
    old = address(cast.alice)
    assert "The earlier one has stopped working." in shown(alice.post(MAKE, follow=True))
    assert (status(old), status(address(cast.alice))) == (404, 200)
    assert CalendarFeed.objects.count() == 1


def test_switched_off_it_is_gone(cast):
    alice = signed_in(cast.alice)
    alice.post(MAKE)
    old = address(cast.alice)
    page = shown(alice.post(REVOKE, follow=True))
    assert status(old) == 404
    assert "has stopped working" in page
    assert "Make my address" in page
    assert alice.post(REVOKE).status_code == 302  # clicked twice


def test_nobody_touches_another_s(cast):
    signed_in(cast.alice).post(MAKE)
    before = address(cast.alice)
    for user in (cast.bob, cast.tina):
        signed_in(user).post(REVOKE)
        signed_in(user).post(MAKE)
        assert before not in shown(signed_in(user).get(PAGE))
    assert signed_in(cast.eve).post(MAKE).status_code == 404
    assert Client().post(MAKE).status_code == 302
    assert address(cast.alice) == before


def test_who_runs_the_site_without_a_place_has_the_public_one(cast):
    cast.eve.is_superuser = True
    cast.eve.save()
    root = signed_in(cast.eve)
    assert "Make my address" not in shown(root.get(PAGE))
    assert root.post(MAKE).status_code == 404


def test_filters_and_alarm_become_part_of_both_addresses(cast):
    alice = signed_in(cast.alice)
    alice.post(MAKE)
    page = shown(alice.get(f"{PAGE}?only=slots&only=exams&alarm=60"))
    for base in (PUBLIC, address(cast.alice)):
        assert f'value="{escape(base + "?only=slots,exams&alarm=60")}"' in page
    assert page.count(" checked") == 2
    assert '<option value="60" selected>' in page


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("", ""),
        ("?alarm=", ""),
        ("?only=classes&only=deadlines&only=slots&only=exams", ""),
        ("?alarm=0", "?alarm=0"),
        ("?only=nonsense", ""),
        ("?only=classes,exams", "?only=classes,exams"),
    ],
)
def test_the_address_says_no_more_than_is_asked(edition, query, part):
    assert f'value="{PUBLIC}{part}"' in shown(Client().get(f"{PAGE}{query}"))


def test_the_page_is_kept_by_nobody(cast):
    assert signed_in(cast.alice).get(PAGE).headers["Cache-Control"] == "no-store"
