"""Back to a page: an address that only takes what a form sends is no place to stay at.

People come to one all the same: from the sign-in, when they were signed out while the form stood open; by loading a
refused form's page anew; from a bookmark.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

SAFE = {"GET", "HEAD", "OPTIONS"}


def page_of(request: HttpRequest) -> str:
    """The address of the page on which somebody is: where something was sent, of the form, if it was on this site."""
    if request.method in SAFE:
        return request.get_full_path()
    try:
        sent_from = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # no address at all
        return request.get_full_path()
    page = f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path
    is_ours = sent_from.netloc == request.get_host() and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if is_ours else request.get_full_path()


class SignInMiddleware(LoginRequiredMiddleware):
    """Who was signed out comes back to the page with their form."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in SAFE:
            return super().handle_no_permission(request, view_func)
        return redirect_to_login(page_of(request), redirect_field_name=self.get_redirect_field_name(view_func))


class FormOnlyMiddleware:
    """Who wants to read what only a form is sent to finds a page that says so, and not an empty one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method not in SAFE:
            return answer
        page = render(request, "405.html", status=answer.status_code)
        page["Allow"] = answer["Allow"]
        return page
