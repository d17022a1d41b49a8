"""From a fact to a delivered mail: rows are queued in the fact's transaction, rendered and sent by the tick."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coursesite.models import CourseEdition, QueuedEmail, User


@dataclass(frozen=True)
class MailKind:
    """How rows of one kind become mails: templates `<app>/email/<kind>.subject.txt`, `.txt` and `.html`.

    still_true: asked at the moment of sending; False suppresses the row. invitation: the calendar file, if any.
    """

    app: str
    still_true: Callable[[QueuedEmail], bool] = lambda row: True
    invitation: Callable[[QueuedEmail], str] = lambda row: ""


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
    QueuedEmail.objects.bulk_create(
        (
            QueuedEmail(
                key=f"{kind}:{key}:{user.pk}",
                kind=kind,
                edition=edition,
                recipient=user,
                to_address=user.email,
                facts=facts,
                priority=priority,
                due_at=now,
                expires_at=expires_at,
            )
            for user in recipients
        ),
        ignore_conflicts=True,
    )
