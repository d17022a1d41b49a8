"""Write a course's README: as it was imported, with what was changed on the site since."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coursesite.models import CourseEdition
from schedule import writing
from schedule.management.commands.import_readme import need_tables


class Command(BaseCommand):
    help = "Writes the README of an edition: the imported bytes, with each change of the site at its own place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("edition", metavar="SLUG")
        parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        need_tables()
        edition = CourseEdition.objects.filter(slug=options["edition"]).first()
        if edition is None:
            known = ", ".join(CourseEdition.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no edition “{options['edition']}”. Editions of this site: {known}.")
        export = writing.export(edition)
        for sentence in export.refused:
            self.stderr.write(sentence)
        if path := options["output"]:
            try:
                path.write_bytes(export.data)
            except OSError as error:
                raise CommandError(f"{path}: {error.strerror}. Name a file that can be written.") from None
        elif buffer := getattr(self.stdout._out, "buffer", None):
            buffer.write(export.data)  # as bytes: line ends stay
        else:
            self.stdout.write(export.text, ending="")
