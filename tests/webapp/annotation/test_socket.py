"""The socket in the test's own process, over the real channel layer and database; no worker runs."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.utils import timezone

from tests.webapp.annotation.tab import ClosedError, InProcess, Tab, session_cookie
from tests.webapp.annotation.world import World, make_world, store_run
from webapp.accounts.models import User
from webapp.annotation import consumers, events, selectors, services, slices
from webapp.annotation.models import Annotation, Presence
from webapp.annotation.routing import websocket_application
from webapp.projects import services as projects
from webapp.projects.models import Project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]

ORIGIN = "http://localhost"
OpenTab = Callable[..., Awaitable[Tab]]


@pytest_asyncio.fixture
async def world() -> World:
    return await sync_to_async(make_world)()


@pytest_asyncio.fixture
async def open_tab(world: World) -> AsyncIterator[OpenTab]:
    """Opens tabs at the world's annotation, and closes them at the end."""
    tabs: list[Tab] = []

    async def open_it(user: User | None, origin: str = ORIGIN, annotation_id: int | None = None) -> Tab:
        cookie = await sync_to_async(session_cookie)(user) if user else ""
        path = f"/ws/annotations/{annotation_id or world.annotation.pk}/"
        headers = {"cookie": cookie, "origin": origin, "host": "localhost"}
        wire = InProcess(websocket_application, path, headers)
        await wire.open()
        tabs.append(Tab(wire))
        return tabs[-1]

    yield open_it
    for tab in tabs:
        await tab.close()


async def _close_code(tab: Tab) -> int:
    with pytest.raises(ClosedError) as closed:
        await tab.until(lambda: False)
    return closed.value.code


async def test_nobody_gets_in_without_a_login(open_tab: OpenTab) -> None:
    assert await _close_code(await open_tab(None)) == 4401


async def test_an_outsider_is_told_that_there_is_no_such_annotation(open_tab: OpenTab, world: World) -> None:
    assert await _close_code(await open_tab(world.mallory)) == 4404
    assert await _close_code(await open_tab(world.ada, annotation_id=10**9)) == 4404


async def test_a_reader_who_is_kept_apart_is_told_the_same_of_anothers_reading(open_tab: OpenTab, world: World) -> None:
    await sync_to_async(Project.objects.filter(pk=world.project.pk).update)(readers=2, blinded=True)
    made = Annotation.objects.create
    reading = await sync_to_async(made)(case=world.case, reader=world.ada, axis=0)
    assert await _close_code(await open_tab(world.ben, annotation_id=reading.pk)) == 4404
    assert await _close_code(await open_tab(world.ben)) == 4404  # what is shared is made of all readings
    own = await sync_to_async(made)(case=world.case, reader=world.ben, axis=0)
    tab = await open_tab(world.ben, annotation_id=own.pk)
    await tab.until_synced()


async def test_a_page_of_another_origin_is_refused(open_tab: OpenTab, world: World) -> None:
    with pytest.raises(ClosedError):
        await open_tab(world.ada, origin="http://evil.example")


async def test_the_first_message_is_the_state_and_after_the_slices_comes_synced(
    open_tab: OpenTab, world: World
) -> None:
    await sync_to_async(services.add_prompt)(world.ben, world.annotation.pk, world.point(3, 10, 11))
    await sync_to_async(store_run)(world.annotation, {3: 1, 4: 1, 5: 2})
    tab = await open_tab(world.eve)
    await tab.take_one()
    state = tab.newest["state"]
    assert (state["revision"], state["sequence"], state["axis"]) == (1, 3, 0)
    assert state["prompts"][0]["user"] == {"id": world.ben.pk, "name": world.ben.username}
    assert [label["name"] for label in state["labels"]] == ["Liver", "Spleen"]
    assert state["undoable"] == {str(world.ben.pk): 1}
    assert state["features"] == {"done": 0, "total": 12, "state": "missing"}
    assert (state["run"]["state"], state["people"]) == ("done", [{"id": world.eve.pk, "name": world.eve.username}])
    await tab.until_synced()
    assert (tab.sequence, sorted(tab.frames)) == (3, [3, 4, 5])
    await _shows_what_is_stored(tab, world)


async def _shows_what_is_stored(tab: Tab, world: World) -> None:
    annotation = await Annotation.objects.select_related("case").aget(pk=world.annotation.pk)
    stored = await sync_to_async(selectors.label_volume)(annotation)
    assert (tab.labels(stored.shape) == stored).all()


