"""What no model can say: no two events of one person or room overlap, in the database's own words, and the cache table.

Postgres has exclusion constraints (btree_gist, a trusted extension since version 13). SQLite has triggers.
"""

from django.core.management import call_command
from django.db import migrations

POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE coursesite_occupancy ADD CONSTRAINT occupancy_no_overlap"
    " EXCLUDE USING gist (resource WITH =, tstzrange(starts_at, ends_at) WITH &&)",
)
SQLITE = tuple(
    f"""
    CREATE TRIGGER occupancy_no_overlap_{verb.lower()} BEFORE {verb} ON coursesite_occupancy
    WHEN EXISTS (
        SELECT 1 FROM coursesite_occupancy
        WHERE resource = NEW.resource AND starts_at < NEW.ends_at AND NEW.starts_at < ends_at AND id IS NOT NEW.id
    )
    BEGIN SELECT RAISE(ABORT, 'occupancy_no_overlap'); END
    """
    for verb in ("INSERT", "UPDATE")
)


def add_guards(apps, schema_editor):
    connection = schema_editor.connection
    for statement in POSTGRES if connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove_guards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE coursesite_occupancy DROP CONSTRAINT occupancy_no_overlap")
    else:
        for verb in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER occupancy_no_overlap_{verb}")


def add_cache_table(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("coursesite", "0001_initial")]

    operations = [
        migrations.RunPython(add_guards, remove_guards),
        migrations.RunPython(add_cache_table, migrations.RunPython.noop),
    ]
