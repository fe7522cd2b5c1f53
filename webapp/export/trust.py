"""Beside every case: how far each slice of its labels is to be trusted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from webapp.annotation import slices
from webapp.annotation.models import Trust
from webapp.export.dataset import ExportedCase
from webapp.export.nifti import on_original_grid
from webapp.export.streams import Item, gzipped

NOTHING_STORED = 255
MEANING = {**{str(level.value): level.name.lower() for level in Trust}, str(NOTHING_STORED): "nobody has been there"}


def case_files(case: ExportedCase) -> Iterator[Item]:
    """A volume on the same grid whose every voxel has the trust of its slice across the propagation axis."""
    levels = np.full(case.volume.shape[case.annotation.axis], NOTHING_STORED, np.uint8)
    stored = slices.at_revision(case.annotation.pk, case.revision).values_list("z", "trust")
    for z, trust in stored:
        levels[z] = trust
    along = [1, 1, 1]
    along[case.annotation.axis] = levels.size
    volume = np.broadcast_to(levels.reshape(along), case.volume.shape)  # (Z, Y, X), without memory of its own
    yield Item(f"trust/{case.key}_trust.nii.gz", gzipped(on_original_grid(case.volume, volume)), packed=True)
