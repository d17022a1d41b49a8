"""Mails as their reader gets them: the words of a row of the outbox, and what it does in a calendar."""

from icalendar import Calendar

from coursesite import mail
from coursesite.outbox import QueuedEmail


def letter(queued: QueuedEmail) -> mail.Letter:
    return mail.render(queued, mail.kinds()[queued.kind])


def event(queued: QueuedEmail) -> tuple:
    """method, uid, sequence, start, place of the invitation; empty where there is none."""
    text = letter(queued).invitation
    if not text:
        return ()
    calendar = Calendar.from_ical(text)
    (only,) = calendar.events
    return (
        str(calendar["METHOD"]),
        str(only["UID"]).partition("@")[0],
        only["SEQUENCE"],
        f"{only.start:%d/%m %H:%M %Z}",
        str(only["LOCATION"]),
    )


def mark(queued: QueuedEmail, **fields) -> None:
    QueuedEmail.objects.filter(pk=queued.pk).update(**fields)
