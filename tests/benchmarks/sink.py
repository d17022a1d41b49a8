"""The mail server of the measurements: takes everything, says how much that was. In a process of its own."""

import asyncio
import logging
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_uint64
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import UnthreadedController
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services import free_port

START_SECONDS = 30


@dataclass
class Sink:
    port: int
    count: Any  # shared memory

    @property
    def mails(self) -> int:
        return self.count.value


def serve(port: int, count: Any, is_up: Any) -> None:
    class Handler:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            count.value += len(envelope.rcpt_tos)
            return "250 OK"

    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    UnthreadedController(Handler(), hostname="127.0.0.1", port=port, loop=loop).begin()
    is_up.set()
    loop.run_forever()


@contextmanager
def sink() -> Iterator[Sink]:
    processes = multiprocessing.get_context("spawn")
    port, count, is_up = free_port(), processes.Value(c_uint64, 0, lock=False), processes.Event()
    process = processes.Process(target=serve, args=(port, count, is_up), daemon=True)
    process.start()
    try:
        if not is_up.wait(START_SECONDS):
            raise SystemExit("the mail server did not start")
        yield Sink(port, count)
    finally:
        process.terminate()
        process.join(10)
