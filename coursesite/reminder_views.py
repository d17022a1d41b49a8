"""What will be sent in the next days: for staff, who hold it, send it at once, or have it sent to themselves."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from coursesite import access, clock, reminders
from coursesite.board import SeeOther
from coursesite.booking import BookingRefused
from coursesite.models import User
from coursesite.reminders import Coming

DAYS = (7, 14, 30)


@require_safe
def upcoming_reminders(request: HttpRequest, edition: str) -> HttpResponse:
    viewer = access.staff(request, edition)
    now, days = timezone.now(), asked_days(request.GET.get("days", ""))
    coming = reminders.coming(viewer.edition, now, now + timedelta(days=days))
    names = names_of(person for each in coming for person in each.people)
    zone = viewer.edition.zone
    context = {
        "here": "reminders",
        "lines": [line(each, names) | {"when": clock.said_in_full(each.at, zone)} for each in coming],
        "days": days,
        "choices": DAYS,
    }
    return render(request, "coursesite/upcoming_reminders.html", context)


@require_POST
def hold_reminder(request: HttpRequest, edition: str) -> HttpResponse:
    def act(course: Any, name: str, user: User) -> str:
        reminders.hold(course, name, by=user, now=timezone.now())
        return _("Held back. It goes when you release it.")

    return after(request, edition, act)


@require_POST
def release_reminder(request: HttpRequest, edition: str) -> HttpResponse:
    def act(course: Any, name: str, user: User) -> str:
        reminders.release(course, name)
        return _("Released. It goes at its time; if that has passed, within a minute or two.")

    return after(request, edition, act)


@require_POST
def send_reminder(request: HttpRequest, edition: str) -> HttpResponse:
    def act(course: Any, name: str, user: User) -> str:
        count = reminders.send_now(course, name, by=user, now=timezone.now())
        return ngettext("On its way to %(count)d person.", "On its way to %(count)d people.", count) % {"count": count}

    return after(request, edition, act)


@require_POST
def test_reminder(request: HttpRequest, edition: str) -> HttpResponse:
    def act(course: Any, name: str, user: User) -> str:
        reminders.send_test(course, name, to=user, now=timezone.now())
        return _("A test is on its way to %(address)s.") % {"address": user.email}

    return after(request, edition, act)


def after(request: HttpRequest, edition: str, act: Callable[[Any, str, User], str]) -> HttpResponse:
    """Do it, say what came of it, and show the list again."""
    viewer = access.staff(request, edition)
    user: Any = viewer.user
    try:
        messages.success(request, act(viewer.edition, request.POST.get("name", ""), user))
    except BookingRefused as refusal:
        messages.error(request, refusal.sentence)
    days = asked_days(request.POST.get("days", ""))
    return SeeOther(f"{reverse('upcoming_reminders', args=[edition])}?days={days}")


def asked_days(text: str) -> int:
    return next((days for days in DAYS if text == str(days)), DAYS[0])


def names_of(people: Iterable[int]) -> dict[int, str]:
    users = User.objects.filter(pk__in=set(people)).order_by("last_name", "first_name", "email")
    return {user.pk: str(user) for user in users}


def line(each: Coming, names: dict[int, str]) -> dict[str, Any]:
    """Who, what, when of one reminder."""
    is_done = each.told == len(each.people)
    return {
        "name": each.name,
        "title": each.entry.title,
        "url": each.entry.url,
        "people": [name for person, name in names.items() if person in each.people],
        "is_held": each.is_held,
        "told": each.told,
        "is_done": is_done,
        "may_go_now": not is_done and not each.entry.is_news,  # news is told when it has come about
    }
