"""Threads of a worker that have each sent a mail note it together: one statement and one commit.

Nobody waits for company: who comes while another's commit is under way goes with the next. And nobody begins another
mail before its own mark is committed: a kill leaves one mail in doubt for each thread, as if it marked alone.
"""

import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from coursesite.outbox import QueuedEmail


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

    def __init__(self) -> None:
        self._coming: list[Mark] = []
        self._door, self._turn = threading.Lock(), threading.Lock()

    def mark_sent(self, row: QueuedEmail, at: datetime, content: dict[str, str]) -> bool:
        """Whether the row was still ours, as QueuedEmail.mark_sent says it; raises what that raises."""
        mark = Mark(row, at, content)
        if row.is_secret:  # its words are erased instead
            mark.write()
            return bool(mark.was_ours)
        with self._door:
            self._coming.append(mark)
        with self._turn:
            if mark.was_ours is None:
                with self._door:
                    others = [each for each in self._coming if each is not mark]
                    self._coming = []
                if others:
                    with suppress(Exception):  # whosever fault it is: each tries by itself, and has its own error
                        write_together([mark, *others])
                if mark.was_ours is None:
                    mark.write()
        return bool(mark.was_ours)
