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

from coursesite.models import CourseEdition, Enrolment, User


class Command(BaseCommand):
    help = "Imports a course's README and makes a person its instructor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("readme", metavar="README", type=Path)
        parser.add_argument("--instructor", metavar="EMAIL", required=True, help="who administers the course")
        parser.add_argument("--year", type=int, metavar="Y", help="for dates that name no year")
        parser.add_argument("--yes", action="store_true", help="confirm what the import asks")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["instructor"].strip().lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"--instructor: “{email}” is not an e-mail address.") from None
        with transaction.atomic():
            before = set(CourseEdition.objects.values_list("pk", flat=True))
            call_command(
                "import_readme", str(options["readme"]), year=options["year"], yes=options["yes"], stdout=self.stdout
            )
            edition = CourseEdition.objects.exclude(pk__in=before).first()
            if edition is None:
                raise CommandError(
                    "This course is on the site already: import_readme brings it up to date, and its instructor is "
                    "made in the roster of the admin."
                )
            user = User.objects.filter(email=email).first() or User.objects.create_user(email)
            Enrolment.objects.create(edition=edition, user=user, role=Enrolment.Role.INSTRUCTOR)
        self.stdout.write(
            self.style.SUCCESS(f"{edition} is at {settings.SITE_URL}/{edition.slug}/ and {email} is its instructor.")
            + f"\n1. Sign in at {settings.SITE_URL}/accounts/login/ as {email}: a code comes by e-mail."
            + f"\n2. Import the class list: {settings.SITE_URL}/admin/"
            + "\n3. Open milestone 1 there, cut its slots and publish them."
        )
