"""The floor of the mails: bare Django that sends the same words to everybody, asks nobody and notes nothing.

Two ways, both in two processes of Celery's own pool: one task and one connection for a hundred mails, or for each mail.
Started by tests.benchmarks.mails; CELERY_BROKER_URL and EMAIL_URL say where.
"""

import os

import environ
from celery import Celery
from django.conf import settings

TEXT = (
    "Hello {name},\n\nyour slot is tomorrow at 10:20 in room 3.\n"
    + "Please bring your laptop and the notes of your group.\n" * 12
)

settings.configure(
    SECRET_KEY="floor",
    USE_TZ=True,
    DEFAULT_FROM_EMAIL="course@example.org",
    **environ.Env().email_url("EMAIL_URL", default="smtp://127.0.0.1:25"),
)

from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402

broker = os.environ.get("CELERY_BROKER_URL")
app = Celery("mailfloor", broker=broker, backend=broker)
app.conf.update(
    task_default_queue="floor",
    worker_prefetch_multiplier=4,
    task_acks_late=True,
    broker_connection_retry_on_startup=True,
)


def mail(number: int, outgoing=None) -> EmailMultiAlternatives:
    text = TEXT.format(name=f"Student {number}")
    made = EmailMultiAlternatives(
        "Reminder: your slot tomorrow",
        text,
        to=[f"s{number}@example.org"],
        headers={"Message-ID": f"<{number}@bench>"},
        connection=outgoing,
    )
    made.attach_alternative(f"<p>{text}</p>", "text/html")
    return made


@app.task(name="mailfloor.one")
def one(number: int) -> None:
    mail(number).send()


@app.task(name="mailfloor.batch", ignore_result=True)
def batch(first: int, end: int) -> None:
    with get_connection() as outgoing:
        for number in range(first, end):
            mail(number, outgoing).send()
