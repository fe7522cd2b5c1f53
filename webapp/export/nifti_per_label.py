"""NIfTI, one file a label: 1 where the label is, on the grid of the file that was brought."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import label_header
from webapp.export.names import safe_name
from webapp.export.streams import Item, gzipped
from webapp.projects.models import Label


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """A mask of every label, also of those that this case has not: an empty one says so."""
    for label in dataset.labels:
        path = f"labels_separate/{case.key}/{label.value:03d}_{safe_name(label.name, 'label')}.nii.gz"
        yield Item(path, gzipped(_mask(case, labels, label)), packed=True)


def _mask(case: ExportedCase, labels: NDArray[np.uint8], label: Label) -> Iterator[bytes]:
    yield label_header(case.volume)
    for plane in labels:
        yield (plane == label.value).astype(np.uint8).tobytes()
