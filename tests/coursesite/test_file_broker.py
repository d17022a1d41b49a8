"""The embedded broker's files are seen when they are whole, and not before."""

import queue
from pathlib import Path

import pytest
from kombu import Connection

from coursesite.celery import app
from coursesite.file_broker import Channel


@pytest.fixture
def channels(tmp_path):
    """Of two processes that share the folder."""
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    where = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    with (
        Connection("filesystem://", transport_options=where) as one,
        Connection("filesystem://", transport_options=where) as other,
    ):
        yield one.channel(), other.channel()


@pytest.fixture
def while_writing(monkeypatch):
    """What the other process does while a file has its name and its beginning, as kombu's own has for a moment."""
    doings = []
    write_text = Path.write_text

    def write(self, text, **kwargs):
        self.touch()
        for do in doings:
            do()
        return write_text(self, text, **kwargs)

    monkeypatch.setattr(Path, "write_text", write)
    return doings


def test_the_site_speaks_through_it(settings):
    settings.CELERY_BROKER_URL = "filesystem://localhost"
    with app.connection_for_write("filesystem://localhost") as connection:
        assert connection.transport.Channel is Channel


def test_a_message_is_not_seen_before_it_is_whole(channels, while_writing):
    beat, worker = channels
    seen = []

    def look():
        with pytest.raises(queue.Empty):
            worker._get("celery")
        seen.append(worker._size("celery"))

    while_writing.append(look)
    beat._put("celery", {"body": "look now"})
    assert seen == [0]
    assert worker._get("celery") == {"body": "look now"}
    assert worker._size("celery") == 0


def test_messages_come_in_the_order_of_their_making(channels):
    beat, worker = channels
    for number in range(20):
        beat._put("celery", number)
    assert [worker._get("celery") for _ in range(20)] == list(range(20))


def test_a_table_of_queues_is_whole_while_it_is_written(channels, while_writing):
    beat, worker = channels
    beat._queue_bind("celery", "celery", "", "celery")
    seen = []
    while_writing.append(lambda: seen.append(worker.get_table("celery")))
    beat._queue_bind("celery", "slow", "", "slow")
    assert [[binding.queue for binding in table] for table in seen] == [["celery"]]
    assert [binding.queue for binding in worker.get_table("celery")] == ["slow", "celery"]


def test_what_is_bound_twice_stands_once(channels):
    beat, worker = channels
    beat._queue_bind("celery", "celery", "", "celery")
    worker._queue_bind("celery", "celery", "", "celery")
    assert len(worker.get_table("celery")) == 1
