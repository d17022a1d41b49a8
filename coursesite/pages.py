"""Conditional GET and the cache of rendered pages.

A page of an edition is known by the edition's revision, which every change raises, by who looks, and by what else the
page names: the revision of its milestone, or the day on which "next" changes without an edit.
"""

import hashlib
import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from coursesite.access import Viewer

logger = logging.getLogger(__name__)
CACHED_SECONDS = 600


def code_version() -> str:
    """Another version of the templates or the code is another page: the newest file of the project says which one."""
    folders = ("coursesite", "schedule", "projects", "exams", "templates", "static")
    files = (path for folder in folders for path in (settings.BASE_DIR / folder).rglob("*.*"))
    return str(
        max((path.stat().st_mtime_ns for path in files if path.suffix in {".py", ".html", ".css", ".js"}), default=0)
    )


CODE_VERSION = code_version()


def etag(viewer: Viewer, *parts: object) -> str:
    """The page's ETag, in its quotes."""
    role = viewer.enrolment.role if viewer.enrolment else ""
    who = (viewer.user.pk, str(viewer.user), role)  # the name stands on every page
    return hashed(viewer.edition.pk, viewer.edition.revision, who, *parts)


def hashed(*known_by: object) -> str:
    """An ETag of all that tells one state of a page from the next."""
    whole = (CODE_VERSION, get_language(), *known_by)
    return f'"{hashlib.blake2b(repr(whole).encode(), digest_size=16).hexdigest()}"'


def not_modified(request: HttpRequest, tag: str) -> HttpResponse | None:
    """The 304 for a client that has this page, before anything of it is read or rendered."""
    answer = get_conditional_response(request, etag=tag)
    return tagged(answer, tag) if isinstance(answer, HttpResponseNotModified) else None


def tagged(response: HttpResponse, tag: str) -> HttpResponse:
    """Kept by the browser, asked about each time, shared with nobody."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Cookie", "Accept-Language", "HX-Request"])
    return response


def remembered(key: str, render: Callable[[], str]) -> str:
    """The text of a page for everybody, from the cache `pages`; a cache that fails is a cache without it."""
    cache = caches["pages"]
    try:
        if (text := cache.get(key)) is not None:
            return text
    except Exception as error:  # whatever the cache's own library raises
        logger.warning("The page cache does not answer: %s", error)
        return render()
    text = render()
    try:
        cache.set(key, text, CACHED_SECONDS)
    except Exception as error:
        logger.warning("The page cache does not answer: %s", error)
    return text
