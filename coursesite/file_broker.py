"""The embedded broker: kombu's folder of files, in which nobody comes upon a file that is still being written.

Kombu makes a file first and fills it afterwards. A worker that looks in between takes an empty message, or an empty
table of queues, and stops on it. Here a file has its name only once it is whole.
"""

import fcntl
import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    # kombu's own two classes disagree on the second name.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # Taken in the order of their names.
        name = f"{monotonic_ns():020}_{uuid.uuid4()}.{queue}.msg"
        self._write(Path(self.data_folder_out) / name, payload)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        file = self._exchange_file(exchange)
        self.control_folder.mkdir(exist_ok=True)
        binding = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with (self.control_folder / "lock").open("a") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # worker and beat start together, and each adds its own
            known = self.get_table(exchange)
            if binding not in known:
                self._write(file, [binding, *known])

    def _write(self, file: Path, content: Any) -> None:
        unfinished = self.control_folder / f"{uuid.uuid4()}.new"
        try:
            unfinished.write_text(dumps(content), encoding="utf-8")
            unfinished.rename(file)
        except OSError as error:
            raise ChannelError(f"Cannot write {file}") from error


class Transport(filesystem.Transport):
    Channel = Channel
