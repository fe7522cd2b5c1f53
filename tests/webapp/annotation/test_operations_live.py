"""Operations carried out by real workers over real sockets: seen by everybody, and not lost with a killed worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import numpy as np
import pytest
from asgiref.sync import sync_to_async

from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.running_server import RunningServer
from tests.webapp.annotation.tab import Tab, session_cookie
from tests.webapp.annotation.world import World, make_world
from webapp.annotation import selectors, waiting
from webapp.annotation.models import Annotation, Run
from webapp.annotation.operations import parameters, performing

pytestmark = [pytest.mark.django_db(transaction=True)]

# Large enough that a wide Gaussian is under way for a while.
SHAPE = (40, 160, 160)
SPACING_MM = (3.0, 1.0, 1.0)
EVERYTHING = {"name": "threshold", "label": 1, "low": 100.0, "high": 1e6, "everywhere": True}
SLOW = {"name": "smooth", "label": 1, "method": "gaussian", "mm": 40.0}
QUICK = {"name": "margin", "label": 1, "mm": 2.0}


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("operations")
    waiting.broker().flushall()
    with RunningServer(folder, random_checkpoint(folder)) as running:
        yield running


async def _tab(server: RunningServer, world: World) -> Tab:
    cookie = await sync_to_async(session_cookie)(world.ben)
    return await Tab.over_the_network(server.socket_address, world.annotation.pk, cookie, server.http_address)


async def _stored(world: World) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    annotation = await Annotation.objects.select_related("case").aget(pk=world.annotation.pk)
    return await sync_to_async(selectors.label_volume)(annotation)


async def _until_computing(world: World, revision: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        run = await Run.objects.aget(annotation=world.annotation, revision=revision)
        if "computing" in run.sentence:
            return
        assert run.state in ("queued", "running"), f"the operation was over too soon: {run.state}"
        await asyncio.sleep(0.02)
    raise TimeoutError("The operation does not begin.")


async def test_a_worker_killed_within_an_operation_is_replaced_and_nothing_of_it_is_lost(
    server: RunningServer,
) -> None:
    world = await sync_to_async(make_world)(SHAPE)
    tab, onlooker = await _tab(server, world), await _tab(server, world)
    try:
        answer = await tab.answer_to(await tab.say("operation.add", operation=EVERYTHING))
        await tab.until_run("done", answer["revision"], seconds=60)
        before = await _stored(world)
        assert (before == 1).sum() > 10_000

        answer = await tab.answer_to(await tab.say("operation.add", operation=SLOW))
        await _until_computing(world, answer["revision"])
        assert (await _stored(world) == before).all(), "nothing half done is ever saved"
        later = await tab.answer_to(await tab.say("operation.add", operation=QUICK))
        server.restart_worker()
        await tab.until_run("done", later["revision"], seconds=90)

        expected = before
        for asked in (SLOW, QUICK):
            scene = performing.Scene(expected, expected, SPACING_MM)
            expected = performing.perform(parameters.parsed(asked), scene)
        np.testing.assert_array_equal(await _stored(world), expected)
        for one in (tab, onlooker):
            await one.until_run("done", later["revision"], seconds=10)
            await one.until_synced()
            np.testing.assert_array_equal(one.labels(SHAPE), expected)
    finally:
        await tab.close()
        await onlooker.close()
