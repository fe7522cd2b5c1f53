"""The only way to an annotation, and what is read of it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotation import edit_log, frames, messages, readings, slices
from webapp.annotation.models import PROMPT_KINDS, UNFINISHED, Annotation, Edit, EditKind, Presence, Run
from webapp.errors import NotFoundError
from webapp.projects import selectors as projects
from webapp.projects.permissions import Action
from webapp.volumes.model_in_use import model_hash
from webapp.volumes.models import FeatureCache, FeatureState, Volume
from webapp.volumes.selectors import target_volume

PRESENCE_SECONDS = 15

_FEATURE_STATES: dict[str, messages.FeaturesState] = {
    FeatureState.WAITING: "making",
    FeatureState.MAKING: "making",
    FeatureState.PAUSED: "making",
    FeatureState.READY: "ready",
    FeatureState.FAILED: "failed",
}


def annotation_for(user: User | AnonymousUser, annotation_id: int, action: Action = Action.VIEW) -> Annotation:
    """The annotation with its case and project, if the user may do `action` there.

    Raises NotFoundError for whoever is no member or must not know of it, as a reader must not of another's reading, and
    ForbiddenError for a member whose role does not allow it.
    """
    annotation = Annotation.objects.select_related("case__project", "assignee").filter(pk=annotation_id).first()
    if annotation is None:
        raise NotFoundError("There is no such annotation.")
    projects.check(user, annotation.case.project_id, action)
    readings.check(user, annotation, action)
    return annotation


def sequence_of(annotation_id: int) -> int:
    """The number of the slice saved last; 0 if there is none."""
    return Annotation.objects.filter(pk=annotation_id).values_list("sequence", flat=True).first() or 0


def active_prompts(annotation: Annotation) -> list[messages.PromptEntry]:
    """The prompts that count, in the order in which they were made."""
    return prompt_entries(edit_log.active_edits(annotation))


def prompt_entries(active: Sequence[Edit]) -> list[messages.PromptEntry]:
    """The prompts among active edits."""
    return [prompt_entry(edit) for edit in active if edit.kind in PROMPT_KINDS]


def operation_entries(active: Sequence[Edit]) -> list[messages.OperationEntry]:
    """The operations among active edits, as every client lists them."""
    operations = (edit for edit in active if edit.kind == EditKind.OPERATION)
    return [
        messages.OperationEntry(edit=edit.pk, label=edit.label or 0, name=edit.payload["name"], user=person(edit.user))
        for edit in operations
    ]


def prompt_entry(edit: Edit) -> messages.PromptEntry:
    """A prompt as every client draws it."""
    return messages.PromptEntry.model_validate(
        {
            "edit": edit.pk,
            "label": edit.label or 0,
            "kind": edit.kind,
            "positive": edit.payload["positive"],
            "voxels": edit.payload["voxels"],
            "user": person(edit.user),
        }
    )


def person(user: User) -> messages.Person:
    """A person as others see them."""
    return messages.Person(id=user.pk, name=user.name)


def prompts_message(annotation: Annotation, active: Sequence[Edit]) -> messages.Prompts:
    """The active prompts and who may take back or bring back how many."""
    return messages.Prompts(
        revision=annotation.revision,
        prompts=prompt_entries(active),
        operations=operation_entries(active),
        undoable=edit_log.undoable([*active, *edit_log.restores_in_force(annotation)]),
        redoable=edit_log.redoable(annotation),
    )


def run_entry(run: Run) -> messages.RunEntry:
    """How far a run is and how many others are before it."""
    waiting = 0
    if run.state == "queued":
        waiting = Run.objects.filter(state__in=UNFINISHED, id__lt=run.pk).count()
    seconds = run.timings.get("active_ms", 0.0) / 1000
    return messages.RunEntry.model_validate(
        {
            "run": run.pk,
            "revision": run.revision,
            "state": str(run.state),
            "slices_done": run.slices_done,
            "slices_remaining": run.slices_remaining,
            "slices_per_second": round(run.slices_done / seconds, 1) if seconds > 0 else 0.0,
            "waiting": waiting,
            "sentence": run.sentence,
        }
    )


def run_message(run: Run) -> messages.RunProgress:
    """`run_entry` as a message of its own."""
    return messages.RunProgress(**run_entry(run).model_dump())


def newest_run(annotation: Annotation) -> Run | None:
    """The run of the newest revision."""
    return Run.objects.filter(annotation=annotation).order_by("-revision").first()


def volume_of(annotation: Annotation) -> Volume:
    """The volume that is annotated."""
    return target_volume(annotation.case)


def features_entry(annotation: Annotation) -> messages.FeaturesEntry:
    """How many slices across the propagation axis have features of the model in use."""
    volume = volume_of(annotation)
    cache = FeatureCache.objects.filter(volume=volume, axis=annotation.axis, model_hash=model_hash()).first()
    if cache is None:
        return messages.FeaturesEntry(done=0, total=volume.shape[annotation.axis], state="missing")
    return messages.FeaturesEntry(done=cache.done, total=cache.total, state=_FEATURE_STATES[cache.state])


def workflow_entry(annotation: Annotation) -> messages.WorkflowEntry:
    """Where the annotation stands."""
    assignee = person(annotation.assignee) if annotation.assignee else None
    return messages.WorkflowEntry.model_validate({"state": str(annotation.state), "assignee": assignee})


def workflow_message(annotation: Annotation) -> messages.Workflow:
    """`workflow_entry` as a message of its own."""
    return messages.Workflow(**dict(workflow_entry(annotation)))


def label_entries(project_id: int) -> list[messages.LabelEntry]:
    """The labels in use, by value."""
    labels = projects.labels_of(project_id)
    return [
        messages.LabelEntry(id=label.pk, value=label.value, name=label.name, colour=label.colour) for label in labels
    ]


def label_message(project_id: int) -> messages.Labels:
    """`label_entries` as a message."""
    return messages.Labels(labels=label_entries(project_id))


def people_at(annotation: Annotation) -> list[messages.Person]:
    """Everybody who has the annotation open, once each."""
    since = timezone.now() - datetime.timedelta(seconds=PRESENCE_SECONDS)
    present = Presence.objects.filter(annotation=annotation, seen__gt=since).select_related("user").order_by("id")
    return list({presence.user_id: person(presence.user) for presence in present}.values())


def annotations_with_people(project_id: int) -> list[int]:
    """Annotations of a project that somebody has open."""
    since = timezone.now() - datetime.timedelta(seconds=PRESENCE_SECONDS)
    present = Presence.objects.filter(annotation__case__project_id=project_id, seen__gt=since)
    return list(present.values_list("annotation_id", flat=True).distinct())


def snapshot(annotation: Annotation) -> messages.State:
    """Everything but the slices."""
    active = edit_log.active_edits(annotation)
    run = newest_run(annotation)
    return messages.State(
        annotation=annotation.pk,
        revision=annotation.revision,
        sequence=annotation.sequence,
        axis=annotation.axis,
        prompts=prompt_entries(active),
        operations=operation_entries(active),
        undoable=edit_log.undoable([*active, *edit_log.restores_in_force(annotation)]),
        redoable=edit_log.redoable(annotation),
        run=run_entry(run) if run else None,
        features=features_entry(annotation),
        labels=label_entries(annotation.case.project_id),
        people=people_at(annotation),
        workflow=workflow_entry(annotation),
    )


def label_volume(annotation: Annotation, revision: int | None = None) -> npt.NDArray[np.uint8]:
    """The labels as (Z, Y, X) uint8 on the storage axes of the volume, 0 = background: the current ones, or those that
    a revision left."""
    labels = np.zeros(volume_of(annotation).shape, dtype=np.uint8)
    across = np.moveaxis(labels, annotation.axis, 0)  # (slices along the propagation axis, rows, cols), a view
    stored = slices.at_revision(annotation.pk, annotation.revision if revision is None else revision)
    for mask in stored.defer("state").iterator(chunk_size=64):
        box = frames.Box(mask.row0, mask.col0, mask.rows, mask.cols)
        across[mask.z] = frames.full_slice(box, bytes(mask.labels), *across.shape[1:])
    return labels
