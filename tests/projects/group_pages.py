"""What the tests of group pages share."""

from django.http import HttpResponse
from django.urls import reverse

from coursesite.models import User
from projects.models import Invitation, Membership, ProjectGroup
from tests.projects.pages import signed_in


def group_address(verb: str = "group", *args, edition: str = "info9023-2026") -> str:
    return reverse(f"projects:{verb}", args=[edition, *args])


def look(user: User, verb: str = "group") -> HttpResponse:
    return signed_in(user).get(group_address(verb))


def post(user: User, verb: str, *args, **data) -> HttpResponse:
    return signed_in(user).post(group_address(verb, *args), data)


def teams() -> dict[str, list[str]]:
    """Who is in which group: {"Red": ["Alice", "Bob"]}."""
    found: dict[str, list[str]] = {group.name: [] for group in ProjectGroup.objects.all()}
    for membership in Membership.objects.select_related("group", "enrolment__user"):
        found[membership.group.name].append(membership.enrolment.user.first_name)
    return found


def invitations() -> list[tuple[str, str, str]]:
    """[("Red", "Dana", "pending")]."""
    rows = Invitation.objects.select_related("group", "enrolment__user").order_by("pk")
    return [(row.group.name, row.enrolment.user.first_name, row.state) for row in rows]


def ask(cast, group: ProjectGroup, name: str, by: str) -> Invitation:
    return Invitation.objects.create(
        group=group, enrolment=getattr(cast.enrolments, name), invited_by=getattr(cast, by)
    )
