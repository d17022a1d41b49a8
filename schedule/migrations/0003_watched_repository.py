"""The public git repository of a README, looked at every night."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('coursesite', '0005_reminders'),
        ('schedule', '0002_materials'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadmeSource',
            fields=[
                ('edition', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='readme_source', serialize=False, to='coursesite.courseedition')),
                ('url', models.CharField(max_length=500, verbose_name='repository')),
                ('branch', models.CharField(blank=True, max_length=200, verbose_name='branch')),
                ('path', models.CharField(blank=True, max_length=400, verbose_name='file in the repository')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='looked at')),
                ('seen', models.CharField(blank=True, max_length=64)),
                ('has_news', models.BooleanField(default=False)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'verbose_name': 'watched repository',
                'verbose_name_plural': 'watched repositories',
            },
        ),
    ]
