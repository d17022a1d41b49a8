"""A course to look at: a README like any other, re-dated to be in its fourth week today, and a small cast."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from coursesite.clock import localise
from coursesite.models import CourseEdition, Enrolment, Occupancy, User
from coursesite.outbox import QueuedEmail
from schedule import importing, readme
from schedule.models import (
    CultureItem,
    Deadline,
    Holiday,
    Lecture,
    LogisticsItem,
    Material,
    Resource,
    Section,
    Sprint,
    StaffMember,
)
from schedule.redate import redate
from schedule.weeks import monday_of

README = Path(__file__).parents[2] / "demo" / "README.md"
FIRST_MONDAY = date(2026, 2, 2)  # of the README as it is written
WEEKS_DONE = 3
# Those with words are the demo's accounts; the others fill the course.
CAST = {
    "alice": (Enrolment.Role.STUDENT, "student, in a complete group that has not booked yet"),
    "dana": (Enrolment.Role.STUDENT, "student without a group"),
    "tina": (Enrolment.Role.TEACHING_ASSISTANT, "teaching assistant"),
    "ines": (Enrolment.Role.INSTRUCTOR, "instructor"),
    "bob": (Enrolment.Role.STUDENT, ""),
    "charlie": (Enrolment.Role.STUDENT, ""),
    "chloe": (Enrolment.Role.STUDENT, ""),
    "emma": (Enrolment.Role.STUDENT, ""),
}
SURNAMES = {Enrolment.Role.TEACHING_ASSISTANT: "Assistant", Enrolment.Role.INSTRUCTOR: "Instructor"}
# The README says "Sprint 1"; the titles are staff's, as on the course's roadmap.
SPRINT_TITLES = (
    "Project organisation",
    "Cloud & containerisation",
    "API implementation",
    "Model serving & optimisation",
    "Pipeline & monitoring",
    "LLMOps",
)
# Label, file and the day of its release, counted from this week's Monday.
FILES = (("Worksheet", "worksheet.md", 0), ("Answers to the worksheet", "answers.md", 7))
WORKSHEET = "# {label}: {title}\n\n{course}. A file of the demo course: teachers give files like it to their classes.\n"


def password_of(name: str) -> str:
    """Known to everybody, and made where DEBUG is on alone."""
    return f"demo-{name}-2026"


class Command(BaseCommand):
    help = "Loads the demo course into an empty site, or starts it afresh. Only where DEBUG is on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="throw the demo course away and load it again")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--accounts", action="store_true", help="only print the accounts and how the demo stands")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo has accounts with known passwords: it is not for a site with DEBUG off.")
        demos = list(CourseEdition.objects.filter(is_demo=True).order_by("pk"))  # it, and what was rolled over from it
        demo = demos[0] if demos else None
        if options["accounts"]:
            self.tell(demo)
        elif demo is None and CourseEdition.objects.exists():
            self.stdout.write("This site has a course of its own: the demo is not loaded beside it.")
        elif demo is None:
            self.load()
        elif not options["fresh"]:
            self.stdout.write(self.standing(demo))
        elif options["yes"] or self.asked(demos):
            with transaction.atomic():
                for each in demos:
                    forget(each)
                self.load()
        else:
            self.stdout.write("Nothing was changed.")

    def asked(self, demos: list[CourseEdition]) -> bool:
        names = ", ".join(map(str, demos))
        self.stdout.write(
            f"This deletes {names}, with all groups, bookings and mails, and loads the demo for this week."
        )
        try:
            return input("Type yes to go on: ").strip().lower() == "yes"
        except EOFError:
            return False

    def load(self) -> None:
        now = timezone.now()
        edition = load(now)
        self.stdout.write(self.style.SUCCESS(f"The demo course is at /{edition.slug}/, in its fourth week."))

    def tell(self, demo: CourseEdition | None) -> None:
        if demo is None:
            self.stdout.write("This site has no demo course.")
            return
        for name, (_role, about) in CAST.items():
            if about:
                self.stdout.write(f"  {name + '@example.org':<20} {password_of(name):<18} {about}")
        self.stdout.write(self.standing(demo))

    def standing(self, demo: CourseEdition) -> str:
        week = (timezone.now().astimezone(demo.zone).date() - first_day(demo)).days // 7 + 1
        if week <= WEEKS_DONE + 1:
            return f"The demo course is in week {week}."
        return (
            f"The demo course has run out: it is in week {week}, and booking for MS1 closed at the end of week 4. "
            "`make demo` starts it afresh."
        )


def first_day(demo: CourseEdition) -> date:
    """The first day of the demo's first week; today, where staff have taken all dates away."""
    first = Lecture.objects.filter(edition=demo).aggregate(first=Min("taught_on"))["first"]
    return first or timezone.now().astimezone(demo.zone).date()


