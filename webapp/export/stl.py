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
TRIANGLES_A_PIECE = 50_000
RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])  # 50 bytes
LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0])


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """A surface of every label that the case has."""
    for label in dataset.labels:
        if case.voxels.get(label.value):
            path = f"surfaces/{case.key}/{label.value:03d}_{safe_name(label.name, 'label')}.stl"
            yield Item(path, _file(case.volume, labels, label.value))


def surface(volume: Volume, labels: NDArray[np.uint8], value: int) -> NDArray[np.float64]:
    """The triangles around a label: (triangles, corners, xyz) in LPS mm, their corners anticlockwise from outside."""
    box = _box(labels, value)
    # A rim of background closes the surface also where the label touches the border of the volume.
    cropped = np.pad(labels[box] == value, 1)
    zyx, faces, _, _ = marching_cubes(cropped, 0.5, allow_degenerate=False)  # type: ignore[no-untyped-call]
    first = np.array([side.start for side in box]) - 1
    ijk = (zyx + first)[:, ::-1].astype(np.float64)  # (corners, ijk) of voxel centres
    affine = affine_of(volume)
    lps = (ijk @ affine[:3, :3].T + affine[:3, 3]) @ LPS_FROM_RAS
    triangles: NDArray[np.float64] = lps[faces]
    # Mirrored axes turn a surface inside out; the sign of the enclosed volume tells.
    return triangles if enclosed_mm3(triangles) > 0 else triangles[:, ::-1]


def enclosed_mm3(triangles: NDArray[np.float64]) -> float:
    """The volume within a closed surface (triangles, corners, xyz); negative if it is inside out."""
    corners = triangles - triangles.reshape(-1, 3).mean(axis=0)  # near the origin, where sums are exact
    return float(np.einsum("ni,ni->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


def _file(volume: Volume, labels: NDArray[np.uint8], value: int) -> Iterator[bytes]:
    triangles = surface(volume, labels, value)
    yield HEADER + len(triangles).to_bytes(4, "little")
    for start in range(0, len(triangles), TRIANGLES_A_PIECE):
        piece = triangles[start : start + TRIANGLES_A_PIECE]
        normals = np.cross(piece[:, 1] - piece[:, 0], piece[:, 2] - piece[:, 0])
        records = np.zeros(len(piece), RECORD)
        records["normal"] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
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
