"""A mail as bytes. What several people get in common is written once; for each, the head and the name are put in."""

import email.message
import smtplib
import uuid
from email.policy import Compat32
from email.utils import formataddr, parseaddr
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import forbid_multi_line_headers, sanitize_address

SHORT = 76  # characters of a header that nobody folds, without ": "
LONGEST_LINE = 998  # bytes, RFC 5322; a text with a longer one is encoded, and has no gaps to fill


@cache
def sender(text: str) -> str:
    """The address of the envelope."""
    return sanitize_address(parseaddr(text)[1], "utf-8")


class ShortHeaders(Compat32):
    """Headers of one short line of ASCII go as they are: that they need no folding is a tenth of the work of a mail."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, str) and value.isascii() and value.isprintable() and len(name) + len(value) < SHORT:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


SHORT_HEADERS, ON_THE_WIRE = ShortHeaders(), ShortHeaders(linesep="\r\n")


class Message(EmailMultiAlternatives):
    """To one person. shared: its body and most of its head, where they were written before (`shared`, below)."""

    shared = b""

    def __init__(self, subject: str, body: str, name: str, to: str, headers: dict[str, str], **kwargs: Any) -> None:
        headers = headers | {"From": settings.DEFAULT_FROM_EMAIL}
        super().__init__(subject, body, to=[formataddr((name, to))], headers=headers, **kwargs)
        self.from_email = sender(settings.DEFAULT_FROM_EMAIL)
        self.address = to

    def recipients(self) -> list[str]:
        return [self.address]

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """With a boundary of its own: to find one, Python searches the whole text, which takes a third of the time."""
        if self.shared:
            own = {"To": self.to[0]} | {name: self.extra_headers[name] for name in self.extra_headers if name != "From"}
            return Written(b"".join(header(*line) for line in own.items()) + self.shared)
        made = super().message(*args, **kwargs)
        made.policy = SHORT_HEADERS
        if made.is_multipart():
            made.set_boundary(uuid.uuid4().hex)
        return made


def hand_over(outgoing: BaseEmailBackend, mail: Message) -> None:
    """Through a connection that is open. Over SMTP without Django's second look at addresses that are checked."""
    smtp = getattr(outgoing, "connection", None)
    if isinstance(smtp, smtplib.SMTP):
        smtp.sendmail(mail.from_email, [mail.address], mail.message().as_bytes(linesep="\r\n"))
    else:
        outgoing.send_messages([mail])


class Written(email.message.Message):
    """A mail whose bytes are known, for Django's ways of sending one."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.content = content

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, *, linesep: str = "\n") -> bytes:
        return self.content if linesep == "\r\n" else self.content.replace(b"\r\n", linesep.encode())


def header(name: str, value: str) -> bytes:
    return ON_THE_WIRE.fold_binary(*forbid_multi_line_headers(name, value, "utf-8"))


def shared(mail: Message, gaps: tuple[str, ...], longest: int) -> bytes:
    """The mail without what is one person's own in its head; empty where its gaps could not be filled in bytes.

    longest: of what is put into a gap, in bytes.
    """
    made = mail.message()
    for name in ("To", *mail.extra_headers.keys() - {"From"}):
        del made[name]
    content = made.as_bytes(linesep="\r\n")
    texts = [mail.body, *(str(part[0]) for part in mail.alternatives)]
    wanted, bytes_of_gaps = sum(text.count(gap) for text in texts for gap in gaps), [gap.encode() for gap in gaps]
    are_there = sum(map(content.count, bytes_of_gaps)) == wanted  # not those of an encoded text or subject
    lines = (line for line in content.split(b"\r\n") if any(gap in line for gap in bytes_of_gaps))
    fit = all(len(line) + longest * sum(map(line.count, bytes_of_gaps)) <= LONGEST_LINE for line in lines)
    return content if are_there and fit and not any(gap in mail.subject for gap in gaps) else b""
