"""A client that reads slowly: what waits for it stays bounded, and it gets everything in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from webapp.annotation import frames
from webapp.annotation.outbox import MAX_TEXTS, ClientTooSlowError, Outbox


def _frame(sequence: int, payload_bytes: int = 100) -> bytes:
    payload = bytes([1, 1]) * (payload_bytes // 2)
    box = frames.Box(0, 0, 1, payload_bytes // 2)
    return frames.encode_frame(frames.Frame(7, 1, sequence, sequence, 0, box, (), payload))


class _Client:
    """Reads only while `reads` is set; the server's catch-up sends every slice after `since` in one message."""

    def __init__(self, max_frame_bytes: int = 1000) -> None:
        self.reads = asyncio.Event()
        self.received: list[str | bytes] = []
        self.newest = 0
        self.outbox = Outbox(self._send, self._catch_up, max_frame_bytes)

    async def _send(self, message: str | bytes) -> None:
        await self.reads.wait()
        self.received.append(message)

    async def _catch_up(self, since: int, with_state: bool) -> AsyncIterator[str | bytes]:
        newest = self.newest
        if with_state:
            yield "state"
        if newest > since:
            yield b"".join(_frame(sequence) for sequence in range(since + 1, newest + 1))
        self.outbox.caught_up(newest)
        yield f"synced {newest}"

    def publish(self, sequence: int) -> None:
        self.newest = sequence
        self.outbox.put_frames(_frame(sequence))

    def sequences(self) -> list[int]:
        return [n for message in self.received if isinstance(message, bytes) for n in frames.sequences(message)]


async def _settle(client: _Client, seconds: float = 0.05) -> None:
    client.reads.set()
    task = asyncio.create_task(client.outbox.run())
    await asyncio.sleep(seconds)
    task.cancel()


async def test_everything_goes_out_in_order_to_a_client_that_reads() -> None:
    client = _Client()
    client.outbox.put_catch_up(0, with_state=True)
    client.publish(1)
    client.outbox.put_text("ack")
    client.publish(2)
    await _settle(client)
    assert client.received[0] == "state"
    assert client.received[-2:] == ["ack", _frame(2)]


async def test_frames_that_do_not_fit_are_dropped_and_sent_later_out_of_the_database() -> None:
    client = _Client(max_frame_bytes=1000)
    sending = asyncio.create_task(client.outbox.run())
    for sequence in range(1, 101):
        client.publish(sequence)
        await asyncio.sleep(0)
        assert client.outbox._frame_bytes <= 1000
    sending.cancel()
    await _settle(client)
    assert client.received[-1] == "synced 100"
    assert set(client.sequences()) >= set(range(2, 101))
    assert len(client.sequences()) < 120


async def test_after_it_has_caught_up_a_slow_client_gets_live_frames_again() -> None:
    client = _Client(max_frame_bytes=300)
    for sequence in range(1, 10):
        client.publish(sequence)
    await _settle(client)
    client.publish(10)
    await _settle(client)
    assert client.received[-1] == _frame(10)


async def test_frames_that_wait_together_go_out_as_one_message_but_nothing_overtakes_an_answer() -> None:
    client = _Client(max_frame_bytes=10_000)
    for sequence in (1, 2, 3):
        client.publish(sequence)
    client.outbox.put_text("ack")
    client.publish(4)
    await _settle(client)
    assert client.received == [_frame(1) + _frame(2) + _frame(3), "ack", _frame(4)]
    assert client.outbox._frame_bytes == 0


async def test_a_joined_message_is_no_longer_than_any_other() -> None:
    client = _Client(max_frame_bytes=10 * frames.MAX_MESSAGE_BYTES)
    for sequence in range(1, 6):
        client.newest = sequence
        client.outbox.put_frames(_frame(sequence, frames.MAX_MESSAGE_BYTES // 2 - 100))
    await _settle(client, 0.2)
    assert client.sequences() == [1, 2, 3, 4, 5]
    assert [len(list(frames.sequences(m))) for m in client.received if isinstance(m, bytes)] == [2, 2, 1]


async def test_a_client_gets_no_more_messages_a_second_than_a_screen_shows_pictures() -> None:
    client = _Client(max_frame_bytes=100_000)
    client.reads.set()
    sending = asyncio.create_task(client.outbox.run())
    began = time.monotonic()
    for sequence in range(1, 101):
        client.publish(sequence)
        await asyncio.sleep(0.003)
    await asyncio.sleep(0.1)
    sending.cancel()
    assert client.sequences() == list(range(1, 101))
    assert len(client.received) <= 60 * (time.monotonic() - began) + 1


async def test_of_a_topic_only_the_newest_message_waits() -> None:
    client = _Client()
    for n in range(5):
        client.outbox.put_text(f"run {n}", topic="run")
        client.outbox.put_text(f"ack {n}")
    await _settle(client)
    assert client.received == ["ack 0", "ack 1", "ack 2", "ack 3", "run 4", "ack 4"]


async def test_a_client_that_never_reads_its_answers_is_given_up() -> None:
    client = _Client()
    for n in range(MAX_TEXTS):
        client.outbox.put_text(f"ack {n}")
    with pytest.raises(ClientTooSlowError):
        client.outbox.put_text("one more")


async def test_a_gap_that_nothing_shows_is_closed_by_the_regular_look() -> None:
    client = _Client()
    client.publish(1)
    await _settle(client)
    client.newest = 3  # saved, but the announcement was lost
    client.outbox.expect(3)
    await _settle(client)
    assert client.sequences() == [1, 2, 3]
    client.outbox.expect(3)
    await _settle(client)
    assert client.sequences() == [1, 2, 3]