async def test_a_click_is_acknowledged_and_everybody_sees_the_prompt(open_tab: OpenTab, world: World) -> None:
    bens, evens = await open_tab(world.ben), await open_tab(world.eve)
    answer = await bens.answer_to(await bens.click(3, 10, 11))
    assert (answer["type"], answer["revision"]) == ("ack", 1)
    for tab in (bens, evens):
        await tab.until_prompts(1)
        await tab.until_run("queued")
        assert [prompt["edit"] for prompt in tab.newest["prompts"]["prompts"]] == [answer["edit"]]
        assert tab.newest["run"]["state"] == "queued"


async def test_the_same_request_after_a_reconnect_gets_the_same_answer(open_tab: OpenTab, world: World) -> None:
    request = str(uuid.uuid4())
    first = await open_tab(world.ben)
    answer = await first.answer_to(await first.click(3, 10, 11, request=request))
    await first.close()
    second = await open_tab(world.ben)
    assert await second.answer_to(await second.click(3, 10, 11, request=request)) == answer


async def test_a_viewer_is_refused_with_a_sentence_and_stays(open_tab: OpenTab, world: World) -> None:
    tab = await open_tab(world.eve)
    answer = await tab.answer_to(await tab.click(3, 10, 11))
    assert (answer["type"], "may not change masks" in answer["sentence"]) == ("refused", True)
    await tab.say("resync", since=0)
    await tab.until_synced()


async def test_nonsense_is_refused_with_a_sentence_and_the_socket_stays_open(open_tab: OpenTab, world: World) -> None:
    tab = await open_tab(world.ben)
    for text in ("click!", '{"type":"annotation.text","text":"x"}', '{"type":"access.changed"}'):
        tab.newest.pop("refused", None)
        await tab.wire.send(text)
        await tab.until(lambda: "refused" in tab.newest)
    answer = await tab.answer_to(await tab.click(3, 10, 11))
    assert answer["type"] == "ack"


async def test_whoever_loses_membership_is_out_at_once_without_saying_anything(open_tab: OpenTab, world: World) -> None:
    tab = await open_tab(world.ben)
    await tab.until_synced()
    await sync_to_async(projects.remove_member)(world.project, world.ben)
    assert await _close_code(tab) == 4403


async def test_whose_account_is_closed_is_out_at_the_next_look(
    open_tab: OpenTab, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.05)
    tab = await open_tab(world.ben)
    await tab.until_synced()
    await User.objects.filter(pk=world.ben.pk).aupdate(is_active=False)
    assert await _close_code(tab) == 4403


@pytest.mark.parametrize("kind", ["prompt.add", "undo", "redo", "view", "resync"])
async def test_every_message_is_checked_against_the_membership_of_that_moment(
    open_tab: OpenTab, world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "access_changed", lambda _user_id: None)  # the announcement is lost
    tab = await open_tab(world.ben)
    await tab.until_synced()
    await sync_to_async(projects.remove_member)(world.project, world.ben)
    point: dict[str, Any] = {"label": 1, "kind": "point", "positive": True, "voxels": [[1, 1, 1]]}
    await tab.say(kind, **{"prompt.add": point, "view": {"z": [1]}, "resync": {"since": 0}}.get(kind, {}))
    assert await _close_code(tab) == 4403
    assert not await Annotation.objects.filter(pk=world.annotation.pk, revision__gt=0).aexists()


async def test_after_a_gap_only_what_is_newer_is_sent_again(open_tab: OpenTab, world: World) -> None:
    await sync_to_async(services.add_prompt)(world.ben, world.annotation.pk, world.point(3, 10, 11))
    tab = await open_tab(world.eve)
    await tab.until_synced()
    await sync_to_async(store_run)(world.annotation, {2: 1, 3: 1, 4: 1})  # and no announcement arrives
    await tab.say("resync", since=1)
    await tab.until(lambda: tab.newest["synced"]["sequence"] == 3)
    assert sorted(tab.frames) == [3, 4]


