"""What of the schedule waits for staff."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from coursesite import access
from coursesite.models import Enrolment, User
from coursesite.todo import Todo
from schedule.models import ReadmeSource
from schedule.watching import PATIENCE


def waiting(user: User, now: datetime) -> Iterator[Todo]:
    """One query. Only instructors import READMEs."""
    taught = access.staffed_editions(user, Enrolment.Role.INSTRUCTOR).current()
    sources = ReadmeSource.objects.filter(Q(has_news=True) | Q(failures__gte=PATIENCE), edition__in=taught)
    for source in sources.select_related("edition"):
        sentence = (
            _("%(edition)s: the watched README cannot be read.")
            if source.failures >= PATIENCE
            else _("%(edition)s: the watched README has changed.")
        )
        page = reverse("schedule:import_readme", args=[source.edition.slug])
        yield Todo(sentence % {"edition": source.edition}, page)
