"""Many new rows by one statement with one value, for what is written while a lock is held.

Django and psycopg word each value of each row apart, which takes five times as long as the database takes to write it.
Here the rows go as one JSON text, and the database takes it apart.
"""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

# The items of a list, and one of them as this type. SQLite gives a value the type of its column.
OPENING = {
    "postgresql": ("jsonb_array_elements", "CAST(value ->> {number} AS {type})"),
    "sqlite": ("json_each", "json_extract(value, '$[{number}]')"),
}
AS_THEY_ARE = {str, int, bool, type(None)}


@cache
def statement(model: type[Model], names: tuple[str, ...], or_skip: bool) -> str:
    items, item = OPENING[connection.vendor]
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(item.format(number=number, type=uncut(field)) for number, field in enumerate(fields))
    ending = "ON CONFLICT DO NOTHING" if or_skip else f'RETURNING "{model._meta.pk.column}"'
    return f"""
        INSERT INTO "{model._meta.db_table}" ({columns})
        SELECT {values} FROM {items}(%s) AS value WHERE TRUE {ending}"""  # noqa: S608 - names of our own tables


def uncut(field: Any) -> str:
    """The type of the field's column. A cast to its length would cut what is too long, and tell nobody."""
    kind: str = field.db_type(connection)
    return "text" if kind.startswith("varchar") else kind


def stored(field: "Field[Any, Any]", values: list[Any]) -> list[Any]:
    """Values of the field as the database keeps them, for JSON."""
    if isinstance(field, JSONField):
        return [None if value is None else json.dumps(value, cls=field.encoder) for value in values]
    if AS_THEY_ARE.issuperset(map(type, values)):
        return values
    return [field.get_db_prep_value(value, connection) for value in values]


def insert_rows(
    model: type[Model], names: tuple[str, ...], rows: Iterable[Sequence[Any]], *, or_skip: bool = False
) -> list[Any]:
    """The primary keys of the new rows, in their order. One query.

    names: of the fields, all that have no default in the database; rows: their values as stored() gives them.
    or_skip: rows that a constraint forbids are left out, and no keys are told. Raises what an INSERT raises.
    """
    told = json.dumps(list(rows), default=str)
    with connection.cursor() as cursor:
        cursor.execute(statement(model, names, or_skip), [told])
        return [] if or_skip else [key for (key,) in cursor.fetchall()]


def insert(objects: Sequence[Model]) -> None:
    """New objects of one model, as bulk_create() would write them; each knows its primary key then. One query."""
    if not objects:
        return
    model = type(objects[0])
    fields: list[Any] = [field for field in model._meta.concrete_fields if not field.primary_key]
    told = [vars(each) for each in objects]
    columns = [stored(field, [values[field.attname] for values in told]) for field in fields]
    alias = connection.alias
    keys = insert_rows(model, tuple(field.attname for field in fields), zip(*columns, strict=True))
    for each, key in zip(objects, keys, strict=True):
        each.pk, each._state.adding, each._state.db = key, False, alias
