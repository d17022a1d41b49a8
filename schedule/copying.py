"""The rows of an edition as a next edition takes them over: the same words, other days. Nothing is written here but
what Copies.write() is asked to write."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.utils.translation import gettext as _

from coursesite.clock import NoSuchTime, localise
from coursesite.models import CourseEdition
from coursesite.uploads import reason_of
from schedule.models import SourceRow


class FileNotCopied(Exception):
    """One sentence: which, and why."""


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
    files: list[tuple[Any, str]] = field(default_factory=list)  # copies of bytes: their storage and name
    lost: list[str] = field(default_factory=list)  # sentences about bytes that are not there any more
    remark: str = ""  # what a person should know of them

    def write(self, edition: CourseEdition, known: dict[tuple[Any, int], Any]) -> None:
        """`known`: the new rows so far, by the model and key of the old ones."""
        for row in self.rows:
            if hasattr(row.made, "edition_id"):
                row.made.edition = edition
            for link in self.links:
                target = self.model._meta.get_field(link).related_model
                setattr(row.made, link, known.get((target, getattr(row.source, f"{link}_id"))))
        for column in self.model._meta.concrete_fields:
            if isinstance(column, models.FileField):
                for row in self.rows:
                    self.take_file(row, column)
        self.model._default_manager.bulk_create([row.made for row in self.rows])
        known.update({(self.model, row.source.pk): row.made for row in self.rows if row.source})

    def take_file(self, row: Copy, column: models.FileField) -> None:
        """Raises FileNotCopied. Where the old one is lost, the new row says of none."""
        kept = getattr(row.source, column.name)
        if not kept:
            return
        said = {"file": getattr(row.source, f"{column.name}_name", "") or kept.name, "row": row.source}
        try:
            name = copied_file(row, column.name)
        except OSError as error:
            said["reason"] = reason_of(error)
            raise FileNotCopied(_("The file %(file)s of “%(row)s” could not be copied: %(reason)s.") % said) from error
        setattr(row.made, column.name, name)
        if name:
            self.files.append((kept.storage, name))
            return
        for about, none in ((f"{column.name}_name", ""), (f"{column.name}_size", 0)):
            if hasattr(row.made, about):
                setattr(row.made, about, none)
        self.lost.append(_("The file %(file)s of “%(row)s” is lost, so it was not copied: give it again.") % said)


def copied_file(row: Copy, name: str) -> str:
    """The name of bytes of its own, so that what is deleted of one edition stays in the other; "" where they are lost.

    From disk to disk, never whole in memory.
    """
    kept = getattr(row.source, name)
    try:
        file = kept.open("rb")
    except FileNotFoundError:
        return ""
    with file:
        copy: str = kept.storage.save(kept.field.generate_filename(row.made, kept.name), file)
    return copy


def drop_files(tables: Iterable[Copies]) -> None:
    """The bytes that were copied for rows which are not written after all."""
    for table in tables:
        for storage, name in table.files:
            with suppress(OSError):  # an orphan: the nightly cleaning has it
                storage.delete(name)


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
