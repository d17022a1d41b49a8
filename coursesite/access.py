"""The only place that answers "may this person see this?". Whoever may not gets the 404 of what does not exist."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from coursesite.agenda import Entry, Theme
from coursesite.bookable import Bookable, Release
from coursesite.joined import Joined, shown
from coursesite.models import CalendarFeed, CourseEdition, CourseEditionQuerySet, Enrolment, User

LISTED = 500  # editions on one page: more than a site has


@dataclass(frozen=True)
class Viewer:
    """A person looking at an edition: who, and with which place in it (None: a visitor)."""

    edition: CourseEdition
    user: User | AnonymousUser
    enrolment: Enrolment | None

    @property
    def is_student(self) -> bool:
        return self.enrolment is not None and self.enrolment.role == Enrolment.Role.STUDENT

    @property
    def is_staff(self) -> bool:
        """Teaching assistants and instructors: groups, slots, bookings, mails."""
        return self.is_instructor or (self.enrolment is not None and self.enrolment.is_staff)

    @property
    def is_instructor(self) -> bool:
        """Also roster, roles and case texts."""
        return self.user.is_superuser or (
            self.enrolment is not None and self.enrolment.role == Enrolment.Role.INSTRUCTOR
        )


OF_PLACE = "SELECT role FROM coursesite_enrolment WHERE edition_id = coursesite_courseedition.id AND user_id = %s"


def with_role(editions: QuerySet[CourseEdition], user: Any) -> QuerySet[CourseEdition]:
    """Each with the person's role in it as `enrolment_role`, for a list."""
    return editions.annotate(enrolment_role=RawSQL(OF_PLACE, [user.pk]))  # noqa: S611 - a constant


def viewer_of(request: HttpRequest, edition: Any) -> Viewer:
    """Who is looking at `edition`, as Joined has read it; the page's templates know it as well."""
    user: Any = request.user  # a User or an AnonymousUser behind Django's lazy object
    enrolment = None
    if edition.enrolment_id:
        enrolment = Enrolment(pk=edition.enrolment_id, role=edition.enrolment_role, edition=edition, user=user)
        enrolment._state.adding = False
    viewer = Viewer(edition, user, enrolment)
    request.viewer = viewer  # type: ignore[attr-defined]  # for viewer_context
    return viewer


def light_fields(model: Any, *paths: str) -> list[str]:
    """For only(): what pages show of a model and of what these relations lead to.

    Said as what is read: defer() walks every relation of every model at each request, which costs more than the query.
    """
    related = ((path, model._meta.get_field(path).related_model) for path in paths)
    below = [f"{path}__{field.name}" for path, end in related for field in shown(end)]
    return [field.name for field in shown(model)] + below


def seen_through(
    request: HttpRequest, rows: Joined, edition: str, value: Any = None, more: Sequence[Any] = ()
) -> tuple[Viewer, Any]:
    """Who looks, and at which row, as rows.read() finds it; where that is none, 404."""
    try:
        row, found = rows.read(edition, request.user.pk, value, more)
    except LookupError:
        raise Http404 from None
    return viewer_of(request, found), row


def visitor(request: HttpRequest, slug: str, released_at: datetime | None = None) -> Viewer:
    """Anybody: the public pages of an edition. One query, read at each request, so a role holds from the next one.

    released_at: for a page that releases change; its ETag names `viewer.edition.releases`.
    """
    if released_at is None:
        return seen_through(request, editions(), slug)[0]
    return seen_through(request, editions_with_releases(), slug, more=moments(released_at))[0]


@cache
def editions() -> Joined:
    return Joined(CourseEdition)


@cache
def editions_with_releases() -> Joined:
    """Each with the number of its releases whose time has come."""
    return Joined(CourseEdition, more={"releases": releases_counted()})


def member(request: HttpRequest, slug: str) -> Viewer:
    """Whoever is enrolled, and staff."""
    viewer = visitor(request, slug)
    if viewer.enrolment is None and not viewer.is_instructor:
        raise Http404
    return viewer


def student(request: HttpRequest, slug: str) -> Viewer:
    """Students of the edition."""
    viewer = visitor(request, slug)
    if not viewer.is_student:
        raise Http404
    return viewer


def staff(request: HttpRequest, slug: str) -> Viewer:
    """Teaching assistants and instructors of the edition."""
    viewer = visitor(request, slug)
    if not viewer.is_staff:
        raise Http404
    return viewer


def instructor(request: HttpRequest, slug: str) -> Viewer:
    """Instructors of the edition."""
    viewer = visitor(request, slug)
    if not viewer.is_instructor:
        raise Http404
    return viewer


def everybody(slug: str, released_at: datetime) -> Viewer:
    """What a visitor sees, whoever asks: for a feed that all share."""
    editions = CourseEdition.objects.only(*light_fields(CourseEdition), "created_at")
    return Viewer(get_object_or_404(with_releases(editions, released_at), slug=slug), AnonymousUser(), None)


