"""The page of the calendars' addresses, with scripts and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coursesite.models import CalendarFeed
from schedule.models import Lecture

PAGE = "/info9023-2026/calendar/"
pytestmark = pytest.mark.once


def address() -> str:
    return f"/calendar/{CalendarFeed.objects.get().token}.ics"


@pytest.fixture
def next_class(edition) -> Lecture:
    day = timezone.now().date() + timedelta(days=3)
    return Lecture.objects.create(edition=edition, title="Serving", taught_on=day)


def test_one_click_copies_the_address(cast, visit):
    page = visit(PAGE, cast.alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Make my address").click()
    page.get_by_role("button", name=re.compile("Copy.*Your address")).click()
    expect(page.get_by_role("button", name="Copied")).to_have_count(1)
    assert page.evaluate("navigator.clipboard.readText()").endswith(address())


def test_without_a_script_it_is_there_to_select(cast, visit):
    page = visit(PAGE, cast.alice, javascript=False)
    page.get_by_role("button", name="Make my address").click()
    expect(page.get_by_label("Your address", exact=True)).to_have_value(f"http://127.0.0.1:8000{address()}")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_label("exams and your appointments").check()
    page.get_by_role("button", name="Show these addresses above").click()
    expect(page.get_by_label("Public address", exact=True)).to_have_value(
        "http://127.0.0.1:8000/info9023-2026/calendar.ics?only=exams"
    )
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_role("button", name="Make my address")).to_have_count(1)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_date_of_the_schedule_is_read_as_what_it_does(cast, visit, next_class, javascript):
    page = visit("/info9023-2026/schedule/", javascript=javascript)
    link = page.get_by_role("link", name="add to calendar")
    expect(link).to_have_count(1)
    assert link.get_attribute("href") == f"{next_class.pk}.ics"
