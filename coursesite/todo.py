"""What waits for a member of staff, said by each app and read by the admin's start page.

An app offers it in its `todo.py`: `waiting(user, now) -> Iterable[Todo]`, in a number of queries that does not grow
with people, for the editions that the person administers. The site finds these functions by settings.ADMIN_TODOS.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import ngettext

from coursesite import access, heartbeat
from coursesite.models import User
from coursesite.outbox import QueuedEmail

RECENT = timedelta(days=14)  # a mail that failed before has been seen


@dataclass(frozen=True)
class Todo:
    """One sentence that says what waits and how much of it ("MS1: 3 groups have no slot."), and where to do it."""

    sentence: str
    url: str


Source = Callable[[User, datetime], Iterable[Todo]]


def collect(user: User, now: datetime) -> list[Todo]:
    """All that waits for this person, in the order of the apps."""
    sources: list[Source] = [import_string(path) for path in settings.ADMIN_TODOS]
    return [todo for source in sources for todo in source(user, now)]


def silent_beat(user: User, now: datetime) -> Iterator[Todo]:
    """What waits meanwhile is in the log of mails."""
    if sentence := heartbeat.trouble(now):
        waiting = f"{reverse('admin:coursesite_queuedemail_changelist')}?state__exact={QueuedEmail.State.QUEUED}"
        yield Todo(sentence, waiting)


def failed_mails(user: User, now: datetime) -> Iterator[Todo]:
    """What the site itself has to offer: mails that did not arrive."""
    failed = QueuedEmail.objects.filter(state=QueuedEmail.State.FAILED, created_at__gte=now - RECENT)
    if not user.is_superuser:
        failed = failed.filter(edition__in=access.staffed_editions(user))
    if count := failed.count():
        yield Todo(
            ngettext("%(count)d mail could not be sent.", "%(count)d mails could not be sent.", count)
            % {"count": count},
            f"{reverse('admin:coursesite_queuedemail_changelist')}?state__exact={QueuedEmail.State.FAILED}",
        )
