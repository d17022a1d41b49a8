"""What is looked after now and then: the rows say what, a message only says "look now"."""

import logging

from celery import shared_task
from django.utils import timezone

from coursesite.tasks import weathering
from schedule import materials, watching

logger = logging.getLogger(__name__)


@shared_task
def tidy_files() -> None:
    with weathering("files"):
        try:
            if count := materials.remove_orphans(timezone.now()):
                logger.info("files: %s of which no row told are deleted", count)
        except OSError as error:
            logger.warning("files: the storage does not answer (%s)", type(error).__name__)


@shared_task
def watch_readmes() -> None:
    with weathering("watch_readmes"):
        if looked := watching.look_at_all(timezone.now()):
            logger.info("readmes: %s looked at", looked)
