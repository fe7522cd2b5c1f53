"""What people do at an annotation: each is one transaction; announcing and waking workers follow its commit."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotation import (
    edit_log,
    events,
    messages,
    prompt_geometry,
    readings,
    restoring,
    runs,
    selectors,
    slices,
    strokes,
    versions,
)
from webapp.annotation.models import (
    EDITABLE,
    UNFINISHED,
    Annotation,
    AnnotationState,
    Edit,
    EditKind,
    Run,
    SliceMask,
)
from webapp.annotation.operations.parameters import Operation
from webapp.errors import ConflictError, DomainError
from webapp.projects.models import Case
from webapp.projects.permissions import Action
from webapp.projects.selectors import labels_of

logger = logging.getLogger(__name__)

ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Accepted:
    """What a request came to: the edit it made, took back or brought back, and the revision of that."""

    edit: int
    revision: int


@dataclass(frozen=True)
class _Change:
    """An edit of the log with the prompt that it concerns, and the slices that came with it."""

    edit: Edit
    run: Run
    restored: list[SliceMask]


def annotation_of(case: Case) -> Annotation:
    """The annotation that members of a case share, made at the first call; it propagates along the coarsest axis."""
    with transaction.atomic():
        Case.objects.select_for_update().get(pk=case.pk)
        existing = Annotation.objects.filter(case=case, reader=None).order_by("id").first()
        if existing is not None:
            return existing
        return Annotation.objects.create(case=case, axis=readings.axis_of(case))


def add_prompt(user: User, annotation_id: int, prompt: messages.AddPrompt) -> Accepted:
    """Store a prompt and start the run that follows from it. The same request again gives the same answer."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    _check_prompt(annotation, prompt)

    def change(annotation: Annotation) -> _Change:
        _check_unlocked(annotation, prompt.label)
        payload = {"positive": prompt.positive, "voxels": [list(voxel) for voxel in prompt.voxels]}
        edit = _log(annotation, user, EditKind(prompt.kind), prompt.request, label=prompt.label, payload=payload)
        return _go_on(annotation, edit)

    return _once(annotation, prompt.request, change)


def add_stroke(user: User, annotation_id: int, stroke: messages.AddStroke) -> Accepted:
    """Store voxels that were drawn by hand; the model leaves them alone, and takes them up only if that was said."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    if stroke.label:
        _check_label(annotation, stroke.label)
    payload = strokes.payload_of(stroke, selectors.volume_of(annotation).shape)

    def change(annotation: Annotation) -> _Change:
        _check_unlocked(annotation, stroke.label)
        edit = _log(annotation, user, EditKind.MASK, stroke.request, label=stroke.label or None, payload=payload)
        return _go_on(annotation, edit)

    return _once(annotation, stroke.request, change)


def carry_on(user: User, annotation_id: int, request: uuid.UUID) -> Accepted:
    """Have the model take up what was drawn by hand, by anybody, since the last time."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)

    def change(annotation: Annotation) -> _Change:
        drawn = edit_log.not_carried_on(annotation)
        places = sorted({z for edit in drawn for z in strokes.slices_of(edit, annotation.axis)})
        if not places:
            raise ConflictError("Nothing was painted since this was done last.")
        payload = {"positive": True, "voxels": [_voxel_on(annotation, z) for z in places]}
        return _go_on(annotation, _log(annotation, user, EditKind.CARRY, request, payload=payload))

    return _once(annotation, request, change)


def add_operation(user: User, annotation_id: int, message: messages.AddOperation) -> Accepted:
    """Store an operation on whole labels and start the run that carries it out, after all that was said before it."""
    return operate(user, annotation_id, message.request, message.operation)


def operate(user: User, annotation_id: int, request: uuid.UUID, operation: Operation) -> Accepted:
    """The same with an operation that did not come over the socket."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    _check_operation(annotation, operation)

    def change(annotation: Annotation) -> _Change:
        for value in operation.labels:
            _check_unlocked(annotation, value)
        payload = operation.model_dump(mode="json")
        edit = _log(annotation, user, EditKind.OPERATION, request, label=operation.label, payload=payload)
        return _go_on(annotation, edit)

    return _once(annotation, request, change)


def lock(user: User, annotation_id: int, lock: messages.Lock) -> Accepted:
    """Lock or unlock a label or a slice, for everybody. What locks is an edit like others: undo takes it back."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    if lock.target == "label":
        _check_label(annotation, lock.place)
    else:
        _check_slice(annotation, lock.place)

    def change(annotation: Annotation) -> _Change:
        labels, slices_ = edit_log.locked(edit_log.active_edits(annotation))
        if (lock.place in (labels if lock.target == "label" else slices_)) == lock.locked:
            raise ConflictError("This is locked already." if lock.locked else "This is not locked.")
        on_slice = lock.target == "slice"
        voxels = [_voxel_on(annotation, lock.place)] if on_slice else []
        payload = {"positive": lock.locked, "voxels": voxels, "slice": lock.place if on_slice else None}
        label = None if on_slice else lock.place
        return _go_on(annotation, _log(annotation, user, EditKind.LOCK, lock.request, label=label, payload=payload))

    return _once(annotation, lock.request, change)


