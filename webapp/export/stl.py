"""Closed surfaces as binary STL, in the patient's coordinates (LPS, mm), as DICOM and 3D Slicer count them.

They are not smoothed: they enclose just the voxels of the label.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes

from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import affine_of
from webapp.export.names import safe_name
from webapp.export.streams import Item
from webapp.volumes.models import Volume

# 3D Slicer looks for SPACE in these 80 bytes. They must not begin with "solid", which would mean STL as text.
HEADER = b"S2V Annotate. SPACE=LPS; UNIT=mm".ljust(80)
SLAB_PLANES = 32
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])  # 50 bytes
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0])


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """A surface of every label that the case has."""
    for label in dataset.labels:
        if case.voxels.get(label.value):
            path = f"surfaces/{case.key}/{label.value:03d}_{safe_name(label.name, 'label')}.stl"
            yield Item(path, _file(case.volume, labels, label.value))


def surface(volume: Volume, labels: NDArray[np.uint8], value: int) -> Iterator[NDArray[np.float32]]:
    """The triangles around a label, a slab at a time: (triangles, corners, xyz) in LPS mm, their corners anticlockwise
    as seen from outside."""
    affine = affine_of(volume)
    # Counted as (x, y, z) the triangles of marching_cubes face outward; mirrored axes turn them inside out.
    inside_out = np.linalg.det(affine[:3, :3]) < 0
    for first, block in _slabs(labels, value):
        if not block.any():
            continue
        zyx, faces, _, _ = marching_cubes(block, 0.5)  # type: ignore[no-untyped-call]
        ijk = (zyx + first)[:, ::-1].astype(np.float64)  # (corners, ijk) of voxel centres
        lps = (ijk @ affine[:3, :3].T + affine[:3, 3]) @ LPS_FROM_RAS
        triangles = lps.astype(np.float32)[faces]
        yield triangles[:, ::-1] if inside_out else triangles


def _slabs(labels: NDArray[np.uint8], value: int) -> Iterator[tuple[tuple[int, int, int], NDArray[np.bool_]]]:
    """Where a label is, as blocks with their first voxel (z, y, x). Neighbours share a plane, so that their surfaces
    meet, and a rim of background closes the surface also at the border of the volume."""
    z, y, x = _box(labels, value)
    for first in range(z.start - 1, z.stop, SLAB_PLANES):
        last = min(first + SLAB_PLANES, z.stop)
        block = np.zeros((last - first + 1, y.stop - y.start + 2, x.stop - x.start + 2), bool)
        low, high = max(first, z.start), min(last + 1, z.stop)
        block[low - first : high - first, 1:-1, 1:-1] = labels[low:high, y, x] == value
        yield (first, y.start - 1, x.start - 1), block


def _file(volume: Volume, labels: NDArray[np.uint8], value: int) -> Iterator[bytes]:
    pieces = []
    for triangles in surface(volume, labels, value):
        pieces.append(triangles)
        yield b""  # a sign of life: the number of triangles comes first in the file
    yield HEADER + sum(map(len, pieces)).to_bytes(4, "little")
    for piece in pieces:
        normals = np.cross(piece[:, 1] - piece[:, 0], piece[:, 2] - piece[:, 0])
        records = np.zeros(len(piece), RECORD)
        records["normal"] = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        records["corners"] = piece
        yield records.tobytes()


def _box(labels: NDArray[np.uint8], value: int) -> tuple[slice, slice, slice]:
    """The smallest box (Z, Y, X) around a label, found slice by slice."""
    rows, cols = np.zeros(labels.shape[1], bool), np.zeros(labels.shape[2], bool)
    found = []
    for z, plane in enumerate(labels):
        here = plane == value
        if here.any():
            found.append(z)
            rows |= here.any(axis=1)
            cols |= here.any(axis=0)
    y, x = np.flatnonzero(rows), np.flatnonzero(cols)
    return slice(found[0], found[-1] + 1), slice(int(y[0]), int(y[-1]) + 1), slice(int(x[0]), int(x[-1]) + 1)
