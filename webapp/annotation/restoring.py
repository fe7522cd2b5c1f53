"""Going back to an earlier revision: stored slices are copied forward, nothing is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from webapp.annotation import edit_log, slices
from webapp.annotation.models import Annotation, Run, RunState, SliceMask


@dataclass(frozen=True)
class Base:
    """A revision to go on from: its slices, how far the engine was with them, and whether it was finished."""

    revision: int
    edits: int
    progress: Any
    finished: bool
    model_hash: str


NOTHING = Base(revision=0, edits=0, progress=None, finished=True, model_hash="")


def best_base(annotation: Annotation, edit_ids: list[int]) -> Base:
    """The revision whose active edits are the longest prefix of the wanted ones; a finished one if there is."""
    digests = edit_log.prefix_digests(edit_ids)
    length_of = {digest: length for length, digest in enumerate(digests)}
    candidates = Run.objects.filter(annotation=annotation, edits_digest__in=digests[1:])
    ranked = max(
        candidates.filter(progress__isnull=False),
        key=lambda run: (length_of[run.edits_digest], run.state == RunState.DONE, run.revision),
        default=None,
    )
    if ranked is None:
        return NOTHING
    return Base(
        revision=ranked.revision,
        edits=length_of[ranked.edits_digest],
        progress=ranked.progress,
        finished=ranked.state == RunState.DONE,
        model_hash=ranked.model_hash,
    )


def restore(annotation: Annotation, revision: int) -> list[SliceMask]:
    """Make the slices of an earlier revision the current ones; gives the copies that were needed, saved.

    Only slices that differ are copied. Belongs into the transaction that raised the annotation's revision.
    """
    light = ("z", "id", "digest")
    now = {z: digest for z, _, digest in slices.at_revision(annotation.pk, annotation.revision).values_list(*light)}
    then = {z: (pk, digest) for z, pk, digest in slices.at_revision(annotation.pk, revision).values_list(*light)}
    wanted = [pk for z, (pk, digest) in then.items() if now.get(z) != digest]
    copies = list(SliceMask.objects.filter(pk__in=wanted))
    empty = [slices.empty_slice(annotation.pk, z) for z in now if z not in then]
    copies += [mask for mask in empty if mask.digest != now[mask.z]]
    return _save_as_newest(annotation, sorted(copies, key=lambda mask: mask.z))


def _save_as_newest(annotation: Annotation, masks: list[SliceMask]) -> list[SliceMask]:
    if not masks:
        return []
    first = slices.allot_sequences(annotation.pk, annotation.revision, len(masks))
    if first is None:  # we hold the annotation: its revision was raised in this transaction
        raise RuntimeError("The annotation was changed within the transaction that holds it.")
    for sequence, mask in enumerate(masks, start=first):
        mask.pk = None
        mask._state.adding = True
        mask.revision = annotation.revision
        mask.sequence = sequence
    slices.save(masks)
    annotation.sequence = first + len(masks) - 1
    return masks
