"""Operations on whole labels in the edit log: who may, in which order, and what of them is stored, undone, replayed.

With the real engine and the real arithmetic, in this process; `test_operations_live.py` has real workers.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.webapp.annotation.world import World, make_world
from webapp.annotation import (
    computing,
    execution,
    messages,
    propagation,
    replaying,
    selectors,
    services,
    slices,
    waiting,
)
from webapp.annotation.models import Edit, EditKind, Run, RunState, Trust
from webapp.annotation.operations import parameters, performing
from webapp.errors import DomainError, ForbiddenError, NotFoundError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server", "clean_media")]

Labels = npt.NDArray[np.uint8]


@pytest.fixture
def world(clean_media: None) -> World:
    """Two labels, each of one point, computed to their end."""
    for kept in (propagation._sessions, propagation._features):
        kept.clear()
    world = make_world()
    for voxel, label in (((6, 14, 12), 1), ((6, 34, 28), 2)):
        services.add_prompt(world.ben, world.annotation.pk, world.point(*voxel, label=label))
        _work(world)
    assert set(np.unique(_labels(world))) == {0, 1, 2}
    return world


def _asked(name: str, label: int = 1, **asked: Any) -> messages.AddOperation:
    operation = parameters.parsed({"name": name, "label": label, **asked})
    return messages.AddOperation(type="operation.add", request=uuid.uuid4(), operation=operation)


def _operate(world: World, name: str, label: int = 1, **asked: Any) -> Run:
    services.add_operation(world.ben, world.annotation.pk, _asked(name, label, **asked))
    return _work(world)


def _work(world: World) -> Run:
    waiting.broker().flushall()
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    execution.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    return run


def _labels(world: World) -> Labels:
    world.annotation.refresh_from_db()
    return selectors.label_volume(world.annotation)


def _trust(world: World) -> dict[int, int]:
    world.annotation.refresh_from_db()
    return dict(slices.current(world.annotation).values_list("z", "trust"))


def _identical_to_replay(world: World) -> bool:
    world.annotation.refresh_from_db()
    return replaying.replay(world.annotation).identical


def test_an_operation_changes_the_stored_labels_as_its_pure_function_does(world: World) -> None:
    before = _labels(world)
    run = _operate(world, "margin", mm=2.0)
    asked = parameters.parsed({"name": "margin", "label": 1, "mm": 2.0})
    expected = performing.perform(asked, performing.Scene(before, before, (3.0, 1.0, 1.0)))
    after = _labels(world)
    assert (after == expected).all()
    assert (after != before).any()
    changed = int((after != before).sum())
    on = int((after != before).any((1, 2)).sum())
    assert run.sentence == f"Grow or shrink: {changed:,} voxels ({changed * 3 / 1000:.1f} ml) changed on {on} slices"
    assert run.slices_done == on


def test_changed_slices_say_that_they_were_painted_and_filled_ones_that_they_were_filled_in(world: World) -> None:
    _operate(world, "margin", mm=1.0, slices=[5, 5])
    trust = _trust(world)
    assert trust[5] == Trust.PAINTED
    assert trust[6] == Trust.PROMPTED
    _operate(world, "combine", how="copy", others=[2], slices=[4, 7])
    _operate(world, "threshold", low=1e6, high=1e7, slices=[5, 6])
    run = _operate(world, "fill_between", slices=[4, 7])
    assert run.sentence.startswith("Fill between slices:")
    trust = _trust(world)
    assert [trust[z] for z in range(4, 8)] == [Trust.PAINTED, Trust.INTERPOLATED, Trust.INTERPOLATED, Trust.PAINTED]
    labels = _labels(world)
    assert all((labels[z] == 1).any() for z in range(4, 8))


def test_real_values_decide_a_threshold(world: World) -> None:
    image = np.load(selectors.volume_of(world.annotation).canonical_path)
    before = _labels(world)
    _operate(world, "threshold", low=150.0, high=1000.0)
    after = _labels(world)
    assert ((after == 1) == ((before == 1) & (image >= 150))).all()
    assert ((after == 2) == (before == 2)).all()


def test_undo_restores_and_redo_brings_back_without_computing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _labels(world)
    _operate(world, "margin", mm=-1.0)
    after = _labels(world)
    assert (after != before).any()

    def refuse(*_: Any) -> None:
        raise AssertionError("Nothing is to be computed.")

    monkeypatch.setattr(computing, "perform", refuse)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert (_labels(world) == before).all()
    services.redo(world.ben, world.annotation.pk, uuid.uuid4())
    assert (_labels(world) == after).all()


def test_a_replay_of_prompts_and_operations_in_turn_is_identical(world: World) -> None:
    _operate(world, "smooth", mm=2.0)
    services.add_prompt(world.ben, world.annotation.pk, world.point(4, 14, 12))
    _work(world)
    _operate(world, "split_islands", 2, others=[1], over="any")
    _operate(world, "fill_between", keys="prompted", over="any")
    _operate(world, "margin", 2, mm=1.5, over="any", locked=[1])
    services.add_prompt(world.ada, world.annotation.pk, world.point(8, 34, 28, label=2, positive=False))
    _work(world)
    assert _identical_to_replay(world)


def test_taking_back_an_earlier_prompt_of_somebody_else_operates_again_on_what_is_left(world: World) -> None:
    accepted = services.add_prompt(world.ada, world.annotation.pk, world.point(9, 14, 12))
    _work(world)
    _operate(world, "margin", mm=2.0)
    removal = messages.RemovePrompt(type="prompt.remove", request=uuid.uuid4(), edit=accepted.edit)
    services.remove_prompt(world.ada, world.annotation.pk, removal)
    _work(world)
    assert _identical_to_replay(world)
    kinds = [edit.kind for edit in Edit.objects.filter(annotation=world.annotation, undone_at_revision=None)]
    assert kinds.count(EditKind.OPERATION) == 1


def test_prompts_and_operations_said_faster_than_they_are_computed_all_happen_in_their_order(world: World) -> None:
    pk = world.annotation.pk
    services.add_prompt(world.ben, pk, world.point(3, 14, 12))
    services.add_operation(world.ben, pk, _asked("margin", mm=2.0))
    services.add_operation(world.ben, pk, _asked("hollow", 2, mm=1.0))
    services.add_prompt(world.ben, pk, world.point(9, 34, 28, label=2))
    _work(world)
    assert _identical_to_replay(world)
    states = list(Run.objects.filter(annotation=world.annotation).order_by("revision").values_list("state", flat=True))
    assert states[2:] == ["superseded"] * 3 + ["done"]


def test_a_newer_prompt_takes_over_a_computation_under_way_and_it_is_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on, computed = threading.Event(), threading.Event(), []

    def slow(*args: Any) -> Labels:
        computed.append(1)
        began.set()
        assert go_on.wait(20)
        return performing.perform(*args)

    monkeypatch.setattr(computing, "perform", slow)
    services.add_operation(world.ben, world.annotation.pk, _asked("margin", mm=2.0))
    superseded = Run.objects.filter(annotation=world.annotation).latest("revision")
    worker = threading.Thread(target=execution.carry_on, args=(superseded.pk,))
    worker.start()
    assert began.wait(20)
    services.add_prompt(world.ada, world.annotation.pk, world.point(9, 34, 28, label=2))
    worker.join(20)
    assert not worker.is_alive()
    go_on.set()
    _work(world)
    superseded.refresh_from_db()
    assert superseded.state == RunState.SUPERSEDED
    assert len(computed) == 1
    assert _identical_to_replay(world)


def test_undoing_an_operation_under_way_abandons_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    began, abandoned = threading.Event(), threading.Event()

    def endless(_operation: Any, scene: performing.Scene) -> Labels:
        began.set()
        try:
            while True:
                scene.tell()
        finally:
            abandoned.set()

    before = _labels(world)
    monkeypatch.setattr(computing, "perform", endless)
    services.add_operation(world.ben, world.annotation.pk, _asked("margin", mm=2.0))
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    worker = threading.Thread(target=execution.carry_on, args=(run.pk,))
    worker.start()
    assert began.wait(20)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    worker.join(20)
    assert not worker.is_alive()
    services.add_prompt(world.ben, world.annotation.pk, world.point(9, 34, 28, label=2))
    _work(world)
    assert abandoned.wait(20)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert (_labels(world) == before).all()


def test_while_others_wait_the_worker_serves_them_and_comes_back_to_the_operation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(*args: Any) -> Labels:
        assert go_on.wait(20)
        return performing.perform(*args)

    monkeypatch.setattr(computing, "perform", slow)
    monkeypatch.setattr(waiting, "others_wait", lambda: not go_on.is_set())
    services.add_operation(world.ben, world.annotation.pk, _asked("margin", mm=2.0))
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    execution.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    assert run.sentence == "Grow or shrink: computing…"
    go_on.set()
    _work(world)
    assert _identical_to_replay(world)


def test_a_worker_that_goes_on_from_what_is_stored_comes_to_the_same(world: World) -> None:
    _operate(world, "smooth", mm=2.0)
    propagation._sessions.clear()
    services.add_prompt(world.ben, world.annotation.pk, world.point(4, 14, 12))
    _work(world)
    propagation._sessions.clear()
    _operate(world, "fill_holes")
    assert _identical_to_replay(world)


def test_an_operation_that_fails_fails_its_run_and_can_be_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(computing, "perform", broken)
        services.add_operation(world.ben, world.annotation.pk, _asked("margin", mm=2.0))
        run = Run.objects.filter(annotation=world.annotation).latest("revision")
        execution.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.state, run.sentence) == (RunState.FAILED, execution.WENT_WRONG)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    services.add_prompt(world.ben, world.annotation.pk, world.point(4, 14, 12))
    _work(world)
    assert _identical_to_replay(world)


def test_everybody_sees_the_operations_that_count(world: World) -> None:
    _operate(world, "hollow", 2, mm=1.0)
    state = selectors.snapshot(world.annotation)
    assert [(entry.name, entry.label, entry.user.id) for entry in state.operations] == [("hollow", 2, world.ben.pk)]
    assert len(state.prompts) == 2
    assert state.undoable == {str(world.ben.pk): 3}
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    world.annotation.refresh_from_db()
    assert selectors.snapshot(world.annotation).operations == []


def test_the_same_request_again_is_the_same_operation(world: World) -> None:
    message = _asked("hollow", mm=1.0)
    accepted = [services.add_operation(world.ben, world.annotation.pk, message) for _ in range(2)]
    assert accepted[0] == accepted[1]
    assert Edit.objects.filter(annotation=world.annotation, kind=EditKind.OPERATION).count() == 1


def test_only_who_may_annotate_may_operate(world: World) -> None:
    message = _asked("hollow", mm=1.0)
    with pytest.raises(ForbiddenError):
        services.add_operation(world.eve, world.annotation.pk, message)
    with pytest.raises(NotFoundError):
        services.add_operation(world.mallory, world.annotation.pk, message)
    assert services.add_operation(world.ada, world.annotation.pk, message).edit
    assert Edit.objects.filter(annotation=world.annotation, kind=EditKind.OPERATION).count() == 1


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (_asked("hollow", 9, mm=1.0), "This label does not exist"),
        (_asked("combine", how="add", others=[9]), "This label does not exist"),
        (_asked("hollow", mm=1.0, locked=[1]), "A locked label cannot be changed"),
        (_asked("hollow", mm=1.0, slices=[3, 12]), "The slices lie outside"),
        (_asked("keep_clicked", voxel=[12, 0, 0]), "The voxel lies outside"),
    ],
)
def test_what_does_not_fit_the_case_is_refused(world: World, message: messages.AddOperation, sentence: str) -> None:
    with pytest.raises(DomainError, match=sentence):
        services.add_operation(world.ben, world.annotation.pk, message)
