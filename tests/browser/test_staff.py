"""What an instructor does before booking opens: class list, slots with their preview, publishing; and for a group."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from coursesite.models import Enrolment
from exams.models import OralExam
from projects.models import Booking, Milestone, Slot
from tests.cast import cut_slots

CLASS_LIST = "Prénom;Nom;Courriel;Matricule\nAlice;A.;alice@example.org;s1\nFrida;F.;frida@example.org;s2\n"


pytestmark = pytest.mark.once("postgres")


@pytest.fixture
def next_window(cast) -> Milestone:
    monday = timezone.now().date() + timedelta(days=14 - timezone.now().weekday())
    return Milestone.objects.create(
        edition=cast.edition, number=1, starts_on=monday, ends_on=monday + timedelta(days=1)
    )


def choose_milestone(page: Page) -> None:
    page.get_by_role("link", name="Administration").click()
    page.locator("#content").get_by_role("link", name="Milestones", exact=True).click()
    page.get_by_role("link", name="MS1").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_class_list_is_previewed_and_imported(cast, visit, tmp_path, javascript):
    file = tmp_path / "liste.csv"
    file.write_text(CLASS_LIST)
    page = visit("/admin/", cast.ines, javascript=javascript)
    page.locator("#content").get_by_role("link", name="Course editions").click()
    page.get_by_role("link", name="Import or export").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    for line in ("New: 1", "Changed: 1", "As they are: 0"):
        expect(page.get_by_text(line, exact=True)).to_be_visible()
    assert not Enrolment.objects.filter(user__email="frida@example.org").exists()
    page.get_by_role("button", name="Import: 1 new, 1 changed").click()
    expect(page.get_by_text("Imported: 1 person is new, 1 was changed.")).to_be_visible()
    assert Enrolment.objects.get(user__email="frida@example.org").role == "student"


@pytest.mark.parametrize("javascript", [True, False])
def test_slots_are_cut_previewed_created_and_published(cast, next_window, visit, javascript):
    page = visit("/info9023-2026/", cast.ines, javascript=javascript)
    choose_milestone(page)
    page.get_by_role("link", name="Cut slots").click()
    page.get_by_label("Daily hours").fill("09:00-10:00, 13:30-14:00")
    page.get_by_label("Length").fill("20")
    page.get_by_label("Rooms").fill("R7")
    page.get_by_label("Tina T.").check()
    page.get_by_role("button", name="Show what comes out").click()
    expect(page.get_by_text("13:50").first).to_be_visible()  # what is refused is there, too
    assert not Slot.objects.exists()
    page.get_by_role("button", name=re.compile("^Create")).click()
    expect(page.get_by_text("8 slots are created. Nobody sees them until you publish.")).to_be_visible()
    page.get_by_role("link", name="Publish").first.click()
    now = timezone.now().astimezone(cast.edition.zone)
    for label, days in (("Booking opens", -1), ("Booking closes", 3), ("Changes until", 4)):
        fill_instant(page, label, now + timedelta(days=days))
    page.locator("#content").get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.get_by_text("8 slots are published.")).to_be_visible()
    next_window.refresh_from_db()
    assert next_window.is_published
    assert Slot.objects.filter(is_published=True).count() == 8


def fill_instant(page: Page, label: str, when) -> None:
    """A day and a time."""
    group = page.get_by_role("group", name=re.compile(label))
    group.locator("input").nth(0).fill(f"{when:%Y-%m-%d}")
    group.locator("input").nth(1).fill(f"{when:%H:%M}")


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("kind", ["slots", "appointments"])
def test_chosen_ones_are_deleted_after_a_question(cast, milestone, exam_session, visit, kind, javascript):
    address, model = {
        "slots": (f"/admin/projects/milestone/{milestone.pk}/places/", Slot),
        "appointments": (f"/admin/exams/examsession/{exam_session.pk}/places/", OralExam),
    }[kind]
    page = visit(address, cast.tina, javascript=javascript)
    for answer in ("Keep them", "Delete them"):
        page.get_by_label("Monday 2 March, 10:00").check()
        page.get_by_role("button", name="Delete the chosen ones").click()
        expect(page.get_by_role("listitem").filter(has_text="Monday 2 March, 10:00–")).to_be_visible()
        assert model.objects.count() == 4
        page.get_by_text(answer, exact=True).click()
    expect(page.get_by_text("1 slot is deleted.")).to_be_visible()
    assert model.objects.count() == 3


@pytest.mark.parametrize("javascript", [True, False])
def test_a_slot_is_booked_for_a_group_with_a_reason(cast, visit, javascript):
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    milestone = Milestone.objects.create(
        edition=cast.edition,
        number=1,
        booking_opens_at=now - timedelta(days=3),
        booking_closes_at=now - timedelta(days=1),
        changes_until=now + timedelta(days=1),
        is_published=True,
    )
    cut_slots(milestone, 2, first=now + timedelta(days=6))
    page = visit("/info9023-2026/milestones/1/", cast.tina, javascript=javascript)
    page.get_by_role("link", name="Book for Red").click()
    page.get_by_label("Reason").fill("They were ill last week.")
    page.locator("button.slot").first.click()
    expect(page.get_by_text("Alice A., Bob B.").first).to_be_visible()
    assert (Booking.objects.get().booked_by, Booking.objects.get().reason) == (cast.tina, "They were ill last week.")