async def test_undo_sends_the_restored_slices_to_everybody(open_tab: OpenTab, world: World) -> None:
    for z, label in ((3, 1), (4, 2)):
        await sync_to_async(services.add_prompt)(world.ben, world.annotation.pk, world.point(z, 10, 11))
        await sync_to_async(store_run)(world.annotation, {3: label, 4: label, 5: label})
    bens, evens = await open_tab(world.ben), await open_tab(world.eve)
    for tab in (bens, evens):
        await tab.until_synced()
    answer = await bens.answer_to(await bens.say("undo"))
    for tab in (bens, evens):
        await tab.until_sequence(9)
        assert {frame.payload[0] for frame in tab.frames.values()} == {1}
        assert {frame.revision for frame in tab.frames.values()} == {answer["revision"]}
        await _shows_what_is_stored(tab, world)


async def test_people_come_and_go_and_a_second_tab_is_the_same_person(open_tab: OpenTab, world: World) -> None:
    first = await open_tab(world.ada)
    await first.until(lambda: "state" in first.newest)
    others = [await open_tab(world.ben), await open_tab(world.ben)]
    names = {world.ada.username, world.ben.username}

    def shown() -> list[str]:
        return [person["name"] for person in first.newest.get("people", {"people": []})["people"]]

    await first.until(lambda: set(shown()) == names)
    assert len(shown()) == 2
    for tab in others:
        await tab.close()
    await first.until(lambda: shown() == [world.ada.username])
    assert await Presence.objects.filter(annotation=world.annotation).acount() == 1


async def test_a_new_label_shows_in_open_tabs(open_tab: OpenTab, world: World) -> None:
    tab = await open_tab(world.eve)
    await tab.until_synced()
    await sync_to_async(projects.add_label)(world.project, "Kidney")
    await tab.until(lambda: "labels" in tab.newest)
    assert [label["name"] for label in tab.newest["labels"]["labels"]] == ["Liver", "Spleen", "Kidney"]


async def test_frames_of_another_annotation_never_arrive(open_tab: OpenTab, world: World) -> None:
    other = await sync_to_async(make_world)()
    tab = await open_tab(world.eve)
    await tab.until_synced()
    await sync_to_async(services.add_prompt)(other.ben, other.annotation.pk, other.point(3, 10, 11))
    await sync_to_async(store_run)(other.annotation, {3: 1})
    encoded = [slices.encode(mask) async for mask in slices.current(other.annotation)]
    await sync_to_async(events.announce_frames)(other.annotation.pk, encoded)
    with pytest.raises(TimeoutError):
        await tab.until(lambda: tab.frames, seconds=0.3)


async def test_others_see_where_one_is_and_nothing_of_it_is_stored(open_tab: OpenTab, world: World) -> None:
    bens, evens = await open_tab(world.ben), await open_tab(world.eve)
    await bens.until_synced()
    await evens.until_synced()
    before = await sync_to_async(_everything)(world.annotation)
    await bens.say("look", at=[3, 10, 11], pointer=[3, 12, 9])
    await evens.until(lambda: "presence" in evens.newest)
    told = {"type": "presence", "user": world.ben.pk, "at": [3, 10, 11], "pointer": [3, 12, 9]}
    assert evens.newest["presence"] == told
    assert await sync_to_async(_everything)(world.annotation) == before


def _everything(annotation: Annotation) -> list[dict[str, object]]:
    """The annotation, its runs and its open connections as they are stored, without the times of signs of life."""
    presences = annotation.presences.order_by("id").values("id", "user_id", "connection")
    own = Annotation.objects.filter(pk=annotation.pk).values()
    return [*own, *annotation.runs.order_by("id").values(), *presences]


async def test_of_many_places_at_once_only_the_newest_is_told(open_tab: OpenTab, world: World) -> None:
    bens, evens = await open_tab(world.ben), await open_tab(world.eve)
    await evens.until_synced()
    told = 0
    for column in range(200):
        await bens.say("look", at=[3, 10, column], pointer=None)
    while evens.newest.get("presence", {}).get("at") != [3, 10, 199]:
        evens.newest.pop("presence", None)
        await evens.take_one()
        told += "presence" in evens.newest
    assert told <= 10


async def test_a_server_that_was_killed_leaves_nobody_behind(open_tab: OpenTab, world: World) -> None:
    long_ago = timezone.now() - datetime.timedelta(seconds=selectors.PRESENCE_SECONDS + 1)
    await Presence.objects.acreate(annotation=world.annotation, user=world.ben, connection="killed", seen=long_ago)
    tab = await open_tab(world.eve)
    await tab.until_synced()
    assert [person["id"] for person in tab.newest["state"]["people"]] == [world.eve.pk]
    assert not await Presence.objects.filter(connection="killed").aexists()
