"""From a fact to a mail: a row is queued in the fact's transaction, becomes words when it is sent (delivery.py)."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
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

from coursesite import mime
from coursesite.inserting import insert_rows
from coursesite.models import CourseEdition, User
from coursesite.outbox import CONTENT, QueuedEmail, new_message_id

LEAVING = "leave optional mails"  # salt of its signatures
SUBJECT_LENGTH, NAME_LENGTH = 150, 100
LINE_LENGTH, BLANKS = 240, " \t\r"  # of HTML
# They stand for the recipient's name until it is put in, as it is and escaped. No name keeps them.
NAME, HTML_NAME = "\ue000", "\ue001"
NO_GAPS = str.maketrans({NAME: None, HTML_NAME: None})
LONGEST_NAME = NAME_LENGTH * len("&quot;")  # bytes; UTF-8 takes fewer
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class MailKind:
    """How rows of one kind become mails: templates `<app>/email/<kind>.subject.txt`, `.txt` and `.html`.

    The first is also the heading of the others, which extend coursesite/email/base.txt and base.html with the blocks
    `body` and `button`: who is greeted, when, where and the one button (to the fact `url`) are there already.
    They know the row's facts (text under a name ending in `_at` or `_on` has become an instant or a day), `edition`,
    `name` (of the recipient, to be printed and nothing else), `when` (of `starts_at`, in words), `site_url` and
    `site_name`; language is the recipient's, time zone the edition's. A page's line breaks are spaces, also in `<pre>`.
    still_true: asked at the moment of sending; False suppresses the row. Reminders need none: the agenda is asked.
    invitation: the calendar file, if any (feeds.invitation).
    is_of_agenda: written by invitations.py, for entries of the agenda.
    is_optional: people may have it in their digest, or not at all (Enrolment.optional_mail).
    """

    app: str
    is_optional: bool = False
    is_of_agenda: bool = False
    still_true: Callable[[QueuedEmail], bool] = lambda row: True
    invitation: Callable[[QueuedEmail], str] | None = None


UNSENT = {"state": QueuedEmail.State.QUEUED.value, "is_secret": False, "attempts": 0} | dict.fromkeys(
    (*CONTENT, "error"), ""
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

    @property
    def kept(self) -> dict[str, str]:
        """Of the row, once it was sent. The page says what the text does; staff see it written anew (as_it_looks)."""
        return {name: getattr(self, name) for name in CONTENT}

    def filled(self, name: str) -> "Letter":
        return replace(
            self,
            subject=self.subject.replace(NAME, name),
            text=self.text.replace(NAME, name),
            html=self.html.replace(HTML_NAME, escape(name)),
        )


@dataclass
class Draft:
    """A letter to nobody yet: what all have in common to whom the same is told."""

    letter: Letter  # with gaps for the name
    shared: bytes | None = None  # of its mails; None: not yet written, empty: each is written by itself

    def filled(self, name: str) -> bytes:
        content = (self.shared or b"").replace(NAME.encode(), name.encode())
        return content.replace(HTML_NAME.encode(), escape(name).encode())


def draft(row: QueuedEmail, kind: MailKind | None, known: dict[Any, Draft]) -> Draft:
    """The row's words. `known` remembers those of one step.

    Raises whatever the templates raise, and LookupError for a kind that nobody offers.
    """
    if row.text:  # written with its words: a sign-in mail
        return Draft(Letter(one_line(row.subject, SUBJECT_LENGTH), row.text, invitation=row.invitation), shared=b"")
    if kind is None:
        raise LookupError(f"no app offers mails of the kind {row.kind}")
    common = row.kind, row.edition_id, language_of(row), row.recipient_id is None, json.dumps(row.facts)
    if common not in known:
        with as_read(row):
            known[common] = Draft(worded(row, kind))
    return known[common]


def language_of(row: QueuedEmail) -> str:
    return row.recipient.language if row.recipient else settings.LANGUAGE_CODE


@contextmanager
def as_read(row: QueuedEmail) -> Iterator[None]:
    """In the recipient's language and the edition's zone."""
    with translation.override(language_of(row)), timezone.override(row.edition.zone if row.edition else None):
        yield


def short_name(row: QueuedEmail) -> str:
    return one_line(row.recipient.get_short_name().translate(NO_GAPS), NAME_LENGTH) if row.recipient else ""


def addressed(draft: Draft, row: QueuedEmail, kind: MailKind | None) -> Letter:
    words = draft.letter
    if row.text or kind is None:
        return words
    letter = words.filled(short_name(row))
    if kind.invitation:
        with as_read(row):
            return replace(letter, invitation=kind.invitation(row))
    return letter


def render(row: QueuedEmail, kind: MailKind | None) -> Letter:
    return addressed(draft(row, kind, {}), row, kind)


def as_it_looks(row: QueuedEmail) -> str:
    """The page in it, of a kind that some app offers, from its facts: names and templates are those of today."""
    kind = kinds()[row.kind]
    with as_read(row):
        return worded(row, kind).filled(short_name(row)).html


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
    context["when"] = filled("coursesite/email/_when.txt", context).strip() if context.get("starts_at") else ""
    text = re.sub(r"\n{3,}", "\n\n", filled(f"{stem}.txt", context)).strip() + "\n"
    context |= {name: context[name].replace(NAME, HTML_NAME) for name in ("name", "subject")}
    return Letter(subject, text, in_long_lines(filled(f"{stem}.html", context)))


def in_long_lines(html: str) -> str:
    """The same to who reads it, in a quarter of the lines: servers take them one by one."""
    lines: list[str] = []
    for line in filter(None, (each.strip(BLANKS) for each in html.split("\n"))):
        if lines and len(lines[-1]) + len(line) <= LINE_LENGTH:
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


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


def message(
    row: QueuedEmail,
    letter: Letter,
    outgoing: BaseEmailBackend,
    kind: MailKind | None = None,
    draft: Draft | None = None,
) -> mime.Message:
    """draft: of this letter, where others may have it in common; it keeps what their mails share.

    Raises ValueError with the reason where no mail can be sent to that address.
    """
    name = one_line(str(row.recipient), NAME_LENGTH) if row.recipient and row.recipient.get_full_name() else ""
    headers = {"Message-ID": row.message_id, "Auto-Submitted": "auto-generated"}
    if kind and kind.is_optional and row.recipient and row.edition:
        headers["List-Unsubscribe"] = f"<{leaving_url(row.recipient, row.edition)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"

    answers = row.edition.answer_addresses if row.edition else None
    to = ascii_address(row.to_address)

    def made(letter: Letter) -> mime.Message:
        mail = mime.Message(
            letter.subject, letter.text, name, to, reply_to=answers, headers=headers, connection=outgoing
        )
        if letter.html:
            mail.attach_alternative(letter.html, "text/html")
        return mail

    mail = made(letter)
    if letter.invitation and (method := re.search(r"^METHOD:([A-Z]+)\r?$", letter.invitation, re.MULTILINE)):
        # As an alternative to the words, with its method, it is what calendars act upon.
        mail.attach_alternative(letter.invitation, f"text/calendar; method={method[1]}")
    elif draft:
        if draft.shared is None:
            draft.shared = mime.shared(made(draft.letter), (NAME, HTML_NAME), LONGEST_NAME)
        mail.shared = draft.filled(short_name(row))
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
