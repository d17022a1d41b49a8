"""A row with the rows that it belongs to, up to its edition, and the viewer's place there: one statement by hand.

Every click of a person begins with it. Django would word the same joins anew each time, which takes it ten times as
long as the database takes to answer; here they are worded once in a process.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.db import connection
from django.db.models import Model

NOT_ON_PAGES = {"imported", "source_line", "position", "reply_to", "created_at", "digested_on"}


@cache
def shown(model: Any) -> tuple[Any, ...]:
    """The fields of a model but those that no page shows; a column for each."""
    return tuple(field for field in model._meta.concrete_fields if field.name not in NOT_ON_PAGES)


@dataclass(frozen=True)
class Part:
    """One model of the statement: where its row goes, and which of the values are its columns."""

    model: Any
    parent: str  # the path of the row that belongs to it
    name: str  # of the relation there; empty for the row that is looked for
    attributes: list[str]
    columns: slice


class Joined:
    """How a row of `model` is looked for: by its field `by`, within an edition.

    paths: to the rows that come with it, in the order of the joins; its edition is among them or itself. more: SQL of
    further attributes, by their names.
    """

    def __init__(self, model: type[Model], *paths: str, by: str = "", more: dict[str, str] | None = None):
        self.model: Any = model
        self.paths, self.by, self.more = paths, by, more or {}
        self.to_edition = next((path for path in paths if path.endswith("edition")), "")

    def read(self, edition: str, person: int | None, value: Any = None, more: Sequence[Any] = ()) -> tuple[Any, Any]:
        """The row whose field has this value, and its edition, by the edition's slug. One query.

        person: the viewer's id, whose place in the edition comes as its `enrolment_id` and `enrolment_role`; None is
        nobody, and in no place. more: the values for the placeholders in `more`. LookupError: there is no such row.
        """
        asked = [self.model._meta.get_field(self.by).get_db_prep_value(value, connection)] if self.by else []
        try:
            with connection.cursor() as cursor:
                cursor.execute(self.sql, [*more, person, *asked, edition])  # in the order of the text
                values = list(cursor.fetchone() or ())
        except OverflowError:  # SQLite's, of a number that no row can have
            values = []
        if not values:
            raise LookupError(value)
        for number, column, converters in self.converted:
            for convert in converters:
                values[number] = convert(values[number], column, connection)
        rows: dict[str, Any] = {}
        for path, part in self.parts.items():
            rows[path] = part.model.from_db(connection.alias, part.attributes, values[part.columns])
            if path:
                setattr(rows[part.parent], part.name, rows[path])
        found = rows[self.to_edition]
        found.enrolment_id, found.enrolment_role, *others = values[len(self.fields) :]
        for name, other in zip(self.more, others, strict=True):
            setattr(rows[""], name, other)
        return rows[""], found

    @cached_property
    def parts(self) -> dict[str, Part]:
        """By path."""
        found: dict[str, Part] = {}
        start = 0
        for path in ("", *self.paths):
            parent, _, name = path.rpartition("__")
            model = found[parent].model._meta.get_field(name).related_model if name else self.model
            # Boards are asked for by everybody at once: what the agenda alone reads is left out there.
            own = [field for field in shown(model) if not (self.paths and field.name.endswith("_offsets"))]
            columns = slice(start, start := start + len(own))
            found[path] = Part(model, parent, name, [field.attname for field in own], columns)
        return found

    @cached_property
    def fields(self) -> list[Any]:
        """What is selected, in this order."""
        parts = self.parts.values()
        return [part.model._meta.get_field(name) for part in parts for name in part.attributes]

    @cached_property
    def converted(self) -> list[tuple[int, Any, list[Callable[..., Any]]]]:
        """The values that this database keeps otherwise than Python."""
        columns = [field.get_col(field.model._meta.db_table) for field in self.fields]
        both = [connection.ops.get_db_converters(each) + each.get_db_converters(connection) for each in columns]
        return [(number, columns[number], converters) for number, converters in enumerate(both) if converters]

    @cached_property
    def sql(self) -> str:
        joins = []
        for part in self.parts.values():
            if part.name:
                above, table = self.parts[part.parent].model._meta, part.model._meta.db_table
                link = above.get_field(part.name).column
                joins.append(f"JOIN {table} ON {table}.id = {above.db_table}.{link}")
        selected = [f"{field.model._meta.db_table}.{field.column}" for field in self.fields]
        selected += ["place.id", "place.role", *self.more.values()]
        table, rules = self.model._meta.db_table, ["coursesite_courseedition.slug = %s"]
        if self.by:
            rules = [f"{table}.{self.model._meta.get_field(self.by).column} = %s", *rules]
        return f"""
            SELECT {", ".join(selected)} FROM {table} {" ".join(joins)}
            LEFT JOIN coursesite_enrolment place
                ON place.edition_id = coursesite_courseedition.id AND place.user_id = %s
            WHERE {" AND ".join(rules)}"""  # noqa: S608 - names of our own tables
