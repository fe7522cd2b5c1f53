"""Strokes of the hand: how they are coded, who may draw them, and what becomes of them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis.extra import numpy as arrays

from tests.webapp.annotation.world import SHAPE, World, make_world
from webapp.annotation import edit_log, execution, messages, propagation, selectors, services, slices, strokes, waiting
from webapp.annotation.models import Edit, EditKind, Run, RunState, Trust
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError

CONTRACT: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[2] / "contract" / "strokes.json").read_text()
)


def _named(entries: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(entry, id=entry["name"]) for entry in entries]


@pytest.mark.parametrize("entry", _named(CONTRACT["strokes"]))
def test_pixels_are_coded_as_the_contract_says(entry: dict[str, Any]) -> None:
    inside = np.array(entry["inside"], bool).reshape(entry["shape"])
    np.testing.assert_array_equal(strokes.decode(entry["runs"], entry["shape"]), inside)
    assert strokes.encode(inside) == entry["runs"]


@pytest.mark.parametrize("entry", _named(CONTRACT["refused"]))
def test_pixels_that_are_coded_otherwise_are_refused(entry: dict[str, Any]) -> None:
    with pytest.raises(DomainError, match="not coded as agreed"):
        strokes.decode(entry["runs"], entry["shape"])


@given(arrays.arrays(np.bool_, arrays.array_shapes(min_dims=3, max_dims=3, max_side=9)))
def test_any_stroke_survives_coding(inside: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
    np.testing.assert_array_equal(strokes.decode(strokes.encode(inside), inside.shape), inside)


@pytest.fixture
def world(transactional_db: None, redis_server: str, clean_media: None) -> World:
    for kept in (propagation._sessions, propagation._features):
        kept.clear()
    return make_world()


def drawn(
    low: tuple[int, int, int], shape: tuple[int, int, int], label: int = 1, *, carry: bool = False
) -> messages.AddStroke:
    """A stroke that fills its box."""
    runs = strokes.encode(np.ones(shape, bool))
    return messages.AddStroke(
        type="stroke.add", request=uuid.uuid4(), label=label, low=low, shape=shape, runs=runs, carry=carry
    )


def work(world: World) -> None:
    """Do the newest run to its end, as a worker would."""
    waiting.broker().flushall()
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    execution.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE
    world.annotation.refresh_from_db()


def stroke(world: World, *args: Any, **options: Any) -> services.Accepted:
    return services.add_stroke(world.ben, world.annotation.pk, drawn(*args, **options))


def test_only_who_may_annotate_may_draw(world: World) -> None:
    for user, error in ((world.eve, ForbiddenError), (world.mallory, NotFoundError)):
        with pytest.raises(error):
            services.add_stroke(user, world.annotation.pk, drawn((5, 4, 4), (1, 3, 3)))
        with pytest.raises(error):
            services.carry_on(user, world.annotation.pk, uuid.uuid4())
    assert not Edit.objects.exists()


def test_a_stroke_that_lies_outside_or_is_empty_or_of_no_label_is_refused(world: World) -> None:
    with pytest.raises(DomainError, match="outside"):
        stroke(world, (SHAPE[0] - 1, 0, 0), (2, 1, 1))
    with pytest.raises(DomainError, match="does not exist"):
        stroke(world, (0, 0, 0), (1, 1, 1), label=77)
    empty = drawn((0, 0, 0), (1, 1, 2)).model_copy(update={"runs": strokes.encode(np.zeros((1, 1, 2), bool))})
    with pytest.raises(DomainError, match="empty"):
        services.add_stroke(world.ben, world.annotation.pk, empty)


def test_the_same_request_again_is_the_same_stroke(world: World) -> None:
    said = drawn((5, 4, 4), (1, 3, 3))
    answers = {services.add_stroke(world.ben, world.annotation.pk, said) for _ in range(2)}
    assert len(answers) == 1
    assert Edit.objects.count() == 1


def test_a_stroke_is_kept_as_it_was_drawn_and_told_by_its_corners(world: World) -> None:
    accepted = stroke(world, (5, 4, 6), (2, 3, 4), label=2)
    edit = Edit.objects.get(pk=accepted.edit)
    assert (edit.kind, edit.label) == (EditKind.MASK, 2)
    low, inside = strokes.voxels_of(edit)
    assert (low, inside.shape, bool(inside.all())) == ((5, 4, 6), (2, 3, 4), True)
    assert [strokes.slices_of(edit, axis) for axis in range(3)] == [[5, 6], [4, 5, 6], [6, 7, 8, 9]]
    entry = selectors.prompt_entry(edit)
    assert (entry.kind, entry.label, entry.voxels) == ("mask", 2, [(5, 4, 6), (6, 6, 9)])


def test_painting_alone_changes_the_painted_voxels_only_in_every_slice_it_touches(world: World) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(6, 14, 12))
    work(world)
    before = selectors.label_volume(world.annotation)
    stroke(world, (3, 30, 20), (5, 6, 1), label=2)  # in the sagittal plane: across the slices
    work(world)
    expected = before.copy()
    expected[3:8, 30:36, 20] = 2
    np.testing.assert_array_equal(selectors.label_volume(world.annotation), expected)
    trusts = {mask.z: mask.trust for mask in slices.current(world.annotation)}
    assert {trusts[z] for z in range(3, 8)} == {Trust.PAINTED}


def test_an_erasing_stroke_takes_away_and_undo_brings_back(world: World) -> None:
    stroke(world, (5, 10, 10), (1, 8, 8))
    work(world)
    whole = selectors.label_volume(world.annotation)
    stroke(world, (5, 12, 12), (1, 2, 2), label=0)
    work(world)
    assert (selectors.label_volume(world.annotation) == 1).sum() == 64 - 4
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    work_if_needed(world)
    np.testing.assert_array_equal(selectors.label_volume(world.annotation), whole)
    services.redo(world.ben, world.annotation.pk, uuid.uuid4())
    work_if_needed(world)
    assert (selectors.label_volume(world.annotation) == 1).sum() == 64 - 4


def work_if_needed(world: World) -> None:
    if Run.objects.filter(annotation=world.annotation).latest("revision").state != RunState.DONE:
        work(world)
    world.annotation.refresh_from_db()


def test_my_undo_takes_back_my_stroke_and_leaves_a_colleagues(world: World) -> None:
    stroke(world, (5, 10, 10), (1, 4, 4))
    work(world)
    services.add_stroke(world.ada, world.annotation.pk, drawn((5, 10, 20), (1, 4, 4), label=2))
    work(world)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    work_if_needed(world)
    labels = selectors.label_volume(world.annotation)
    assert {value: int((labels == value).sum()) for value in (1, 2)} == {1: 0, 2: 16}


def test_what_was_painted_is_carried_on_when_asked_for_and_not_twice(world: World) -> None:
    with pytest.raises(ConflictError, match="Nothing was painted"):
        services.carry_on(world.ben, world.annotation.pk, uuid.uuid4())
    stroke(world, (6, 10, 8), (1, 9, 8))
    work(world)
    accepted = services.carry_on(world.ben, world.annotation.pk, uuid.uuid4())
    assert Edit.objects.get(pk=accepted.edit).payload["voxels"] == [[6, 0, 0]]
    work(world)
    painted = selectors.label_volume(world.annotation)[6]
    assert (painted == 1).sum() == 72
    with pytest.raises(ConflictError, match="Nothing was painted"):
        services.carry_on(world.ben, world.annotation.pk, uuid.uuid4())
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert len(edit_log.not_carried_on(world.annotation)) == 1


def test_replaying_the_log_paints_the_same_voxels(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(6, 14, 12))
    work(world)
    for said in (drawn((5, 20, 10), (1, 6, 6), label=2), drawn((4, 22, 8), (4, 1, 9), label=0)):
        services.add_stroke(world.ben, world.annotation.pk, said)
        work(world)
    services.carry_on(world.ben, world.annotation.pk, uuid.uuid4())
    work(world)
    stroke(world, (7, 14, 12), (1, 3, 3), label=2, carry=True)
    work(world)
    call_command("replay", str(world.annotation.pk))
    assert capsys.readouterr().out.strip().endswith("Identical.")
