"""Seats at shards, and what waits at those of others, on a real broker."""

from __future__ import annotations

import time
from collections import Counter

import pytest
import redis
from django.conf import settings

from webapp.annotation import shards, waiting
from webapp.annotation.shards import Seat

SHARDS = 2


@pytest.fixture
def broker(redis_server: str, monkeypatch: pytest.MonkeyPatch) -> redis.Redis:
    monkeypatch.setattr(settings, "INTERACTIVE_SHARDS", SHARDS)
    waiting.broker().flushall()
    return waiting.broker()


@pytest.fixture
def seat(broker: redis.Redis) -> Seat:
    seat = Seat(broker, "first")
    seat.take()
    return seat


def test_cases_are_spread_evenly_and_always_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "INTERACTIVE_SHARDS", 4)
    counts = Counter(shards.shard_of(case_id) for case_id in range(1, 1001))
    assert set(counts) == {0, 1, 2, 3}
    assert min(counts.values()) > 200
    # As a server that was set up long ago has them, and every other process today.
    assert [shards.shard_of(case_id) for case_id in range(1, 9)] == [3, 1, 3, 0, 2, 0, 2, 3]


def test_each_worker_gets_a_seat_of_its_own_and_one_too_many_sits_beside_another(
    seat: Seat, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SEAT_SECONDS", 0.3)
    seat.look_around()
    second = Seat(broker, "second")
    assert {seat.shard, second.take()} == {0, 1}
    broker.set("s2v.seat.0", "first")
    broker.set("s2v.seat.1", "second")
    assert Seat(broker, "third").take() in {0, 1}
    assert [broker.get(f"s2v.seat.{shard}") for shard in (0, 1)] == [b"first", b"second"]


def test_the_seat_of_a_worker_that_is_gone_becomes_free(
    seat: Seat, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards, "SEAT_SECONDS", 0.3)
    seat.look_around()
    time.sleep(0.35)
    assert Seat(broker, "next").take() == seat.shard


def test_a_worker_that_leaves_frees_its_own_seat_and_no_other(seat: Seat, broker: redis.Redis) -> None:
    Seat(broker, "stranger").leave()
    assert broker.get("s2v.seat.0") == b"first"
    seat.leave()
    assert broker.get("s2v.seat.0") is None


def test_what_waits_at_a_seat_that_nobody_has_is_taken_over_at_once_in_order(seat: Seat, broker: redis.Redis) -> None:
    broker.lpush("interactive.first.1", "a", "b")
    broker.lpush("interactive.rest.1", "c")
    broker.lpush("interactive.first.0", "mine")
    seat.busy = True
    assert [seat.look_around(), seat.look_around()] == [3, 0]
    assert broker.llen("interactive.first.1") == 0
    assert broker.rpop("interactive.rest.0") == b"c"
    assert [broker.rpop("interactive.first.0") for _ in range(3)] == [b"mine", b"a", b"b"]


def test_a_worker_that_is_there_keeps_what_it_is_about_to_do(seat: Seat, broker: redis.Redis) -> None:
    Seat(broker, "second").take()
    broker.lpush("interactive.first.1", "a")
    assert seat.look_around() == 0
    assert broker.llen("interactive.first.1") == 1


@pytest.mark.parametrize("busy", [True, False])
def test_what_waits_for_long_is_taken_over_by_a_worker_that_has_nothing_to_do(
    seat: Seat, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch, busy: bool
) -> None:
    Seat(broker, "second").take()
    broker.lpush("interactive.first.1", "a")
    seat.look_around()
    monkeypatch.setattr(shards, "PATIENCE_SECONDS", 0.0)
    seat.busy = busy
    assert seat.look_around() == (0 if busy else 1)


def test_a_worker_gives_way_only_to_what_waits_for_itself(
    seat: Seat, broker: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.lpush("interactive.first.1", "another's")
    assert waiting.others_wait(), "a process without a seat looks at all shards"
    monkeypatch.setattr(shards, "_seat", seat)
    assert not waiting.others_wait()
    broker.lpush("interactive.rest.0", "mine")
    assert waiting.others_wait()
