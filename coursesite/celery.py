"""The Celery application: `celery -A coursesite worker`, `celery -A coursesite beat`."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")

TRANSPORT_ALIASES["filesystem"] = "coursesite.file_broker:Transport"
app = Celery("coursesite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.celeryd_init.connect
@signals.beat_init.connect
def make_folders(**kwargs: Any) -> None:
    """The embedded broker and beat's schedule are files, and neither makes its folder."""
    for folder in (app.conf.broker_transport_options or {}).values():
        if isinstance(folder, str):
            Path(folder).mkdir(parents=True, exist_ok=True)
