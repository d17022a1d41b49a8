"""Threads of a worker that have each sent a mail note it together: one statement and one commit.

Nobody begins another mail before its own mark is committed: a kill leaves one mail in doubt for each thread, as if it
marked alone. Who comes while another's commit is under way goes with the next; and who is to commit waits a moment for
those that are still sending, because a commit costs the database as much as all else that it does for a mail.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from coursesite.outbox import QueuedEmail

MOMENT = 0.005  # seconds; nobody waits where no other thread sends


@dataclass(eq=False)
class Mark:
    row: QueuedEmail
    at: datetime
    content: dict[str, str]  # outbox.CONTENT
    was_ours: bool | None = None  # None: not yet written

    def write(self) -> None:
        self.was_ours = self.row.mark_sent(self.at, **self.content)


def write_together(marks: list[Mark]) -> None:
    ours = QueuedEmail.objects.mark_sent([(mark.row, mark.at, mark.content) for mark in marks])
    for mark in marks:
        mark.was_ours = mark.row.pk in ours


class Marks:
    """One for all threads of a process."""

    def __init__(self, moment: float = MOMENT) -> None:
        self.moment = moment
        self._sending = 0  # threads that send, or wait for their mark
        self._coming: list[Mark] = []
        self._door, self._turn = threading.Condition(), threading.Lock()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Around all that a thread sends: others may wait a moment for its marks."""
        with self._door:
            self._sending += 1
        try:
            yield
        finally:
            with self._door:
                self._sending -= 1
                self._door.notify()

    def mark_sent(self, row: QueuedEmail, at: datetime, content: dict[str, str]) -> bool:
        """Whether the row was still ours, as QueuedEmail.mark_sent says it; raises what that raises."""
        mark = Mark(row, at, content)
        if row.is_secret:  # its words are erased instead
            mark.write()
            return bool(mark.was_ours)
        with self._door:
            self._coming.append(mark)
            if self._are_all_there():
                self._door.notify()
        with self._turn:
            if mark.was_ours is None:
                others = [each for each in self._gathered() if each is not mark]
                if others:
                    with suppress(Exception):  # whosever fault it is: each tries by itself, and has its own error
                        write_together([mark, *others])
                if mark.was_ours is None:
                    mark.write()
        return bool(mark.was_ours)

    def _are_all_there(self) -> bool:
        return len(self._coming) >= self._sending

    def _gathered(self) -> list[Mark]:
        with self._door:
            self._door.wait_for(self._are_all_there, self.moment)
            gathered, self._coming = self._coming, []
        return gathered
