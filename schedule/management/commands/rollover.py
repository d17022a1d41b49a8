"""Make next year's edition of a course: show where every date falls, and write it."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coursesite.models import CourseEdition, User
from schedule import rollover
from schedule.copying import Day
from schedule.management.commands.import_readme import edition_called
from schedule.rollover import ClashesOpen, Plan, RolloverRefused, Wish
from schedule.weeks import FreeDays, read_free_days


def free_days(text: str) -> FreeDays:
    try:
        return read_free_days(text)
    except ValueError:
        raise ArgumentTypeError(f"“{text}”: write 2027-04-19..2027-04-30, or one day as 2027-05-06") from None


def edited(text: str) -> tuple[str, Day | None]:
    key, _sign, value = text.partition("=")
    try:
        if not value:
            return key, None
        return key, datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    except ValueError:
        raise ArgumentTypeError(f"“{text}”: write KEY=2027-03-30, or KEY=2027-02-26T18:00") from None


class Command(BaseCommand):
    help = (
        "Makes next year's edition of a course, by teaching week, without its people. The old one becomes an archive."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("edition", metavar="SLUG", help="the edition to start from")
        parser.add_argument(
            "--week-one", type=date.fromisoformat, required=True, metavar="DATE", help="Monday of the first week"
        )
        parser.add_argument(
            "--holiday", type=free_days, action="append", default=[], metavar="DATE[..DATE]",
            help="days without class in the new year; weeks shift past them (again for more, a title may follow)",
        )  # fmt: skip
        parser.add_argument(
            "--date", type=edited, action="append", default=[], metavar="KEY=DATE",
            help="another date than the one proposed, by the key that the plan shows",
        )  # fmt: skip
        parser.add_argument("--title", default="", help="default: as before")
        parser.add_argument("--season", choices=CourseEdition.Season.values, help="default: that of the first week")
        parser.add_argument("--year", type=int, metavar="Y", help="default: that of the first week")
        parser.add_argument("--instructor", metavar="EMAIL", help="who teaches it: the only person on its roster")
        parser.add_argument("--keep-open", action="store_true", help="do not make the old edition an archive")
        write = parser.add_mutually_exclusive_group()
        write.add_argument("--dry-run", action="store_true", help="show the plan and write nothing")
        write.add_argument("--yes", action="store_true", help="the clashes are looked at")

    def handle(self, *args: Any, **options: Any) -> None:
        edition = edition_called(options["edition"])
        teaches = None
        if address := (options["instructor"] or "").strip().lower():
            teaches = User.objects.filter(email=address).first()
            if teaches is None:
                raise CommandError(f"--instructor: nobody here has the address “{address}”.")
        wish = Wish(
            week_one=options["week_one"],
            free=tuple(options["holiday"]),
            title=options["title"],
            season=options["season"],
            year=options["year"],
            stays_open=options["keep_open"],
            dates=dict(options["date"]),
        )
        now = timezone.now()
        try:
            self.tell(rollover.plan(edition, wish, now))
            if options["dry_run"]:
                self.stdout.write("Nothing was written (--dry-run).")
                return
            made_up = rollover.apply(edition, wish, now=now, by=teaches, confirmed=options["yes"])
        except RolloverRefused as refused:
            raise CommandError(f"Nothing was written. {refused}") from None
        except ClashesOpen:
            raise CommandError(
                "Nothing was written: there are clashes. Move a date with --date KEY=DATE, or confirm with --yes."
            ) from None
        for sentence in made_up.unwritten:
            self.stderr.write(sentence)
        self.stdout.write(self.style.SUCCESS(f"{made_up.made} is at /{made_up.made.slug}/."))
        if not wish.stays_open:
            self.stdout.write(f"{edition} is an archive now: readable, and closed.")
        if teaches is None:
            self.stdout.write(
                "Nobody is on its roster yet: with --instructor EMAIL somebody teaches it from the start."
            )

    def tell(self, made_up: Plan) -> None:
        clashing = {clash.key for clash in made_up.clashes}
        for row in made_up.rows:
            for each in row.dates:
                mark = "!" if each.key in clashing else " "
                self.stdout.write(
                    f"{mark} {said(each.old)} → {said(each.new)}  {row.source}: {each.field.verbose_name} [{each.key}]"
                )
        for free in made_up.tables[-1].rows:
            self.stdout.write(f"+ {said(free.made.starts_on)}  {free.made}")
        for what, before, after in made_up.prose:
            self.stdout.write(f"~ {what}: look at this text, whose dates move:\n    {before}\n    {after}")
        for clash in made_up.clashes:
            self.stdout.write(self.style.WARNING(f"{'Fault' if clash.is_fault else 'Clash'}: {clash.sentence}"))
        for remark in made_up.remarks:
            self.stdout.write(remark)


def said(day: Day | None) -> str:
    return (
        "not fixed"
        if day is None
        else f"{day:%a %Y-%m-%d %H:%M}"
        if isinstance(day, datetime)
        else f"{day:%a %Y-%m-%d}"
    )
