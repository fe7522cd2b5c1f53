"""The label map of an annotation as NIfTI, on the grid of the file that was brought."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.utils.http import content_disposition_header
from numpy.typing import NDArray

from webapp.annotation.models import Annotation
from webapp.annotation.selectors import label_volume, volume_of
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import label_header
from webapp.export.streams import Item, gzipped, planes
from webapp.volumes.models import Volume


@dataclass(frozen=True)
class File:
    """A download: its name, and its bytes in pieces."""

    name: str
    chunks: Iterator[bytes]

    @property
    def disposition(self) -> str:
        return content_disposition_header(True, self.name) or "attachment"


def label_map(annotation: Annotation) -> File:
    """The current labels as a gzipped NIfTI file of uint8, 0 = background, values as in the project."""
    content = on_original_grid(volume_of(annotation), label_volume(annotation))
    return File(f"{annotation.case.name}_labels.nii.gz", gzipped(content))


def case_files(_dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """One label map, values as in the project."""
    yield Item(f"labels/{case.key}.nii.gz", gzipped(on_original_grid(case.volume, labels)), packed=True)


def on_original_grid(volume: Volume, values: NDArray[np.uint8]) -> Iterator[bytes]:
    """A NIfTI file of uint8 values (Z, Y, X) under the header that was brought."""
    yield label_header(volume)
    yield from planes(values)
