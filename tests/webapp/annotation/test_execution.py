"""Runs carried on in the test's own process by an engine that paints squares."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.webapp.annotation.fake_engine import FakeEngine
from tests.webapp.annotation.world import SHAPE, World, make_world
from webapp.annotation import edit_log, events, execution, messages, propagation, runs, selectors, services, waiting
from webapp.annotation.models import Annotation, Run, RunState, SliceMask
from webapp.errors import ConflictError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    engine = FakeEngine(SHAPE)
    monkeypatch.setattr(propagation, "engine", lambda: engine)
    monkeypatch.setattr(propagation, "open_features", lambda _annotation: None)
    monkeypatch.setattr(propagation, "_sessions", type(propagation._sessions)())
    return engine


@pytest.fixture
def world(engine: FakeEngine) -> World:
    waiting.broker().flushall()
    return make_world()


def _click(world: World, *voxel: int, label: int = 1) -> Run:
    accepted = services.add_prompt(world.ben, world.annotation.pk, world.point(*voxel, label=label))
    return Run.objects.get(annotation=world.annotation, revision=accepted.revision)


def _newest(world: World) -> Run:
    return Run.objects.filter(annotation=world.annotation).latest("revision")


def _carry_on(run: Run) -> Run:
    waiting.broker().flushall()
    execution.carry_on(run.pk)
    run.refresh_from_db()
    return run


def _labels(world: World) -> Any:
    return selectors.label_volume(Annotation.objects.get(pk=world.annotation.pk))


def _expected(world: World, reach: int = 3) -> Any:
    labels = np.zeros(SHAPE, dtype=np.uint8)
    for edit in edit_log.active_edits(world.annotation):
        z, y, x = edit.payload["voxels"][0]
        value = edit.label or 0 if edit.payload["positive"] else 0
        labels[max(0, z - reach) : z + reach + 1, y - 1 : y + 2, x - 1 : x + 2] = value
    return labels


def test_a_run_saves_all_slices_and_says_how_long_each_stage_took(world: World) -> None:
    run = _carry_on(_click(world, 5, 10, 11))
    assert (run.state, run.slices_done, run.slices_remaining) == (RunState.DONE, 7, 0)
    np.testing.assert_array_equal(_labels(world), _expected(world))
    stages = {"queued_ms", "restore_ms", "decode_ms", "save_ms", "publish_ms", "first_ms", "total_ms"}
    assert stages <= set(run.timings)


def test_label_values_of_the_project_come_back_although_the_engine_counts_from_one(world: World) -> None:
    _carry_on(_click(world, 5, 10, 11, label=2))
    _carry_on(_click(world, 6, 20, 21, label=1))
    np.testing.assert_array_equal(_labels(world), _expected(world))
    mask = SliceMask.objects.filter(annotation=world.annotation, z=5).latest("revision")
    assert mask.confidence == [[2, 204], [1, 204]] or mask.confidence == [[1, 204], [2, 204]]


def test_the_prompted_slice_comes_first_and_alone_then_what_is_on_screen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[int]] = []
    monkeypatch.setattr(execution, "BATCH_SLICES", 2)
    monkeypatch.setattr(
        events,
        "announce_frames",
        lambda _id, encoded: batches.append([int.from_bytes(frame[20:22], "little") for frame in encoded]),
    )
    _carry_on(_click(world, 1, 10, 11))
    services.set_view(world.ben, world.annotation.pk, [7, 6])
    batches.clear()
    run = _click(world, 5, 10, 11)
    batches.clear()
    _carry_on(run)
    assert batches[:2] == [[5], [7, 6]]


def test_scrolling_changes_the_order_of_what_is_left(world: World, engine: FakeEngine) -> None:
    run = _click(world, 5, 10, 11)
    calls: list[int] = []

    def scroll() -> None:
        calls.append(1)
        if len(calls) == 2:
            services.set_view(world.eve, world.annotation.pk, [8])

    engine.before_slice = scroll
    _carry_on(run)
    order = SliceMask.objects.filter(annotation=world.annotation).order_by("sequence").values_list("z", flat=True)
    assert list(order) == [5, 2, 8, 3, 4, 6, 7]


def test_a_newer_prompt_stops_the_run_and_the_next_one_saves_what_was_decoded_already(
    world: World, engine: FakeEngine
) -> None:
    first = _click(world, 5, 10, 11)
    calls: list[int] = []

    def click_meanwhile() -> None:
        calls.append(1)
        if len(calls) == 4:
            _click(world, 6, 20, 21, label=2)

    engine.before_slice = click_meanwhile
    _carry_on(first)
    assert first.state == RunState.SUPERSEDED
    assert first.slices_done == 1
    second = _carry_on(_newest(world))
    assert second.state == RunState.DONE
    np.testing.assert_array_equal(_labels(world), _expected(world))
    assert len(engine.sessions) == 1
    numbers = SliceMask.objects.filter(annotation=world.annotation).values_list("sequence", flat=True)
    assert len(set(numbers)) == len(numbers)


def test_another_worker_goes_on_from_what_is_saved(world: World, engine: FakeEngine) -> None:
    run = _click(world, 5, 10, 11)
    calls: list[int] = []

    def die() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit  # nothing is cleaned up, as if the process were gone

    engine.before_slice = die
    with pytest.raises(SystemExit):
        execution.carry_on(run.pk)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now())
    propagation._sessions.clear()
    engine.before_slice = lambda: None
    run = _carry_on(run)
    assert (run.state, run.slices_done) == (RunState.DONE, 7)
    assert engine.sessions[-1].resumed_from == {"applied": 1, "fronts": [2, 3, 4, 6, 7, 8]}
    np.testing.assert_array_equal(_labels(world), _expected(world))


def test_a_run_gives_way_after_its_time_slice_if_others_wait_and_goes_on_later(
    world: World, engine: FakeEngine
) -> None:
    engine.before_slice = lambda: time.sleep(0.02)
    run = _click(world, 5, 10, 11)
    waiting.broker().flushall()
    other = make_world()
    _click(other, 5, 10, 11)
    execution.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert 1 <= run.slices_done < 7
    done_before = run.slices_done
    assert waiting.broker().llen("interactive.rest.0") == 1
    run = _carry_on(run)
    assert (run.state, run.slices_done) == (RunState.DONE, 7)
    assert done_before < 7
    assert len(engine.sessions) == 1


def test_a_run_does_not_give_way_if_nobody_waits(world: World, engine: FakeEngine) -> None:
    engine.before_slice = lambda: time.sleep(0.02)
    assert _carry_on(_click(world, 5, 10, 11)).state == RunState.DONE


def test_a_failing_engine_fails_the_run_with_a_sentence_and_everybody_hears_it(
    world: World, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(events, "announce", lambda _id, message: heard.append(message))

    def fail() -> None:
        raise KeyError("a bug")

    engine.before_slice = fail
    run = _carry_on(_click(world, 5, 10, 11))
    assert (run.state, run.sentence) == (RunState.FAILED, execution.WENT_WRONG)
    assert isinstance(heard[-1], messages.RunProgress)
    assert (heard[-1].state, heard[-1].sentence) == ("failed", execution.WENT_WRONG)


def test_what_the_engine_refuses_is_said_in_its_own_words(world: World, engine: FakeEngine) -> None:
    def refuse() -> None:
        raise ValueError("The volume is empty.")

    engine.before_slice = refuse
    assert _carry_on(_click(world, 5, 10, 11)).sentence == "The volume is empty."


def test_after_a_failure_undo_and_a_new_prompt_work(world: World, engine: FakeEngine) -> None:
    _carry_on(_click(world, 2, 10, 11))

    def fail() -> None:
        raise KeyError("a bug")

    engine.before_slice = fail
    _carry_on(_click(world, 9, 10, 11))
    engine.before_slice = lambda: None
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert _newest(world).state == RunState.DONE
    _carry_on(_click(world, 8, 20, 11))
    np.testing.assert_array_equal(_labels(world), _expected(world))


def test_a_task_that_comes_twice_or_too_late_does_nothing(world: World) -> None:
    run = _carry_on(_click(world, 5, 10, 11))
    before = list(SliceMask.objects.filter(annotation=world.annotation).values_list("sequence", flat=True))
    _carry_on(run)
    execution.carry_on(10**9)
    assert list(SliceMask.objects.filter(annotation=world.annotation).values_list("sequence", flat=True)) == before


def test_a_warm_click_needs_no_new_session_and_one_after_undo_resumes(world: World, engine: FakeEngine) -> None:
    _carry_on(_click(world, 5, 10, 11))
    _carry_on(_click(world, 6, 10, 21))
    assert len(engine.sessions) == 1
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    _carry_on(_click(world, 7, 10, 31))
    assert len(engine.sessions) == 2
    np.testing.assert_array_equal(_labels(world), _expected(world))


def test_a_warm_session_whose_features_were_evicted_is_resumed_on_new_ones(
    world: World, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _carry_on(_click(world, 5, 10, 11))
    monkeypatch.setattr(propagation, "open_features", lambda _annotation: "made anew")
    _carry_on(_click(world, 6, 10, 21))
    assert len(engine.sessions) == 2
    np.testing.assert_array_equal(_labels(world), _expected(world))


def test_slices_of_another_model_are_not_gone_on_from(world: World, engine: FakeEngine) -> None:
    _carry_on(_click(world, 2, 10, 11))
    engine.model_hash = "newer"
    propagation._sessions.clear()
    run = _carry_on(_click(world, 9, 10, 11))
    assert (run.state, run.model_hash) == (RunState.DONE, "newer")
    assert engine.sessions[-1].resumed_from is None
    np.testing.assert_array_equal(_labels(world), _expected(world))


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("click"), st.integers(0, 11), st.integers(2, 20), st.sampled_from(["ada", "ben"])),
        st.tuples(st.sampled_from(["undo", "redo"]), st.sampled_from(["ada", "ben"])),
        st.tuples(st.just("work"), st.integers(1, 12)),
        st.just(("forget",)),
    ),
    max_size=14,
)


class _EnoughError(BaseException):
    """Ends a worker in the middle of a run."""


def _work(world: World, engine: FakeEngine, slices_until_death: int) -> None:
    left = [slices_until_death]

    def count() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise _EnoughError

    engine.before_slice = count
    try:
        _carry_on(_newest(world))
    except _EnoughError:
        Run.objects.filter(state=RunState.RUNNING).update(lease_until=timezone.now())
        propagation._sessions.clear()
    finally:
        engine.before_slice = lambda: None


def _do(world: World, engine: FakeEngine, step: Any) -> None:
    people = {"ada": world.ada, "ben": world.ben}
    match step:
        case ("click", z, y, who):
            services.add_prompt(people[who], world.annotation.pk, world.point(z, y, y, label=1 + z % 2))
        case ("undo" | "redo" as what, who):
            service: Callable[..., Any] = services.undo if what == "undo" else services.redo
            try:
                service(people[who], world.annotation.pk, uuid.uuid4())
            except ConflictError:
                return
        case ("work", slices):
            if Run.objects.filter(annotation=world.annotation).exists():
                _work(world, engine, slices)
        case ("forget",):
            propagation._sessions.clear()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_whatever_people_do_and_workers_suffer_the_masks_are_those_of_the_active_prompts(
    engine: FakeEngine, transactional_db: None, redis_server: str, steps: list[Any]
) -> None:
    world = make_world()
    propagation._sessions.clear()
    for step in steps:
        _do(world, engine, step)
    if Run.objects.filter(annotation=world.annotation).exists():
        run = _carry_on(_newest(world))
        assert run.state == RunState.DONE
    np.testing.assert_array_equal(_labels(world), _expected(world))
    world.annotation.refresh_from_db()
    numbers = SliceMask.objects.filter(annotation=world.annotation).values_list("sequence", flat=True)
    assert len(set(numbers)) == len(numbers)
    assert runs.claim(_newest(world).pk if numbers else 0) is None
