"""Labels that are locked: none of their voxels is lost and none is gained, whatever is said or computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import numpy.typing as npt

from segmentation_engine.prompts import Edit

Labels = npt.NDArray[np.uint8]


def locked_labels(edits: Iterable[Edit]) -> tuple[int, ...]:
    """The labels that these edits, in their order, leave locked."""
    said = {prompt.label: prompt.positive for edit in edits for prompt in edit if prompt.kind == "lock_label"}
    return tuple(sorted(label for label, locked in said.items() if locked))


def spared(before: Labels, after: Labels, locked: Collection[int]) -> Labels:
    """Labels (Y, X) as they shall become, with every voxel as it was that has, or would get, a locked label."""
    if not locked:
        return after
    held = np.isin(before, list(locked)) | np.isin(after, list(locked))
    return np.where(held, before, after)


def is_label_lock(edit: Edit) -> bool:
    """Whether the edit locks or unlocks a label, which concerns all slices at once."""
    return edit[0].kind == "lock_label"
