"""The board in a browser: one click books, a lost race is won with the next, and what moves disturbs nobody."""

from datetime import timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.utils import timezone
from playwright.sync_api import Page, expect

from projects import bookings
from projects.models import Booking, Milestone, Slot
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_axe import OPTIONS, RUN
from tests.cast import cut_slots, enrol, team

BOARD = "/info9023-2026/milestones/1/"


pytestmark = pytest.mark.once


@pytest.fixture
def slots(cast) -> list[Slot]:
    """Booking is open now: six slots on each of two days."""
    now = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0)
    milestone = Milestone.objects.create(
        edition=cast.edition,
        number=1,
        title="Use case, data, experiments",
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=3),
        changes_until=now + timedelta(days=5),
        is_published=True,
    )
    for day in (6, 7):
        cut_slots(milestone, 6, first=now + timedelta(days=day))
    return list(milestone.slots.select_related("milestone__edition"))


def button(page: Page, slot: Slot):
    return page.locator(f'button[formaction*="{slot.code}"]')


def hold_still(page: Page) -> None:
    """A mark on the board: it is gone when a script has put another one in its place."""
    page.evaluate("document.querySelector('#board').dataset.mark = 'same'")


def is_same(page: Page) -> bool:
    return page.evaluate("document.querySelector('#board').dataset.mark === 'same'")


def ask_again(page: Page) -> None:
    """What the board does by itself every few seconds."""
    with page.expect_response(lambda response: response.url.endswith(BOARD)):
        page.evaluate("htmx.ajax('GET', location.pathname, {source: '#board', target: '#board', swap: 'outerHTML'})")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_book_move_and_cancel(cast, slots, visit, javascript, width):
    page = visit(BOARD, cast.alice, javascript=javascript, width=width)
    button(page, slots[1]).click()
    expect(page.get_by_text("All members get a mail")).to_be_visible()
    expect(page.locator(".board-own")).to_contain_text("Alice A., Bob B.")
    button(page, slots[8]).click()
    expect(page.get_by_text("Moved to")).to_be_visible()
    assert Booking.objects.get().slot == slots[8]
    page.get_by_role("link", name="Cancel this slot").click()
    page.get_by_role("button", name="Cancel ").click()
    expect(page.get_by_text("Cancelled:")).to_be_visible()
    assert not Booking.objects.standing().exists()


@pytest.mark.parametrize(
    ("javascript", "width", "scheme"),
    [(True, PHONE, "dark"), (True, DESK, "light"), (False, PHONE, "light"), (False, DESK, "dark")],
)
def test_a_lost_race_is_won_with_the_next_click(cast, slots, visit, shots, javascript, width, scheme):
    page = visit(BOARD, cast.alice, javascript=javascript, width=width, scheme=scheme)
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=timezone.now())
    button(page, slots[0]).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("has just been taken. Choose another one.")
    expect(refusal).to_be_focused()
    expect(page.locator(".board-kept")).to_contain_text("is kept for you until")
    if shots:
        page.screenshot(path=shots / f"kept-{width}-{scheme}.png", full_page=True)
    if javascript:
        page.evaluate(AXE_SCRIPT)
        assert not page.evaluate(RUN, OPTIONS)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Take it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".board-own")).to_be_visible()
    assert Booking.objects.standing().count() == 2


def test_others_see_what_is_kept(cast, slots, visit, shots):
    team(cast.edition, "Green", cast.enrolments.dana, enrol(cast.edition, "gus"))
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=timezone.now())
    bookings.keep_nearest(slots[0], cast.red, by=cast.alice)
    page = visit(BOARD, cast.dana)
    expect(page.get_by_text("R7, kept for a moment")).to_be_visible()
    expect(button(page, slots[1])).to_have_count(0)
    if shots:
        page.screenshot(path=shots / "kept-for-others.png", full_page=True)


def test_a_board_that_nobody_changed_stays_untouched(cast, slots, visit):
    page = visit(BOARD, cast.alice)
    hold_still(page)
    button(page, slots[7]).focus()
    ask_again(page)
    assert is_same(page)
    expect(button(page, slots[7])).to_be_focused()


def test_a_board_that_changed_keeps_focus_and_scroll(cast, slots, visit):
    page = visit(BOARD, cast.alice, width=PHONE)
    hold_still(page)
    button(page, slots[7]).focus()
    before = page.evaluate("scrollY")
    bookings.book(slots[11], cast.blue, by=cast.charlie, now=timezone.now())
    ask_again(page)
    expect(page.get_by_text("11 of 12 free")).to_be_visible()
    assert not is_same(page)
    expect(button(page, slots[7])).to_be_focused()
    assert page.evaluate("scrollY") == before
    ask_again(page)  # with the tag of the new one


def test_the_board_asks_by_itself(cast, slots, visit):
    page = visit(BOARD, cast.alice)
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=timezone.now())
    expect(page.get_by_text("11 of 12 free")).to_be_visible(timeout=15_000)


def test_staff_who_type_a_reason_are_not_disturbed(cast, slots, visit):
    page = visit(f"{BOARD}?group={cast.red.code}", cast.tina)
    page.get_by_label("Reason").fill("Asked by mail")
    page.get_by_label("Reason").press("Enter")
    assert not Booking.objects.exists()
    bookings.book(slots[0], cast.blue, by=cast.charlie, now=timezone.now())
    with page.expect_response(lambda response: BOARD in response.url):
        page.evaluate("htmx.ajax('GET', location.href, {source: '#board', target: '#board', swap: 'outerHTML'})")
    expect(page.get_by_text("11 of 12 free")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Asked by mail")
    button(page, slots[1]).click()
    expect(page.get_by_text("Booked:")).to_be_visible()
    assert Booking.objects.get(group=cast.red).reason == "Asked by mail"
