"""When the database is away or too busy: 503 with a page that says so, and no trace of it afterwards."""

import logging
import sys
from collections.abc import Callable

from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from coursesite.booking import Busy

logger = logging.getLogger(__name__)
RETRY_AFTER = 5  # seconds


@receiver(got_request_exception)
def note_bad_weather(request: HttpRequest | None = None, **kwargs) -> None:
    """Mark a request that failed for a reason that passes, wherever it rose: `process_exception` sees only views."""
    if request is not None and isinstance(sys.exc_info()[1], OperationalError | InterfaceError | Busy):
        request.bad_weather = True  # type: ignore[attr-defined]


class DatabaseWeatherMiddleware:
    """Outermost, so that no failing layer is outside of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 500 and getattr(request, "bad_weather", False):
            logger.warning("503 for %s: the database is away or busy", request.path)
            page = render_to_string("503.html")  # without the request: nothing in it may ask the database
            return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER)})
        return response
