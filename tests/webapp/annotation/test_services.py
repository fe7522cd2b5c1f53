"""Prompts, undo and redo against the database; the engine is not asked."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import numpy as np
import pytest
from django.db import connection

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.annotation import edit_log, messages, selectors, services, slices
from webapp.annotation.models import Edit, Run, RunState, SliceMask
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.projects.services import remove_member

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def world() -> World:
    return make_world()


def _content(world: World) -> dict[int, tuple[Any, ...]]:
    world.annotation.refresh_from_db()
    current = slices.current(world.annotation)
    return {mask.z: (bytes(mask.labels), bytes(mask.state), mask.confidence) for mask in current if mask.state}


def _newest_run(world: World) -> Run:
    return Run.objects.filter(annotation=world.annotation).latest("revision")


def test_the_annotation_of_a_case_is_made_once_along_the_coarsest_axis(world: World) -> None:
    assert services.annotation_of(world.case) == world.annotation
    assert world.annotation.axis == 0


def test_a_prompt_raises_the_revision_and_leaves_an_edit_and_a_queued_run(world: World) -> None:
    accepted = services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    edit = Edit.objects.get(pk=accepted.edit)
    assert (accepted.revision, edit.revision, edit.user, edit.label) == (1, 1, world.ben, 1)
    assert edit.payload == {"positive": True, "voxels": [[3, 10, 11]]}
    assert (_newest_run(world).state, _newest_run(world).revision) == (RunState.QUEUED, 1)


def test_the_same_request_again_is_the_same_edit(world: World) -> None:
    prompt = world.point(3, 10, 11)
    first = services.add_prompt(world.ben, world.annotation.pk, prompt)
    services.add_prompt(world.ben, world.annotation.pk, world.point(4, 10, 11))
    assert services.add_prompt(world.ben, world.annotation.pk, prompt) == first
    assert Edit.objects.filter(annotation=world.annotation).count() == 2


def test_the_same_undo_again_takes_back_one_prompt_only(world: World) -> None:
    for z in (3, 4):
        services.add_prompt(world.ben, world.annotation.pk, world.point(z, 10, 11))
    request = uuid.uuid4()
    answers = {services.undo(world.ben, world.annotation.pk, request) for _ in range(3)}
    assert len(answers) == 1
    assert len(edit_log.active_edits(world.annotation)) == 1


def test_a_newer_prompt_supersedes_the_run_and_inherits_how_far_it_was(world: World) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    store_run(world.annotation, {3: 1, 4: 1}, done=False)
    services.add_prompt(world.ada, world.annotation.pk, world.point(6, 10, 11, label=2))
    old, new = Run.objects.filter(annotation=world.annotation).order_by("revision")
    assert (old.state, new.state) == (RunState.SUPERSEDED, RunState.QUEUED)
    assert new.progress == old.progress != None  # noqa: E711


def test_many_prompts_at_once_all_get_in_with_revisions_of_their_own(world: World) -> None:
    def click(place: int) -> None:
        try:
            services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, place))
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    revisions = Edit.objects.filter(annotation=world.annotation).values_list("revision", flat=True)
    assert sorted(revisions) == list(range(1, 9))
    states = Run.objects.filter(annotation=world.annotation).order_by("revision").values_list("state", flat=True)
    assert list(states) == [RunState.SUPERSEDED] * 7 + [RunState.QUEUED]


def test_the_same_request_twice_at_the_same_time_is_one_edit(world: World) -> None:
    prompt = world.point(3, 10, 11)
    answers: list[services.Accepted] = []

    def click() -> None:
        try:
            answers.append(services.add_prompt(world.ben, world.annotation.pk, prompt))
        finally:
            connection.close()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 6
    assert len(set(answers)) == 1


@pytest.fixture
def two_prompts(world: World) -> World:
    """Ben's prompt marks slices 2..5 with label 1; Ada's then changes 4 and 5 and adds 6."""
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    store_run(world.annotation, {2: 1, 3: 1, 4: 1, 5: 1})
    services.add_prompt(world.ada, world.annotation.pk, world.point(5, 10, 11, label=2))
    store_run(world.annotation, {4: 2, 5: 2, 6: 2})
    return world


def test_undo_brings_the_slices_back_exactly_without_a_run_and_copies_only_what_differs(two_prompts: World) -> None:
    world = two_prompts
    services.undo(world.ada, world.annotation.pk, uuid.uuid4())
    content = _content(world)
    assert {z: labels[0] for z, (labels, _, _) in content.items()} == {2: 1, 3: 1, 4: 1, 5: 1}
    assert content[5][1] == b"state of 1 at 5"
    assert _newest_run(world).state == RunState.DONE
    copied = SliceMask.objects.filter(annotation=world.annotation, revision=world.annotation.revision)
    assert sorted(copied.values_list("z", flat=True)) == [4, 5, 6]
    assert selectors.label_volume(world.annotation)[6].max() == 0


def _removal(edit: int) -> messages.RemovePrompt:
    return messages.RemovePrompt(type="prompt.remove", request=uuid.uuid4(), edit=edit)


def test_a_prompt_in_the_middle_is_taken_out_and_redo_brings_it_back_at_its_old_place(world: World) -> None:
    first, middle, last = (
        services.add_prompt(world.ben, world.annotation.pk, world.point(z, 10, 11)).edit for z in (3, 4, 5)
    )
    accepted = services.remove_prompt(world.ben, world.annotation.pk, _removal(middle))
    assert (accepted.edit, accepted.revision) == (middle, 4)
    assert [edit.pk for edit in edit_log.active_edits(world.annotation)] == [first, last]
    assert _newest_run(world).state == RunState.QUEUED
    assert edit_log.redoable(world.annotation) == {str(world.ben.pk): 1}
    services.redo(world.ben, world.annotation.pk, uuid.uuid4())
    assert [edit.pk for edit in edit_log.active_edits(world.annotation)] == [first, middle, last]


def test_without_the_last_prompt_the_slices_are_those_before_it(two_prompts: World) -> None:
    world = two_prompts
    newest = edit_log.active_edits(world.annotation)[-1]
    services.remove_prompt(world.ada, world.annotation.pk, _removal(newest.pk))
    assert {z: labels[0] for z, (labels, _, _) in _content(world).items()} == {2: 1, 3: 1, 4: 1, 5: 1}
    assert _newest_run(world).state == RunState.DONE


def test_the_same_removal_again_takes_out_one_prompt_once(world: World) -> None:
    edit = services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11)).edit
    removal = _removal(edit)
    answers = {services.remove_prompt(world.ben, world.annotation.pk, removal) for _ in range(2)}
    assert len(answers) == 1
    with pytest.raises(ConflictError, match="not there any more"):
        services.remove_prompt(world.ben, world.annotation.pk, _removal(edit))


def test_only_who_made_a_prompt_takes_it_out(world: World) -> None:
    edit = services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11)).edit
    with pytest.raises(ConflictError, match="Only who made"):
        services.remove_prompt(world.ada, world.annotation.pk, _removal(edit))
    with pytest.raises(ForbiddenError):
        services.remove_prompt(world.eve, world.annotation.pk, _removal(edit))
    with pytest.raises(NotFoundError):
        services.remove_prompt(world.mallory, world.annotation.pk, _removal(edit))
    assert [active.pk for active in edit_log.active_edits(world.annotation)] == [edit]


def test_a_prompt_of_another_annotation_is_not_taken_out(world: World) -> None:
    other = make_world()
    edit = services.add_prompt(other.ben, other.annotation.pk, other.point(3, 10, 11)).edit
    with pytest.raises(ConflictError, match="not there any more"):
        services.remove_prompt(world.ben, world.annotation.pk, _removal(edit))
    assert len(edit_log.active_edits(other.annotation)) == 1


def test_redo_brings_back_exactly_what_undo_took(two_prompts: World) -> None:
    world = two_prompts
    before = _content(world)
    services.undo(world.ada, world.annotation.pk, uuid.uuid4())
    services.redo(world.ada, world.annotation.pk, uuid.uuid4())
    assert _content(world) == before
    assert _newest_run(world).state == RunState.DONE


def test_sequence_numbers_have_no_gap_over_runs_and_restores(two_prompts: World) -> None:
    world = two_prompts
    services.undo(world.ada, world.annotation.pk, uuid.uuid4())
    services.redo(world.ada, world.annotation.pk, uuid.uuid4())
    numbers = SliceMask.objects.filter(annotation=world.annotation).values_list("sequence", flat=True)
    world.annotation.refresh_from_db()
    assert sorted(numbers) == list(range(1, world.annotation.sequence + 1))


def test_undoing_under_a_later_prompt_of_a_colleague_computes_again_what_that_one_needs(two_prompts: World) -> None:
    world = two_prompts
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    run = _newest_run(world)
    assert (run.state, run.progress) == (RunState.QUEUED, None)
    assert _content(world) == {}
    assert [edit.user for edit in edit_log.active_edits(world.annotation)] == [world.ada]


def test_undo_to_a_revision_whose_run_was_superseded_goes_on_where_that_was(world: World) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    store_run(world.annotation, {3: 1}, done=False)
    services.add_prompt(world.ben, world.annotation.pk, world.point(5, 10, 11))
    store_run(world.annotation, {3: 1, 4: 1, 5: 1})
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    run = _newest_run(world)
    assert run.state == RunState.QUEUED
    assert run.progress == {"applied": 1, "fronts": [[1, 1]]}
    assert sorted(_content(world)) == [3]


def test_undo_and_redo_are_each_persons_own(two_prompts: World) -> None:
    world = two_prompts
    services.undo(world.ada, world.annotation.pk, uuid.uuid4())
    with pytest.raises(ConflictError):
        services.redo(world.ben, world.annotation.pk, uuid.uuid4())
    with pytest.raises(ConflictError):
        services.undo(world.ada, world.annotation.pk, uuid.uuid4())
    state = selectors.snapshot(world.annotation)
    assert (state.undoable, state.redoable) == ({str(world.ben.pk): 1}, {str(world.ada.pk): 1})


def test_a_refused_undo_changes_nothing(world: World) -> None:
    with pytest.raises(ConflictError, match="nothing of yours to undo"):
        services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    world.annotation.refresh_from_db()
    assert (world.annotation.revision, Edit.objects.filter(annotation=world.annotation).count()) == (0, 0)


def test_redo_goes_through_several_undone_prompts_in_their_order(world: World) -> None:
    made = [services.add_prompt(world.ben, world.annotation.pk, world.point(z, 9, 9)).edit for z in (1, 2, 3)]
    for _ in made:
        services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    back = [services.redo(world.ben, world.annotation.pk, uuid.uuid4()).edit for _ in made]
    assert back == made


def test_a_new_prompt_ends_what_could_be_redone(world: World) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(1, 9, 9))
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    services.add_prompt(world.ben, world.annotation.pk, world.point(2, 9, 9))
    assert edit_log.redoable(world.annotation) == {}
    with pytest.raises(ConflictError):
        services.redo(world.ben, world.annotation.pk, uuid.uuid4())


def test_a_viewer_may_look_but_not_change(world: World) -> None:
    assert selectors.annotation_for(world.eve, world.annotation.pk) == world.annotation
    with pytest.raises(ForbiddenError):
        services.add_prompt(world.eve, world.annotation.pk, world.point(3, 10, 11))
    with pytest.raises(ForbiddenError):
        services.undo(world.eve, world.annotation.pk, uuid.uuid4())


def test_for_an_outsider_the_annotation_does_not_exist(world: World) -> None:
    remove_member(world.project, world.ben)
    for stranger in (world.mallory, world.ben):
        with pytest.raises(NotFoundError):
            selectors.annotation_for(stranger, world.annotation.pk)
        with pytest.raises(NotFoundError):
            services.add_prompt(stranger, world.annotation.pk, world.point(3, 10, 11))
        with pytest.raises(NotFoundError):
            services.set_view(stranger, world.annotation.pk, [1])


@pytest.mark.parametrize(
    ("voxel", "label", "sentence"),
    [
        ((12, 0, 0), 1, "outside the volume"),
        ((0, 48, 0), 1, "outside"),
        ((0, 0, 40), 1, "outside"),
        ((1, 1, 1), 9, "label"),
    ],
)
def test_a_prompt_that_cannot_be_is_refused_with_a_sentence(
    world: World, voxel: tuple[int, int, int], label: int, sentence: str
) -> None:
    with pytest.raises(DomainError, match=sentence):
        services.add_prompt(world.ben, world.annotation.pk, world.point(*voxel, label=label))
    assert not Run.objects.filter(annotation=world.annotation).exists()


def test_where_people_look_is_kept_for_the_run_and_the_next_one(world: World) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    services.set_view(world.eve, world.annotation.pk, [5, 11, 4000])
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 12))
    assert _newest_run(world).view == {str(world.eve.pk): [5, 11]}


def test_the_label_volume_lies_on_the_storage_axes_whatever_the_propagation_axis(world: World) -> None:
    world.annotation.axis = 2
    world.annotation.save()
    services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    store_run(world.annotation, {7: 1})
    world.annotation.refresh_from_db()
    labels = selectors.label_volume(world.annotation)
    assert labels.shape == (12, 48, 40)
    np.testing.assert_array_equal(np.unique(np.argwhere(labels)[:, 2]), [7])
    assert labels[4:7, 5:8, 7].all()
    assert labels.sum() == 9


@pytest.mark.parametrize(
    ("kind", "voxels"),
    [
        ("box", [(3, 10, 11), (5, 20, 21)]),
        ("scribble", [(3, 10, 11), (3, 11, 11), (3, 12, 12)]),
        ("lasso", [(3, 10, 11), (3, 20, 11), (3, 20, 21)]),
    ],
)
def test_other_kinds_of_prompts_are_edits_as_points_are(
    world: World, kind: messages.PromptKind, voxels: list[messages.Voxel]
) -> None:
    prompt = world.point(3, 10, 11).model_copy(update={"kind": kind, "voxels": voxels})
    edit = Edit.objects.get(pk=services.add_prompt(world.ben, world.annotation.pk, prompt).edit)
    assert (edit.kind, edit.payload["voxels"]) == (kind, [list(voxel) for voxel in voxels])
    assert [entry.kind for entry in selectors.prompts_message(world.annotation, [edit]).prompts] == [kind]


def test_a_prompt_that_means_nothing_is_refused_and_leaves_nothing(world: World) -> None:
    flat = world.point(3, 10, 11).model_copy(update={"kind": "lasso", "voxels": [(3, 10, 11), (3, 20, 11)]})
    with pytest.raises(DomainError, match="three corners"):
        services.add_prompt(world.ben, world.annotation.pk, flat)
    assert not Edit.objects.filter(annotation=world.annotation).exists()
