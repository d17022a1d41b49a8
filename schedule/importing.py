"""From a README to an edition: read, plan, and apply in one transaction, over all apps.

Each app plans its own tables in `course.py` (settings.COURSE_PARTS): `plan(edition, parsed) -> list[Table]`.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from coursesite.booking import retried
from coursesite.clock import FIRST_YEAR, LAST_YEAR
from coursesite.models import RESERVED_SLUGS, CourseEdition, Readme
from schedule.readme import Issue, Parsed
from schedule.syncing import Fact, Outcome, Table

IDENTITY = ("code", "season", "year")  # which course it is, and when
TOO_MANY_MISSING = 5  # a fifth of the schedule or more: somebody should have a look
SEASONS = {
    "spring": CourseEdition.Season.SPRING,
    "printemps": CourseEdition.Season.SPRING,
    "summer": CourseEdition.Season.SUMMER,
    "été": CourseEdition.Season.SUMMER,
    "fall": CourseEdition.Season.FALL,
    "autumn": CourseEdition.Season.FALL,
    "automne": CourseEdition.Season.FALL,
    "winter": CourseEdition.Season.WINTER,
    "hiver": CourseEdition.Season.WINTER,
}


class ImportRefused(Exception):
    """Nothing was written. `issues` say why and what to do, with their lines."""

    def __init__(self, issues: Sequence[Issue]):
        super().__init__(" ".join(issue.message for issue in issues))
        self.issues = tuple(issues)


class PlanChanged(Exception):
    """Nothing was written: the plan is no longer the one that was previewed."""


@dataclass
class Plan:
    """What applying would do. `edition` is not saved where the file opens a new one."""

    edition: CourseEdition
    parsed: Parsed
    tables: list[Table] = field(default_factory=list)
    is_news: bool = False  # the edition's own fields or its source text change
    # Of the edition's own fields, as of a row's (syncing.Fact): (what it holds, what the file says).
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Rows by outcome. A change of a lecture's link is a change of the lecture."""
        outcomes: dict[tuple[Any, int], Outcome] = {}
        for table in self.tables:
            for fact in table.facts:
                if not table.parent:
                    outcomes[table.model, place(fact)] = fact.outcome
        for table in self.tables:
            if table.parent:
                above = table.model._meta.get_field(table.parent).related_model
                for fact in table.facts:
                    linked = fact.links.get(table.parent)
                    key = (above, place(linked) if linked else getattr(fact.row, f"{table.parent}_id"))
                    if fact.outcome is not Outcome.UNCHANGED and outcomes.get(key) is Outcome.UNCHANGED:
                        outcomes[key] = Outcome.CHANGED
        counted = Counter(outcomes.values())
        return {outcome.value: counted[outcome] for outcome in Outcome}

    @property
    def seal(self) -> str:
        """What was previewed, in short: the same for the same plan and no other. Ask before the plan is written."""
        said = [
            self.edition.pk,
            self.parsed.source,
            [self.changes, self.kept],
            [[issue.code, issue.line, issue.message] for issue in self.questions],
            [[table.model._meta.label, [sealed(fact) for fact in table.facts]] for table in self.tables],
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def questions(self) -> tuple[Issue, ...]:
        """What a person must confirm before this is applied."""
        asked = list(self.parsed.questions)
        if any(was and now for name, (was, now) in self.changes.items() if name in IDENTITY):
            other = _("The file calls the course differently than %(edition)s: it may be the README of another one.")
            asked.append(Issue("another-edition", None, other % {"edition": self.edition}, needs_tick=True))
        dated = [fact.outcome for table in self.tables if table.is_dated for fact in table.facts]
        missing = dated.count(Outcome.MISSING)
        there = len(dated) - dated.count(Outcome.ADDED)
        if missing and missing * TOO_MANY_MISSING >= there:
            gone = _(
                "%(missing)s of %(all)s rows of the schedule are no longer in the file and would be marked missing."
            )
            lost = gone % {"missing": missing, "all": there}
            asked.append(Issue("many-missing", None, lost, needs_tick=True))
        return tuple(asked)

    @property
    def is_empty(self) -> bool:
        return not self.is_news and not any(table.needs_writing for table in self.tables)


def place(fact: Fact) -> int:
    """By which the fact is known among those of its table: a negative number where its row is not written yet."""
    return fact.row.pk if fact.row and fact.row.pk else -id(fact)


def sealed(fact: Fact) -> list[Any]:
    """All that writing this fact depends on."""
    links = [[link, other and [other.row and other.row.pk, other.says]] for link, other in fact.links.items()]
    return [fact.outcome.value, fact.row and fact.row.pk, fact.says, links, fact.changes, sorted(fact.kept)]


def parts() -> list[ModuleType]:
    """What each app has of a course, in the order in which apps may know each other."""
    return [import_module(path) for path in settings.COURSE_PARTS]


def last_read(edition: CourseEdition) -> Readme:
    """The README that was imported last; an empty one where there is none."""
    read: Readme | None = getattr(edition, "readme", None)
    return read or Readme()


def has_tables() -> bool:
    """Whether `manage.py migrate` has been here. To look into the embedded database would make its file."""
    embedded: Any = connection if connection.vendor == "sqlite" else None
    if embedded and not embedded.is_in_memory_db() and not Path(embedded.settings_dict["NAME"]).exists():
        return False
    return CourseEdition._meta.db_table in connection.introspection.table_names()


def answers_of(read: Readme) -> tuple[int | None, bool | None]:
    """What a person had told the reader beside that text, as readme.parse() takes it: year, day first."""
    year, day_first = read.imported.get("answers", (None, None))
    return year, day_first


def zone_of(edition: CourseEdition | None) -> str:
    """The time zone in which a file for this edition (None: a new one) is read."""
    return edition.timezone if edition else settings.TIME_ZONE


def plan(parsed: Parsed, edition: CourseEdition | None = None) -> Plan:
    """What the file would change. Reads only. `edition` None: found by code, season and year, else a new one."""
    if parsed.errors:
        raise ImportRefused(parsed.errors)
    edition = edition or find_edition(parsed, CourseEdition.objects.all()) or new_edition(parsed)
    says = edition_facts(parsed)
    last = last_read(edition)
    changed = {name for name, value in says.items() if last.imported.get(name) != value}
    made = Plan(edition, parsed, is_news=bool(changed) or last.text != parsed.source)
    for name in changed - ({"year"} if says["year"] is None else set()):
        held = getattr(edition, name)
        is_free = not edition.pk or held in (last.imported.get(name), "", None)
        if held != says[name]:
            (made.changes if is_free else made.kept)[name] = (held, says[name])
        if is_free:
            setattr(edition, name, says[name])
    if edition.year is None or not FIRST_YEAR <= edition.year < LAST_YEAR:
        raise ImportRefused([without_a_year(edition.year)])
    for part in parts():
        made.tables += part.plan(edition, parsed)
    return made


def apply(
    parsed: Parsed,
    edition: CourseEdition | None = None,
    *,
    confirmed: bool = False,
    ticks: Collection[str] = (),
    seal: str | None = None,
) -> Plan:
    """Plan again under the edition's lock and write it, all or nothing; an unchanged file writes nothing.

    Raises ImportRefused for an archive, and with the plan's questions that are open: not `confirmed`, and their code
    not among `ticks`.
    Raises PlanChanged where the plan is not the one with that seal.
    """

    def once() -> Plan:
        with transaction.atomic():
            rows = CourseEdition.objects.select_for_update()
            kept = rows.get(pk=edition.pk) if edition else find_edition(parsed, rows)
            if kept:
                refuse_archive(kept)
            made = plan(parsed, kept or new_edition(parsed))
            if seal is not None and made.seal != seal:
                raise PlanChanged
            if not confirmed and (still_open := [issue for issue in made.questions if issue.code not in ticks]):
                raise ImportRefused(still_open)
            if not made.is_empty:
                write(made)
            return made

    return retried(once)  # who books or joins a group takes the edition's row last


def refuse_archive(edition: CourseEdition) -> None:
    """Raises ImportRefused."""
    if edition.is_archived:
        said = _("%(edition)s is an archive, and nothing is imported into it. Open it again first.")
        raise ImportRefused([Issue("archive", None, said % {"edition": edition})])


def write(made: Plan) -> None:
    edition, says = made.edition, edition_facts(made.parsed)
    if edition.pk is None:
        edition.slug = free_slug(edition)
        edition.save()
    else:
        edition.revision += 1  # its row is locked
        edition.save(update_fields=["revision", *says])
    read = Readme(edition=edition, text=made.parsed.source, imported=says | {"answers": made.parsed.answers})
    Readme.objects.bulk_create(
        [read], update_conflicts=True, unique_fields=["edition"], update_fields=["text", "imported"]
    )
    for table in made.tables:
        table.write(edition)


def new_edition(parsed: Parsed) -> CourseEdition:
    return CourseEdition(timezone=parsed.timezone)


def edition_facts(parsed: Parsed) -> dict[str, Any]:
    """The fields of an edition that a README states."""
    return {
        "code": parsed.edition.code,
        "title": parsed.edition.title or parsed.edition.code,
        "season": SEASONS.get(parsed.edition.season, ""),
        "year": parsed.edition.year or first_year(parsed),
    }


def without_a_year(year: int | None) -> Issue:
    years = {"year": year, "first": FIRST_YEAR, "last": LAST_YEAR - 1}
    if year is None:
        message = _("Neither the title nor a date says the year of the course. Give the year and import again.")
    else:
        message = _("The year %(year)s cannot be right: it must be from %(first)s to %(last)s.") % years
    return Issue("year-needed", None, message)


def first_year(parsed: Parsed) -> int | None:
    """Where the title names no year, the first dated class does."""
    return next((row.date.year for row in parsed.lectures if row.date), None)


def find_edition(parsed: Parsed, rows: QuerySet[CourseEdition]) -> CourseEdition | None:
    """The edition that the file is about: same code (title, where it has none), season and year."""
    says = edition_facts(parsed)
    name = {"code": says["code"]} if says["code"] else {"title": says["title"]}
    return rows.filter(season=says["season"], year=says["year"], **name).first()


def free_slug(edition: CourseEdition) -> str:
    """info9023-2026, or with the season where a course runs twice a year."""
    name = slugify(edition.code or edition.title)[:40] or "course"
    wishes = [f"{name}-{edition.year}", f"{name}-{edition.season or 'course'}-{edition.year}"]
    wishes += [f"{name}-{edition.year}-{number}" for number in range(2, 100)]
    taken = RESERVED_SLUGS | set(CourseEdition.objects.filter(slug__startswith=name).values_list("slug", flat=True))
    return next(wish for wish in wishes if wish not in taken)
