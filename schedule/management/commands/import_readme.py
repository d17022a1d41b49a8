"""Read a course's README, show what it would change, and apply it."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coursesite.models import CourseEdition
from schedule import importing, readme
from schedule.importing import ImportRefused, Plan
from schedule.readme import Issue
from schedule.repositories import NotFetched, fetch, source_of
from schedule.syncing import Fact, Outcome

MARKS = {Outcome.ADDED: "+", Outcome.CHANGED: "~", Outcome.MOVED: ">", Outcome.MISSING: "-"}
ANSWERS = {
    "date-order-ambiguous": "Or import with --day-first or --month-first.",
    "year-needed": "The option for it is --year.",
}


def add_date_order(parser: ArgumentParser) -> None:
    """`day_first` answers the reader's question date-order-ambiguous."""
    order = parser.add_mutually_exclusive_group()
    order.add_argument("--day-first", action="store_true", default=None, help="02/03/2026 is the 2nd of March")
    order.add_argument(
        "--month-first", action="store_false", dest="day_first", default=None, help="02/03/2026 is the 3rd of February"
    )


def need_tables() -> None:
    if not importing.has_tables():
        raise CommandError("The database has no tables yet. Type first: manage.py migrate")


def edition_called(slug: str) -> CourseEdition:
    need_tables()
    if edition := CourseEdition.objects.filter(slug=slug).first():
        return edition
    known = ", ".join(CourseEdition.objects.values_list("slug", flat=True)) or "none yet"
    raise CommandError(f"There is no edition “{slug}”. Editions of this site: {known}.")


class Command(BaseCommand):
    help = "Reads a course's README, shows the plan and applies it."
    requires_system_checks = ()  # of a dry run, which needs no more than the checkout; the others are checked below

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a file, or the https address of a public git repository")
        parser.add_argument("--branch", default="", help="of the repository (default: its own default)")
        parser.add_argument("--path", default="", help="of the README in the repository (default: at its top)")
        parser.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of words")
        parser.add_argument("--edition", metavar="SLUG", help="the edition to change (default: found by code and year)")
        parser.add_argument("--year", type=int, metavar="Y", help="for dates that name no year")
        add_date_order(parser)
        parser.add_argument("--yes", action="store_true", help="confirm what the plan asks")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["dry_run"]:
            self.check()
            need_tables()
        edition = edition_called(options["edition"]) if options["edition"] else None
        is_new_site = not importing.has_tables()
        data = self.content(options)
        parsed = readme.parse(
            data, year=options["year"], day_first=options["day_first"], timezone=importing.zone_of(edition)
        )
        if parsed.errors:
            self.refuse(parsed, parsed.errors, options)
        try:
            if options["dry_run"]:
                if edition:
                    importing.refuse_archive(edition)
                made = importing.plan(parsed, importing.new_edition(parsed) if is_new_site else edition)
            else:
                made = importing.apply(parsed, edition, confirmed=options["yes"])
        except ImportRefused as refused:
            self.refuse(parsed, refused.issues, options)
        if options["json"]:
            self.stdout.write(json.dumps(readme.as_json(parsed, made.counts()), ensure_ascii=False, indent=2))
            return
        self.tell(made)
        if options["dry_run"]:
            for issue in made.questions:
                self.stdout.write(f"To confirm with --yes: {located(issue)}")
            self.stdout.write("Nothing was written (--dry-run).")
        else:
            self.stdout.write(self.style.SUCCESS(f"{made.edition}: /{made.edition.slug}/"))

    def content(self, options: dict[str, Any]) -> bytes:
        name = options["file"]
        try:
            if "://" in name:
                return fetch(source_of(name, options["branch"], options["path"])).data
            return Path(name).read_bytes()
        except NotFetched as problem:
            raise CommandError(str(problem)) from None
        except OSError as error:
            raise CommandError(f"{name}: {error.strerror}. Name a README that can be read.") from None

    def refuse(self, parsed: readme.Parsed, issues: tuple[Issue, ...], options: dict[str, Any]) -> None:
        """Say why on the error stream (in the JSON, where that was asked for) and exit with 1."""
        if options["json"]:
            answer = readme.as_json(parsed)
            answer["errors"] = [{"code": i.code, "line": i.line, "message": i.message} for i in issues]
            self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))
        hints = [ANSWERS[issue.code] for issue in issues if issue.code in ANSWERS]
        if all(issue.needs_tick for issue in issues):
            hints.append("Look at them with --dry-run; confirm with --yes.")
        raise CommandError("\n".join(["Nothing was written.", *map(located, issues), *hints]))

    def tell(self, made: Plan) -> None:
        for issue in made.parsed.warnings:
            self.stdout.write(self.style.WARNING(located(issue)))
        for table in made.tables:
            for fact in table.facts:
                if fact.outcome in MARKS:
                    self.stdout.write(f"{MARKS[fact.outcome]} {table.model._meta.verbose_name}: {described(fact)}")
                for name in sorted(fact.kept - {"position"}):
                    self.stdout.write(
                        f"= {table.model._meta.verbose_name}: {fact.row}: {name} was changed on the site and stays; "
                        f"the file now says “{fact.says[name]}”"
                    )
        self.stdout.write(", ".join(f"{number} {outcome}" for outcome, number in made.counts().items()))


def located(issue: Issue) -> str:
    place = f"line {issue.line}: " if issue.line else ""
    spot = f" “{issue.text}”" if issue.text and issue.text not in issue.message else ""
    return f"{place}{issue.message}{spot} [{issue.code}]"


def described(fact: Fact) -> str:
    """“W3 Data: taught_on 2026-02-16 → 2026-02-23”, or the first words of a new row."""
    if fact.outcome is Outcome.CHANGED or fact.outcome is Outcome.MOVED:
        changes = "; ".join(f"{name} {old or '∅'} → {new or '∅'}" for name, (old, new) in fact.changes.items())
        return f"{fact.row}: {changes or 'back in the file'}"
    if fact.outcome is Outcome.MISSING:
        return f"{fact.row} is no longer in the file (kept, and marked)"
    words = [str(value) for name, value in fact.says.items() if name != "position" and isinstance(value, str) and value]
    line = " ".join(" · ".join(words).split())
    return line if len(line) <= 100 else f"{line[:99]}…"
