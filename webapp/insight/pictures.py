"""Slices as small pictures: the image in its window, labels in their colours, or what differs between two versions."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from webapp.annotation.models import Annotation
from webapp.annotation.selectors import volume_of
from webapp.insight.comparing import Pin, labels_of_slice
from webapp.volumes.arrays import along, canonical_array
from webapp.volumes.models import Volume

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

LONGEST_SIDE = 512
OPACITY = 0.55
GAINED, LOST, OTHER = (64, 150, 255), (255, 158, 44), (200, 110, 230)  # told apart by colour-blind eyes


def slice_png(annotation: Annotation, revision: int, z: int) -> bytes:
    """Slice `z` along the propagation axis with the labels of a revision."""
    labels = labels_of_slice(annotation, revision, z)
    known = annotation.case.project.labels.all()
    return _png(annotation, z, [(_rgb(label.colour), labels == label.value) for label in known])


def difference_png(first: Pin, second: Pin, z: int) -> bytes:
    """Slice `z` with what `second` has more, less and otherwise than `first`, both of one case."""
    annotation = second.annotation
    before, after = (labels_of_slice(pin.annotation, pin.revision, z) for pin in (first, second))
    differs = before != after
    return _png(
        annotation,
        z,
        [
            (GAINED, differs & (before == 0)),
            (LOST, differs & (after == 0)),
            (OTHER, differs & (before > 0) & (after > 0)),
        ],
    )


def _png(annotation: Annotation, z: int, painted: Sequence[tuple[Colour, npt.NDArray[np.bool_]]]) -> bytes:
    volume = volume_of(annotation)
    grey = _in_window(along(annotation.axis, canonical_array(volume))[z], volume)
    pixels = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    for colour, mask in painted:
        pixels[mask] = (1 - OPACITY) * pixels[mask] + OPACITY * np.array(colour, np.float32)
    return _coded(pixels.astype(np.uint8), volume, annotation.axis)


def _in_window(plane: npt.NDArray[np.generic], volume: Volume) -> Pixels:
    low = volume.window_center - volume.window_width / 2
    scaled = (np.asarray(plane, np.float32) - low) / max(volume.window_width, 1e-6)
    grey: Pixels = (np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return grey


def _coded(pixels: Pixels, volume: Volume, axis: int) -> bytes:
    """As PNG, turned as the workspace shows it, with its sides in the proportion of millimetres."""
    row, column = (other for other in range(3) if other != axis)
    (up, row_flips), (along_column, column_flips) = (_direction(volume, other) for other in (row, column))
    turned = pixels[:: -1 if row_flips else 1, :: -1 if column_flips else 1]
    row_mm, column_mm = volume.spacing_mm[row], volume.spacing_mm[column]
    if up < along_column:
        turned, row_mm, column_mm = turned.swapaxes(0, 1), column_mm, row_mm
    height, width = turned.shape[0] * row_mm, turned.shape[1] * column_mm
    scale = LONGEST_SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(turned)).resize(size, Image.Resampling.NEAREST).save(written, "PNG")
    return written.getvalue()


def _direction(volume: Volume, axis: int) -> tuple[int, bool]:
    """Which of the axes right, anterior, superior a storage axis follows most, and whether it has to be turned round:
    left belongs to the right of the picture, posterior to its right or below, inferior below."""
    column = np.asarray(volume.affine, float)[:3, 2 - axis]
    world = int(np.abs(column).argmax())
    return world, bool(column[world] > 0)


def _rgb(colour: str) -> Colour:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
