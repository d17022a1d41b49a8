"""The tick's heartbeat: how old the last one may be, and who outside is told that it goes on (a dead-man's switch)."""

import logging
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from http.client import HTTPException
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from coursesite import clock
from coursesite.models import Heartbeat

logger = logging.getLogger(__name__)

PING_PERIOD = timedelta(minutes=1)
PING_TIMEOUT = 5.0  # seconds
under_way = threading.Lock()  # one ping of this process at a time: an address that hangs holds one thread


def allowed_age() -> timedelta:
    return timedelta(seconds=max(60.0, 5 * settings.TICK_SECONDS))


def last_tick() -> datetime | None:
    return Heartbeat.objects.filter(name="tick").values_list("beat_at", flat=True).first()


def is_alive(tick: datetime | None, at: datetime) -> bool:
    """The one rule for /readyz and the administration: a tick went through beat, broker and worker lately."""
    return tick is not None and at - tick < allowed_age()


def trouble(at: datetime) -> str:
    """The sentence for staff when the beat has stopped; empty: it has not."""
    tick = last_tick()
    if is_alive(tick, at):
        return ""
    if tick is None:
        return _("No mails are sent: worker and beat have never run.")
    since = clock.said_in_full(tick, ZoneInfo(settings.TIME_ZONE))
    return _("No mails are sent since %(since)s: worker or beat has stopped.") % {"since": since}


def tell_outside(at: datetime) -> threading.Thread | None:
    """Ping HEARTBEAT_PING_URL, once a minute over all workers, in a thread that no mail waits for.

    None: there is nobody to tell, or not now.
    """
    if not settings.HEARTBEAT_PING_URL or under_way.locked() or not Heartbeat.take_turn("ping", at, PING_PERIOD):
        return None
    thread = threading.Thread(target=ping, args=[settings.HEARTBEAT_PING_URL], name="ping", daemon=True)
    thread.start()
    return thread


def ping(url: str) -> None:
    """Its address is in no log: whoever knows it can pretend that we are alive."""
    if not under_way.acquire(blocking=False):
        return
    try:
        with urllib.request.urlopen(url, timeout=PING_TIMEOUT):  # noqa: S310 - http or https: a system check looks
            pass
    except urllib.error.HTTPError as error:
        error.close()
        logger.warning("HEARTBEAT_PING_URL answers %s", error.code)
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        logger.warning("HEARTBEAT_PING_URL does not answer (%s)", type(reason).__name__)
    finally:
        under_way.release()
