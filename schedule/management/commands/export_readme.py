"""Write a course's README: as it was imported, with what was changed on the site since."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from schedule import writing
from schedule.management.commands.import_readme import edition_called


class Command(BaseCommand):
    help = "Writes the README of an edition: the imported bytes, with each change of the site at its own place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("edition", metavar="SLUG")
        parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: the standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = edition_called(options["edition"])
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
