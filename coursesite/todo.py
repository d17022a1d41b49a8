"""What waits for a member of staff, said by each app and read by the admin's start page.

An app offers it in its `todo.py`: `waiting(user, now) -> Iterable[Todo]`, in a number of queries that does not grow
with people, for the editions that the person administers. The site finds these functions by settings.ADMIN_TODOS.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from coursesite.models import User


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
