"""A table of what was measured: one row a case and label."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from webapp.export.dataset import Dataset
from webapp.export.grid import voxel_ml
from webapp.export.streams import Item

COLUMNS = ("case", "value", "label", "voxels", "ml")


def set_files(dataset: Dataset) -> Iterator[Item]:
    """volumes.csv; labels that a case has not are rows with 0."""
    yield Item("volumes.csv", _rows(dataset))


def _rows(dataset: Dataset) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for case in dataset.cases:
        for label in dataset.labels:
            voxels = case.voxels.get(label.value, 0)
            yield _line((case.key, label.value, label.name, voxels, f"{voxels * voxel_ml(case.volume):.6f}"))


def _line(cells: tuple[object, ...]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
