"""Two ticks, and nothing in a message: rows are the truth, the broker only says "look now"."""

from celery import shared_task
from django.utils import timezone

from coursesite.models import Heartbeat


@shared_task
def tick() -> None:
    """Send what is due."""
    Heartbeat.beat("tick", timezone.now())


@shared_task
def sweep() -> None:
    """Turn agenda entries that are due into mails, and put away what has expired."""