def end(user: User, annotation_id: int, end: messages.End) -> Accepted:
    """Say that a label ends on a slice in a direction: the model carries nothing of it across."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    _check_label(annotation, end.label)
    _check_slice(annotation, end.z)

    def change(annotation: Annotation) -> _Change:
        _check_unlocked(annotation, end.label)
        payload = {"positive": end.towards > 0, "voxels": [_voxel_on(annotation, end.z)]}
        edit = _log(annotation, user, EditKind.END, end.request, label=end.label, payload=payload)
        return _go_on(annotation, edit)

    return _once(annotation, end.request, change)


def undo(user: User, annotation_id: int, request: uuid.UUID) -> Accepted:
    """Take back the user's own last active prompt or restore: stored slices come back, nothing is computed for them."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)

    def change(annotation: Annotation) -> _Change:
        prompt = edit_log.last_active_edit(annotation, user.pk)
        if prompt is None:
            raise ConflictError("There is nothing of yours to undo.")
        return _take_back(annotation, user, prompt, request)

    return _once(annotation, request, change)


def remove_prompt(user: User, annotation_id: int, removal: messages.RemovePrompt) -> Accepted:
    """Take back one of the user's own active prompts, not only the last; redo brings it back at its old place."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)

    def change(annotation: Annotation) -> _Change:
        prompt = next((edit for edit in edit_log.active_edits(annotation) if edit.pk == removal.edit), None)
        if prompt is None:
            raise ConflictError("This prompt is not there any more.")
        if prompt.user_id != user.pk:
            raise ConflictError("Only who made a prompt can take it back.")
        return _take_back(annotation, user, prompt, removal.request)

    return _once(annotation, removal.request, change)


def redo(user: User, annotation_id: int, request: uuid.UUID) -> Accepted:
    """Bring back the prompt that the user undid last, at its old place in the order."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)

    def change(annotation: Annotation) -> _Change:
        prompt = edit_log.last_undone_edit(annotation, user.pk)
        if prompt is None:
            raise ConflictError("There is nothing of yours to redo.")
        versions.mark_brought_back(prompt)
        edit = _log(annotation, user, EditKind.REDO, request, payload={"edit": prompt.pk})
        return _go_to_active_edits(annotation, edit)

    return _once(annotation, request, change)


def restore_version(user: User, annotation_id: int, revision: int, request: uuid.UUID) -> Accepted:
    """Go back to what counted at an earlier revision, whoever said it; the user's undo takes this back."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)

    def change(annotation: Annotation) -> _Change:
        payload = versions.difference_to(annotation, revision)
        edit = _log(annotation, user, EditKind.RESTORE, request, payload=payload)
        versions.mark_brought_back(edit)
        return _go_to_active_edits(annotation, edit)

    return _once(annotation, request, change)


def set_view(user: User, annotation_id: int, on_screen: list[int]) -> None:
    """Remember which slices the user looks at, so that the run in progress does those first."""
    annotation = selectors.annotation_for(user, annotation_id)
    run = selectors.newest_run(annotation)
    if run is None:
        return
    length = selectors.volume_of(annotation).shape[annotation.axis]
    view = {**run.view, str(user.pk): [z for z in on_screen if z < length]}
    if view != run.view:
        Run.objects.filter(pk=run.pk).update(view=view)


def _check_prompt(annotation: Annotation, prompt: messages.AddPrompt) -> None:
    fault = prompt_geometry.fault_of(prompt.kind, prompt.voxels, prompt.positive)
    if fault is not None:
        raise DomainError(fault)
    _check_label(annotation, prompt.label)
    shape = selectors.volume_of(annotation).shape
    if any(index >= extent for voxel in prompt.voxels for index, extent in zip(voxel, shape, strict=True)):
        raise DomainError("The prompt lies outside the volume.")


def _check_label(annotation: Annotation, value: int) -> None:
    if value not in {label.value for label in labels_of(annotation.case.project_id)}:
        raise DomainError("This label does not exist in the project any more.")


def _check_operation(annotation: Annotation, operation: Operation) -> None:
    for value in operation.labels:
        _check_label(annotation, value)
    if set(operation.labels) & set(operation.locked):
        raise DomainError("A locked label cannot be changed; unlock it first.")
    shape = selectors.volume_of(annotation).shape
    if operation.slices is not None and operation.slices[1] >= shape[annotation.axis]:
        raise DomainError("The slices lie outside the volume.")
    voxel = getattr(operation, "voxel", (0, 0, 0))
    if any(index >= extent for index, extent in zip(voxel, shape, strict=True)):
        raise DomainError("The voxel lies outside the volume.")


def _check_slice(annotation: Annotation, z: int) -> None:
    if z >= selectors.volume_of(annotation).shape[annotation.axis]:
        raise DomainError("The slice lies outside the volume.")


def _check_unlocked(annotation: Annotation, label: int | None) -> None:
    if label in edit_log.locked(edit_log.active_edits(annotation))[0]:
        raise ConflictError("This label is locked; unlock it first.")


def _voxel_on(annotation: Annotation, z: int) -> list[int]:
    """A voxel that stands for a slice across the propagation axis."""
    return [z if axis == annotation.axis else 0 for axis in range(3)]


def _once(annotation: Annotation, request: uuid.UUID, change: Callable[[Annotation], _Change]) -> Accepted:
    """Do a change in one transaction, or answer from the log if this request was done before."""
    for attempt in range(ATTEMPTS):
        try:
            with transaction.atomic():
                done = Edit.objects.filter(annotation=annotation, request=request).first()
                return _accepted(done) if done else _change(annotation, change)
        except (OperationalError, IntegrityError, _MovedOnError):
            # The database is busy, or a colleague was faster, or the same request came twice at once.
            logger.info("Request %s is tried again.", request, exc_info=attempt > 0)
            time.sleep(FIRST_PAUSE_SECONDS * 2**attempt)
    raise ConflictError("The server is busy; please try again.")


class _MovedOnError(Exception):
    """The annotation's revision changed between reading and writing."""


