"""What the two layouts for training have in common: images beside labels, consecutive values, safe names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import LABEL_INTENT, plain_header
from webapp.export.names import safe_name
from webapp.export.streams import Item, gzipped, planes
from webapp.volumes.arrays import canonical_array
from webapp.volumes.models import Modality

RESERVED = {"background", "ignore"}  # words that nnU-Net reads as something else
TEST = "test"


def image_file(path: str, case: ExportedCase) -> Item:
    """The image's real values under a plain header."""
    array = canonical_array(case.volume)
    header = plain_header(case.volume, array.dtype)
    return Item(
        path, gzipped(_with_header(header, array.astype(array.dtype.newbyteorder("<"), copy=False))), packed=True
    )


def label_file(path: str, dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Item:
    """The labels with values 1, 2, 3 … under the very same header."""
    table = np.zeros(256, np.uint8)
    for number, label in enumerate(dataset.labels, start=1):
        table[label.value] = number
    return Item(
        path, gzipped(_renumbered(plain_header(case.volume, np.uint8, LABEL_INTENT), labels, table)), packed=True
    )


def label_names(dataset: Dataset) -> dict[str, int]:
    """Names by their consecutive values, from 0 for the background; names that clash get their value in the project."""
    names = {"background": 0}
    for number, label in enumerate(dataset.labels, start=1):
        clashes = label.name.lower() in RESERVED or label.name in names
        names[f"{label.name} ({label.value})" if clashes else label.name] = number
    return names


def channel_name(dataset: Dataset) -> str:
    """ "CT" if every image is one, which has nnU-Net normalise by intensities of all cases; else each by its own."""
    kinds = {case.volume.modality for case in dataset.cases}
    if kinds == {Modality.CT}:
        return "CT"
    return "MRI" if kinds == {Modality.MR} else "image"


def set_name(dataset: Dataset, word: str) -> str:
    """Such as Dataset512_Livers: a number from 500 on, out of the way of those that others have taken."""
    name = "".join(part.capitalize() for part in safe_name(dataset.project.name, "S2V").split("_"))
    return f"{word}{500 + dataset.project.pk % 500:03d}_{name.replace('-', '')}"


def _with_header(header: bytes, array: NDArray[np.generic]) -> Iterator[bytes]:
    yield header
    yield from planes(array)


def _renumbered(header: bytes, labels: NDArray[np.uint8], table: NDArray[np.uint8]) -> Iterator[bytes]:
    yield header
    for plane in labels:
        yield table[plane].tobytes()
