"""What tests of mails need: a kind of mail, a source of the agenda, and a mail server with moods."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from coursesite import feeds, tasks
from coursesite.agenda import Entry
from coursesite.mail import MailKind
from coursesite.models import CourseEdition, User
from coursesite.outbox import QueuedEmail
from coursesite.reminders import StillOwed
from tests.services import free_port

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every word
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)  # in Brussels


def is_true(row: QueuedEmail) -> bool:
    if row.facts.get("check") == "broken":
        raise RuntimeError("the check of this kind is broken")
    return row.facts.get("check") != "false"


KINDS = {
    "notice": MailKind(
        "mailtests", still_true=is_true, invitation=lambda row: feeds.invitation(row) if "uid" in row.facts else ""
    ),
    "offer": MailKind("mailtests", is_optional=True),
}
AGENDA: list[Entry] = []


def entries(edition: CourseEdition, now: datetime) -> list[Entry]:
    return AGENDA


@pytest.fixture
def mails(settings, edition, monkeypatch) -> Iterator[Callable[..., QueuedEmail]]:
    """Write a row of the kind `notice`; AGENDA is the agenda, and empty."""
    monkeypatch.setattr(tasks, "still_owed", StillOwed())  # it remembers for a minute
    settings.MAIL_KINDS = ["tests.outbox.KINDS"]
    settings.AGENDA_SOURCES = ["tests.outbox.entries"]
    settings.TEMPLATES[0]["DIRS"] = [*settings.TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = settings.TEMPLATES  # Django listens to assignments

    def write(to: User | str = "alice@example.org", title: str = "A room has changed", **fields) -> QueuedEmail:
        fields = {"key": f"notice:{QueuedEmail.objects.count()}", "kind": "notice", "edition": edition} | fields
        address, recipient = (to, None) if isinstance(to, str) else (to.email, to)
        facts = {"title": title} | fields.pop("facts", {})
        row = QueuedEmail(to_address=address, recipient=recipient, facts=facts, **({"due_at": NOON} | fields))
        row.save()
        return row

    yield write
    AGENDA.clear()


@dataclass
class Mail:
    """One that a server took: envelope, content, and when."""

    to: list[str]
    content: EmailMessage
    at: float = field(default_factory=time.monotonic)

    @property
    def id(self) -> str:
        return self.content["Message-ID"]


class Sink:
    """A mail server. `moods` says how it treats a recipient: an answer such as "450 later", or drop, hang, vanish.

    drop: hangs up instead of answering; vanish: takes the mail and hangs up; hang: takes it and never answers.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.moods: dict[str, str] = {}
        self.pause = 0.0
        self.connections, self.port = 0, 0
        self.on_mail: Callable[[], None] = lambda: None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (mood := self.moods.get(address, "ok"))[0].isdigit():
            return mood
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mood = self.moods.get(envelope.rcpt_tos[0], "ok")
        await asyncio.sleep(3600 if mood == "hang" else self.pause)
        if mood != "drop":
            self.mails.append(Mail(envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
            self.on_mail()
        if mood in {"drop", "vanish"}:
            server.transport.abort()
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return [address for mail in self.mails for address in mail.to]


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    """A running mail server, which the settings name."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 0.5
    sink.port = controller.port
    yield sink
    controller.stop()
