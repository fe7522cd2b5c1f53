"""Locks and ends: who may set them, what they hold back, and that replay does the same."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from tests.webapp.annotation.test_strokes import drawn, work, world
from tests.webapp.annotation.world import SHAPE, World
from webapp.annotation import edit_log, messages, selectors, services
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError

__all__ = ["world"]


def lock(place: int, target: Any = "label", *, locked: bool = True) -> messages.Lock:
    return messages.Lock(type="lock", request=uuid.uuid4(), target=target, place=place, locked=locked)


def end(label: int, z: int, towards: Any) -> messages.End:
    return messages.End(type="end", request=uuid.uuid4(), label=label, z=z, towards=towards)


def painted(world: World, *args: Any, **options: Any) -> None:
    services.add_stroke(world.ben, world.annotation.pk, drawn(*args, **options))
    work(world)


def say(world: World, message: messages.Lock | messages.End, user: Any = None) -> None:
    service: Any = services.lock if isinstance(message, messages.Lock) else services.end
    service(user or world.ben, world.annotation.pk, message)
    work(world)


def labels(world: World) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return selectors.label_volume(world.annotation)


def test_only_who_may_annotate_may_lock(world: World) -> None:
    for user, error in ((world.eve, ForbiddenError), (world.mallory, NotFoundError)):
        for message in (lock(1), end(1, 3, 1)):
            with pytest.raises(error):
                say(world, message, user)


def test_what_does_not_exist_cannot_be_locked_and_nothing_is_locked_twice(world: World) -> None:
    with pytest.raises(DomainError, match="does not exist"):
        say(world, lock(77))
    with pytest.raises(DomainError, match="outside"):
        say(world, lock(SHAPE[0], "slice"))
    with pytest.raises(ConflictError, match="not locked"):
        say(world, lock(1, locked=False))
    say(world, lock(1))
    with pytest.raises(ConflictError, match="locked already"):
        say(world, lock(1), world.ada)


def test_a_locked_label_is_neither_prompted_nor_painted_by_anybody_until_it_is_unlocked(world: World) -> None:
    painted(world, (5, 10, 10), (1, 4, 4))
    say(world, lock(1), world.ada)
    with pytest.raises(ConflictError, match="locked; unlock"):
        services.add_prompt(world.ben, world.annotation.pk, world.point(6, 14, 12))
    with pytest.raises(ConflictError, match="locked; unlock"):
        painted(world, (5, 20, 10), (1, 4, 4))
    painted(world, (5, 8, 8), (1, 8, 8), label=2)
    now = labels(world)
    assert {value: int((now == value).sum()) for value in (1, 2)} == {1: 16, 2: 64 - 16}
    say(world, lock(1, locked=False))
    painted(world, (5, 8, 8), (1, 8, 8))
    assert (labels(world) == 1).sum() == 64


def test_a_locked_slice_stays_while_others_change(world: World) -> None:
    painted(world, (4, 10, 10), (3, 4, 4))
    say(world, lock(5, "slice"))
    painted(world, (4, 10, 10), (3, 4, 4), label=2)
    now = labels(world)
    assert [sorted(np.unique(now[z][10:14, 10:14]).tolist()) for z in (4, 5, 6)] == [[2], [1], [2]]
    assert edit_log.locked(edit_log.active_edits(world.annotation)) == (set(), {5})


def test_undo_takes_back_a_lock(world: World) -> None:
    say(world, lock(2))
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert edit_log.locked(edit_log.active_edits(world.annotation)) == (set(), set())


def test_a_label_that_ends_is_not_carried_across(world: World) -> None:
    painted(world, (6, 10, 8), (1, 9, 8))
    services.carry_on(world.ben, world.annotation.pk, uuid.uuid4())
    work(world)
    assert (labels(world)[7] == 1).any()
    say(world, end(1, 6, 1))
    now = labels(world)
    assert not (now[7:] == 1).any()
    assert (now[6] == 1).sum() == 72


def test_replaying_a_log_with_locks_and_ends_gives_the_same(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(6, 14, 12))
    work(world)
    say(world, lock(1))
    painted(world, (6, 10, 10), (1, 12, 12), label=2, carry=True)
    say(world, lock(4, "slice"))
    say(world, lock(1, locked=False))
    say(world, end(1, 7, 1))
    services.add_prompt(world.ben, world.annotation.pk, world.point(5, 14, 12))
    work(world)
    say(world, lock(4, "slice", locked=False))
    call_command("replay", str(world.annotation.pk))
    assert capsys.readouterr().out.strip().endswith("Identical.")
