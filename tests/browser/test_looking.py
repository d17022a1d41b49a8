"""Staff look as a student: chosen on a page, marked on every other, ended with one press; also without scripts."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_axe import OPTIONS, RUN


@pytest.mark.once("sqlite")
@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_see_it_as_a_student(visit, cast, milestone, width, scheme, shots):
    page = visit("/info9023-2026/look/", cast.tina, javascript=False, width=width, scheme=scheme)
    page.get_by_label("Student").select_option(label="Alice A. (alice@example.org)")
    page.get_by_label("Day").fill("2026-02-25")
    page.get_by_label("Time").fill("10:00")
    page.get_by_role("button", name="Look for half an hour").click()
    bar = page.get_by_role("region", name="You look as somebody else")
    expect(bar).to_contain_text("You see this as Alice A. would, at Wed 25 February, 10:00, as things are known today.")
    with_scripts = visit("/healthz", width=width, scheme=scheme)
    with_scripts.context.add_cookies(page.context.cookies())
    with_scripts.goto("/info9023-2026/milestones/1/")
    with_scripts.evaluate(AXE_SCRIPT)
    assert with_scripts.evaluate(RUN, OPTIONS) == []
    assert not with_scripts.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    if shots:
        with_scripts.screenshot(path=shots / f"looking-{width}.png")
    page.get_by_role("button", name="Stop looking").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_text("You are yourself again.")).to_be_visible()