def demo_parts() -> list[ModuleType]:
    """What each app adds to the demo."""
    return [import_module(path) for path in settings.DEMO_PARTS]


@transaction.atomic
def load(now: datetime) -> CourseEdition:
    """Import the README as it reads when today is in week 4, seat the cast, and let each app add what it shows."""
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    text = redate(README.read_text(), (monday_of(today) - timedelta(weeks=WEEKS_DONE) - FIRST_MONDAY).days)
    edition = importing.apply(readme.parse(text.encode(), timezone=settings.TIME_ZONE), confirmed=True).edition
    edition.is_demo, edition.reply_to = True, "ines@example.org"
    edition.save(update_fields=["is_demo", "reply_to"])
    Sprint.objects.bulk_update(
        [
            Sprint(pk=pk, title=title)
            for pk, title in zip(
                Sprint.objects.filter(edition=edition).values_list("pk", flat=True), SPRINT_TITLES, strict=True
            )
        ],
        ["title"],
    )
    hand_out(edition, today)
    cast = {name: seat(edition, name, *CAST[name]) for name in CAST}
    for part in demo_parts():
        part.load(edition, cast, now)
    edition.touch()
    return edition


def hand_out(edition: CourseEdition, today: date) -> None:
    """This week's class has a file for people of the course; the answers follow a week later."""
    lecture = Lecture.objects.filter(edition=edition, taught_on__gte=monday_of(today)).order_by("taught_on").first()
    for position, (label, name, days) in enumerate(FILES, start=50):
        text = WORKSHEET.format(label=label, course=edition.title, title=lecture.title if lecture else "")
        row = Material(edition=edition, lecture=lecture, position=position, label=label, is_public=False)
        row.column, row.kind = Material.Column.DIRECTED_WORK, Material.Kind.LAB
        row.released_at = localise(datetime.combine(monday_of(today) + timedelta(days=days), time(8, 0)), edition.zone)
        row.tells_students = days > 0
        row.keep_file(ContentFile(text.encode(), name))
        row.save()


def seat(edition: CourseEdition, name: str, role: Enrolment.Role, about: str) -> Enrolment:
    user = User.objects.filter(email=f"{name}@example.org").first() or User(email=f"{name}@example.org")
    user.first_name, user.last_name = name.capitalize(), SURNAMES.get(role, "Student")
    if about:
        user.set_password(password_of(name))
    else:
        user.set_unusable_password()
    user.save()
    return Enrolment.objects.create(edition=edition, user=user, role=role)


def forget(demo: CourseEdition) -> None:
    """Delete the demo course and its cast. Its rows alone: another course on the site is not touched."""
    for part in reversed(demo_parts()):
        part.forget(demo)
    for model in (
        Material,
        Lecture,
        Sprint,
        Holiday,
        Deadline,
        Section,
        CultureItem,
        StaffMember,
        LogisticsItem,
        Resource,
    ):
        model._default_manager.filter(edition=demo).delete()
    cast = list(demo.enrolments.values_list("user", flat=True))
    for rows in (
        Occupancy.objects.filter(edition=demo),
        QueuedEmail.objects.filter(edition=demo),
        demo.enrolments.all(),
    ):
        rows.delete()
    demo.delete()
    User.objects.filter(pk__in=cast, email__endswith="@example.org", enrolments=None, is_superuser=False).delete()
