"""The agenda in people's own calendars: feeds that programs ask for, single entries, and the page that explains it."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from coursesite import access, agenda, clock, feeds, looking, pages
from coursesite.access import Viewer
from coursesite.agenda import Entry
from coursesite.forms import CalendarForm
from coursesite.models import CalendarFeed, Enrolment, new_code

TYPE = "text/calendar; charset=utf-8"


@login_not_required
@require_safe
def subscribe(request: HttpRequest, edition: str) -> HttpResponse:
    """The addresses to subscribe to: everybody's, and one's own for who is on the roster."""
    viewer = access.visitor(request, edition)
    form = CalendarForm(request.GET)
    query = form.query if form.is_valid() else ""
    is_own = viewer.enrolment is not None and looking.of(request) is None  # a secret of theirs from staff as well
    own = CalendarFeed.objects.filter(enrolment=viewer.enrolment).first() if is_own else None
    context: dict[str, Any] = {
        "here": "calendar",
        "form": form,
        "own": own and addresses("calendar_feed", own.token, query),
        "public": addresses("calendar:everybody", edition, query),
    }
    response = render(request, "coursesite/subscribe.html", context)
    response["Cache-Control"] = "no-store"  # a secret is on it
    return response


def addresses(name: str, argument: str, query: str) -> dict[str, str]:
    """The address to copy, and the one that opens a calendar program."""
    address = f"{settings.SITE_URL}{reverse(name, args=[argument])}{query}"
    return {"address": address, "webcal": f"webcal://{address.partition('://')[2]}"}


@require_POST
def make_address(request: HttpRequest, edition: str) -> HttpResponse:
    """A first address, or another one in place of the old, which stops at once."""
    place = own_place(request, edition)
    made = {"code": new_code(), "made_at": timezone.now()}
    is_first = CalendarFeed.objects.update_or_create(enrolment=place, defaults=made)[1]
    another = _("This is your calendar's new address. The earlier one has stopped working.")
    messages.success(request, _("This is your calendar's address.") if is_first else another)
    return redirect("calendar:subscribe", edition)


@require_POST
def revoke_address(request: HttpRequest, edition: str) -> HttpResponse:
    CalendarFeed.objects.filter(enrolment=own_place(request, edition)).delete()
    messages.success(request, _("Your calendar's address has stopped working."))
    return redirect("calendar:subscribe", edition)


def own_place(request: HttpRequest, edition: str) -> Enrolment:
    place = access.member(request, edition).enrolment
    if place is None:  # runs the site, and is not on this roster
        raise Http404
    return place


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's own dates, for a calendar program, which knows nothing but this address. 304: one query."""
    enrolment, *state = access.bearer(token, timezone.now())

    def text(wanted: frozenset[str], alarm: int | None) -> tuple[Viewer, str]:
        viewer = access.enrolled(enrolment)
        found = [entry for entry in agenda_of(viewer, wanted) if access.has_on_agenda(viewer, entry)]
        return viewer, feeds.feed(found, viewer, alarm)

    response = feed(request, pages.hashed("own", enrolment, *state, *asked(request)), text)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def everybody(request: HttpRequest, edition: str) -> HttpResponse:
    """What visitors see on the course page and the schedule. 304: one query."""
    viewer = access.everybody(edition, timezone.now())
    releases = viewer.edition.releases  # type: ignore[attr-defined]
    tag = pages.etag(viewer, "everybody", releases, *asked(request))

    def text(wanted: frozenset[str], alarm: int | None) -> tuple[Viewer, str]:
        def render() -> str:
            return feeds.feed((entry for entry in agenda_of(viewer, wanted) if entry.is_public), viewer, alarm)

        # Not by what one can make up.
        key = pages.etag(viewer, "everybody", releases, settings.SITE_URL, sorted(wanted), alarm)
        return viewer, pages.remembered(f"feed:{key}", render)

    return feed(request, tag, text)


def asked(request: HttpRequest) -> tuple[str, ...]:
    """What the tag of a feed depends on beside its course: looked at only when there is something to send."""
    return settings.SITE_URL, request.META["QUERY_STRING"]


def feed(request: HttpRequest, tag: str, text: Callable[..., tuple[Viewer, str]]) -> HttpResponse:
    """`text(wanted, alarm)` reads and renders it."""
    if (unchanged := pages.not_modified(request, tag)) is not None:
        return unchanged
    form = CalendarForm(request.GET)
    if not form.is_valid():
        said = "; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items())
        return HttpResponseBadRequest(said, content_type="text/plain; charset=utf-8")
    viewer, whole = text(form.wanted, form.cleaned_data["alarm"])
    return pages.tagged(named(whole, viewer.edition.slug), tag)


def agenda_of(viewer: Viewer, wanted: frozenset[str]) -> Iterator[Entry]:
    found = agenda.collect(viewer.edition, timezone.now())
    return (entry for entry in found if entry.theme in wanted and not entry.is_open_ended)


@login_not_required
@require_safe
def entry(request: HttpRequest, edition: str, name: str) -> HttpResponse:
    """One dated thing, to add to a calendar: for whoever sees it on a page."""
    viewer = access.visitor(request, edition)
    for each in agenda.collect(viewer.edition, clock.now()):
        is_seen = each.is_public or access.has_on_agenda(viewer, each)
        if each.name == name and is_seen and not each.is_open_ended:
            response = named(feeds.calendar([feeds.event(each, viewer)]), name)
            response["Cache-Control"] = "private, no-cache"
            return response
    raise Http404


def named(text: str, name: str) -> HttpResponse:
    """Shown by what knows calendars, kept under this name by what does not."""
    return HttpResponse(text, content_type=TYPE, headers={"Content-Disposition": f'inline; filename="{name}.ics"'})
