"""allauth on this site: the roster is the only door, and its mails go through the outbox like all others."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class RosterAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the roster, never from a form."""
        return False
