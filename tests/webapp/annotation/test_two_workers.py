"""Two real workers: a case stays with its worker, and nothing waits for one that is gone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.running_server import RunningServer
from tests.webapp.annotation.tab import Tab, session_cookie
from tests.webapp.annotation.world import World, make_world
from webapp.annotation import shards, waiting
from webapp.annotation.models import Run

SHAPE = (24, 48, 48)
SHARDS = 2


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("shards")
    waiting.broker().flushall()
    with RunningServer(folder, random_checkpoint(folder), shards=SHARDS) as running:
        second = running.start_worker("second")
        running.wait_for_log("second", "ready")
        assert second.poll() is None
        yield running


async def _click(server: RunningServer, world: World, *voxel: int) -> str:
    """Click, wait for the end of the run; gives the worker that ended it."""
    cookie = await sync_to_async(session_cookie)(world.ben)
    tab = await Tab.over_the_network(server.socket_address, world.annotation.pk, cookie, server.http_address)
    try:
        answer = await tab.answer_to(await tab.click(*voxel))
        await tab.until_run("done", answer["revision"])
    finally:
        await tab.close()
    return (await Run.objects.aget(annotation=world.annotation, revision=answer["revision"])).worker


def _pid(worker: str) -> int:
    return int(worker.split(":")[-2])


@pytest.mark.django_db(transaction=True)
async def test_a_case_stays_with_its_worker_and_another_takes_over_when_that_is_killed(server: RunningServer) -> None:
    worlds = [await sync_to_async(make_world)(SHAPE) for _ in range(4)]
    served: dict[int, set[str]] = {}
    for round_of_clicks in range(3):
        for world in worlds:
            worker = await _click(server, world, 10 + round_of_clicks, 15, 15)
            served.setdefault(world.case.pk, set()).add(worker)
    assert all(len(workers) == 1 for workers in served.values()), served
    by_shard = {shard_in_two(case): workers for case, workers in served.items()}
    assert len({worker for workers in by_shard.values() for worker in workers}) == len(by_shard)

    world = worlds[0]
    (owner,) = served[world.case.pk]
    server.kill(_pid(owner))
    began = time.monotonic()
    after = await _click(server, world, 15, 15, 15)
    print(f"\ntaken over after {time.monotonic() - began:.1f} s")
    assert after != owner
    assert time.monotonic() - began < 6
    began = time.monotonic()
    assert await _click(server, world, 16, 15, 15) == after
    assert time.monotonic() - began < 3, "the next clicks do not wait for the dead one again"


def shard_in_two(case_id: int) -> int:
    """Where the servers of this module have the case."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "INTERACTIVE_SHARDS", SHARDS)
        return shards.shard_of(case_id)
