"""The labels of an annotation computed anew from its edit log, and compared with those that are stored.

Runs where the engine may be loaded: in a command, not in the web process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webapp.annotation import edit_log, frames, propagation, selectors, slices
from webapp.annotation.models import UNFINISHED, Annotation, Edit, Run, RunState
from webapp.errors import ConflictError

Labels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LabelDifference:
    """One label on one slice, in voxels."""

    z: int  # along the propagation axis
    label: int
    stored: int
    replayed: int
    differing: int  # where one has the label and the other has not


@dataclass(frozen=True)
class Agreement:
    """One label over the whole volume."""

    label: int
    stored: int
    replayed: int
    dice: float


@dataclass(frozen=True)
class Report:
    """What a replay came to."""

    edits: int
    superseded: int  # edits whose slices were not all done when the next one came
    stored_by: tuple[str, ...]  # hashes of the models that made what is stored
    replayed_by: str
    damaged: tuple[int, ...]  # stored slices that are not what they were when they were saved
    differences: tuple[LabelDifference, ...]
    agreement: tuple[Agreement, ...]

    @property
    def identical(self) -> bool:
        """Whether every voxel is the same, and every stored slice whole."""
        return not self.differences and not self.damaged


def replay(
    annotation: Annotation, checkpoint: str | None = None, tell: Callable[[int], None] = lambda _: None
) -> Report:
    """Compute the labels from the active edits, one after the other, with the model in use or another `checkpoint`.

    `tell(n)` is called after the n-th edit. Raises ConflictError while the newest run is not done, and
    `EngineRefusedError` where the checkpoint or an edit cannot be used.
    """
    if Run.objects.filter(annotation=annotation, state__in=UNFINISHED).exists():
        raise ConflictError("This annotation is being computed now; wait until it is done.")
    active = edit_log.active_edits(annotation)
    replayed, model_hash = propagation.labels_anew(annotation, active, checkpoint, tell)
    stored, damaged = _stored(annotation, replayed.shape[1:])
    used = Run.objects.filter(annotation=annotation).exclude(model_hash="").order_by("id")
    return Report(
        edits=len(active),
        superseded=_superseded(annotation, active),
        stored_by=tuple(dict.fromkeys(used.values_list("model_hash", flat=True))),
        replayed_by=model_hash,
        damaged=damaged,
        differences=tuple(_differences(stored, replayed)),
        agreement=tuple(_agreement(stored, replayed)),
    )


def _stored(annotation: Annotation, shape: tuple[int, ...]) -> tuple[Labels, tuple[int, ...]]:
    """The stored labels, propagation axis first, and which slices do not fit their digest or cannot be read."""
    length = selectors.volume_of(annotation).shape[annotation.axis]
    labels = np.zeros((length, *shape), np.uint8)
    damaged = []
    for mask in slices.current(annotation).order_by("z").iterator(chunk_size=64):
        if slices.digest_of(mask) != mask.digest:
            damaged.append(mask.z)
        box = frames.Box(mask.row0, mask.col0, mask.rows, mask.cols)
        try:
            labels[mask.z] = frames.full_slice(box, bytes(mask.labels), shape[0], shape[1])
        except frames.FrameError:
            damaged.append(mask.z)
    return labels, tuple(dict.fromkeys(damaged))


def _superseded(annotation: Annotation, active: Sequence[Edit]) -> int:
    revisions = [edit.revision for edit in active]
    runs = Run.objects.filter(annotation=annotation, state=RunState.SUPERSEDED, revision__in=revisions)
    return runs.count()


def _differences(stored: Labels, replayed: Labels) -> list[LabelDifference]:
    found = []
    for z in np.flatnonzero((stored != replayed).any(axis=(1, 2))):
        differs = stored[z] != replayed[z]
        for label in np.unique(np.concatenate([stored[z][differs], replayed[z][differs]])):
            before, after = stored[z] == label, replayed[z] == label
            if label:
                sizes = int(before.sum()), int(after.sum()), int((before != after).sum())
                found.append(LabelDifference(int(z), int(label), *sizes))
    return found


def _agreement(stored: Labels, replayed: Labels) -> list[Agreement]:
    agreement = []
    for label in np.union1d(np.unique(stored), np.unique(replayed)):
        before, after = stored == label, replayed == label
        sizes = int(before.sum()), int(after.sum())
        if label:
            dice = 2 * int((before & after).sum()) / sum(sizes)
            agreement.append(Agreement(int(label), *sizes, dice))
    return agreement
