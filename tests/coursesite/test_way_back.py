"""Addresses that only take what a form sends: who comes to one all the same is led to a page."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.projects.pages import shown, signed_in

GROUP, INVITE = "/info9023-2026/group/", "/info9023-2026/group/invite/"
HERE = "http://testserver"


def sent_signed_out(address: str, referer: str | None) -> str:
    """Where the sign-in leads afterwards."""
    headers = {"referer": referer} if referer else {}
    away = Client().post(address, {"email": "dana@example.org"}, headers=headers)
    assert away.status_code == 302
    before, _, after = away["Location"].partition("?next=")
    assert before == reverse("account_login")
    return after


@pytest.mark.parametrize(
    ("referer", "led"),
    [
        (f"{HERE}{GROUP}", GROUP),
        (f"{HERE}/info9023-2026/milestones/1/?group=7#8", "/info9023-2026/milestones/1/%3Fgroup%3D7"),
        (None, INVITE),
        ("https://elsewhere.example/page/", INVITE),
        (f"{HERE}//elsewhere.example/", INVITE),
        ("http://[", INVITE),
    ],
)
def test_who_was_signed_out_comes_back_to_the_form(cast, referer, led):
    assert sent_signed_out(INVITE, referer) == led


def test_a_form_on_its_own_page(cast):
    assert sent_signed_out("/info9023-2026/mails/", f"{HERE}/info9023-2026/mails/") == "/info9023-2026/mails/"


@pytest.mark.parametrize("who", ["dana", "tina"])
def test_a_page_says_that_there_is_nothing_to_read(cast, who):
    answer = signed_in(getattr(cast, who)).get(INVITE)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "it only takes what a form sends. Nothing was changed." in shown(answer)
    assert 'href="/"' in shown(answer)


def test_other_ways_are_answered_as_ever(cast):
    answer = signed_in(cast.dana).put(INVITE)
    assert (answer.status_code, answer.content) == (405, b"")
