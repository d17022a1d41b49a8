"""What of the exams waits for staff."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import access
from coursesite.models import Enrolment, User
from coursesite.todo import Todo
from exams.models import CaseStudy, ExamSession

PICKED = Q(appointments__student__role=Enrolment.Role.STUDENT)


def waiting(user: User, now: datetime) -> Iterator[Todo]:
    """Three queries, whatever the number of editions. Teaching assistants hear nothing of case studies."""
    editions = access.staffed_editions(user).current()
    students = dict(
        Enrolment.objects.students()
        .filter(edition__in=editions)
        .values_list("edition")
        .annotate(Count("pk"))
        .order_by()
    )
    sessions: Any = ExamSession.objects.filter(edition__in=editions).select_related("edition")
    sessions = sessions.annotate(
        cut=Count("appointments"), picked=Count("appointments", filter=PICKED), last=Coalesce("ends_on", "starts_on")
    )
    yesterday = now.date() - timedelta(days=1)  # which still is today in some zones
    for session in sessions.filter(last__gte=yesterday):
        if session.last < now.astimezone(session.edition.zone).date():
            continue
        if not session.is_published:
            yield Todo(to_publish(session), reverse("admin:exams_examsession_change", args=[session.pk]))
        elif session.is_for_everyone and (missing := students.get(session.edition_id, 0) - session.picked) > 0:
            yield Todo(without_appointment(session, missing), session.get_absolute_url())
    taught = access.staffed_editions(user, Enrolment.Role.INSTRUCTOR).current()
    drafts = CaseStudy.objects.filter(edition__in=taught)
    if count := drafts.filter(state=CaseStudy.State.DRAFT).count():
        yield Todo(
            ngettext("%(count)d case study is a draft.", "%(count)d case studies are drafts.", count)
            % {"count": count},
            f"{reverse('admin:exams_casestudy_changelist')}?state__exact={CaseStudy.State.DRAFT}",
        )


def to_publish(session: Any) -> str:
    named = {"edition": session.edition, "session": session, "count": session.cut}
    if not session.cut:
        return _("%(edition)s, %(session)s: no appointments are cut yet.") % named
    return (
        ngettext(
            "%(edition)s, %(session)s: %(count)d appointment waits to be published.",
            "%(edition)s, %(session)s: %(count)d appointments wait to be published.",
            session.cut,
        )
        % named
    )


def without_appointment(session: ExamSession, missing: int) -> str:
    return ngettext(
        "%(edition)s, %(session)s: %(count)d student has no appointment.",
        "%(edition)s, %(session)s: %(count)d students have no appointment.",
        missing,
    ) % {"edition": session.edition, "session": session, "count": missing}
