"""The stored masks are what the edit log says; what was tampered with, or another model would do, is told."""

from __future__ import annotations

import uuid
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.world import World, make_world
from webapp.annotation import execution, frames, propagation, replaying, selectors, services, slices, waiting
from webapp.annotation.models import Run, RunState, SliceMask

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server", "clean_media")]


@pytest.fixture
def world(clean_media: None) -> World:
    """Three prompts of two labels and people, one of them taken back and brought back, each computed to its end."""
    for kept in (propagation._sessions, propagation._features):
        kept.clear()
    world = make_world()
    for voxel, label in (((6, 14, 12), 1), ((6, 34, 28), 2), ((3, 14, 12), 1)):
        services.add_prompt(world.ben, world.annotation.pk, world.point(*voxel, label=label))
        _work(world)
    for step in (services.undo, services.redo):
        step(world.ben, world.annotation.pk, uuid.uuid4())
        _work(world)
    world.annotation.refresh_from_db()
    assert selectors.label_volume(world.annotation).any()
    return world


def _work(world: World) -> None:
    waiting.broker().flushall()
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    execution.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.DONE


def _command(world: World, **options: object) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("replay", str(world.annotation.pk), stdout=out, **options)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_what_is_stored_is_what_the_log_says(world: World) -> None:
    code, text = _command(world)
    assert code == 0
    assert "3 active edits" in text
    assert text.strip().endswith("Identical.")
    report = replaying.replay(world.annotation)
    assert {row.label: row.dice for row in report.agreement} == {1: 1.0, 2: 1.0}


def test_a_slice_that_was_painted_over_in_the_database_is_found_with_its_voxels(world: World) -> None:
    mask = slices.current(world.annotation).filter(rows__gt=2, cols__gt=2).order_by("z").last()
    assert mask is not None
    labels = frames.decode_labels(bytes(mask.labels), mask.rows, mask.cols).copy()
    ones = int((labels == 1).sum())
    labels[labels == 1] = 0
    SliceMask.objects.filter(pk=mask.pk).update(labels=frames.encode_labels(labels))
    assert ones
    code, text = _command(world)
    assert code == 1
    assert f"slice {mask.z}, label 1: {ones} voxels differ (0 stored, {ones} replayed)" in text
    assert f"Slice {mask.z} is not what was saved" in text
    report = replaying.replay(world.annotation)
    assert {row.z for row in report.differences} == {mask.z}
    whole = {row.label: row for row in report.agreement}[1]
    assert whole.dice == pytest.approx(2 * whole.stored / (2 * whole.stored + ones))


def test_a_slice_whose_bytes_are_no_labels_is_found(world: World) -> None:
    mask = slices.current(world.annotation).exclude(rows=0).first()
    assert mask is not None
    SliceMask.objects.filter(pk=mask.pk).update(labels=b"\x01")
    report = replaying.replay(world.annotation)
    assert report.damaged == (mask.z,)
    assert not report.identical


def test_another_checkpoint_is_reported_with_its_dice(world: World, tmp_path: Path) -> None:
    other = random_checkpoint(tmp_path)
    code, text = _command(world, checkpoint=other)
    assert code == 1
    report = replaying.replay(world.annotation, str(other))
    assert report.replayed_by not in report.stored_by
    assert report.damaged == ()
    assert all(0 <= row.dice <= 1 for row in report.agreement)
    assert min(row.dice for row in report.agreement) < 1
    assert f"replayed by {report.replayed_by}" in text


def test_what_cannot_be_replayed_is_told_with_another_code(world: World, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read") as unreadable:
        _command(world, checkpoint=tmp_path / "nothing.safetensors")
    services.add_prompt(world.ben, world.annotation.pk, world.point(6, 20, 20))
    with pytest.raises(CommandError, match="being computed") as unfinished:
        _command(world)
    assert (unreadable.value.returncode, unfinished.value.returncode) == (2, 2)
    with pytest.raises(CommandError, match="no such annotation"):
        call_command("replay", "999999")


def test_edits_that_came_before_the_one_before_was_done_are_counted(world: World) -> None:
    for step in (8, 9):
        services.add_prompt(world.ben, world.annotation.pk, world.point(step, 14, 12))
    _work(world)
    world.annotation.refresh_from_db()
    report = replaying.replay(world.annotation)
    assert report.superseded == 1
    assert all(row.dice > 0.95 for row in report.agreement)
