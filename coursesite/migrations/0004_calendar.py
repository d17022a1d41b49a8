"""The secret address of each person's calendar."""

import django.db.models.deletion
from django.db import migrations, models

import coursesite.models


class Migration(migrations.Migration):
    dependencies = [('coursesite', '0003_source')]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(default=coursesite.models.new_code, max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to="coursesite.enrolment",
                    ),
                ),
            ],
        ),
    ]
