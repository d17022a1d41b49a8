"""The rows of an edition as a next edition takes them over: the same words, other days. Nothing is written here but
what Copies.write() is asked to write."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.db import models

from coursesite.clock import NoSuchTime, localise
from coursesite.models import CourseEdition
from schedule.models import SourceRow

Day = date | datetime  # a day, or a time on the wall clock of the edition


@dataclass
class Shift:
    """How the next edition moves what it takes over: days by `day`, instants by their day, prose by its dates."""

    day: Callable[[date], date]
    prose: Callable[[str], str]
    zone: ZoneInfo

    def wall(self, instant: datetime) -> datetime:
        """The same time on the wall clock, on the day to which its day moves."""
        local = instant.astimezone(self.zone).replace(tzinfo=None)
        return datetime.combine(self.day(local.date()), local.time())


@dataclass
class Dated:
    """A date of a row: `key` names it in forms and commands."""

    key: str
    field: Any  # of the model
    old: Day
    new: Day

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def has_time(self) -> bool:
        return isinstance(self.old, datetime)


@dataclass
class Copy:
    """A row and what it becomes. `source` is None for what only the next edition has: its holidays."""

    source: Any
    made: Any
    dates: list[Dated] = field(default_factory=list)
    prose: dict[str, tuple[str, str]] = field(default_factory=dict)  # field -> what it says, and what it will say

    def put_dates(self, zone: ZoneInfo) -> list[NoSuchTime]:
        """Give the new row its days and instants; what the wall clock never shows is not put, and is returned."""
        refused = []
        for dated in self.dates:
            try:
                value = localise(dated.new, zone) if isinstance(dated.new, datetime) else dated.new
            except NoSuchTime as error:
                refused.append(error)
            else:
                setattr(self.made, dated.name, value)
        return refused


@dataclass
class Copies:
    """All rows of one model that go along. `links` are foreign keys to rows of tables before this one."""

    model: type[Any]
    rows: list[Copy]
    links: tuple[str, ...] = ()

    def write(self, edition: CourseEdition, known: dict[tuple[Any, int], Any]) -> None:
        """`known`: the new rows so far, by the model and key of the old ones."""
        for row in self.rows:
            if hasattr(row.made, "edition_id"):
                row.made.edition = edition
            for link in self.links:
                target = self.model._meta.get_field(link).related_model
                setattr(row.made, link, known.get((target, getattr(row.source, f"{link}_id"))))
        files = [f.name for f in self.model._meta.concrete_fields if isinstance(f, models.FileField)]
        for row in self.rows:
            for name in files:
                take_file(row, name)
        self.model._default_manager.bulk_create([row.made for row in self.rows])
        known.update({(self.model, row.source.pk): row.made for row in self.rows if row.source})


def take_file(row: Copy, name: str) -> None:
    """Bytes of its own, so that what is deleted of one edition stays in the other. What is lost stays lost."""
    kept = getattr(row.source, name, None)
    if kept:
        with suppress(FileNotFoundError), kept.open("rb") as file:
            setattr(row.made, name, ContentFile(file.read(), name=kept.name))


def copies(
    model: type[Any],
    rows: Iterable[Any],
    shift: Shift,
    *,
    prose: tuple[str, ...] = (),
    links: tuple[str, ...] = (),
    fresh: tuple[str, ...] = (),
) -> Copies:
    """Every field of these rows goes along, but for `fresh` ones, which begin anew as in a new row; every date and
    instant moves."""
    skipped = {"id", "edition", "code", *fresh, *links}
    fields: list[Any] = [f for f in model._meta.concrete_fields if f.name not in skipped]
    found = []
    for source in rows:
        made = model(**{f.attname: getattr(source, f.attname) for f in fields if not isinstance(f, models.DateField)})
        row = Copy(source, made)
        for column in fields:
            value = getattr(source, column.attname)
            if isinstance(column, models.DateField) and value is not None:  # DateTimeField is one
                if not column.editable:  # when something happened, and no rule
                    continue
                is_instant = isinstance(value, datetime)
                old = value.astimezone(shift.zone).replace(tzinfo=None) if is_instant else value
                new = shift.wall(value) if is_instant else shift.day(value)
                row.dates.append(Dated(f"{model._meta.model_name}-{source.pk}-{column.name}", column, old, new))
        for name in prose:
            says = getattr(source, name)
            if says and (then := shift.prose(says)) != says:
                row.prose[name] = says, then
                setattr(made, name, then)
        if isinstance(made, SourceRow):
            made.imported = imported(source, prose, shift)
        row.put_dates(shift.zone)
        found.append(row)
    return Copies(model, found, links)


def imported(source: SourceRow, prose: tuple[str, ...], shift: Shift) -> dict[str, Any]:
    """What the file said, as it says it once its own dates have moved."""
    said = dict(source.imported)
    for name, value in said.items():
        column = source._meta.get_field(name)
        if value and isinstance(column, models.DateField):
            said[name] = shift.day(date.fromisoformat(value)).isoformat()
        elif value and name in prose:
            said[name] = shift.prose(value)
    return said


def shown(model: type[SourceRow], edition: CourseEdition) -> Any:
    """The rows of an edition that are still in its README, or were made by a person."""
    return model._default_manager.filter(edition=edition, is_missing=False)


def days_of(first: Any, last: Any) -> list[date]:
    """Every day of a stretch; of one day that day, of none nothing."""
    if first is None:
        return []
    return [first + timedelta(days=n) for n in range(((last or first) - first).days + 1)]
