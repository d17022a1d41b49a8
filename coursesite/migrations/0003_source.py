"""The README of an edition in a table of its own: what every page reads of an edition is a short row."""

import django.db.models.deletion
from django.db import migrations, models


def to_readme(apps, schema_editor):
    CourseEdition, Readme = (apps.get_model("coursesite", name) for name in ("CourseEdition", "Readme"))
    rows = CourseEdition.objects.exclude(source="").values_list("pk", "source", "imported")
    Readme.objects.bulk_create(Readme(edition_id=pk, text=text, imported=imported) for pk, text, imported in rows)


def to_edition(apps, schema_editor):
    CourseEdition, Readme = (apps.get_model("coursesite", name) for name in ("CourseEdition", "Readme"))
    for readme in Readme.objects.all():
        CourseEdition.objects.filter(pk=readme.pk).update(source=readme.text, imported=readme.imported)


class Migration(migrations.Migration):
    dependencies = [("coursesite", "0002_guards")]

    operations = [
        migrations.CreateModel(
            name="Readme",
            fields=[
                ("edition", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="readme", serialize=False, to="coursesite.courseedition")),
                ("text", models.TextField()),
                ("imported", models.JSONField(default=dict)),
            ],
            options={"verbose_name": "README", "verbose_name_plural": "READMEs"},
        ),
        migrations.RunPython(to_readme, to_edition),
        migrations.RemoveField(model_name="courseedition", name="imported"),
        migrations.RemoveField(model_name="courseedition", name="source"),
    ]