def _change(annotation: Annotation, change: Callable[[Annotation], _Change]) -> Accepted:
    # Colleagues wait here for one another, in a database with row locks; on SQLite they did at BEGIN.
    annotation.revision = (
        Annotation.objects.select_for_update().values_list("revision", flat=True).get(pk=annotation.pk)
    )
    annotation.refresh_from_db(fields=["state"])
    begun = _begun(annotation)
    fresh = Annotation.objects.filter(pk=annotation.pk, revision=annotation.revision, state=annotation.state)
    if not fresh.update(revision=annotation.revision + 1, state=begun, changed=timezone.now()):
        raise _MovedOnError
    begun_now = begun != annotation.state
    annotation.refresh_from_db()
    changed = change(annotation)
    prompts = selectors.prompts_message(annotation, edit_log.active_edits(annotation))
    if begun_now:
        transaction.on_commit(lambda: events.announce(annotation.pk, selectors.workflow_message(annotation)))
    transaction.on_commit(lambda: _tell(annotation.pk, changed, prompts))
    return _accepted(changed.edit)


def _begun(annotation: Annotation) -> AnnotationState:
    """The state once it is edited; ConflictError where edits would change what somebody has handed in or approved."""
    state = AnnotationState(annotation.state)
    if state not in EDITABLE:
        raise ConflictError(
            f"This annotation is {state.label}: it can be changed when it has been taken back or returned."
        )
    return AnnotationState.IN_PROGRESS if state == AnnotationState.NEW else state


def _tell(annotation_id: int, changed: _Change, prompts: messages.Prompts) -> None:
    if changed.run.state in UNFINISHED:
        runs.wake(changed.run)
    events.announce(annotation_id, prompts)
    events.announce_frames(annotation_id, map(slices.encode, changed.restored))
    events.announce(annotation_id, selectors.run_message(changed.run))


def _accepted(edit: Edit) -> Accepted:
    return Accepted(edit=edit.payload["edit"] if _is_step(edit) else edit.pk, revision=edit.revision)


def _is_step(edit: Edit) -> bool:
    return edit.kind in (EditKind.UNDO, EditKind.REDO)


def _log(
    annotation: Annotation,
    user: User,
    kind: EditKind,
    request: uuid.UUID,
    *,
    payload: dict[str, object],
    label: int | None = None,
) -> Edit:
    return Edit.objects.create(
        annotation=annotation, revision=annotation.revision, user=user, kind=kind, label=label, payload=payload,
        request=request,
    )  # fmt: skip


def _go_on(annotation: Annotation, edit: Edit) -> _Change:
    """The run of a new edit goes on from what the one before it has done."""
    previous = selectors.newest_run(annotation)
    run = runs.start(
        annotation,
        edit_log.active_edits(annotation),
        progress=previous.progress if previous else None,
        complete=False,
        model_hash=previous.model_hash if previous else "",
    )
    return _Change(edit, run, restored=[])


def _take_back(annotation: Annotation, user: User, prompt: Edit, request: uuid.UUID) -> _Change:
    versions.mark_taken_back(prompt, annotation.revision)
    edit = _log(annotation, user, EditKind.UNDO, request, payload={"edit": prompt.pk})
    return _go_to_active_edits(annotation, edit)


def _go_to_active_edits(annotation: Annotation, edit: Edit) -> _Change:
    active = edit_log.active_edits(annotation)
    base = restoring.best_base(annotation, [prompt.pk for prompt in active])
    restored = restoring.restore(annotation, base.revision)
    complete = base.finished and base.edits == len(active)
    run = runs.start(annotation, active, progress=base.progress, complete=complete, model_hash=base.model_hash)
    return _Change(edit, run, restored)
