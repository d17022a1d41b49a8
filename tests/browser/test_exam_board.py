"""An appointment in a browser: picked, moved and cancelled with one click each, with scripts and without."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from exams import appointments
from exams.models import ExamSession, OralExam
from tests.browser.conftest import DESK, PHONE
from tests.cast import cut_appointments

pytestmark = pytest.mark.once


@pytest.fixture
def times(cast) -> list[OralExam]:
    """Picking is open now: six appointments on each of two days."""
    now = timezone.now().replace(hour=9, minute=0, second=0, microsecond=0)
    session = ExamSession.objects.create(
        edition=cast.edition,
        starts_on=(now + timedelta(days=6)).date(),
        ends_on=(now + timedelta(days=7)).date(),
        booking_opens_at=now - timedelta(days=1),
        booking_closes_at=now + timedelta(days=3),
        changes_until=now + timedelta(days=5),
        is_published=True,
    )
    for day in (6, 7):
        cut_appointments(session, 6, first=now + timedelta(days=day))
    return list(session.appointments.select_related("session__edition"))


def button(page: Page, time: OralExam):
    return page.locator(f'button[formaction*="{time.code}"]')


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_pick_move_and_cancel(cast, times, visit, javascript, width):
    page = visit("/info9023-2026/exams/", cast.alice, javascript=javascript, width=width)
    page.get_by_role("link", name="Pick an appointment").click()
    button(page, times[1]).click()
    expect(page.get_by_text("You get a mail")).to_be_visible()
    expect(page.locator(".board-own")).to_contain_text("Your appointment")
    button(page, times[8]).click()
    expect(page.get_by_text("Moved to")).to_be_visible()
    assert OralExam.objects.picked().get() == times[8]
    page.get_by_role("link", name="Cancel this appointment").click()
    page.get_by_role("button", name="Cancel ").click()
    expect(page.get_by_text("Cancelled:")).to_be_visible()
    assert not OralExam.objects.picked().exists()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_lost_race_is_won_with_the_next_click(cast, times, visit, javascript):
    page = visit(times[0].session.get_absolute_url(), cast.alice, javascript=javascript)
    appointments.pick(times[0], cast.enrolments.charlie, by=cast.charlie, now=timezone.now())
    button(page, times[0]).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("has just been taken. Choose another one.")
    expect(refusal).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".board-own")).to_be_visible()
    assert list(OralExam.objects.picked()) == times[:2]


def test_staff_pick_for_a_student(cast, times, visit):
    page = visit(times[0].session.get_absolute_url(), cast.tina)
    page.get_by_role("link", name="Pick a time for Alice A.").click()
    page.get_by_label("Reason").fill("Was ill")
    button(page, times[2]).click()
    expect(page.get_by_text("The student gets a mail.")).to_be_visible()
    assert OralExam.objects.picked().get().reason == "Was ill"


def test_from_an_empty_session_to_a_board(cast, visit):
    """In the admin: cut with a preview, publish, and there they are."""
    session = ExamSession.objects.create(
        edition=cast.edition, is_for_everyone=True, starts_on=(timezone.now() + timedelta(days=20)).date()
    )
    page = visit(f"/admin/exams/examsession/{session.pk}/change/", cast.ines)
    page.get_by_role("link", name="Cut slots").click()
    for day in range(7):
        page.locator(f'input[name="weekdays"][value="{day}"]').check()
    page.get_by_label("Rooms").fill("R7\nR8")
    page.get_by_role("button", name="Show what comes out").click()
    page.get_by_role("button", name="Create these 18 slots").click()
    page.get_by_role("link", name="Publish").click()
    for name, days in (("opens_at", 1), ("closes_at", 5), ("changes_until", 6)):
        day = (timezone.now() + timedelta(days=days)).date()
        page.locator(f'input[name="{name}_day"]').fill(f"{day}")
        page.locator(f'input[name="{name}_time"]').fill("09:00")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("18 slots are published.")).to_be_visible()
    assert OralExam.objects.published().count() == 18
