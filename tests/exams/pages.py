"""What the tests of the pages of exams share: addresses, clicks, what is in the database."""

from django.http import HttpResponse
from django.urls import reverse

from coursesite.models import User
from coursesite.outbox import QueuedEmail
from exams.models import OralExam
from tests.projects.pages import signed_in


def address(verb: str, appointment: OralExam) -> str:
    return reverse(f"exams:{verb}_appointment", args=[appointment.session.edition.slug, appointment.code])


def click(user: User, verb: str, appointment: OralExam, **data) -> HttpResponse:
    return signed_in(user).post(address(verb, appointment), data)


def standing() -> list[tuple[str, str]]:
    """Who has which appointment: [("Alice", "09:00")], in UTC."""
    rows = OralExam.objects.picked().select_related("student__user")
    return [(row.student.user.first_name, f"{row.starts_at:%H:%M}") for row in rows]


def mails() -> list[tuple[str, str]]:
    return list(QueuedEmail.objects.order_by("pk").values_list("kind", "to_address"))
