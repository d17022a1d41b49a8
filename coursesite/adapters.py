"""allauth on this site: the roster is the only door, and its mails go through the outbox like all others."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from coursesite import access
from coursesite.models import Enrolment, User
from coursesite.outbox import QueuedEmail


class RosterAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the roster, never from a form."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """The right password of somebody who may not sign in is a wrong one."""
        user: Any = super().authenticate(request, **credentials)
        return user if user is not None and access.may_sign_in(user) else None

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Asked again when the code comes back: a place on the roster may have been taken away meanwhile."""
        if access.may_sign_in(user):
            return None
        clear_login(request)
        messages.error(
            request, _("You are not on the roster of a course here. Ask the teachers of your course to add you.")
        )
        return redirect("account_login")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By address alone: allauth adds the Host header, which whoever guesses can change with every guess."""
        return str(credentials.get("email", "")).lower()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """One row, whoever the address belongs to: known and unknown take as long, and no mail server is asked.

        Staff of the person's latest course see in their log that it went, and never what it says.
        """
        message: Any = self.render_mail(template_prefix, email, context | {"email": email})
        QueuedEmail.objects.create(
            key=f"account:{uuid.uuid4()}",
            kind=f"account.{template_prefix.rpartition('/')[2]}",
            to_address=email,
            edition_id=Enrolment.objects.filter(user__email=email.lower()).aggregate(latest=Max("edition"))["latest"],
            is_secret=True,
            priority=QueuedEmail.SIGN_IN,
            due_at=timezone.now(),
            subject=message.subject,
            text=message.body,
        )
