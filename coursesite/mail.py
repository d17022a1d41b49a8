"""From a fact to a mail: a row is queued in the fact's transaction, becomes words when it is sent (delivery.py)."""

import json
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.policy import Compat32
from email.utils import formataddr, parseaddr
from functools import cache
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import connection
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import punycode
from django.utils.html import escape
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from coursesite.inserting import insert_rows
from coursesite.models import CourseEdition, User
from coursesite.outbox import QueuedEmail, new_message_id

LEAVING = "leave optional mails"  # salt of its signatures
SUBJECT_LENGTH, NAME_LENGTH = 150, 100
SHORT = 76  # characters of a header that nobody folds, without ": "
NAME = "\ue000"  # stands for the recipient's name until it is put in; a character that no font has
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class MailKind:
    """How rows of one kind become mails: templates `<app>/email/<kind>.subject.txt`, `.txt` and `.html`.

    The first is also the heading of the others, which extend coursesite/email/base.txt and base.html with the blocks
    `body` and `button`: who is greeted, when, where and the one button (to the fact `url`) are there already.
    They know the row's facts (text under a name ending in `_at` or `_on` has become an instant or a day), `edition`,
    `name` (of the recipient, to be printed and nothing else), `site_url` and `site_name`; language is the recipient's,
    time zone the edition's.
    still_true: asked at the moment of sending; False suppresses the row. Reminders need none: the agenda is asked.
    invitation: the calendar file, if any (feeds.invitation).
    is_of_agenda: written by invitations.py, for entries of the agenda.
    is_optional: people may have it in their digest, or not at all (Enrolment.optional_mail).
    """

    app: str
    is_optional: bool = False
    is_of_agenda: bool = False
    still_true: Callable[[QueuedEmail], bool] = lambda row: True
    invitation: Callable[[QueuedEmail], str] = lambda row: ""


UNSENT = {"state": QueuedEmail.State.QUEUED.value, "is_secret": False, "attempts": 0} | dict.fromkeys(
    ("subject", "text", "html", "invitation", "error"), ""
)  # what is the same for all new rows
COLUMNS = (
    "key",
    "recipient_id",
    "to_address",
    "kind",
    "edition_id",
    "facts",
    "priority",
    "due_at",
    "expires_at",
    "message_id",
    "created_at",
    *UNSENT,
)


def queue(
    kind: str,
    recipients: Iterable[User],
    *,
    edition: CourseEdition,
    key: str,
    facts: dict[str, Any],
    now: datetime,
    priority: int = QueuedEmail.NEWS,
    expires_at: datetime | None = None,
) -> None:
    """One row for each recipient, once per key and recipient, in the transaction of the fact. One query.

    `facts` is JSON (instants as ISO text) and holds all that the templates of the kind show.
    """
    said = json.dumps(facts)
    write(
        (f"{kind}:{key}:{user.pk}", user.pk, user.email, kind, edition.pk, said, priority, now, expires_at)
        for user in recipients
    )


# Key, recipient and address, kind, edition, facts as JSON text, priority, due_at, expires_at.
NewRow = tuple[str, int, str, str, int, str, int, datetime, datetime | None]


def write(rows: Iterable[NewRow]) -> None:
    """Rows of the outbox, but for those whose key is there already. One query."""

    def stored(at: datetime | None) -> str | None:
        return str(connection.ops.adapt_datetimefield_value(at)) if at else None

    now = stored(timezone.now())
    whole = [
        (*told, stored(due_at), stored(expires_at), new_message_id(), now, *UNSENT.values())
        for *told, due_at, expires_at in rows
    ]
    if whole:
        insert_rows(QueuedEmail, COLUMNS, whole, or_skip=True)


def kinds() -> dict[str, MailKind]:
    """All kinds of mail, from the lists of the apps."""
    return {name: kind for path in settings.MAIL_KINDS for name, kind in import_string(path).items()}


def optional_kinds() -> frozenset[str]:
    return frozenset(name for name, kind in kinds().items() if kind.is_optional)


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str = ""
    invitation: str = ""


def render(row: QueuedEmail, kind: MailKind | None, known: dict[Any, Letter] | None = None) -> Letter:
    """The row's words. `known` remembers, for the rows of one step, what they have in common: all but the name.

    Raises whatever the templates raise, and LookupError for a kind that nobody offers.
    """
    if row.text:  # written with its words: a sign-in mail
        return Letter(one_line(row.subject, SUBJECT_LENGTH), row.text, row.html, row.invitation)
    if kind is None:
        raise LookupError(f"no app offers mails of the kind {row.kind}")
    language = row.recipient.language if row.recipient else settings.LANGUAGE_CODE
    common = row.kind, row.edition_id, language, row.recipient is None, json.dumps(row.facts)
    known = {} if known is None else known
    with translation.override(language), timezone.override(row.edition.zone if row.edition else None):
        if common not in known:
            known[common] = worded(row, kind)
        return addressed(known[common], row, kind)


def worded(row: QueuedEmail, kind: MailKind) -> Letter:
    """To nobody yet."""
    context = revived(row.facts) | {
        "edition": row.edition,
        "name": NAME if row.recipient else "",
        "site_url": settings.SITE_URL,
        "site_name": settings.SITE_NAME,
        "choice_url": choice_url(row) if kind.is_optional else "",
    }
    stem = f"{kind.app}/email/{row.kind}"
    subject = filled(f"{stem}.subject.txt", context)
    if row.facts.get("is_test"):
        subject = _("Test: %(subject)s") % {"subject": subject}
    subject = one_line(subject, SUBJECT_LENGTH)
    context["subject"] = subject  # which is also the heading
    text = re.sub(r"\n{3,}", "\n\n", filled(f"{stem}.txt", context)).strip() + "\n"
    return Letter(subject, text, filled(f"{stem}.html", context).strip())


