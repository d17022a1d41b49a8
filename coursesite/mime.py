"""A mail as bytes. What several people get in common is written once; for each, the head and the name are put in."""

import email.message
import re
import smtplib
import uuid
from email.policy import Compat32
from email.utils import formataddr, formatdate, parseaddr
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import forbid_multi_line_headers, sanitize_address

SHORT = 76  # characters of a header that nobody folds, without ": "
LONGEST_LINE = 998  # bytes, RFC 5322; a text with a longer one is encoded, and has no gaps to fill
NEWLINE = re.compile(r"\r\n|\r|\n")
BODY, BOUNDARY, BEYOND_ASCII = uuid.uuid4().hex, uuid.uuid4().hex, "é"  # of a frame: no mail has them


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


@lru_cache(maxsize=64)
def frame(answers: tuple[str, ...], parts: tuple[tuple[str, bool], ...]) -> list[bytes]:
    """What stands before, between and after the bodies of such mails, with the head that all of them have.

    parts: of each body its type, and whether it is ASCII. BOUNDARY stands for the boundary, of which each letter gets
    a new one: whoever knew it could end a part in what they write, and begin one of their own.
    """
    (text, _plain), *others = [(BODY if is_ascii else BODY + BEYOND_ASCII, kind) for kind, is_ascii in parts]
    mail = Message("", text, "", "nobody@example.org", {}, reply_to=answers)
    for other in others:
        mail.attach_alternative(*other)
    made = mail.message()
    if made.is_multipart():
        made.set_boundary(BOUNDARY)
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        del made[name]
    return re.split(f"{BODY}(?:{BEYOND_ASCII})?".encode(), made.as_bytes(linesep="\r\n"))


def shared(mail: Message, gaps: tuple[str, ...], longest: int) -> bytes:
    """The mail without what is one person's own in its head; empty where its gaps cannot be filled in bytes.

    longest: of what is put into a gap, in bytes.
    """
    texts = [(mail.body, "text/plain"), *mail.alternatives]
    bodies = [NEWLINE.sub("\r\n", str(text)).encode() for text, _kind in texts]
    of_gaps = [gap.encode() for gap in gaps]
    lengths = (len(line) + longest * sum(map(line.count, of_gaps)) for body in bodies for line in body.split(b"\r\n"))
    if any(gap in mail.subject for gap in gaps) or max(lengths) > LONGEST_LINE:
        return b""
    parts = tuple((kind, body.isascii()) for body, (_text, kind) in zip(bodies, texts, strict=True))
    before, *between = frame(tuple(mail.reply_to), parts)
    date = formatdate(localtime=settings.EMAIL_USE_LOCALTIME)
    head = {"From": mail.extra_headers["From"], "Subject": str(mail.subject), "Date": date}
    content = b"".join(header(*line) for line in head.items()) + before
    for body, after in zip(bodies, between, strict=True):
        content += body + after
    return content.replace(BOUNDARY.encode(), uuid.uuid4().hex.encode())
