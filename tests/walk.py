"""Every address of the site, and who gets what there by GET: a page without a line in this table fails.

tests/test_access.py holds the table against the site; pages() gives the pages themselves, for whoever looks at them.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from model_bakery import baker

from coursesite.mail import leaving_url
from coursesite.models import CalendarFeed, CourseEdition, Enrolment, Upload
from coursesite.outbox import QueuedEmail
from exams.models import CaseStudy, ExamDay, OralExam, PracticeExam, Question, QuestionPart
from projects.models import Booking, Invitation
from schedule import models as schedule
from tests.cast import WHILE_OPEN, enrol

# A visitor, an account without a course, a student of another group, a student, a teaching assistant, an instructor.
TABLED = ("", "eve", "charlie", "alice", "tina", "ines")
# An examiner gets what the account without a course gets, pages of their own, and looks at the exams.
EXAMINER, LOOKED_AT = "rosa", {"today", "mails", "exams:sessions", "exams:session"}
# The site's own pages of an edition.
OF_EDITION = {
    "look_as",
    "stop_looking",
    "today",
    "mails",
    "upcoming_reminders",
    "hold_reminder",
    "release_reminder",
    "send_reminder",
    "test_reminder",
}
PEOPLE = (*TABLED, EXAMINER)

SITE = {
    "home": "302 302 302 302 302 302",
    "courses": "200 200 200 200 200 200",
    "today": "302 404 200 200 200 200",
    "look_as": "302 404 404 404 200 200",
    "stop_looking": "302 405 405 405 405 405",
    "healthz": "200 200 200 200 200 200",
    "readyz": "503 503 503 503 503 503",  # no beat ticks here
    "mails": "302 404 200 200 200 200",
    "end_optional_mails": "200 200 200 200 200 200",
    "upcoming_reminders": "302 404 404 404 200 200",
    "hold_reminder": "302 405 405 405 405 405",
    "release_reminder": "302 405 405 405 405 405",
    "send_reminder": "302 405 405 405 405 405",
    "test_reminder": "302 405 405 405 405 405",
    "account_login": "200 302 302 302 302 302",
    "account_request_login_code": "200 302 302 302 302 302",
    "account_confirm_login_code": "302 302 302 302 302 302",
    "account_signup": "200 302 302 302 302 302",
    "account_logout": "302 200 200 200 200 200",
    "calendar_feed": "200 200 200 200 200 200",  # whoever has the address, which nobody can guess
    "calendar:subscribe": "200 200 200 200 200 200",
    "calendar:make_address": "302 405 405 405 405 405",
    "calendar:revoke_address": "302 405 405 405 405 405",
    "calendar:everybody": "200 200 200 200 200 200",
    "calendar:entry": "404 404 404 200 404 404",  # Alice's slot
    "schedule:course": "200 200 200 200 200 200",
    "schedule:schedule": "200 200 200 200 200 200",
    "schedule:lecture": "200 200 200 200 200 200",
    "schedule:lecture_page": "200 200 200 200 200 200",
    "schedule:material": "200 200 200 200 200 200",
    "schedule:release_material": "302 404 404 404 404 200",
    "schedule:import_readme": "302 404 404 404 404 200",
    "schedule:look_at_readme": "302 405 405 405 405 405",
    "schedule:forget_readme": "302 405 405 405 405 405",
    "schedule:search": "200 200 200 200 200 200",
    "schedule:rollover": "302 404 404 404 404 200",
    "schedule:preview_readme": "302 404 404 404 404 200",
    "projects:milestones": "302 404 200 200 200 200",
    "projects:milestone": "302 404 200 200 200 200",
    "projects:book_slot": "302 405 405 405 405 405",
    "projects:move_slot": "302 405 405 405 405 405",
    "projects:cancel_slot": "302 404 404 200 200 200",
    "projects:group": "302 404 200 200 302 302",
    "projects:create_group": "302 405 405 405 405 405",
    "projects:rename_group": "302 405 405 405 405 405",
    "projects:invite_member": "302 405 405 405 405 405",
    "projects:leave_group": "302 404 200 200 404 404",
    "projects:groups": "302 404 404 404 200 200",
    "projects:accept_invitation": "302 405 405 405 405 405",
    "projects:decline_invitation": "302 405 405 405 405 405",
    "projects:withdraw_invitation": "302 405 405 405 405 405",
    "exams:sessions": "302 404 200 200 200 200",
    "exams:session": "302 404 200 200 200 200",
    "exams:pick_appointment": "302 405 405 405 405 405",
    "exams:move_appointment": "302 405 405 405 405 405",
    "exams:cancel_appointment": "302 404 404 200 200 200",
    "admin:index": "302 404 404 404 200 200",
    "admin:login": "302 404 404 404 302 302",
    "admin:logout": "302 404 404 404 405 405",
    "admin:password_change": "302 404 404 404 200 200",
    "admin:password_change_done": "302 404 404 404 200 200",
    "admin:autocomplete": "302 404 404 404 404 404",  # no field asks it
    "admin:jsi18n": "302 404 404 404 200 200",
    "admin:app_list": "302 404 404 404 200 200",
    "admin/(?P<url>.*)$": "302 404 404 404 404 404",
}
# In the admin a visitor is led to sign in, and for strangers and students nothing is there. For teaching assistants
# and instructors, of each model: list, add, history, delete, change, and the short address that leads to the last.
LISTED = ("changelist", "add", "history", "delete", "change", "short")
ADMIN = {
    "coursesite_courseedition": ("404 404 404 404 404 302", "200 404 200 404 200 302"),
    "coursesite_user": ("404 404 404 404 404 302", "200 404 200 404 200 302"),
    "coursesite_enrolment": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "coursesite_queuedemail": ("200 404 200 404 200 302", "200 404 200 404 200 302"),
    "schedule_sprint": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_lecture": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_holiday": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_deadline": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_material": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_section": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_cultureitem": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_staffmember": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_logisticsitem": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "schedule_resource": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "projects_milestone": ("200 200 200 200 200 302", "200 200 200 200 200 302"),
    "projects_projectgroup": ("200 200 200 404 200 302", "200 200 200 404 200 302"),
    "projects_booking": ("200 404 200 404 200 302", "200 404 200 404 200 302"),
    "projects_invitation": ("200 404 200 404 200 302", "200 404 200 404 200 302"),
    "exams_examsession": ("200 200 200 200 200 302", "200 200 200 200 200 302"),
    "exams_oralexam": ("200 404 200 404 200 302", "200 404 200 404 200 302"),
    "exams_casestudy": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "exams_examday": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
    "exams_practiceexam": ("404 404 404 404 404 302", "200 200 200 200 200 302"),
}
ADMIN_PAGES = {  # the admin's pages that are this site's own
    "coursesite_courseedition_roster": "404 200",
    "coursesite_courseedition_export": "404 200",
    "coursesite_courseedition_roster_preview": "404 200",
    "coursesite_queuedemail_letter": "200 200",
    "coursesite_courseedition_readme_diff": "404 200",
    "coursesite_courseedition_readme_download": "404 200",
    "projects_milestone_places": "200 200",
    "projects_milestone_cut": "200 200",
    "projects_milestone_publish": "200 200",
    "projects_milestone_place": "200 200",
    "projects_booking_simple_history": "200 200",
    "exams_examsession_places": "200 200",
    "exams_examsession_cut": "200 200",
    "exams_examsession_publish": "200 200",
    "exams_examsession_place": "200 200",
    "exams_oralexam_simple_history": "200 200",
}
# No pages for people, and a mail, which is none of the site's.
NOT_FOR_READING = {
    *("healthz", "admin:jsi18n", "admin:coursesite_courseedition_export"),
    *("admin:coursesite_queuedemail_letter", "admin:coursesite_courseedition_readme_download"),
}
CALENDARS = {"calendar_feed", "calendar:everybody", "calendar:entry", "schedule:lecture"}
NOT_FOR_READING |= CALENDARS


def expected() -> dict[str, dict[str, int]]:
    """Of every address, by name: who gets which status."""
    table = {name: line.split() for name, line in SITE.items()}
    table |= {f"admin:{name}": ["302", *["404"] * 3, *line.split()] for name, line in ADMIN_PAGES.items()}
    for model, (assistants, instructors) in ADMIN.items():
        for page, tina, ines in zip(LISTED, assistants.split(), instructors.split(), strict=True):
            table[f"admin:{model}_{page}"] = ["302", *["404"] * 3, tina, ines]
    found = {name: dict(zip(TABLED, map(int, line), strict=True)) for name, line in table.items()}
    for name, statuses in found.items():
        statuses[EXAMINER] = 200 if name in LOOKED_AT else statuses["eve"]
    return found


def addresses(resolver: URLResolver | None = None, spaces: tuple[str, ...] = (), before: str = "") -> Iterator[str]:
    """The names of all that the resolver leads to; where there is none, what the pattern says."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            short = re.sub(r"^admin/(\w+)/(\w+)/<path:object_id>/$", r"admin:\1_\2_short", route)
            yield ":".join((*spaces, pattern.name)) if pattern.name else short
        else:
            yield from addresses(pattern, (*spaces, *filter(None, [pattern.namespace])), route)


