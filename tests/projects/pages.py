"""What the tests of the pages of slots share: people who are signed in, addresses, what is in the database."""

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from coursesite.models import User
from coursesite.outbox import QueuedEmail
from projects.models import Booking, Slot


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(verb: str, slot: Slot) -> str:
    return reverse(f"projects:{verb}_slot", args=[slot.milestone.edition.slug, slot.code])


def cancel_address(booking: Booking) -> str:
    return reverse("projects:cancel_slot", args=[booking.milestone.edition.slug, booking.code])


def click(user: User, verb: str, slot: Slot, **data) -> HttpResponse:
    return signed_in(user).post(address(verb, slot), data)


def shown(response: HttpResponse) -> str:
    """The text of a page, with single spaces."""
    return " ".join(response.content.decode().split())


def standing() -> list[tuple[str, str]]:
    """Who has which slot: [("Red", "09:00")], in UTC."""
    rows = Booking.objects.standing().order_by("slot__starts_at").select_related("slot", "group")
    return [(row.group.name, f"{row.slot.starts_at:%H:%M}") for row in rows]


def mails() -> list[tuple[str, str]]:
    return sorted(QueuedEmail.objects.values_list("kind", "to_address"))
