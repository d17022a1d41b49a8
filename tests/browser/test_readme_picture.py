"""The picture of the README: SCREENSHOTS=static/img makes it anew."""

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import expect

from coursesite.models import User

pytestmark = pytest.mark.once


@pytest.fixture
def demo(settings, transactional_db):
    settings.DEBUG = True
    call_command("demo")


def test_the_board_of_the_demo_is_worth_a_picture(demo, visit, shots):
    page = visit("/info9023-2026/milestones/1/", User.objects.get(email="chloe@example.org"))
    expect(page.locator(".board-own")).to_contain_text("Charlie Student, Chloe Student")
    expect(page.locator("button.slot")).to_have_count(19)
    if shots:
        page.screenshot(path=shots / "screenshot.png", clip={"x": 0, "y": 0, "width": 1280, "height": 860})
    assert (settings.BASE_DIR / "static" / "img" / "screenshot.png").exists()
