"""The floor of the mails: bare Django that sends a text, notes the row as sent, and knows nothing of what it says.

Its text is as long as one of our reminders. Two ways: over one connection per batch, in this process, and one Celery
task for each mail. Run by tests.benchmarks.mails; DATABASE_URL and EMAIL_URL say where.
"""

import json
import os
import sys
import time
import uuid

import environ
from celery import Celery
from django.conf import settings

BATCH = 100
TEXT = (
    "Hello {name},\n\nyour slot is tomorrow at 10:20 in room 3.\n" + "Please bring your laptop and your notes.\n" * 12
)
HTML = "<p>" + TEXT + "</p>" + "<p style='margin:0'>Please bring your laptop and your notes.</p>" * 40

env = environ.Env()
sys.modules["mailfloor"] = sys.modules[__name__]
settings.configure(
    SECRET_KEY="floor",
    USE_TZ=True,
    DATABASES={"default": env.db_url("DATABASE_URL") | {"CONN_MAX_AGE": 60}},
    DEFAULT_FROM_EMAIL="course@example.org",
    INSTALLED_APPS=[],
    **env.email_url("EMAIL_URL", default="smtp://127.0.0.1:25"),
)

import django  # noqa: E402

django.setup()

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.utils import timezone  # noqa: E402

app = Celery("mailfloor", broker=os.environ.get("CELERY_BROKER_URL"))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4, broker_connection_retry_on_startup=True)


class Mail(models.Model):
    to_address = models.EmailField()
    message_id = models.CharField(max_length=200)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "mailfloor"


def seed(count: int) -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Mail)
    rows = (Mail(to_address=f"s{n}@example.org", message_id=f"<{uuid.uuid4()}@bench>") for n in range(count))
    Mail.objects.bulk_create(rows, batch_size=1000)


def send(row: Mail, outgoing=None) -> None:
    name = row.to_address.partition("@")[0]
    mail = EmailMultiAlternatives(
        "Reminder: your slot tomorrow",
        TEXT.format(name=name),
        to=[row.to_address],
        headers={"Message-ID": row.message_id},
        connection=outgoing,
    )
    mail.attach_alternative(HTML.format(name=name), "text/html")
    mail.send()
    Mail.objects.filter(pk=row.pk, sent_at=None).update(sent_at=timezone.now())


@app.task(name="mailfloor.one")  # also where this file is __main__
def one(pk: int) -> None:
    send(Mail.objects.get(pk=pk))


def send_batches() -> None:
    while rows := list(Mail.objects.filter(sent_at=None).order_by("pk")[:BATCH]):
        with get_connection() as outgoing:
            for row in rows:
                send(row, outgoing)


def main(what: str, count: int) -> None:
    if what == "seed":
        seed(count)
    elif what == "clear":
        Mail.objects.update(sent_at=None)
    elif what == "keep":
        Mail.objects.exclude(pk__in=list(Mail.objects.order_by("pk").values_list("pk", flat=True)[:count])).delete()
    elif what == "batches":
        start = time.perf_counter()
        send_batches()
        print(json.dumps({"seconds": time.perf_counter() - start}))
    elif what == "tasks":
        for pk in Mail.objects.values_list("pk", flat=True):
            one.delay(pk)
    else:
        raise SystemExit(what)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
