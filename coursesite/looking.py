"""Staff look at an edition as one of its students sees it, now or at another time: read only, marked, logged.

Kept in their own session, for a while. Meanwhile the pages of that edition are asked for as the student, and nothing
else of the site is there: no administration, no other course. Rows are those of today, read with another clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from coursesite import access, clock
from coursesite.models import CourseEdition, Enrolment, User
from coursesite.way_back import SAFE, page_of

KEPT_AS = "looking"
LASTS = timedelta(minutes=30)


@dataclass(frozen=True)
class Look:
    student: Enrolment
    at: datetime | None  # None: now, as it goes on
    until: datetime

    @property
    def edition(self) -> CourseEdition:
        return self.student.edition


def of(request: HttpRequest) -> Look | None:
    """Whether this page is for somebody who only looks."""
    return getattr(request, "looking", None)


def students(editions: Iterable[CourseEdition]) -> Any:
    """As whom staff may look: never as one of themselves, nor as who runs the site."""
    rows = Enrolment.objects.students().filter(edition__in=editions, user__is_active=True, user__is_superuser=False)
    return rows.select_related("user").order_by("user__last_name", "user__first_name", "user__email")


@transaction.atomic
def start(request: HttpRequest, student: Enrolment, at: datetime | None, now: datetime) -> None:
    """The caller has made sure that they are staff, and that this is one of students()."""
    by: Any = request.user
    said = {"student": student.user, "time": at and f"{at.astimezone(student.edition.zone):%Y-%m-%d %H:%M}"}
    sentence = _("Looked at the course as %(student)s.")
    if at:
        sentence = _("Looked at the course as %(student)s, at %(time)s.")
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(Enrolment),
        object_id=str(student.pk),
        object_repr=str(student)[:200],
        action_flag=CHANGE,
        change_message=sentence % said,
    )
    request.session[KEPT_AS] = {
        "student": student.pk,
        "at": at and at.isoformat(),
        "until": (now + LASTS).isoformat(),
    }


def stop(request: HttpRequest) -> None:
    request.session.pop(KEPT_AS, None)


def find(by: User, kept: dict[str, Any], now: datetime) -> Look | None:
    """None: it is over, the student has left the roster, or who looks is no longer staff."""
    until = datetime.fromisoformat(kept["until"])
    rows = students(access.staffed_editions(by)).select_related("edition", "user")
    student = rows.filter(pk=kept["student"]).first() if now < until else None
    if student is None:
        return None
    return Look(student, kept["at"] and datetime.fromisoformat(kept["at"]), until)


class LookingMiddleware:
    """After those that know who has signed in, and before all that decides who sees what."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_known = settings.SESSION_COOKIE_NAME in request.COOKIES  # else nothing is asked of the session
        kept = request.session.get(KEPT_AS) if is_known and request.user.is_authenticated else None
        if not kept or request.path in (reverse("healthz"), reverse("readyz"), reverse("account_logout")):
            return self.get_response(request)
        by: Any = request.user
        look = find(by, kept, clock.now())
        if look is None:
            return self.over(request)
        if request.path == reverse("stop_looking", args=[look.edition.slug]):
            return self.get_response(request)
        request.looking = look  # type: ignore[attr-defined]
        home = reverse("today", args=[look.edition.slug])
        if not request.path.startswith(look.edition.get_absolute_url()):
            reason = _("While you see the course as a student, only its own pages are there. Stop looking first.")
            return self.refuse(request, reason, home)
        if request.method not in SAFE:
            reason = _("Nothing was changed: you only look at this course as a student. Stop looking to act yourself.")
            return self.refuse(request, reason, home)
        return self.look(request, look)

    def look(self, request: HttpRequest, look: Look) -> HttpResponse:
        """No page of it is kept or taken for one's own."""
        request.user = look.student.user
        for header in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"):
            request.META.pop(header, None)
        with clock.standing_at(look.at):
            response = self.get_response(request)
        del response["ETag"]
        response["Cache-Control"] = "no-store"
        return response

    def over(self, request: HttpRequest) -> HttpResponse:
        """Said once. What was meant to be done as the student is not done as oneself."""
        stop(request)
        said = _("You no longer look as a student: it has ended.")
        if request.method not in SAFE:
            return self.refuse(request, f"{said} {_('Nothing was changed.')}", page_of(request))
        messages.info(request, said)
        return self.get_response(request)

    def refuse(self, request: HttpRequest, reason: str, back: str) -> HttpResponse:
        context = {"reason": reason, "back": back}
        response = render(request, "coursesite/only_looking.html", context, status=403)
        response["Cache-Control"] = "no-store"
        return response
