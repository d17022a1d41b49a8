"""What the projects have of a course: its milestones."""

from collections.abc import Iterator
from datetime import date, datetime
from itertools import count
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite.access import Viewer
from coursesite.booking import Phase, phase
from coursesite.clock import days_said
from coursesite.models import CourseEdition
from projects.models import Milestone
from schedule.copying import Copies, Shift, copies, days_of, shown
from schedule.readme import Parsed
from schedule.readme_dates import says_same_of
from schedule.search import Candidate
from schedule.syncing import Fact, Outcome, Table, by, compare


class Milestones(Table):
    def write(self, edition: CourseEdition) -> None:
        """An event that this brings, moves or takes away is another version of itself."""
        dated = [fact for fact in self.facts if is_event_changed(fact)]
        super().write(edition)
        if dated:
            Milestone.objects.filter(pk__in=[fact.row.pk for fact in dated]).mark_dated(timezone.now())


def is_event_changed(fact: Fact) -> bool:
    """Asked before it is written."""
    if fact.outcome in {Outcome.ADDED, Outcome.MISSING}:
        return True
    comes_back = bool(fact.values) and fact.row.is_missing
    return comes_back or bool(Milestone.EVENT & fact.changes.keys())


def plan(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    """Milestones, known by their number; those that the file does not number come after the others."""
    numbered = {item.number for item in parsed.milestones}
    spare = (number for number in count(1) if number not in numbered)
    facts = [
        Fact(
            {
                "number": item.number or next(spare),
                "kind": item.kind,
                "title": item.title,
                "text": item.text,
                "starts_on": item.start,
                "ends_on": item.end,
                "is_confirmed": item.confirmed,
            },
            item.lines[0] if item.lines else None,
        )
        for item in parsed.milestones
    ]
    rows = Milestone.objects.filter(edition=edition) if edition.pk else ()
    found = compare(Milestone, rows, facts, by("number"), moves=("starts_on", "ends_on"), is_dated=True)
    table = Milestones(found.model, found.facts, is_dated=True)
    for fact in table.facts:
        is_about_text = fact.outcome is Outcome.CHANGED and fact.changes.keys() - {"position"} == {"text"}
        if is_about_text and says_same_of((fact.values["starts_on"], fact.values["ends_on"]), *fact.changes["text"]):
            fact.outcome = Outcome.UNCHANGED  # its days stand in the row already: the sentence follows, as no news
    return [table]


def bands(edition: CourseEdition) -> QuerySet[Any, Any]:
    """Presentation days and booking windows, as schedule/course.py gives its holidays."""
    dated = Milestone.objects.filter(edition=edition, is_missing=False, starts_on__isnull=False)
    return dated.order_by().values_list("starts_on", "ends_on", "title", "kind", "number", "pk")


def searched(viewer: Viewer, now: datetime) -> Iterator[Candidate]:
    """One query. Who may not open its page finds a milestone on the course page."""
    may_open = viewer.is_student or viewer.is_staff
    for row in shown(Milestone, viewer.edition):
        row.edition = viewer.edition
        url = row.get_absolute_url() if may_open else f"{viewer.edition.get_absolute_url()}#project"
        about = (row.starts_on and days_said(row.starts_on, row.ends_on)) or ""
        yield Candidate(_("Milestones"), f"{row}: {row.title}" if row.title else str(row), url, (row.text,), about)


def taught(edition: CourseEdition) -> list[date]:
    """The days on which all groups present: they take the place of a class."""
    rows = shown(Milestone, edition).filter(kind=Milestone.Kind.DAY).order_by().values_list("starts_on", "ends_on")
    return [day for first, last in rows for day in days_of(first, last)]


def redate(edition: CourseEdition, shift: Shift) -> list[Copies]:
    """Milestones with their rules, to be published anew: slots are cut for the rooms and staff of their year."""
    rows = shown(Milestone, edition)
    found = copies(Milestone, rows, shift, prose=("title", "text"), fresh=("is_published", "revision", "sequence"))
    for row in found.rows:
        if row.made.kind == Milestone.Kind.DAY:  # reckoned: it goes into no calendar until somebody confirms it
            row.made.is_confirmed = False
    if not all(row.made.is_confirmed for row in found.rows):
        found.remark = _("Days on which all groups present are to be confirmed: until then nobody is invited to them.")
    return [found]


def page(edition: CourseEdition, now: datetime) -> dict[str, Any]:
    """Each milestone with its days and whether it can be booked now."""
    milestones = list(Milestone.objects.filter(edition=edition, is_missing=False))
    for milestone in milestones:
        milestone.edition = edition
    return {"milestones": [(milestone, phase(milestone, now) is Phase.OPEN) for milestone in milestones]}