@pytest.fixture
def world(cast, milestone, exam_session) -> Iterator[SimpleNamespace]:
    """The cast, and one object of each model; Alice's group has a slot, has invited Dana, Alice has an appointment."""
    edition, now = cast.edition, WHILE_OPEN
    cast.rosa = enrol(edition, EXAMINER, Enrolment.Role.EXAMINER).user
    slot, other = milestone.slots.all()[:2]
    booking = Booking.objects.create(
        milestone=milestone, slot=slot, group=cast.red, booked_by=cast.alice, booked_at=now
    )
    appointment = exam_session.appointments.first()
    appointment.mark_picked(cast.enrolments.alice, by=cast.alice, at=now)
    case = CaseStudy.objects.create(edition=edition, title="A case", text="Words")
    QuestionPart.objects.create(
        question=Question.objects.create(case_study=case, number=1, text="Why?"), number=1, points=2
    )
    lecture = baker.make(
        schedule.Lecture,
        edition=edition,
        title="First class",
        taught_on=now.date(),
        sprint__edition=edition,
        sprint__label="Sprint 0",
    )
    rows = {
        "coursesite_courseedition": edition,
        "coursesite_user": cast.alice,
        "coursesite_enrolment": cast.enrolments.alice,
        "coursesite_queuedemail": QueuedEmail.objects.create(
            key="one", kind="slot_booked", to_address=cast.alice.email, edition=edition
        ),
        "schedule_sprint": lecture.sprint,
        "schedule_lecture": lecture,
        "schedule_holiday": baker.make(
            schedule.Holiday, edition=edition, title="Spring break", starts_on=now.date(), ends_on=now.date()
        ),
        "schedule_deadline": baker.make(schedule.Deadline, edition=edition, title="Project card", due_on=now.date()),
        "projects_milestone": milestone,
        "projects_projectgroup": cast.red,
        "projects_booking": booking,
        "projects_invitation": Invitation.objects.create(
            group=cast.red, enrolment=cast.enrolments.dana, invited_by=cast.alice
        ),
        "exams_examsession": exam_session,
        "exams_oralexam": appointment,
        "exams_casestudy": case,
        "exams_examday": baker.make(ExamDay, edition=edition, title="Oral exam", held_on=now.date()),
        "exams_practiceexam": baker.make(PracticeExam, edition=edition, label="Last year's", href="exam.pdf"),
    }
    for model in (
        schedule.Section,
        schedule.CultureItem,
        schedule.StaffMember,
        schedule.LogisticsItem,
        schedule.Resource,
    ):
        rows[f"schedule_{model._meta.model_name}"] = baker.make(model, edition=edition, position=1)
    rows["schedule_material"] = baker.make(
        schedule.Material, edition=edition, lecture=lecture, label="Slides", href="slides.pdf", position=1
    )
    upload = Upload.keep(cast.ines, edition, "roster", "class.csv", b"e-mail\nfrank@example.org\n", now)
    text = b"# INFO9023 [spring 2026]\n\n| Date | Topic |\n| --- | --- |\n| 23/02/2026 | Second class |\n"
    readme = Upload.keep(cast.ines, edition, "readme", "README.md", text, now)
    with time_machine.travel(now, tick=False):
        yield SimpleNamespace(
            cast=cast,
            rows=rows,
            upload=upload,
            readme=readme,
            free_slot=other,
            slot=slot,
            appointment=appointment,
            feed=CalendarFeed.objects.create(enrolment=cast.enrolments.alice, made_at=now),
        )


