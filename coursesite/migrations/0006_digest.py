from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("coursesite", "0005_reminders")]

    operations = [
        migrations.AddField("courseedition", "digested_on", models.DateField(editable=False, null=True)),
    ]
