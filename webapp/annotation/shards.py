"""Which worker serves which case: so that a case finds its session warm, and no dead worker stalls it.

A case belongs to a shard by a stable hash, a shard to the worker that has its seat: a key in the broker that the
worker renews several times a second. Celery's Redis transport waits for all queues of a worker in one blocking
call, which the broker answers to whoever has waited longest: if each worker named all queues, idle workers would
take cases from one another. So a worker consumes the queues of its own shard alone, and beside that looks through
the others: what waits there although nobody has that seat, or waits for long while it is idle itself, it moves
over to its own queues.
"""

from __future__ import annotations

import logging
import threading
import time
import zlib
from dataclasses import dataclass
from typing import cast

import redis
from django.conf import settings

from webapp.config.celery import first_queue, queues_of, rest_queue

logger = logging.getLogger(__name__)

SEAT_SECONDS = 2.0
ROUND_SECONDS = 0.1
PATIENCE_SECONDS = 0.5

_RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_LEAVE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
# From the end that is served next to the end of the line, so that order is kept.
_MOVE = """
if redis.call('LINDEX', KEYS[1], -1) ~= ARGV[1] then return 0 end
redis.call('LMOVE', KEYS[1], KEYS[2], 'RIGHT', 'LEFT')
return 1
"""


def shard_of(case_id: int) -> int:
    """The shard of a case: the same in every process, and evenly spread."""
    return zlib.crc32(str(case_id).encode()) % int(settings.INTERACTIVE_SHARDS)


@dataclass(frozen=True)
class _Waiting:
    """What is next in another shard's queue, and since when we see it there."""

    message: bytes
    since: float


class Seat:
    """A worker's place at one of the shards."""

    def __init__(self, broker: redis.Redis, worker: str) -> None:
        self.shard = 0
        self.busy = False
        self._broker = broker
        self._worker = worker
        self._count = int(settings.INTERACTIVE_SHARDS)
        self._seen: dict[str, _Waiting] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="seat", daemon=True)

    def take(self) -> int:
        """Sit down at a free shard and answer which; beside somebody else if none becomes free for a while."""
        deadline = time.monotonic() + 1.5 * SEAT_SECONDS
        while True:
            for shard in range(self._count):
                if self._renewed(shard):
                    self.shard = shard
                    return shard
            if self._count == 1 or time.monotonic() > deadline:
                self.shard = zlib.crc32(self._worker.encode()) % self._count
                logger.info("All %d shards have a worker; this one helps at shard %d.", self._count, self.shard)
                return self.shard
            time.sleep(ROUND_SECONDS)

    def start(self) -> None:
        """Keep the seat, and look after the other shards, from a thread of its own."""
        self._thread.start()

    def leave(self) -> None:
        """Free the seat."""
        self._stop.set()
        try:
            self._broker.eval(_LEAVE, 1, _seat_key(self.shard), self._worker)
        except redis.RedisError:
            logger.info("The seat at shard %d could not be left; it runs out by itself.", self.shard)

    def look_around(self) -> int:
        """Renew the seat and move over what other shards leave waiting; gives how many wake-ups were moved."""
        self._renewed(self.shard)
        others = [(self.shard + step) % self._count for step in range(1, self._count)]
        return sum(self._look_at(shard) for shard in others)

    def _keep(self) -> None:
        pause = ROUND_SECONDS
        while not self._stop.wait(pause):
            try:
                self.look_around()
                pause = ROUND_SECONDS
            except redis.RedisError:
                logger.warning("The broker does not answer: this worker's seat may be taken for free.")
                pause = SEAT_SECONDS

    def _renewed(self, shard: int) -> bool:
        return bool(self._broker.eval(_RENEW, 1, _seat_key(shard), self._worker, str(int(1000 * SEAT_SECONDS))))

    def _look_at(self, shard: int) -> int:
        pairs = tuple(zip(queues_of(shard), queues_of(self.shard), strict=True))
        if self._broker.exists(_seat_key(shard)):
            return sum(self._moved(there, here, orphaned=False) for there, here in pairs)
        return sum(self._all_moved(there, here) for there, here in pairs)

    def _all_moved(self, there: str, here: str) -> int:
        count = 0
        while self._moved(there, here, orphaned=True):
            count += 1
        return count

    def _moved(self, there: str, here: str, orphaned: bool) -> int:
        message = cast("bytes | None", self._broker.lindex(there, -1))
        if message is None:
            self._seen.pop(there, None)
            return 0
        seen = self._seen.get(there)
        if seen is None or seen.message != message:
            seen = self._seen[there] = _Waiting(message, time.monotonic())
        waits_for_long = time.monotonic() - seen.since > PATIENCE_SECONDS
        if not orphaned and not (waits_for_long and self._idle()):
            return 0
        moved = int(cast("int", self._broker.eval(_MOVE, 2, there, here, message)))
        if moved:
            logger.info("Took over what waited in %s.", there)
        return moved

    def _idle(self) -> bool:
        return not self.busy and not any(self._broker.llen(queue) for queue in queues_of(self.shard))


_seat: Seat | None = None


def sit_down(broker: redis.Redis, worker: str) -> Seat:
    """Give this process its seat. A broker that is not there yet is waited for."""
    global _seat
    seat = Seat(broker, worker)
    while _seat is None:
        try:
            seat.take()
            _seat = seat
        except redis.RedisError:
            logger.warning("The broker does not answer yet.")
            time.sleep(SEAT_SECONDS / 2)
    seat.start()
    return seat


def queues_to_watch() -> tuple[str, ...]:
    """The queues of this process's shard; of all shards in a process that has no seat."""
    shards = range(int(settings.INTERACTIVE_SHARDS)) if _seat is None else (_seat.shard,)
    return tuple(queue for shard in shards for queue in (first_queue(shard), rest_queue(shard)))


def _seat_key(shard: int) -> str:
    return f"s2v.seat.{shard}"
