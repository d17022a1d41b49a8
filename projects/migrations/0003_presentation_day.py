from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def go_on_from_revision(apps, schema_editor):
    """So far the calendar said the edition's revision: programs take no lower number for something newer."""
    editions = apps.get_model("coursesite", "CourseEdition").objects.filter(pk=OuterRef("edition"))
    apps.get_model("projects", "Milestone").objects.update(sequence=Subquery(editions.values("revision")[:1]))


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_reminders")]

    operations = [
        migrations.AddField("milestone", "dated_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("milestone", "sequence", models.PositiveIntegerField(default=0, editable=False)),
        migrations.RunPython(go_on_from_revision, migrations.RunPython.noop),
    ]
