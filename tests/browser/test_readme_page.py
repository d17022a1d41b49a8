"""An instructor brings the course up to date: from the start page to the applied README, with scripts and without."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from schedule import importing, readme
from schedule.management.commands.demo import README
from schedule.models import Lecture
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_axe import OPTIONS

pytestmark = pytest.mark.once("postgres")
TEXT = README.read_text()
# A class renamed, one moved, a link added, one that is new, a third of the rows gone, and a link to nowhere.
NEXT = "\n".join(
    line
    for line in TEXT.replace("Containerisation | |", "Containers | [Slides](lectures/04.pdf), [Lab](link) |")
    .replace("| 09/03/2026 | W6", "| 10/03/2026 | W6")
    .replace("| 04/05/2026 |", "| 06/05/2026 | W11b | Sprint 6 | A guest from industry | | |\n| 04/05/2026 |")
    .split("\n")
    if not any(f"| W{number} " in line for number in (7, 8, 9, 10))
)


@pytest.fixture
def course(cast) -> None:
    importing.apply(readme.parse(TEXT.encode()), cast.edition)
    Lecture.objects.filter(week="W5").update(title="APIs, by hand")


def open_page(visit, who, **options) -> Page:
    page = visit("/admin/", who, **options)
    page.get_by_role("link", name="Import the README").click()
    return page


@pytest.mark.parametrize("javascript", [True, False])
def test_a_readme_is_pasted_ticked_and_applied(cast, course, visit, javascript):
    page = open_page(visit, cast.ines, javascript=javascript)
    page.get_by_label("Or its text").fill(NEXT)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("row", name="moved W6")).to_contain_text("Mon 9 March 2026 → Tue 10 March 2026")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("checkbox")).to_be_focused()  # the browser's own sentence; the site has one of its own
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Applied: 1 added, 1 changed, 1 moved, 6 no longer in the file.")).to_be_visible()
    page.get_by_role("link", name="See the schedule").click()
    expect(page.get_by_text("A guest from industry")).to_be_visible()


def test_the_reader_s_question_is_answered(cast, visit, tmp_path):
    file = tmp_path / "README.md"
    file.write_text(
        "# INFO9023 - ML [spring 2026]\n\n| Date | Topic |\n| --- | --- |\n| 02/03 | One |\n| 04/05 | Two |\n"
    )
    page = open_page(visit, cast.ines)
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_label("How the dates are written").select_option("day")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("Mon 2 March 2026")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", DESK), ("light", PHONE), ("dark", PHONE)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(cast, course, visit, shots, scheme, width):
    page, found = visit("/admin/", cast.ines, scheme=scheme, width=width), []

    def look(name: str) -> None:
        if shots:
            page.screenshot(path=shots / f"readme-{name}-{scheme}-{width}.png", full_page=True)
        faults = Axe().run(page, options=OPTIONS).response["violations"]
        found.extend(f"{name}: {fault['id']}: {at['html'][:160]}" for fault in faults for at in fault["nodes"])
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            found.append(f"{name} scrolls sideways")

    look("start")
    page.get_by_role("link", name="Import the README").click()
    look("form")
    page.get_by_label("Or its text").fill("# A course\n\nNo table.\n")
    page.get_by_role("button", name="Show what would change").click()
    look("error")
    page.get_by_label("Or its text").fill("# A\n\n| Date | Topic |\n| --- | --- |\n| 02/03 | One |\n| 04/05 | Two |\n")
    page.get_by_role("button", name="Show what would change").click()
    look("question")
    page.goto("/info9023-2026/readme/")
    page.get_by_label("Or its text").fill(NEXT)
    page.get_by_role("button", name="Show what would change").click()
    look("preview")
    page.evaluate("document.querySelectorAll('form').forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("tick each box")).to_be_focused()
    look("refused")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Apply").click()
    look("done")
    assert not found, "\n".join(found)
