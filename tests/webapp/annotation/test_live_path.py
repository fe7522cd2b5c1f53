"""A click, followed over real sockets, real processes and the real engine; also with processes that are killed."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from websockets.exceptions import InvalidStatus

from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.running_server import RunningServer
from tests.webapp.annotation.tab import ClosedError, Tab, session_cookie
from tests.webapp.annotation.world import World, make_world
from webapp.accounts.models import User
from webapp.annotation import selectors, services, waiting
from webapp.annotation.models import Annotation, Run, RunState, SliceMask
from webapp.projects import services as projects

pytestmark = [pytest.mark.django_db(transaction=True)]

SHAPE = (40, 64, 64)
OpenTab = Callable[..., Awaitable[Tab]]


@pytest.fixture(scope="module")
def server(
    django_db_setup: None, redis_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("live")
    waiting.broker().flushall()
    with RunningServer(folder, random_checkpoint(folder)) as running:
        yield running


@pytest_asyncio.fixture
async def world(server: RunningServer) -> World:
    """A new case for each test: what the others left does not matter."""
    return await sync_to_async(make_world)(SHAPE)


@pytest_asyncio.fixture
async def open_tab(world: World, server: RunningServer) -> AsyncIterator[OpenTab]:
    """Opens tabs at the world's annotation as a person, and closes them at the end."""
    tabs: list[Tab] = []

    async def open_it(user: User | None, origin: str | None = None) -> Tab:
        cookie = await sync_to_async(session_cookie)(user) if user else ""
        address = server.socket_address
        tab = await Tab.over_the_network(address, world.annotation.pk, cookie, origin or server.http_address)
        tabs.append(tab)
        return tab

    yield open_it
    for tab in tabs:
        await tab.close()


async def _stored(world: World) -> npt.NDArray[np.uint8]:
    annotation = await Annotation.objects.select_related("case").aget(pk=world.annotation.pk)
    return await sync_to_async(selectors.label_volume)(annotation)


async def _slices(world: World) -> dict[int, tuple[bytes, bytes, list[Any]]]:
    newest: dict[int, SliceMask] = {}
    async for mask in SliceMask.objects.filter(annotation_id=world.annotation.pk).order_by("id"):
        newest[mask.z] = mask
    return {z: (bytes(mask.labels), bytes(mask.state), mask.confidence) for z, mask in newest.items()}


async def test_a_click_brings_masks_to_everybody_and_what_tabs_show_is_what_is_stored(
    open_tab: OpenTab, world: World
) -> None:
    bens, eves = await open_tab(world.ben), await open_tab(world.eve)
    for tab in (bens, eves):
        await tab.until_synced()
    clicked = time.perf_counter()
    request = await bens.click(20, 20, 20)
    answer = await bens.answer_to(request)
    for tab in (bens, eves):
        await tab.until_run("done", answer["revision"])
    stored = await _stored(world)
    for tab in (bens, eves):
        np.testing.assert_array_equal(tab.labels(SHAPE), stored)
        assert tab.newest["prompts"]["prompts"][0]["voxels"] == [[20, 20, 20]]
    arrivals = bens.arrivals
    assert arrivals[0][1].z == 20
    assert arrivals[0][1].trust == 1
    run = await Run.objects.aget(annotation=world.annotation, revision=answer["revision"])
    first, last = (round(1000 * (moment - clicked)) for moment in (arrivals[0][0], arrivals[-1][0]))
    print(f"\nclick to first frame {first} ms, to last {last} ms, {len(arrivals)} slices; {run.timings}")


async def test_two_labels_of_two_people_meet_in_the_same_masks(open_tab: OpenTab, world: World) -> None:
    adas, bens = await open_tab(world.ada), await open_tab(world.ben)
    await adas.click(20, 20, 20, label=1)
    last = await bens.answer_to(await bens.click(20, 44, 44, label=2))
    for tab in (adas, bens):
        await tab.until_prompts(2)
    newest = max(last["revision"], (await Annotation.objects.aget(pk=world.annotation.pk)).revision)
    for tab in (adas, bens):
        await tab.until_run("done", newest)
        np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))


async def test_whoever_opens_the_case_later_sees_the_same(open_tab: OpenTab, world: World) -> None:
    bens = await open_tab(world.ben)
    answer = await bens.answer_to(await bens.click(20, 20, 20))
    await bens.until_run("done", answer["revision"])
    late = await open_tab(world.eve)
    await late.until_synced()
    np.testing.assert_array_equal(late.labels(SHAPE), bens.labels(SHAPE))
    assert late.newest["state"]["run"]["state"] == "done"


async def test_undo_and_redo_bring_back_exactly_what_was_there(open_tab: OpenTab, world: World) -> None:
    tab = await open_tab(world.ben)
    answer = await tab.answer_to(await tab.click(20, 20, 20))
    await tab.until_run("done", answer["revision"])
    one = await _slices(world)
    answer = await tab.answer_to(await tab.click(22, 44, 44, label=2))
    await tab.until_run("done", answer["revision"])
    two = await _slices(world)
    began = time.perf_counter()
    answer = await tab.answer_to(await tab.say("undo"))
    await tab.until_run("done", answer["revision"])
    print(f"\nundo took {1000 * (time.perf_counter() - began):.0f} ms for {len(two)} slices")
    after_undo = await _slices(world)
    assert {z: after_undo[z] for z in one} == one
    assert all(not state for z, (_, state, _) in after_undo.items() if z not in one)
    np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))
    answer = await tab.answer_to(await tab.say("redo"))
    await tab.until_run("done", answer["revision"])
    assert await _slices(world) == two
    np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))


