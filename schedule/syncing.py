"""Bring the rows of a table to what a README says, without losing what a person typed since.

Three values meet in each field: what the file says now, what it said at the last import (`SourceRow.imported`), and
what the row holds. A field is written only where the file changed it, and kept where a person had changed it as well.
At most three statements for each table, whatever the number of rows: one SELECT, one INSERT, one UPDATE.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from typing import Any

from coursesite.inserting import insert
from coursesite.models import CourseEdition
from schedule.models import SourceRow

Key = Callable[[dict[str, Any]], Any]  # plain values -> something hashable; None: this row has no such key
Sides = dict[int, dict[str, Any]]  # plain values of rows, by primary key


class Outcome(Enum):
    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    MISSING = "missing"
    UNCHANGED = "unchanged"


@dataclass(eq=False)
class Fact:
    """A row as the file says it; `values` is empty for a row that the file no longer has.

    `links` are foreign keys by field: the fact of the other row, which may not be written yet. `name` is the label by
    which other facts refer to this one; a link to a fact without a name is a part of what a row is, and never changes.
    """

    values: dict[str, Any]
    line: int | None = None
    links: dict[str, "Fact | None"] = field(default_factory=dict)
    name: str = ""
    row: Any = None  # the SourceRow, once it is known
    outcome: Outcome = Outcome.ADDED
    changes: dict[str, tuple[Any, Any]] = field(
        default_factory=dict
    )  # field -> (what the row holds, what the file says)
    kept: set[str] = field(default_factory=set)  # changed in the file and by a person: the person's value stays
    is_stale: bool = False  # something to write that is no news: its line, its order, what the file said

    @property
    def says(self) -> dict[str, Any]:
        """What the file says, as JSON keeps it, with the names of the linked facts."""
        names = {field: other.name if other else "" for field, other in self.links.items() if not other or other.name}
        return {name: plain(value) for name, value in self.values.items()} | names


Said = tuple[Fact, dict[str, Any]]  # with its plain values and the keys of its links


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | time) else value


def by(*fields: str) -> Key:
    """The key of these fields together; a row with one of them empty has no such key."""

    def key(values: dict[str, Any]) -> tuple[Any, ...] | None:
        parts = tuple(values.get(name) for name in fields)
        return None if any(part in (None, "") for part in parts) else parts

    return key


def everything(values: dict[str, Any]) -> str:
    """The key of a row that has no other: all that is said of it, but for its place."""
    said = {name: value for name, value in values.items() if name != "position" and not name.endswith("_id")}
    return json.dumps(said, sort_keys=True, default=str)


@dataclass
class Table:
    """The plan for one model. `parent` names the link whose row a change here belongs to, as a lecture's materials.

    `is_dated`: its rows are rows of the schedule, of which an import should not lose many unasked.
    """

    model: type[SourceRow]
    facts: list[Fact]
    parent: str = ""
    is_dated: bool = False

    @property
    def needs_writing(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.outcome is not Outcome.UNCHANGED or fact.is_stale]

    def write(self, edition: CourseEdition) -> None:
        """Insert what is new and update what changed. Tables are written in order, links point to earlier ones."""
        facts = self.needs_writing
        for fact in facts:
            fill(fact, self.model(edition=edition) if fact.row is None else fact.row)
        insert([fact.row for fact in facts if fact.outcome is Outcome.ADDED])
        if old := [fact for fact in facts if fact.outcome is not Outcome.ADDED]:
            columns = {"source_line", "is_missing", "imported"}.union(*(fact.says for fact in old))
            self.model._default_manager.bulk_update([fact.row for fact in old], sorted(columns))


def fill(fact: Fact, row: SourceRow) -> None:
    """Put on the row what the file changed and no person did."""
    fact.row = row
    row.is_missing = fact.outcome is Outcome.MISSING
    if row.is_missing:
        return
    links = {field: other.row if other else None for field, other in fact.links.items()}
    for name, value in (fact.values | links).items():
        if name in fact.changes or fact.outcome is Outcome.ADDED:
            setattr(row, name, value)
    row.imported, row.source_line = fact.says, fact.line


def compare(
    model: type[SourceRow],
    rows: Iterable[SourceRow],
    facts: Sequence[Fact],
    *keys: Key,
    moves: Sequence[str] = (),
    parent: str = "",
    is_dated: bool = False,
    title: Key | None = None,
) -> Table:
    """Match the facts with the rows by the first key that finds a partner, and find out what each one needs.

    A row is known by what the file last said of it, else by what it holds: a person added it, or the file now says what
    a person had changed (it was written from the rows). A row that is missing comes back by all of the first key, else
    only for what is none of the rows that are there. Keys also see the primary keys of links (`lecture_id`).
    `moves` are the fields whose change is a move. A row that never came from a file is not missing when the file lacks
    it. With a `title`, no fact is new and no row missing where the other has its title (match_by_title).
    """
    for position, fact in enumerate(facts, start=1):
        fact.values["position"] = position
    free = {row.pk: row for row in sorted(rows, key=lambda row: row.is_missing)}  # what is there comes first
    links = tuple(facts[0].links) if facts else ()
    fields = [name for name in (facts[0].values if facts else ()) if name != "position"]
    parents = {pk: {f"{link}_id": getattr(row, f"{link}_id") for link in links} for pk, row in free.items()}
    holds = {pk: {name: plain(getattr(row, name)) for name in fields} | parents[pk] for pk, row in free.items()}
    known = {pk: (row.imported or holds[pk]) | parents[pk] for pk, row in free.items()}
    last = () if parent else ((everything, known),)
    says = [(fact, fact.says | keys_of_links(fact)) for fact in facts] if free else []
    tries = (*itertools.product(keys, (known, holds)), *last)
    match(says, free, tries[:2])
    match(says, free, tries, of_missing=False)
    if title and says and match_by_title(title, says, free, (known, holds)):
        match(says, free, tries, of_missing=False)
        match_between(says, free)
    match(says, free, tries)
    for fact in facts:
        if fact.row is not None:
            judge(fact, moves)
    gone = [
        Fact({}, row.source_line, row=row, outcome=Outcome.UNCHANGED if row.is_missing else Outcome.MISSING)
        for row in free.values()
        if row.imported
    ]
    return Table(model, [*facts, *gone], parent, is_dated)


def match(
    says: Sequence[Said], free: dict[int, Any], tries: Iterable[tuple[Key, Sides]], *, of_missing: bool = True
) -> None:
    """Give facts without a row one of the free rows, by the first key that finds one."""
    for key, sides in tries:
        if not free or all(fact.row for fact, _values in says):
            return
        places: dict[Any, list[int]] = {}
        for pk, row in free.items():
            if of_missing or not row.is_missing:
                places.setdefault(key(sides[pk]), []).append(pk)
        places.pop(None, None)
        for fact, values in says:
            if fact.row is None and (partners := places.get(key(values))):
                fact.row = free.pop(partners.pop(0))


def match_by_title(title: Key, says: Sequence[Said], free: dict[int, Any], sides: Sequence[Sides]) -> bool:
    """Where a schedule shifts, each class stands on the day of another, and only its title tells which one it is.

    So where a fact would be new although a row has its title, or a row missing although a fact has its title, titles
    come first. Whether they did: then some facts and rows are without a partner again.
    """
    holders = {fact.row.pk: fact for fact, _values in says if fact.row}
    rows = {pk: fact.row for pk, fact in holders.items()} | free
    titles = {pk: {title(side[pk]) for side in sides} - {None} for pk in rows}
    astray = {fact: title(values) for fact, values in says}
    for pk, fact in holders.items():
        if astray[fact] in titles[pk]:
            del astray[fact], rows[pk]
    places: dict[Any, list[int]] = {}  # the first row last
    for pk in reversed(rows):
        for name in titles[pk]:
            places.setdefault(name, []).append(pk)
    names = set(astray.values())
    is_new = any(fact.row is None and name in places for fact, name in astray.items())
    if not is_new and all(row.is_missing or titles[pk].isdisjoint(names) for pk, row in free.items()):
        return False
    taken: dict[int, Fact] = {}
    for fact, name in astray.items():
        while partners := places.get(name):  # a row may stand there by two titles
            if taken.setdefault(partners.pop(), fact) is fact:
                break
    paired = set(taken.values())
    for fact in astray:
        if fact.row and (fact in paired or fact.row.pk in taken):
            free[fact.row.pk] = fact.row
            fact.row = None
    for pk, fact in taken.items():
        fact.row = rows[pk]
        free.pop(pk, None)
    return True


def between(items: Sequence[Any]) -> Iterable[tuple[Any, Any, Any]]:
    """Each with the one before and the one after it."""
    return zip([None, *items], items, [*items[1:], None], strict=False)


def match_between(says: Sequence[Said], free: dict[int, Any]) -> None:
    """What stands alone between the same two rows as before is the same one."""
    facts = [fact for fact, _values in says]
    live = {fact.row.pk: fact.row for fact in facts if fact.row} | free
    order = sorted((row for row in live.values() if not row.is_missing), key=lambda row: (row.position, row.pk))
    places = {(before, after): row for before, row, after in between(order)}
    for before, fact, after in between(facts):
        if fact.row is None and (before is None or before.row) and (after is None or after.row):
            row = places.get((before and before.row, after and after.row))
            if row and row.pk in free:
                fact.row = free.pop(row.pk)


def keys_of_links(fact: Fact) -> dict[str, int]:
    return {f"{link}_id": other.row.pk for link, other in fact.links.items() if other and other.row}


def judge(fact: Fact, moves: Sequence[str]) -> None:
    """What the file changed on this row, and what of it a person had changed too."""
    row, says = fact.row, fact.says
    fact.is_stale = says != row.imported or fact.line != row.source_line
    for name, now in says.items():
        held = getattr(row, name)
        holds = getattr(held, "label", "") if name in fact.links else plain(held)
        before = row.imported.get(name, "")
        if before == now or holds == now:
            continue
        if holds in (before, "", None, [], {}):
            fact.changes[name] = (holds, now)
        else:
            fact.kept.add(name)
    news = set(fact.changes) - {"position"}
    if news & set(moves):
        fact.outcome = Outcome.MOVED
    elif news or row.is_missing:
        fact.outcome = Outcome.CHANGED
    else:
        fact.outcome = Outcome.UNCHANGED
