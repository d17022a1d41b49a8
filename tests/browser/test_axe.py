"""axe finds nothing, on any page, in both themes."""

from itertools import groupby

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.utils import timezone

from coursesite.models import CalendarFeed, CourseEdition, Enrolment, QueuedEmail, User
from exams.models import CaseStudy, ExamSession, OralExam
from projects.models import Booking, Milestone, ProjectGroup, Slot
from schedule.models import Material
from tests.browser.conftest import DESK, PHONE

HOME = "/info9023-2026/"
# Without its own fetching of style sheets, which the content policy forbids; only what fails is reported.
OPTIONS = {"preload": False, "resultTypes": ["violations"]}


@pytest.fixture
def demo(settings, transactional_db):
    """The demo course, with one more person than it has: a stranger."""
    settings.DEBUG = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("demo", verbosity=0)
    settings.DEBUG = False  # a missing page is the site's own, not Django's list of addresses
    User.objects.create_user("eve@example.org")
    CalendarFeed.objects.create(
        enrolment=Enrolment.objects.get(user__email="chloe@example.org"), made_at=timezone.now()
    )
    QueuedEmail.objects.create(
        key="k", kind="slot_booked", to_address="a@example.org", edition=CourseEdition.objects.get()
    )


def pages() -> list[tuple[str, str]]:
    """Who looks at what."""
    edition, ms1 = CourseEdition.objects.get(), Milestone.objects.get(number=1)
    session, booking = ExamSession.objects.get(), Booking.objects.get()
    admin = {
        "coursesite": ("courseedition", "user", "enrolment", "queuedemail"),
        "schedule": ("lecture", "sprint", "section", "resource", "holiday", "staffmember"),
        "projects": ("milestone", "projectgroup", "booking", "invitation"),
        "exams": ("examsession", "casestudy", "oralexam", "practiceexam", "examday"),
    }
    slot, appointment = Slot.objects.earliest("starts_at"), OralExam.objects.earliest("starts_at")
    return [
        *(
            ("", path)
            for path in (
                HOME,
                f"{HOME}schedule/",
                f"{HOME}calendar/",
                f"{HOME}materials/{Material.objects.latest('pk').pk}/",
            )
        ),
        *(("", f"/accounts/{name}/") for name in ("login", "login/code", "signup")),
        ("", "/nothing-here/"),
        *(("eve", path) for path in (HOME, "/accounts/logout/")),
        *(
            ("alice", f"{HOME}{path}")
            for path in (
                "",
                "today/",
                "milestones/",
                "milestones/1/",
                "milestones/3/",
                "group/",
                "exams/",
                "calendar/",
                "mails/",
            )
        ),
        *(("alice", path) for path in (f"{HOME}group/leave/", session.get_absolute_url())),
        *(
            ("chloe", path)
            for path in (
                f"{HOME}milestones/1/",
                f"{HOME}group/",
                f"{HOME}calendar/",
                f"{HOME}bookings/{booking.code}/cancel/",
            )
        ),
        *(("dana", path) for path in (f"{HOME}today/", f"{HOME}group/", f"{HOME}milestones/1/")),
        *(("emma", path) for path in (f"{HOME}group/",)),
        *(
            ("tina", path)
            for path in (
                f"{HOME}today/",
                f"{HOME}reminders/",
                f"{HOME}milestones/1/",
                f"{HOME}groups/",
                f"{HOME}exams/",
                "/admin/",
            )
        ),
        ("tina", f"{HOME}milestones/1/?group={ProjectGroup.objects.get(name='Aurora').code}"),
        ("tina", session.get_absolute_url()),
        *(("ines", f"/admin/{app}/{model}/") for app, models in admin.items() for model in models),
        *(("ines", f"/admin/coursesite/courseedition/{edition.pk}/{page}/") for page in ("change", "roster")),
        ("ines", f"/admin/coursesite/enrolment/{Enrolment.objects.earliest('pk').pk}/change/"),
        ("ines", f"/admin/coursesite/queuedemail/{QueuedEmail.objects.latest('pk').pk}/change/"),
        *(("ines", f"/admin/projects/milestone/{ms1.pk}/{page}/") for page in ("change", "places", "cut", "publish")),
        ("ines", f"/admin/projects/milestone/{ms1.pk}/places/{slot.code}/"),
        ("ines", f"/admin/projects/projectgroup/{ProjectGroup.objects.earliest('pk').pk}/change/"),
        *(
            ("ines", f"/admin/exams/examsession/{session.pk}/{page}/")
            for page in ("change", "places", "cut", "publish")
        ),
        ("ines", f"/admin/exams/examsession/{session.pk}/places/{appointment.code}/"),
        ("ines", f"/admin/exams/casestudy/{CaseStudy.objects.get().pk}/change/"),
        ("ines", "/admin/coursesite/enrolment/add/"),
        ("ines", "/admin/schedule/lecture/add/"),
    ]


@pytest.mark.once("sqlite")
@pytest.mark.parametrize(("scheme", "width"), [("light", DESK), ("dark", PHONE)])
def test_axe_finds_nothing(demo, visit, scheme, width):
    """No page scrolls sideways either."""
    people = {user.email.split("@")[0]: user for user in User.objects.all()}
    edition = CourseEdition.objects.get()
    found: list[str] = []
    for who, paths in groupby(pages(), key=lambda line: line[0]):
        page = visit("/healthz", people.get(who), scheme=scheme, width=width)
        for _who, path in paths:
            path = path.replace(HOME, edition.get_absolute_url())
            page.goto(path)
            results = Axe().run(page, options=OPTIONS).response["violations"]
            found += [f"{who} {path}: {fault['id']}: {at['html'][:160]}" for fault in results for at in fault["nodes"]]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append(f"{who} {path}: scrolls sideways at {width}")
        page.context.close()
    assert not found, "\n".join(found)