async def test_a_new_click_supersedes_the_running_propagation_and_the_result_is_that_of_both(
    open_tab: OpenTab, world: World
) -> None:
    tab = await open_tab(world.ben)
    answers = [await tab.answer_to(await tab.click(20 + n, 20, 20 + n)) for n in range(4)]
    await tab.until_run("done", answers[-1]["revision"])
    states = [run.state async for run in Run.objects.filter(annotation=world.annotation).order_by("revision")]
    assert states[-1] == RunState.DONE
    assert set(states[:-1]) <= {RunState.SUPERSEDED, RunState.DONE}
    np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))
    quiet = await sync_to_async(make_world)(SHAPE)
    for n in range(4):
        accepted = await sync_to_async(services.add_prompt)(
            quiet.ben, quiet.annotation.pk, quiet.point(20 + n, 20, 20 + n)
        )
        await _wait_for_run(quiet, accepted.revision)
    # Fronts of several edits that were under way together may end a little earlier or later: the engine's tolerance.
    assert (await _stored(world) == await _stored(quiet)).mean() > 0.99


async def _wait_for_run(world: World, revision: int) -> Run:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        run = await Run.objects.aget(annotation=world.annotation, revision=revision)
        if run.state not in (RunState.QUEUED, RunState.RUNNING):
            return run
        await asyncio.sleep(0.02)
    raise TimeoutError(f"The run of revision {revision} does not end: {run.state}")


async def test_a_worker_killed_in_the_middle_is_replaced_and_the_run_completes(
    open_tab: OpenTab, world: World, server: RunningServer
) -> None:
    tab = await open_tab(world.ben)
    await tab.until_synced()
    answer = await tab.answer_to(await tab.click(20, 20, 20))
    await tab.until(lambda: tab.frames)
    server.restart_worker()
    await tab.until_run("done", answer["revision"], seconds=60)
    killed = await _slices(world)
    np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))
    quiet = await sync_to_async(make_world)(SHAPE)
    accepted = await sync_to_async(services.add_prompt)(quiet.ben, quiet.annotation.pk, quiet.point(20, 20, 20))
    await _wait_for_run(quiet, accepted.revision)
    assert await _slices(quiet) == killed


async def test_after_a_restart_of_the_worker_the_next_click_goes_on_from_what_is_stored(
    open_tab: OpenTab, world: World, server: RunningServer
) -> None:
    tab = await open_tab(world.ben)
    answer = await tab.answer_to(await tab.click(20, 20, 20))
    await tab.until_run("done", answer["revision"])
    server.restart_worker()
    answer = await tab.answer_to(await tab.click(24, 44, 44, label=2))
    await tab.until_run("done", answer["revision"], seconds=60)
    np.testing.assert_array_equal(tab.labels(SHAPE), await _stored(world))


async def test_a_run_whose_wake_up_was_lost_is_found_by_the_sweeper(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab(world.ben)
    await tab.until_synced()
    await sync_to_async(_store_prompt_without_wake_up)(world)
    began = time.monotonic()
    await tab.until_run("done", 1)
    assert time.monotonic() - began < 4


def _store_prompt_without_wake_up(world: World) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.annotation.runs.wake", lambda *_args, **_options: None)
        services.add_prompt(world.ben, world.annotation.pk, world.point(20, 20, 20))


async def test_the_same_request_sent_again_after_a_lost_connection_is_done_once(
    open_tab: OpenTab, world: World
) -> None:
    request = str(uuid.uuid4())
    first = await open_tab(world.ben)
    await first.click(20, 20, 20, request=request)
    await first.close()
    second = await open_tab(world.ben)
    answer = await second.answer_to(await second.click(20, 20, 20, request=request))
    assert (answer["type"], answer["revision"]) == ("ack", 1)
    await second.until_run("done", 1)
    assert await Run.objects.filter(annotation=world.annotation).acount() == 1


async def test_nobody_else_gets_in_or_hears_anything(open_tab: OpenTab, world: World) -> None:
    for user, code in ((None, 4401), (world.mallory, 4404)):
        tab = await open_tab(user)
        with pytest.raises(ClosedError) as closed:
            await tab.until(lambda: False)
        assert (closed.value.code, tab.newest, tab.frames) == (code, {}, {})
    with pytest.raises(InvalidStatus):
        await open_tab(world.ben, origin="http://evil.example")


async def test_whoever_loses_membership_hears_nothing_more_of_a_running_propagation(
    open_tab: OpenTab, world: World
) -> None:
    adas, bens = await open_tab(world.ada), await open_tab(world.ben)
    for tab in (adas, bens):
        await tab.until_synced()
    await sync_to_async(projects.remove_member)(world.project, world.ben)
    with pytest.raises(ClosedError) as closed:
        await bens.until(lambda: False)
    assert closed.value.code == 4403
    answer = await adas.answer_to(await adas.click(20, 20, 20))
    await adas.until_run("done", answer["revision"])
    assert bens.frames == {}


async def test_opening_a_case_has_its_features_made_and_tells_how_far_they_are(
    open_tab: OpenTab, world: World, server: RunningServer
) -> None:
    tab = await open_tab(world.eve)
    await tab.until_synced()
    assert tab.newest["state"]["features"] == {"done": 0, "total": SHAPE[0], "state": "missing"}
    background = server.start_worker("background", "background")
    try:
        await tab.until(lambda: tab.newest.get("features", {}).get("state") == "ready", seconds=60)
    finally:
        background.kill()
    assert tab.newest["features"] == {"type": "features", "done": SHAPE[0], "total": SHAPE[0], "state": "ready"}
    late = await open_tab(world.ben)
    await late.until_synced()
    assert late.newest["state"]["features"]["state"] == "ready"
