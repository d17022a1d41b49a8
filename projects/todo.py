"""What of the projects waits for staff."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import access
from coursesite.models import Enrolment, User
from coursesite.todo import Todo
from projects.models import Milestone, ProjectGroup


def waiting(user: User, now: datetime) -> Iterator[Todo]:
    """Three queries, whatever the number of editions: groups to complete, milestones to open, groups without a slot."""
    editions = access.staffed_editions(user).current()
    groups = ProjectGroup.objects.filter(edition__in=editions).annotate(size=Count("memberships"))
    totals: dict[int, int] = {}
    incomplete: dict[Any, int] = {}
    for group in groups.select_related("edition"):
        totals[group.edition_id] = totals.get(group.edition_id, 0) + (group.size > 0)
        if group.size < group.edition.group_min_size:
            incomplete[group.edition] = incomplete.get(group.edition, 0) + 1
    alone = Enrolment.objects.students().filter(edition__in=editions, membership=None).values("edition")
    without = {row["edition"]: row["count"] for row in alone.annotate(count=Count("pk")).order_by()}
    for edition, count in incomplete.items():
        yield Todo(
            ngettext(
                "%(edition)s: %(count)d group is not complete.",
                "%(edition)s: %(count)d groups are not complete.",
                count,
            )
            % {"edition": edition, "count": count},
            reverse("projects:groups", args=[edition.slug]),
        )
    for edition in editions.filter(pk__in=without):
        count = without[edition.pk]
        yield Todo(
            ngettext(
                "%(edition)s: %(count)d student has no group.", "%(edition)s: %(count)d students have no group.", count
            )
            % {"edition": edition, "count": count},
            reverse("projects:groups", args=[edition.slug]),
        )
    yield from milestones_waiting(editions, totals, now)


def milestones_waiting(editions: Any, totals: dict[int, int], now: datetime) -> Iterator[Todo]:
    """Windows that lie ahead of us: without slots, not published, or with groups that have none."""
    booked = Count("bookings", filter=Q(bookings__cancelled_at__isnull=True), distinct=True)
    yesterday = now.date() - timedelta(days=1)  # which still is today in some zones
    windows: Any = Milestone.objects.filter(
        edition__in=editions, kind=Milestone.Kind.WINDOW, is_missing=False, ends_on__gte=yesterday
    )
    windows = windows.annotate(cut=Count("slots", distinct=True), booked=booked).order_by("edition", F("number"))
    for milestone in windows.select_related("edition"):
        if milestone.ends_on < now.astimezone(milestone.edition.zone).date():
            continue
        named = {"edition": milestone.edition, "milestone": milestone}
        admin_page = reverse("admin:projects_milestone_change", args=[milestone.pk])
        missing = totals.get(milestone.edition_id, 0) - milestone.booked
        if not milestone.cut:
            yield Todo(_("%(edition)s, %(milestone)s: no slots are cut yet.") % named, admin_page)
        elif not milestone.is_published:
            yield Todo(_("%(edition)s, %(milestone)s: its slots wait to be published.") % named, admin_page)
        elif missing > 0:
            yield Todo(
                ngettext(
                    "%(edition)s, %(milestone)s: %(count)d group has no slot.",
                    "%(edition)s, %(milestone)s: %(count)d groups have no slot.",
                    missing,
                )
                % (named | {"count": missing}),
                milestone.get_absolute_url(),
            )
