"""Threads of a worker that have each sent a mail note it together: one statement and one commit.

Nobody begins another mail before its own mark is committed: a kill leaves one mail in doubt for each thread, as if it
marked alone. Who comes while others commit goes with the next; and before a commit, which costs the database as much as
all else that it does for a mail, there is a moment for those that are still sending. With a mail server that takes its
time that moment mostly passes in vain, and is short beside a mail.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from coursesite.outbox import QueuedEmail

MOMENT = 0.005  # seconds; not where a thread sends alone


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


@dataclass
class Commit:
    """Marks that are written together. Who comes first does it, the others wait."""

    marks: list[Mark] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)


class Marks:
    """One for all threads of a process."""

    def __init__(self, moment: float = MOMENT) -> None:
        self.moment = moment
        self._sending = 0  # threads that send, or wait for their mark
        self._next = Commit()
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
            commit = self._next
            commit.marks.append(mark)
            if self._are_all_there():
                self._door.notify()
        if commit.marks[0] is mark:
            with self._turn:
                self._carry_out(commit)
        else:
            commit.is_over.wait()
        if mark.was_ours is None:  # together it failed, whosever fault that was: each tries by itself
            mark.write()
        return bool(mark.was_ours)

    def _are_all_there(self) -> bool:
        return len(self._next.marks) >= self._sending

    def _carry_out(self, commit: Commit) -> None:
        try:
            with self._door:
                self._door.wait_for(self._are_all_there, self.moment)
                self._next = Commit()
            if len(commit.marks) == 1:
                commit.marks[0].write()
            else:
                with suppress(Exception):
                    write_together(commit.marks)
        finally:
            commit.is_over.set()
