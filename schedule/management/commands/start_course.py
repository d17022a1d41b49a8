"""From an empty site to a course of one's own: its README, and the person who teaches it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from coursesite.models import CourseEdition, Enrolment, User
from schedule.management.commands.import_readme import add_date_order, need_tables


class Command(BaseCommand):
    help = "Imports a course's README and makes a person its instructor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("readme", metavar="README", type=Path)
        parser.add_argument("--instructor", metavar="EMAIL", required=True, help="who administers the course")
        parser.add_argument("--year", type=int, metavar="Y", help="for dates that name no year")
        add_date_order(parser)
        parser.add_argument("--yes", action="store_true", help="confirm what the import asks")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["instructor"].strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"--instructor: “{email}” is not an e-mail address.") from None
        need_tables()
        with transaction.atomic():
            before = set(CourseEdition.objects.values_list("pk", flat=True))
            answers = {name: options[name] for name in ("year", "day_first", "yes")}
            call_command("import_readme", str(options["readme"]), stdout=self.stdout, **answers)
            edition = CourseEdition.objects.exclude(pk__in=before).first()
            if edition is None:
                raise CommandError(
                    "This course is on the site already: import_readme brings it up to date, and its instructor is "
                    "made in the roster of the admin."
                )
            user = User.objects.filter(email=email).first() or User.objects.create_user(email)
            Enrolment.objects.create(edition=edition, user=user, role=Enrolment.Role.INSTRUCTOR)
        self.tell(edition, email)

    def tell(self, edition: CourseEdition, email: str) -> None:
        roster = reverse("admin:coursesite_courseedition_roster", args=[edition.pk])
        steps = [
            f"Sign in at {settings.SITE_URL}{reverse('account_login')} as {email}: a code comes by e-mail.",
            f"Import the class list: {settings.SITE_URL}{roster}",
            f"Open a milestone, cut its slots and publish them: {settings.SITE_URL}{reverse('admin:index')}",
        ]
        address = f"{settings.SITE_URL}{edition.get_absolute_url()}"
        self.stdout.write(self.style.SUCCESS(f"{edition} is at {address} and {email} is its instructor."))
        for number, step in enumerate(steps, 1):
            self.stdout.write(f"{number}. {step}")