def choice_url(row: QueuedEmail) -> str:
    """Where people choose how optional mails come."""
    return settings.SITE_URL + reverse("mails", args=[row.edition.slug]) if row.edition else ""


def leaving_url(user: User, edition: CourseEdition) -> str:
    """Where one click, also a mail program's, ends the optional mails of this person. Signed, without an end."""
    return settings.SITE_URL + reverse("end_optional_mails", args=[signing.dumps([user.pk, edition.pk], salt=LEAVING)])


def leaver(token: str) -> tuple[int, int]:
    """The ids of the user and the edition of such an address. Raises signing.BadSignature."""
    user, edition = signing.loads(token, salt=LEAVING)
    return user, edition


def addressed(words: Letter, row: QueuedEmail, kind: MailKind) -> Letter:
    name = one_line(row.recipient.get_short_name(), NAME_LENGTH) if row.recipient else ""
    return Letter(
        subject=words.subject.replace(NAME, name),
        text=words.text.replace(NAME, name),
        html=words.html.replace(NAME, escape(name)),
        invitation=kind.invitation(row),
    )


def filled(name: str, context: dict[str, Any]) -> str:
    template: Any = get_template(name)  # Django's own engine: the wrapper knows no autoescape for one template
    return template.template.render(Context(context, autoescape=name.endswith(".html"))).replace("\x00", "")


def revived(value: Any, name: str = "") -> Any:
    """JSON has no instants and no days: text under such a name becomes one again."""
    if isinstance(value, dict):
        return {key: revived(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [revived(inner, name) for inner in value]
    if value and isinstance(value, str) and name.endswith("_at"):
        return datetime.fromisoformat(value)
    if value and isinstance(value, str) and name.endswith("_on"):
        return date.fromisoformat(value)
    return value


def one_line(text: str, length: int) -> str:
    """Safe as a header or a calendar's text: no line break of any kind, nothing that turns the reading direction."""
    text = " ".join(CONTROLS.sub(" ", text).split())
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def enveloped(address: str) -> Any:
    """The address for the envelope, as name and address: a text is parsed by Django, and again by smtplib."""
    return address if '"' in address else ("", address)  # Django would quote what is quoted in parts once more


@cache
def sender(text: str) -> Any:
    return enveloped(parseaddr(text)[1])


class ShortHeaders(Compat32):
    """Headers of one short line of ASCII go as they are: that they need no folding is a tenth of the work of a mail."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if isinstance(value, str) and value.isascii() and value.isprintable() and len(name) + len(value) < SHORT:
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


SHORT_HEADERS = ShortHeaders()


class Message(EmailMultiAlternatives):
    """To one person."""

    def __init__(self, subject: str, body: str, name: str, to: str, headers: dict[str, str], **kwargs: Any) -> None:
        headers = headers | {"From": settings.DEFAULT_FROM_EMAIL}
        super().__init__(subject, body, to=[formataddr((name, to))], headers=headers, **kwargs)
        self.from_email = sender(settings.DEFAULT_FROM_EMAIL)
        self.envelope = enveloped(to)

    def recipients(self) -> list[Any]:
        return [self.envelope]

    def message(self, *args: Any, **kwargs: Any) -> Any:
        """With a boundary of its own: to find one, Python searches the whole text, which takes a third of the time."""
        made = super().message(*args, **kwargs)
        made.policy = SHORT_HEADERS
        if made.is_multipart():
            made.set_boundary(uuid.uuid4().hex)
        return made


def message(row: QueuedEmail, letter: Letter, outgoing: BaseEmailBackend, kind: MailKind | None = None) -> Message:
    """Raises ValueError with the reason where no mail can be sent to that address."""
    name = one_line(str(row.recipient), NAME_LENGTH) if row.recipient and row.recipient.get_full_name() else ""
    headers = {"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"}
    if kind and kind.is_optional and row.recipient and row.edition:
        headers["List-Unsubscribe"] = f"<{leaving_url(row.recipient, row.edition)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = Message(
        letter.subject,
        letter.text,
        name,
        ascii_address(row.to_address),
        reply_to=row.edition.answer_addresses if row.edition else None,
        headers=headers,
        connection=outgoing,
    )
    if letter.html:
        mail.attach_alternative(letter.html, "text/html")
    if letter.invitation and (method := re.search(r"^METHOD:([A-Z]+)\r?$", letter.invitation, re.MULTILINE)):
        # As an alternative to the words, with its method, it is what calendars act upon.
        mail.attach_alternative(letter.invitation, f"text/calendar; method={method[1]}")
    return mail


def ascii_address(address: str) -> str:
    """The address as every server takes it: the domain in its ASCII form; a name outside of ASCII has none."""
    try:
        validate_email(address)
        if CONTROLS.search(address):
            raise ValueError
        local, _at, domain = address.rpartition("@")
        return f"{local}@{punycode(domain)}"
    except (ValidationError, ValueError):
        raise ValueError(_("No mail can be sent to this address.")) from None
