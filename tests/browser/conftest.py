"""Debian's Chromium against the live site: whoever looks, on a phone or a desk, light or dark, with scripts or not."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, ConsoleMessage, Page

from coursesite.models import User

PHONE, DESK = 390, 1280
# The live server's threads and this one share Playwright's event loop only by name: the ORM is safe to use here.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    chromium = shutil.which("chromium")
    assert chromium, "No Chromium: apt-get install chromium"
    quiet = ("background-networking", "component-update", "sync")
    return {
        "executable_path": chromium,
        "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
    }


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, live_server, transactional_db) -> Iterator[Visit]:
    """visit("/path/", who) opens a page in a browser of its own; nothing on it may be blocked, missing or failing."""
    opened = []
    trouble: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Chromium reports an answer that a page gives on purpose like a failure.
        on_purpose = (
            "status of 400" in message.text
            or "409" in message.text
            or message.location.get("url", "").endswith(("/nothing-here/", "/favicon.ico"))
        )
        if message.type in {"error", "warning"} and not on_purpose:
            trouble.append(f"{message.location.get('url')}: {message.text}")

    def open_page(
        path: str, who: User | None = None, *, javascript: bool = True, width: int = DESK, scheme: str = "light"
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            java_script_enabled=javascript,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
        )
        opened.append(context)
        if who is not None:
            context.add_cookies([session_cookie(live_server.url, who)])
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()
    assert not trouble


def session_cookie(url: str, user: User) -> dict:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": url}


@pytest.fixture
def shots() -> Path | None:
    """Where SCREENSHOTS names a folder, pages are pictured into it."""
    return Path(os.environ["SCREENSHOTS"]) if "SCREENSHOTS" in os.environ else None
