"""From the code in the mail to a booked slot, as two students do it, with JavaScript and without."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from coursesite.outbox import QueuedEmail
from projects.models import Booking, Membership, Milestone
from tests.cast import cut_slots, enrol

HOME = "/info9023-2026/"


pytestmark = pytest.mark.once("postgres")


@pytest.fixture
def open_milestone(cast) -> Milestone:
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    milestone = Milestone.objects.create(
        edition=cast.edition,
        number=1,
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=3),
        changes_until=now + timedelta(days=5),
        is_published=True,
    )
    cut_slots(milestone, 4, first=now + timedelta(days=6))
    return milestone


def sign_in(page: Page, email: str) -> None:
    """With the code of the mail that the outbox holds."""
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Your e-mail").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    text = QueuedEmail.objects.filter(to_address=email).latest("pk").text
    page.get_by_label("Code").fill(re.search(r"^ +(\S+)$", text, re.M)[1])
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_code_in_the_mail_to_a_booked_slot(cast, open_milestone, visit, javascript):
    erin = enrol(cast.edition, "erin")
    page = visit(HOME, javascript=javascript)
    sign_in(page, "erin@example.org")
    page.goto(HOME)
    page.get_by_role("link", name="Milestones").click()
    page.get_by_role("link", name=re.compile("MS1|board|slot", re.I)).first.click()
    page.get_by_role("link", name="Find a group").click()
    page.get_by_label("Name of your group").fill("Green")
    page.get_by_role("button", name="Create the group").click()
    page.get_by_label("Your classmate's e-mail").fill("dana@example.org")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("has not answered")).to_be_visible()

    dana = visit("/info9023-2026/group/", cast.dana, javascript=javascript)
    dana.get_by_role("button", name="Accept Green").click()
    expect(dana.get_by_role("heading", name="Green")).to_be_visible()
    assert Membership.objects.filter(group__name="Green").count() == 2

    page.goto("/info9023-2026/milestones/1/")
    page.locator("button.slot").first.click()
    expect(page.locator(".board-own")).to_contain_text("Erin E.")
    booking = Booking.objects.get()
    assert booking.booked_by == erin.user
    told = QueuedEmail.objects.filter(kind="slot_booked").values_list("to_address", flat=True)
    assert sorted(told) == ["dana@example.org", "erin@example.org"]


def test_by_keyboard_alone(cast, open_milestone, visit):
    page = visit("/info9023-2026/milestones/1/", cast.alice)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.slot')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".board-own")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_first_page_leads_to_the_slot(cast, open_milestone, visit, javascript):
    page = visit(HOME, javascript=javascript)
    sign_in(page, "alice@example.org")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.get_by_role("region", name="Book a slot for MS1")).to_contain_text("in 3 days")
    page.get_by_role("link", name=re.compile("^Choose a slot")).press("Enter")
    page.locator("button.slot").first.click()
    expect(page.locator(".board-own")).to_contain_text("Alice A.")
    page.get_by_role("link", name="Today").click()
    expect(page.get_by_role("region", name="MS1: presentation of Red")).to_contain_text("in 6 days")
    expect(page.get_by_role("listitem").filter(has_text="presentation of Red")).to_contain_text("next yours")


def test_a_slot_says_what_it_is_to_a_screen_reader(cast, open_milestone, visit):
    page = visit("/info9023-2026/milestones/1/", cast.alice)
    name = page.get_by_role("button", name=re.compile(r"^\w+day \d+ \w+, \d\d:\d\d, R7, free$"))
    expect(name).to_have_count(4)
