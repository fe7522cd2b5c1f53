"""Going back to an earlier version: an edit of the log, undone and redone like others. The engine is not asked."""

from __future__ import annotations

import random
import uuid

import pytest

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.annotation import edit_log, selectors, services
from webapp.annotation.models import Annotation, AnnotationState, Edit, EditKind, Run, RunState
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def world() -> World:
    """Revision 1: slice 3 by Ben. Revision 2: slice 4 by Ada. Revision 3: slice 5 by Ben."""
    made = make_world()
    for person, z in ((made.ben, 3), (made.ada, 4), (made.ben, 5)):
        services.add_prompt(person, made.annotation.pk, made.point(z, 10, 11))
        store_run(made.annotation, {z: 1})
    return made


def restore(world: World, revision: int) -> services.Accepted:
    return services.restore_version(world.ben, world.annotation.pk, revision, uuid.uuid4())


def painted(world: World) -> list[int]:
    labels = selectors.label_volume(Annotation.objects.get(pk=world.annotation.pk))
    return [z for z in range(len(labels)) if labels[z].any()]


def counting(world: World) -> list[int]:
    """The revisions of the edits that count."""
    return [edit.revision for edit in edit_log.active_edits(world.annotation)]


def test_a_restored_version_has_its_masks_and_its_prompts_and_nothing_is_computed(world: World) -> None:
    restore(world, 1)
    assert painted(world) == [3]
    assert counting(world) == [1]
    assert Run.objects.get(annotation=world.annotation, revision=4).state == RunState.DONE


def test_undo_takes_a_restore_back_and_redo_does_it_again(world: World) -> None:
    restore(world, 1)
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert (painted(world), counting(world)) == ([3, 4, 5], [1, 2, 3])
    services.redo(world.ben, world.annotation.pk, uuid.uuid4())
    assert (painted(world), counting(world)) == ([3], [1])


def test_what_was_undone_since_comes_back_with_the_version_that_had_it(world: World) -> None:
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert painted(world) == [3, 4]
    restore(world, 3)
    assert painted(world) == [3, 4, 5]
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    assert painted(world) == [3, 4]


def test_what_a_restore_took_out_is_not_brought_back_by_a_colleagues_redo(world: World) -> None:
    restore(world, 1)
    with pytest.raises(ConflictError):
        services.redo(world.ada, world.annotation.pk, uuid.uuid4())
    snapshot = selectors.snapshot(Annotation.objects.get(pk=world.annotation.pk))
    assert snapshot.undoable == {str(world.ben.pk): 2}  # the prompt of revision 1 and the restore
    assert snapshot.redoable == {}


def test_the_same_request_twice_restores_once(world: World) -> None:
    request = uuid.uuid4()
    first = services.restore_version(world.ben, world.annotation.pk, 1, request)
    assert services.restore_version(world.ben, world.annotation.pk, 1, request) == first
    assert Edit.objects.filter(annotation=world.annotation, kind=EditKind.RESTORE).count() == 1


@pytest.mark.parametrize("revision", [3, 4, 99])
def test_the_current_version_and_one_that_never_was_cannot_be_restored(world: World, revision: int) -> None:
    with pytest.raises(DomainError):
        restore(world, revision)
    assert counting(world) == [1, 2, 3]


def test_who_may_not_annotate_restores_nothing_and_nobody_what_is_approved(world: World) -> None:
    for person, problem in ((world.eve, ForbiddenError), (world.mallory, NotFoundError)):
        with pytest.raises(problem):
            services.restore_version(person, world.annotation.pk, 1, uuid.uuid4())
    Annotation.objects.filter(pk=world.annotation.pk).update(state=AnnotationState.APPROVED)
    with pytest.raises(ConflictError, match="approved"):
        restore(world, 1)
    assert painted(world) == [3, 4, 5]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_log_says_of_every_revision_what_the_rows_said_of_it_then(seed: int) -> None:
    world, chance = make_world(), random.Random(seed)
    then: dict[int, set[int]] = {0: set()}
    while len(then) < 25:
        person = chance.choice([world.ben, world.ada])
        try:
            match chance.choice(["prompt", "undo", "redo", "restore"]):
                case "prompt":
                    services.add_prompt(person, world.annotation.pk, world.point(3, 10, 11))
                case "undo":
                    services.undo(person, world.annotation.pk, uuid.uuid4())
                case "redo":
                    services.redo(person, world.annotation.pk, uuid.uuid4())
                case _:
                    revision = chance.choice(list(then))
                    services.restore_version(person, world.annotation.pk, revision, uuid.uuid4())
                    assert {edit.pk for edit in edit_log.active_edits(world.annotation)} == then[revision]
        except DomainError:
            continue
        newest = Annotation.objects.get(pk=world.annotation.pk).revision
        then[newest] = {edit.pk for edit in edit_log.active_edits(world.annotation)}
    log = Edit.objects.filter(annotation=world.annotation).order_by("id")
    for revision, counted in then.items():
        assert edit_log.counting_after(log.filter(revision__lte=revision)) == counted
