"""What `make run` starts, with each broker: due reminders go out through beat, broker and worker, once each."""

import time
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.services import running_site

DUE = {"alice@example.org", "bob@example.org", "dana@example.org", "emma@example.org"}  # who owes a booking in the demo
PACE = {"TICK_SECONDS": "0.5", "SWEEP_SECONDS": "2"}


def delivered(var: str) -> list[str]:
    """To whom the mails in the mail folder went, one entry a mail."""
    found = []
    for path in sorted(Path(var, "mail").glob("*")):
        for part in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            if address := message_from_bytes(part.lstrip(), policy=policy.default)["To"]:
                found += [person.addr_spec for person in address.addresses]
    return sorted(found)


def wait_for(var: str, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(delivered(var)) < count:
        assert time.monotonic() < deadline, delivered(var)
        time.sleep(0.2)


@pytest.mark.once
def test_a_reminder_goes_out_once_on_the_embedded_broker():
    with running_site(PACE) as (_url, site):
        wait_for(site.var, len(DUE))
        time.sleep(5)  # two more sweeps, ten more ticks
        assert delivered(site.var) == sorted(DUE)


@pytest.mark.once("postgres")
def test_a_reminder_goes_out_once_on_redis(redis_url):
    with running_site(PACE | {"CELERY_BROKER_URL": redis_url}) as (_url, site):
        wait_for(site.var, len(DUE))
        time.sleep(5)
        assert delivered(site.var) == sorted(DUE)
