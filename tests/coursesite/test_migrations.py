"""What a migration does with rows that are there."""

import pytest
from django.apps import apps as now
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coursesite.models import CourseEdition, Readme


@pytest.mark.django_db(transaction=True)
def test_the_readme_moves_to_its_own_table_and_back():
    def migrate(*targets: tuple[str, str]):
        executor = MigrationExecutor(connection)
        return executor.migrate([*targets] or executor.loader.graph.leaf_nodes()).apps

    CourseEdition.objects.create(title="Without", year=2026, slug="without")
    edition = CourseEdition.objects.create(title="With", year=2026, slug="with")
    Readme.objects.create(edition=edition, text="# With", imported={"year": 2026})
    try:
        before = migrate(("coursesite", "0002_guards")).get_model("coursesite", "CourseEdition")
        rows = before.objects.order_by("pk").values_list("slug", "source", "imported")
        assert list(rows) == [("without", "", {}), ("with", "# With", {"year": 2026})]
    finally:
        migrate()
    after = now.get_model("coursesite", "Readme").objects.values_list("edition", "text", "imported")
    assert list(after) == [(edition.pk, "# With", {"year": 2026})]
