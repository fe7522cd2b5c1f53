"""A tab that reads slowly, on a real server: it costs bounded memory, holds nobody up, and is right in the end."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Iterator

import numpy as np
import psutil
import pytest
from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect

from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.running_server import RunningServer
from tests.webapp.annotation.tab import OverTheNetwork, Tab, session_cookie
from tests.webapp.annotation.world import World, make_world
from webapp.annotation import events, frames, selectors, slices, waiting
from webapp.annotation.models import Annotation, SliceMask, Trust

pytestmark = [pytest.mark.django_db(transaction=True)]

SHAPE = (20, 256, 256)
ROUNDS = 50
MIB = 2**20


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("slow")
    waiting.broker().flushall()
    with RunningServer(folder, random_checkpoint(folder)) as running:
        yield running


@functools.cache
def _speckles(seed: int) -> tuple[frames.Box, bytes]:
    """What hardly compresses: half of the pixels are labelled at random; some 60 KiB."""
    return frames.crop_and_encode(np.random.default_rng(seed).integers(0, 2, SHAPE[1:]).astype(np.uint8))


def _speckled(annotation: Annotation, z: int, seed: int) -> SliceMask:
    box, payload = _speckles(seed)
    mask = SliceMask(
        annotation=annotation, z=z, trust=Trust.MODEL, row0=box.row0, col0=box.col0, rows=box.rows, cols=box.cols,
        confidence=[[1, 200]], labels=payload, state=b"",
    )  # fmt: skip
    mask.digest = slices.digest_of(mask)
    return mask


def _publish(annotation: Annotation, seed: int) -> int:
    """Save all slices anew and announce them, as a worker does; gives the bytes of it."""
    first = slices.allot_sequences(annotation.pk, annotation.revision, SHAPE[0])
    assert first is not None
    masks = [_speckled(annotation, z, 100 * (seed % 2) + z) for z in range(SHAPE[0])]
    for sequence, mask in enumerate(masks, start=first):
        mask.revision, mask.sequence = annotation.revision, sequence
    slices.save(masks)
    encoded = [slices.encode(mask) for mask in masks]
    events.announce_frames(annotation.pk, encoded)
    return sum(map(len, encoded))


async def _lazy_tab(server: RunningServer, world: World) -> Tab:
    """A tab that takes in no more than one message that it was not asked to read."""
    cookie = await sync_to_async(session_cookie)(world.eve)
    connection = await connect(
        f"{server.socket_address}/ws/annotations/{world.annotation.pk}/",
        additional_headers={"Cookie": cookie, "Origin": server.http_address},
        compression=None, max_size=None, max_queue=1, ping_interval=None,
    )  # fmt: skip
    return Tab(OverTheNetwork(connection))


async def test_a_slow_tab_costs_bounded_memory_holds_nobody_up_and_catches_up(server: RunningServer) -> None:
    world = await sync_to_async(make_world)(SHAPE)
    cookie = await sync_to_async(session_cookie)(world.ben)
    quick = await Tab.over_the_network(server.socket_address, world.annotation.pk, cookie, server.http_address)
    slow = await _lazy_tab(server, world)
    for tab in (quick, slow):
        await tab.until_synced()
    web = psutil.Process(server.web.pid)
    before = web.memory_info().rss
    most, published, lags = before, 0, []
    for number in range(ROUNDS):
        published += await sync_to_async(_publish)(world.annotation, number)
        began = time.perf_counter()
        await quick.until_sequence((number + 1) * SHAPE[0])
        lags.append(time.perf_counter() - began)
        most = max(most, web.memory_info().rss)
    grown = most - before
    print(f"\n{published / MIB:.0f} MiB published, web process grew by {grown / MIB:.0f} MiB, lag {max(lags):.2f} s")
    assert published > 60 * MIB
    assert grown < 30 * MIB
    assert max(lags) < 5.0, "a tab that waited for the slow one would wait for good"
    assert slow.sequence == 0

    sequence = await sync_to_async(selectors.sequence_of)(world.annotation.pk)
    await slow.until(lambda: slow.newest["synced"]["sequence"] == sequence, seconds=30)
    received = [frame.sequence for _, frame in slow.arrivals]
    assert len(received) < sequence / 2, "most were dropped, not kept for it"
    assert received != list(range(1, len(received) + 1)), "there was a gap"
    stored = await sync_to_async(selectors.label_volume)(world.annotation)
    for tab in (quick, slow):
        np.testing.assert_array_equal(tab.labels(SHAPE), stored)
    await sync_to_async(_publish)(world.annotation, ROUNDS)
    await asyncio.gather(*(tab.until_sequence(sequence + SHAPE[0]) for tab in (quick, slow)))
    for tab in (quick, slow):
        await tab.close()
