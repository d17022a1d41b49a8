"""The admin pages on which staff make the places of a milestone or an exam session: look, cut, publish, change.

A bookable's ModelAdmin derives from BookableAdmin and names its Supply (places.py). The pages hold no rule of their
own: what the supply refuses is its sentence, above the page as it is now.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite import clock
from coursesite.admin_site import EditionAdmin
from coursesite.booking import BookingRefused
from coursesite.models import User
from coursesite.place_forms import CutForm, DayField, PlaceForm, WindowForm, wall_clock
from coursesite.places import Supply, ahead


class BookableAdmin(EditionAdmin):
    """Adds the pages of its places to a bookable's own."""

    supply: ClassVar[Supply]
    cut_form: ClassVar[type[CutForm]] = CutForm
    place_form: ClassVar[type[PlaceForm]] = PlaceForm
    formfield_overrides: ClassVar[Any] = EditionAdmin.formfield_overrides | {
        models.DateField: {"form_class": DayField, "widget": DayField.widget}
    }
    change_form_template = "admin/booking/bookable.html"
    view_on_site = False  # among the links to the places

    def get_urls(self) -> list[Any]:
        pages = (
            ("places", "<int:pk>/places/", self.places_page),
            ("cut", "<int:pk>/cut/", self.cut_page),
            ("publish", "<int:pk>/publish/", self.publish_page),
            ("place", "<int:pk>/places/<uuid:code>/", self.place_page),
        )
        own = [path(route, self.admin_site.admin_view(view), name=self.named(name)) for name, route, view in pages]
        return own + super().get_urls()

    def named(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def address(self, page: str, *args: object) -> str:
        return reverse(f"admin:{self.named(page)}", args=args)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Links to the pages of its places."""
        if (obj := kwargs.get("obj")) is not None and self.has_change_permission(request, obj):
            context["place_pages"] = self.place_pages(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def place_pages(self, bookable: Any) -> list[tuple[str, str]]:
        return [
            (self.address("places", bookable.pk), _("Slots")),
            (self.address("cut", bookable.pk), _("Cut slots")),
            (self.address("publish", bookable.pk), _("Publish")),
            (bookable.get_absolute_url(), _("Board")),
        ]

    # --- Pages ---

    def places_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """All places, with who has them; free ones are taken off the board, or deleted when that is confirmed."""
        bookable = self.bookable(request, pk)
        refused = ""
        if request.method == "POST":
            verb = self.delete_places if "confirmed" in request.POST else self.withdraw_places
            codes = chosen(request)
            if codes and "delete" in request.POST:
                lines = [line for line in self.lines(bookable) if line["place"].code in codes]
                return self.page(request, bookable, "delete", _("Delete slots"), "", lines=lines)
            refused = (
                self.act(request, bookable, lambda: verb(bookable, codes, signed_in(request)))
                if codes
                else _("Choose the slots first.")
            )
            if not refused:
                return HttpResponseRedirect(self.address("places", pk))
        return self.page(request, bookable, "places", _("Slots"), refused, lines=self.lines(bookable))

    def withdraw_places(self, bookable: Any, codes: list[UUID], by: User) -> str:
        count = self.supply.withdraw(bookable, codes)
        return ngettext("%(count)d slot is off the board.", "%(count)d slots are off the board.", count) % {
            "count": count
        }

    def delete_places(self, bookable: Any, codes: list[UUID], by: User) -> str:
        count = self.supply.delete(bookable, codes, by=by)
        return ngettext("%(count)d slot is deleted.", "%(count)d slots are deleted.", count) % {"count": count}

    def cut_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One form, then every place that would come out, then those are created."""
        bookable, now = self.bookable(request, pk), timezone.now()
        known = {
            "first_day": bookable.starts_on,
            "last_day": bookable.ends_on or bookable.starts_on,
            "rooms": getattr(bookable, "place", ""),
        }
        form = self.cut_form(request.POST or None, edition=bookable.edition, initial=known)
        refused, preview = "", None
        if request.method == "POST" and form.is_valid():
            if "create" in request.POST:
                refused = self.act(
                    request, bookable, lambda: self.create_places(bookable, form, request.POST.get("seal", ""), now)
                )
                if not refused:
                    return HttpResponseRedirect(self.address("places", pk))
            preview = self.supply.preview(bookable, form.order(), now)
        return self.page(request, bookable, "cut", _("Cut slots"), refused, form=form, preview=preview)

    def create_places(self, bookable: Any, form: CutForm, seal: str, now: datetime) -> str:
        count = len(self.supply.create(bookable, form.order(), seal=seal, now=now))
        return ngettext(
            "%(count)d slot is created. Nobody sees it until you publish.",
            "%(count)d slots are created. Nobody sees them until you publish.",
            count,
        ) % {"count": count}

    def publish_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From when to when places are booked and changed; then they are on the board."""
        bookable = self.bookable(request, pk)
        window = {
            "opens_at": bookable.booking_opens_at,
            "closes_at": bookable.booking_closes_at,
            "changes_until": bookable.changes_until,
        }
        if not any(window.values()):
            window = proposed_window(self.supply.of(bookable), timezone.now(), bookable.edition.zone)
        form = WindowForm(request.POST or None, zone=bookable.edition.zone, initial=window)
        refused = ""
        if request.method == "POST" and form.is_valid():
            refused = self.act(request, bookable, lambda: self.publish_places(bookable, form))
            if not refused:
                return HttpResponseRedirect(self.address("places", pk))
        numbers = self.supply.numbers(bookable, ahead(self.supply.of(bookable), timezone.now()))
        return self.page(request, bookable, "publish", _("Publish"), refused, form=form, numbers=numbers)

    def publish_places(self, bookable: Any, form: WindowForm) -> str:
        count = self.supply.publish(bookable, form.window(), now=timezone.now())
        return ngettext("%(count)d slot is published.", "%(count)d slots are published.", count) % {"count": count}

    def place_page(self, request: HttpRequest, pk: int, code: UUID) -> HttpResponse:
        """Another time, room, link or staff for one place."""
        bookable = self.bookable(request, pk)
        place = get_object_or_404(self.supply.of(bookable), code=code)
        zone = bookable.edition.zone
        initial = {
            **wall_clock(place.starts_at, place.ends_at, zone),
            "room": place.room,
            "online_url": place.online_url,
            "staff": getattr(place, self.supply.staff).all(),
        }
        form = self.place_form(request.POST or None, edition=bookable.edition, initial=initial)
        refused, when = "", clock.said_in_full(place.starts_at, zone)
        if request.method == "POST" and form.is_valid():
            setattr(place, self.supply.parent, bookable)

            def change() -> str:
                self.supply.change(place, form.wanted(), by=signed_in(request), now=timezone.now())
                return _("%(time)s is changed.") % {"time": when}

            refused = self.act(request, bookable, change)
            if not refused:
                return HttpResponseRedirect(self.address("places", pk))
        holder = self.supply.holder_names([place.held_by]).get(place.held_by, "")
        return self.page(request, bookable, "place", when, refused, form=form, holder=holder)

    # --- What they share ---

    def bookable(self, request: HttpRequest, pk: int) -> Any:
        found = get_object_or_404(self.get_queryset(request).select_related("edition"), pk=pk)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def act(self, request: HttpRequest, bookable: Any, verb: Callable[[], str]) -> str:
        """Do it and say so, here and in the history; or the sentence why not."""
        try:
            done = verb()
        except BookingRefused as refusal:
            return refusal.sentence
        self.log_change(request, bookable, done)
        messages.success(request, done)
        return ""

    def page(
        self, request: HttpRequest, bookable: Any, name: str, title: str, refused: str, **context: Any
    ) -> TemplateResponse:
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "original": bookable,
            "title": title,
            "subtitle": str(bookable),
            "refused": refused,
            "address": self.address("places", bookable.pk),
            "place_pages": self.place_pages(bookable),
        }
        return TemplateResponse(request, f"admin/booking/{name}.html", context, status=409 if refused else 200)

    def lines(self, bookable: Any) -> list[dict[str, Any]]:
        """What the page of places prints. Three queries, whatever their number."""
        places = list(self.supply.of(bookable).prefetch_related(self.supply.staff))
        names = self.supply.holder_names({place.held_by for place in places})
        return [
            {
                "place": place,
                "when": clock.said_in_full(place.starts_at, bookable.edition.zone),
                "until": f"{place.ends_at.astimezone(bookable.edition.zone):%H:%M}",
                "holder": names.get(place.held_by, ""),
                "staff": ", ".join(str(user) for user in getattr(place, self.supply.staff).all()),
                "address": self.address("place", bookable.pk, place.code),
            }
            for place in places
        ]


def chosen(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(code) for code in request.POST.getlist("place")]
    except ValueError:
        raise Http404 from None


def signed_in(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
    return request.user


def proposed_window(places: QuerySet[Any], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """From the next full hour to the evening before the first place; nothing where that leaves no time."""
    first = places.filter(starts_at__gt=now).first()
    if first is None:
        return {}
    opens_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    evening = clock.end_of(first.starts_at.astimezone(zone).date() - timedelta(days=1), zone)
    if evening <= opens_at:
        return {}
    return {"opens_at": opens_at, "closes_at": evening, "changes_until": evening}
