"""Next year's edition: everything that belongs to the course, by teaching week; never people, nor what they did.

A plan says for every date where it falls and with what it clashes; a person edits the dates, and the plan is written
in one transaction. Each app says in its course.py what goes along: `taught(edition)`, the days on which there is class,
and `redate(edition, shift)`, its rows with their days moved. Milestones and exam sessions come unpublished and without
slots or appointments. The old edition becomes an archive.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite import agenda
from coursesite.bookable import Release
from coursesite.booking import retried
from coursesite.clock import FIRST_YEAR, LAST_YEAR
from coursesite.models import CourseEdition, Enrolment, User
from schedule import importing, rollover_text, writing
from schedule.clashes import Clash, clashes_of
from schedule.copying import Copies, Copy, Dated, Day, FileNotCopied, Shift, drop_files
from schedule.importing import PlanChanged
from schedule.models import Holiday
from schedule.public_holidays import public_holidays
from schedule.readme_calendar import Calendar
from schedule.redate import Redating, moved_prose, season_of
from schedule.weeks import FreeDays, NoWeeks, Weeks, monday_of

EDITION_FIELDS = (
    *("code", "timezone", "group_min_size", "group_max_size", "reply_to", "repository_url"),
    *("closing_offsets", "place_offsets", "deadline_offsets", "class_offsets", "is_demo"),
)

OUT_OF_YEARS = gettext_lazy("The first week must be in a year from 2000 to 2098.")


class RolloverRefused(Exception):
    """Nothing was written. One sentence: why, and what to do."""


class ClashesOpen(Exception):
    """Nothing was written: there are clashes that nobody has said to have looked at."""


@dataclass(frozen=True)
class Wish:
    """What a person gives. `dates`: by the key of a date, where it shall fall instead (None: not fixed yet)."""

    week_one: date
    free: tuple[FreeDays, ...] = ()
    title: str = ""
    season: str | None = None
    year: int | None = None
    stays_open: bool = False  # the old edition
    dates: Mapping[str, Day | None] = field(default_factory=dict)


@dataclass
class Plan:
    edition: CourseEdition
    made: CourseEdition
    wish: Wish
    weeks: Weeks
    tables: list[Copies]
    seal: str  # the same for the same course and the same wish, whatever dates were edited
    text: str  # of the README as it would be written now
    source: Redating | None  # the same, ready to be moved; None where it cannot be moved as text
    clashes: list[Clash] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)  # whose release was taken away
    unwritten: list[str] = field(default_factory=list)  # what the README of the new edition could not say

    @property
    def rows(self) -> list[Copy]:
        """Those with a date, in the order of the new ones."""
        dated = [row for table in self.tables for row in table.rows if row.dates]
        return sorted(dated, key=lambda row: (first_day(row), as_time(row.dates[0].new)))

    @property
    def dates(self) -> dict[str, Dated]:
        return {each.key: each for row in self.rows for each in row.dates}

    @property
    def prose(self) -> list[tuple[str, str, str]]:
        """What, what it says, and what it will say: a person should read it again."""
        return [(str(row.source), *pair) for table in self.tables for row in table.rows for pair in row.prose.values()]

    @property
    def clash_seal(self) -> str:
        return digest(sorted(clash.sentence for clash in self.clashes))


def as_time(day: Day | None) -> datetime:
    if day is None:
        return datetime(LAST_YEAR, 1, 1)  # noqa: DTZ001 - last
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall clock


def first_day(row: Copy) -> datetime:
    """Of the row itself, where it has days and rules."""
    days = [as_time(each.new) for each in row.dates if not each.has_time]
    return min(days or [as_time(each.new) for each in row.dates])


def digest(said: Any) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def plan(edition: CourseEdition, wish: Wish, now: datetime) -> Plan:
    """Reads only: each table once. Raises RolloverRefused."""
    refuse_silly(wish)
    taught = days_taught(edition)
    try:
        weeks = Weeks(taught, wish.week_one, wish.free)
    except NoWeeks:
        raise RolloverRefused(
            _("The days without class leave no week to teach in.")
            if taught
            else _("This course has no class with a date: import its README first.")
        ) from None
    if weeks.new[-1].year >= LAST_YEAR - 1:
        raise RolloverRefused(str(OUT_OF_YEARS))
    made = next_edition(edition, wish, min(taught), weeks)
    source, text = readme_of(edition)
    calendar = source.calendar if source else Calendar(day_first=True, year=edition.year)
    first, last = (source.first, source.last) if source else (min(taught), max(taught))

    def prose(said: str) -> str:
        return moved_prose(said, weeks.moved, calendar, first, last)

    shift = Shift(weeks.moved, prose, edition.zone)
    tables = [table for part in importing.parts() for table in part.redate(edition, shift)]
    seal = seal_of(edition, made, wish, tables, text)
    made_up = Plan(edition, made, wish, weeks, [*tables, holidays(made, wish)], seal, text, source)
    put_edits(made_up, wish)
    made_up.clashes = clashes_of(made_up.tables, wish.free, known_holidays(made_up), weeks, edition.zone)
    if not wish.stays_open:
        made_up.clashes += still_to_come(edition, now)
    made_up.remarks = remarks_on(edition, wish, made_up)
    return made_up


def days_taught(edition: CourseEdition) -> list[date]:
    return [day for part in importing.parts() for day in part.taught(edition)]


def refuse_silly(wish: Wish) -> None:
    if wish.week_one.weekday():
        day = {"day": date_format(wish.week_one, "l j F Y"), "monday": date_format(monday_of(wish.week_one), "j F Y")}
        raise RolloverRefused(_("%(day)s is not a Monday. The Monday of that week is %(monday)s.") % day)
    if not FIRST_YEAR <= wish.week_one.year < LAST_YEAR - 1:
        raise RolloverRefused(str(OUT_OF_YEARS))
    years = range(FIRST_YEAR, LAST_YEAR)
    if wrong := next((days for days in wish.free if {days.first.year, days.last.year} - {*years}), None):
        said = {"first": wrong.first.isoformat(), "last": wrong.last.isoformat()}
        raise RolloverRefused(_("%(first)s..%(last)s: days without class must be in years from 2000 to 2099.") % said)
    if wish.year is not None and not FIRST_YEAR <= wish.year < LAST_YEAR:
        raise RolloverRefused(_("The year must be from 2000 to 2099."))


def next_edition(edition: CourseEdition, wish: Wish, old_first: date, weeks: Weeks) -> CourseEdition:
    """Not saved yet. Raises RolloverRefused where there is such an edition already."""
    new_first = weeks.moved(old_first)
    made = CourseEdition(**{name: getattr(edition, name) for name in EDITION_FIELDS})
    made.title = wish.title or edition.title
    made.season = season_of(edition.season, old_first, new_first) if wish.season is None else wish.season
    made.year = wish.year or edition.year + new_first.year - old_first.year
    same = CourseEdition.objects.filter(code=made.code, season=made.season, year=made.year)
    if found := (same if made.code else same.filter(title=made.title)).first():
        raise RolloverRefused(
            _("%(edition)s is there already, at /%(slug)s/. Choose another year or season.")
            % {"edition": found, "slug": found.slug}
        )
    made.slug = importing.free_slug(made)
    return made


def readme_of(edition: CourseEdition) -> tuple[Redating | None, str]:
    """Plan.source and Plan.text."""
    text = writing.export(edition).text if importing.last_read(edition).text else ""
    try:
        return (Redating(text) if text else None), text
    except ValueError:
        return None, text


def holidays(made: CourseEdition, wish: Wish) -> Copies:
    rows = []
    for place, free in enumerate(sorted(wish.free, key=lambda free: free.first), start=1):
        last = free.last if free.last != free.first else None
        title = free.title[:300] or _("Holiday")
        rows.append(Copy(None, Holiday(starts_on=free.first, ends_on=last, title=title, position=place)))
    return Copies(Holiday, rows)


def seal_of(edition: CourseEdition, made: CourseEdition, wish: Wish, tables: list[Copies], text: str) -> str:
    """Before any date is edited: all that the new edition takes over."""
    said: list[Any] = [edition.pk, edition.archived_at is None, made.title, made.season, made.year, text]
    said += [wish.week_one, [(free.first, free.last, free.title) for free in wish.free], wish.stays_open]
    said += [getattr(made, name) for name in EDITION_FIELDS]
    for table in tables:
        fields = [f.attname for f in table.model._meta.concrete_fields if f.name not in ("id", "code", "edition")]
        links = [f"{link}_id" for link in table.links]
        said.append([[row.source.pk, *(getattr(row.source, link) for link in links)] for row in table.rows])
        said.append([[getattr(row.made, name) for name in fields if name not in links] for row in table.rows])
    return digest(said)


def put_edits(made_up: Plan, wish: Wish) -> None:
    dates = made_up.dates
    for key, day in wish.dates.items():
        if (dated := dates.get(key)) is None:
            raise RolloverRefused(_("There is no date “%(key)s” in this plan.") % {"key": key})
        if day is None and not dated.field.null:
            raise RolloverRefused(_("“%(key)s” needs a date.") % {"key": key})
        if day is not None and isinstance(day, datetime) is not dated.has_time:
            raise RolloverRefused(_("“%(key)s” is a day, or a day and a time: write it as it stands.") % {"key": key})
        dated.new = day  # type: ignore[assignment]
    for table in made_up.tables:
        for row in table.rows:
            row.put_dates(made_up.edition.zone)
            freed = [each for each in row.dates if each.name == "released_at" and each.new is None]
            if freed and isinstance(row.made, Release):
                row.made.is_held = True  # neither held nor with a time, it would be released at once
                made_up.held.append(str(row.source))


def known_holidays(made_up: Plan) -> dict[date, str]:
    days = [as_time(each.new).date() for each in made_up.dates.values() if each.new is not None]
    days = [day for day in days if FIRST_YEAR <= day.year < LAST_YEAR]
    return public_holidays(min(days), max(days), made_up.edition.timezone) if days else {}


def still_to_come(edition: CourseEdition, now: datetime) -> list[Clash]:
    """What an archive would not remind of any more."""
    ahead = [entry for entry in agenda.collect(edition, now) if entry.is_ahead(now) and not entry.is_open_ended]
    if not ahead or edition.is_archived:
        return []
    last = ahead[-1]
    said = {"edition": edition, "title": last.title, "day": date_format(last.days(edition.zone)[1], "j F Y")}
    return [Clash("", _("%(edition)s is not over: “%(title)s” is on %(day)s, and an archive is closed.") % said)]


def remarks_on(edition: CourseEdition, wish: Wish, made_up: Plan) -> list[str]:
    said = []
    if not wish.free and (old := list(Holiday.objects.filter(edition=edition, is_missing=False))):
        days = ", ".join(date_format(each.starts_on, "j F Y") for each in old[:10])
        said.append(
            _("No days without class are given, so every week has class. %(edition)s had none on %(days)s.")
            % {"edition": edition, "days": days}
        )
    if not public_holidays(date(2026, 1, 1), date(2026, 12, 31), edition.timezone):
        said.append(
            _("Public holidays are not known for the time zone %(zone)s: look at them yourself.")
            % {"zone": edition.timezone}
        )
    for name in made_up.held:
        said.append(_("“%(name)s” has no release time: it is held back until you release it.") % {"name": name})
    said.append(_("Milestones and exam sessions come unpublished, without slots and appointments: cut new ones."))
    return said + [table.remark for table in made_up.tables if table.remark]


# --- Writing it ----------------------------------------------------------------------------------------------------


def apply(
    edition: CourseEdition,
    wish: Wish,
    *,
    now: datetime,
    by: User | None = None,
    seal: str | None = None,
    looked_at: str | None = None,
    confirmed: bool = False,
) -> Plan:
    """Plan again under the old edition's lock and write it, all or nothing. `by` teaches the new edition.

    Raises PlanChanged where the plan is not the one with that seal, ClashesOpen where its clashes are neither
    `confirmed` nor those with the seal `looked_at`, and RolloverRefused.
    """

    def once() -> Plan:
        copied: list[Copies] = []
        try:
            with transaction.atomic():
                old = CourseEdition.objects.select_for_update().get(pk=edition.pk)
                made_up = plan(old, wish, now)
                if seal is not None and made_up.seal != seal:
                    raise PlanChanged
                if fault := next((clash for clash in made_up.clashes if clash.is_fault), None):
                    raise RolloverRefused(fault.sentence)
                if made_up.clashes and not confirmed and looked_at != made_up.clash_seal:
                    raise ClashesOpen
                copied += made_up.tables
                write(made_up, by)
                if not wish.stays_open and not old.is_archived:
                    old.mark_archived(now)
                return made_up
        except BaseException as problem:
            drop_files(copied)
            if isinstance(problem, FileNotCopied):
                raise RolloverRefused(str(problem)) from problem
            raise

    return retried(once)


def write(made_up: Plan, by: User | None) -> None:
    made = made_up.made
    made.save(force_insert=True)
    if by is not None:
        Enrolment.objects.create(edition=made, user=by, role=Enrolment.Role.INSTRUCTOR)
    *tables, free = made_up.tables
    known: dict[tuple[Any, int], Any] = {}
    for table in tables:
        table.write(made, known)
    if made_up.source is not None:
        text = made_up.source.moved(made_up.weeks.moved)
        made_up.unwritten = rollover_text.write(made, text, tables, free)
    else:
        free.write(made, known)
        made_up.unwritten = rollover_text.write_unmoved(made, made_up.text)
    for table in tables:
        made_up.unwritten += table.lost


def first_monday(edition: CourseEdition) -> date | None:
    """A year later, on the same week: what the form proposes."""
    taught = days_taught(edition)
    return monday_of(min(taught)) + timedelta(weeks=52) if taught else None