def with_releases(rows: QuerySet[CourseEdition], at: datetime) -> QuerySet[CourseEdition]:
    """Each edition with the number of its releases whose time has come."""
    return rows.annotate(releases=RawSQL(releases_counted(), moments(at)))  # noqa: S611 - made of the names of tables


# By hand, as programs ask for each calendar every hour, and nearly always for nothing.
BEHIND_ADDRESS = """
SELECT place.id, place.role, person.first_name, person.last_name, person.email, person.is_superuser,
    coursesite_courseedition.revision, {}, {}
FROM coursesite_calendarfeed feed
JOIN coursesite_enrolment place ON place.id = feed.enrolment_id
JOIN coursesite_user person ON person.id = place.user_id AND person.is_active
JOIN coursesite_courseedition ON coursesite_courseedition.id = place.edition_id
WHERE feed.code = %s"""


def bearer(token: str, at: datetime) -> tuple[Any, ...]:
    """Whoever has the secret address of a person's calendar may read it. The id of the enrolment that it belongs to,
    and all by which one state of that calendar is told from the next: places change hands without a change of the
    edition's revision. One query.
    """
    if code := CalendarFeed.code_of(token):
        with connection.cursor() as cursor:
            cursor.execute(BEHIND_ADDRESS.format(bookings_counted(), releases_counted()), [*moments(at), code])
            if row := cursor.fetchone():
                return tuple(row)
    raise Http404


@cache
def bookings_counted() -> str:
    """SQL for the sum of the revisions of all that can be booked in an edition; each only rises."""
    tables = [model._meta.db_table for model in apps.get_models() if issubclass(model, Bookable)]
    rule = "WHERE edition_id = coursesite_courseedition.id"
    return " + ".join(f"(SELECT COALESCE(SUM(revision), 0) FROM {table} {rule})" for table in tables)  # noqa: S608


@cache
def released() -> tuple[str, ...]:
    """The tables of what students see from a moment on."""
    return tuple(model._meta.db_table for model in apps.get_models() if issubclass(model, Release))


@cache
def releases_counted() -> str:
    """SQL for how many of an edition's releases have passed, with an instant for each table to be put in."""
    rule = "WHERE edition_id = coursesite_courseedition.id AND released_at <= %s"
    return " + ".join(f"(SELECT COUNT(*) FROM {table} {rule})" for table in released())  # noqa: S608


def moments(at: datetime) -> list[Any]:
    """The instant for each of these tables."""
    return [connection.ops.adapt_datetimefield_value(at)] * len(released())


def enrolled(enrolment: int) -> Viewer:
    """As this person sees their edition."""
    fields = (*light_fields(Enrolment, "edition", "user"), "edition__created_at")
    place = get_object_or_404(Enrolment.objects.select_related("edition", "user").only(*fields), pk=enrolment)
    return Viewer(place.edition, place.user, place)


def has_on_agenda(viewer: Viewer, entry: Entry) -> bool:
    """Whether it belongs into this person's own calendar. Examiners have what is public, exams, what they attend."""
    is_enrolled = viewer.enrolment is not None
    if entry.concerns is not None:
        return is_enrolled and viewer.user.pk in entry.concerns
    return entry.is_public or viewer.is_student or viewer.is_staff or (is_enrolled and entry.theme == Theme.EXAMS)


def may_open(viewer: Viewer, entry: Entry) -> bool:
    """Whether the page that it leads to is there for them: everybody hears of presentations, not all see the slots."""
    return entry.theme != Theme.SLOTS or viewer.is_student or viewer.is_staff


def viewer_context(request: HttpRequest) -> dict[str, Any]:
    """For the templates: `viewer` and `edition` of the page, where it belongs to an edition."""
    viewer = getattr(request, "viewer", None)
    about_site = {"site_name": settings.SITE_NAME}
    return about_site | ({"viewer": viewer, "edition": viewer.edition} if viewer else {})


def own_editions(user: User | AnonymousUser) -> QuerySet[CourseEdition]:
    """Those in which the person has a place, the latest first; for who runs the site, all."""
    if not user.is_authenticated:
        return CourseEdition.objects.none()
    return CourseEdition.objects.all() if user.is_superuser else CourseEdition.objects.filter(enrolments__user=user)


def may_sign_in(user: User) -> bool:
    """The roster is the only door: whoever is on none is a stranger, also with an account from an earlier year."""
    return user.is_active and (user.is_superuser or Enrolment.objects.filter(user=user).exists())


def staffed_editions(user: User | AnonymousUser, *roles: str) -> CourseEditionQuerySet:
    """The editions that a person administers, with one of these roles (default: any staff role). For the admin."""
    if not user.is_authenticated or not user.is_active:
        return CourseEdition.objects.none()
    if user.is_superuser:
        return CourseEdition.objects.all()
    wanted = roles or Enrolment.STAFF_ROLES
    return CourseEdition.objects.filter(pk__in=Enrolment.objects.filter(user=user, role__in=wanted).values("edition"))


def administers(user: User | AnonymousUser, *roles: str) -> bool:
    """Whether the admin has anything to show to this person."""
    return staffed_editions(user, *roles).exists() or bool(user.is_active and user.is_superuser)