def path_of(name: str, world: SimpleNamespace) -> str:
    """An address of that name, to what Alice has."""
    if name == "admin/(?P<url>.*)$":
        return "/admin/nothing/at/all/"
    if name.startswith("admin:"):
        return admin_path(name.removeprefix("admin:"), world)
    edition: CourseEdition = world.cast.edition
    _space, _, verb = name.partition(":")
    if name == "end_optional_mails":
        return leaving_url(world.cast.alice, edition).removeprefix(settings.SITE_URL)
    if name == "calendar_feed":
        return reverse(name, args=[world.feed.token])
    if not verb:
        return reverse(name, args=[edition.slug] if name in OF_EDITION else [])
    rows = world.rows
    arguments = {
        "calendar:entry": [f"booking-{rows['projects_booking'].code}"],
        "schedule:lecture": [rows["schedule_lecture"].pk],
        "schedule:lecture_page": [rows["schedule_lecture"].pk],
        "schedule:material": [rows["schedule_material"].pk],
        "schedule:release_material": [rows["schedule_material"].pk],
        "schedule:preview_readme": [world.readme.code],
        "projects:milestone": [rows["projects_milestone"].number],
        "projects:cancel_slot": [rows["projects_booking"].code],
        "exams:session": [rows["exams_examsession"].code],
    }
    if name in arguments:
        return reverse(name, args=[edition.slug, *arguments[name]])
    last = verb.rpartition("_")[2]
    coded = {"slot": world.free_slot, "appointment": world.appointment, "invitation": rows["projects_invitation"]}
    return reverse(name, args=[edition.slug, *([coded[last].code] if last in coded else [])])


def admin_path(name: str, world: SimpleNamespace) -> str:
    model = next((model for model in world.rows if name.startswith(f"{model}_")), None)
    if model is None:
        return reverse(f"admin:{name}", args=["projects"] if name == "app_list" else [])
    row, page = world.rows[model], name.removeprefix(f"{model}_")
    if page == "short":
        return reverse(f"admin:{model}_changelist") + f"{row.pk}/"
    if page in {"changelist", "add"}:
        return reverse(f"admin:{name}")
    more = {
        "roster_preview": [world.upload.code],
        "simple_history": [row.history.first().pk] if hasattr(row, "history") else [],
        "place": [
            world.appointment.code if isinstance(world.appointment, OralExam) and "exam" in model else world.slot.code
        ],
    }
    return reverse(f"admin:{name}", args=[row.pk, *more.get(page, [])])


def pages(world: SimpleNamespace) -> list[tuple[str, str]]:
    """Every page that somebody gets, as (who, path): "" is a visitor. Others get the same page as the first of them."""
    return [
        (who, path_of(name, world))
        for name, statuses in expected().items()
        if name not in NOT_FOR_READING
        for who in PEOPLE
        if statuses[who] == 200
    ]
