"""What the rows of an edition say that its README does not: the changes to write back, as plain records."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite.models import CourseEdition
from schedule import importing
from schedule.course import FOLLOWING
from schedule.echoes import has_directed_work
from schedule.models import SourceRow
from schedule.readme import Parsed
from schedule.readme_dates import without_dates
from schedule.syncing import Fact, Table, plain
from schedule.writing_layout import FIELDS
from schedule.writing_rows import DAYS, Record

Pair = tuple[Record | None, Record | None]
EDITION = "courseedition"
EDITION_FIELDS = ("code", "title", "season", "year")


@dataclass(frozen=True)
class Entry:
    """What the file says of one thing, and at which lines."""

    record: Record
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Edit:
    """`old` is what the file says (None: nothing yet), `new` what the site holds (None: it is gone there).

    `links` are the materials of a lecture that differ, each as old and new.
    """

    model: type[Any]
    about: str
    old: Record | None
    new: Record | None
    links: tuple[Pair, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)


def tables_of(edition: CourseEdition, parsed: Parsed) -> list[Table]:
    return [table for part in importing.parts() for table in part.plan(edition, parsed)]


def kind_of(table: Table) -> str:
    return str(table.model._meta.model_name)


def entries(parsed: Parsed, tables: Sequence[Table] | None = None) -> dict[str, list[Entry]]:
    """Everything that a README says, by the names of the models; the materials stand in their lectures."""
    tables = tables_of(CourseEdition(), parsed) if tables is None else tables
    found: dict[str, list[Entry]] = {EDITION: [Entry(importing.edition_facts(parsed), (1,))]}
    materials: dict[int, list[Record]] = {}
    for table in tables:
        if kind_of(table) == "material":
            for fact in table.facts:
                if fact.values:
                    materials.setdefault(id(fact.links["lecture"]), []).append(record_of(fact))
    for table in tables:
        kind = kind_of(table)
        if kind == "material":
            continue
        facts = [fact for fact in table.facts if fact.values]
        several: Any = {"lecture": parsed.lectures, "milestone": parsed.milestones}.get(kind)
        for number, fact in enumerate(facts):
            record = record_of(fact)
            if kind == "lecture":
                record["materials"] = materials.get(id(fact), [])
            lines = several[number].lines if several else ()
            found.setdefault(kind, []).append(Entry(record, lines or ((fact.line,) if fact.line else ())))
    return found


def record_of(fact: Fact) -> Record:
    return {name: value for name, value in fact.says.items() if name != "position"}


def tidy(value: Any) -> Any:
    """As a form gives it back: line ends and blanks at the ends do not count."""
    if not isinstance(value, str):
        return value
    return "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").split("\n")).strip()


def fingerprint(kind: str, record: Record) -> str:
    shown = {name: tidy(value) for name, value in record.items()}
    if kind == "milestone" or (kind == "section" and record["kind"] in FOLLOWING):
        shown["text"] = without_dates(shown["text"])  # they are in fields of their own
    if kind == "lecture":
        shown["materials"] = sorted(json.dumps(link, sort_keys=True) for link in record["materials"])
    return json.dumps(shown, sort_keys=True, default=str)


def said(parsed: Parsed) -> dict[str, Counter[str]]:
    """What the file says, in a form that two files can be compared by; sprints are what the rows name."""
    return {
        kind: Counter(fingerprint(kind, entry.record) for entry in found)
        for kind, found in entries(parsed).items()
        if kind != "sprint"
    }


# what the site changed


def held(row: SourceRow, name: str) -> Any:
    value = getattr(row, name)
    return value.label if name == "sprint" and value else "" if name == "sprint" else plain(value)


def changed(row: SourceRow, says: Record) -> Record:
    """What the file would say if it said what a person typed here since the import."""
    new = dict(says)
    for name, now in says.items():
        holds = held(row, name)
        was = row.imported.get(name, now)
        if tidy(holds) not in (tidy(now), tidy(was)):
            new[name] = tidy(holds)
    return new


def edits_of(edition: CourseEdition, parsed: Parsed) -> tuple[list[Edit], list[str]]:
    """What differs, the renamed sprints first; and what may never be written, as sentences."""
    tables = tables_of(edition, parsed)
    rows = {kind_of(table): rows_of(table, edition) for table in tables}
    for table in tables:
        matched(table, rows[kind_of(table)])
    edits = [*_edition_edits(edition, parsed)]
    links = _link_edits(tables, rows, timezone.now(), has_column=has_directed_work(parsed))
    for table in tables:
        kind = kind_of(table)
        if kind == "material":
            continue
        known = {fact.row.pk for fact in table.facts if fact.values and fact.row}
        for fact in table.facts:
            if not fact.values:
                continue
            old, row = record_of(fact), fact.row
            pairs = links.get(id(fact), [])
            if kind == "lecture":
                old["materials"] = [was for was, _now in pairs if was]
            if row is None or row.is_missing:
                if kind != "sprint":
                    edits.append(Edit(table.model, _about(table, row, old), old, None))
                continue
            new = changed(row, {name: value for name, value in old.items() if name != "materials"})
            if kind == "lecture":
                new["materials"] = [now for _was, now in pairs if now]
            if new != old:
                different = tuple((was, now) for was, now in pairs if was != now)
                edits.append(Edit(table.model, _about(table, row, old), old, new, different))
        for row in rows[kind]:
            if row.pk not in known and not row.is_missing and kind != "sprint":
                new = {name: tidy(held(row, name)) for name in FIELDS[kind]}
                if kind == "lecture":
                    new["materials"] = [now for _was, now in links.get(row.pk, []) if now]
                edits.append(Edit(table.model, _about(table, row, new), None, new))
    return _in_order(edits)


def rows_of(table: Table, edition: CourseEdition) -> list[Any]:
    rows: Any = table.model._default_manager.filter(edition=edition)
    return list(rows.select_related("sprint") if kind_of(table) == "lecture" else rows)


def is_for_all(row: Any, at: datetime) -> bool:
    """Whether a link may stand in a file that everybody reads: what is not released yet may not, nor what is not
    public. A file has no address in the repository."""
    return bool(row.href) and row.is_public and row.is_released(at)


def matched(table: Table, rows: list[Any]) -> None:
    """Facts without a row that the keys found: the row of which the file said just that."""
    taken = {fact.row.pk for fact in table.facts if fact.values and fact.row}
    for fact in table.facts:
        if fact.values and fact.row is None:
            says = record_of(fact)
            same = (row for row in rows if row.pk not in taken and says.items() <= row.imported.items())
            if fact.links.get("lecture"):
                same = (row for row in same if row.lecture_id == getattr(fact.links["lecture"].row, "pk", None))  # type: ignore[union-attr]
            if (row := next(same, None)) is not None:
                fact.row = row
                taken.add(row.pk)


def _edition_edits(edition: CourseEdition, parsed: Parsed) -> Iterator[Edit]:
    old, imported = importing.edition_facts(parsed), importing.last_read(edition).imported
    new = dict(old)
    for name in EDITION_FIELDS:
        holds = getattr(edition, name)
        if holds not in (old[name], imported.get(name, old[name])):
            new[name] = holds
    if new != old:
        yield Edit(CourseEdition, str(edition), old, new)


def _link_edits(
    tables: list[Table], rows: dict[str, list[Any]], at: datetime, *, has_column: bool
) -> dict[int, list[tuple[Record | None, Record | None]]]:
    """The materials by the fact of their lecture (by its row where the file does not have it), as old and new.

    Where the schedule has one column for all links (not `has_column` for directed work), a link stands in that.
    """
    found: dict[int, list[Pair]] = {}
    only = {} if has_column else {"column": "material"}
    table = next(table for table in tables if kind_of(table) == "material")
    lectures = next(table for table in tables if kind_of(table) == "lecture")
    facts = {fact.row.pk: id(fact) for fact in lectures.facts if fact.values and fact.row}
    known = set()
    for fact in table.facts:
        if not fact.values:
            continue
        old, row = record_of(fact), fact.row
        if row:
            known.add(row.pk)
        # What the file says it may go on saying, and no more than that before the release.
        is_open = row is not None and is_for_all(row, at)
        new = None if row is None or row.is_missing else changed(row, old) | only if is_open else old
        found.setdefault(id(fact.links["lecture"]), []).append((old, new))
    for row in sorted(rows["material"], key=lambda row: (row.position, row.pk)):
        if row.pk not in known and not row.is_missing and is_for_all(row, at):
            new = {name: tidy(held(row, name)) for name in FIELDS["material"]} | only
            found.setdefault(facts.get(row.lecture_id, row.lecture_id), []).append((None, new))
    return found


def _about(table: Table, row: Any, record: Record) -> str:
    name = str(row) if row is not None else ""
    name = name or next((record[field] for field in ("title", "label", "name") if record.get(field)), "…")
    return f"{table.model._meta.verbose_name} “{name}”"


def _in_order(edits: list[Edit]) -> tuple[list[Edit], list[str]]:
    """Renamed sprints, changes, what is new in order of date, what is gone; mail addresses stay where they were."""
    refused, kept = [], []
    for edit in edits:
        new = edit.new
        if edit.kind == "staffmember" and new and new["email"] and not (edit.old and edit.old["email"]):
            new = new | {"email": ""}
            refused.append(refusal(edit, _("a mail address is written only where the file had one")))
        if new != edit.old:
            kept.append(replace(edit, new=new))

    def place(edit: Edit) -> tuple[int, str]:
        group = 0 if edit.kind == "sprint" else 3 if edit.new is None else 2 if edit.old is None else 1
        day = (edit.new or {}).get(DAYS[edit.kind][0]) if group == 2 and edit.kind in DAYS else ""
        return group, day or ""

    return sorted(kept, key=place), refused


def refusal(edit: Edit, what: str) -> str:
    change = f"{edit.about}: {what}" if what else edit.about
    return _("This change cannot be written into the file: %(change)s.") % {"change": change}


def whole(edition: CourseEdition) -> list[Edit]:
    """Everything that the rows of an edition without a README say, as what is to be written first."""
    tables, now = tables_of(edition, Parsed()), timezone.now()
    rows = {kind_of(table): [row for row in rows_of(table, edition) if not row.is_missing] for table in tables}
    edits = []
    for table in tables:
        kind = kind_of(table)
        if kind in ("sprint", "material"):
            continue
        for row in rows[kind]:
            new = {name: tidy(held(row, name)) for name in FIELDS[kind]}
            if kind == "lecture":
                own = [m for m in rows["material"] if m.lecture_id == row.pk and is_for_all(m, now)]
                own.sort(key=lambda m: (m.position, m.pk))
                new["materials"] = [{name: tidy(held(m, name)) for name in FIELDS["material"]} for m in own]
            edits.append(Edit(table.model, _about(table, row, new), None, new))
    return edits
