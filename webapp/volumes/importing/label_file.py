"""The bounded process for a label map: one file in, the numbers of its segments on the image's grid out.

`labels.npz` holds `numbers`, uint8 (Z, Y, X), 0 = none. The facts say which segments there are, with their voxels.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing import bounded, label_sources
from webapp.volumes.importing.label_grid import place

ARRAYS = "labels.npz"
READING = 0.5  # share of the work


def main() -> None:
    parser = bounded.parser(__doc__)
    parser.add_argument("--grid", type=json.loads, required=True, help="the image's shape (Z, Y, X) and affine, JSON")
    wanted = parser.parse_args()
    z, y, x = wanted.grid["shape"]
    grid = (z, y, x), np.array(wanted.grid["affine"], dtype=np.float64)
    bounded.report(wanted, lambda reporter: read(wanted.source, wanted.folder, wanted.max_voxels, grid, reporter))


def read(
    source: Path,
    folder: Path,
    most_voxels: int,
    grid: tuple[tuple[int, int, int], NDArray[np.float64]],
    reporter: bounded.Reporter,
) -> dict[str, Any]:
    """Write `labels.npz` into `folder`; `grid` is the image's, shape (Z, Y, X) and affine."""
    found = label_sources.opened(source, folder, most_voxels, lambda part: reporter.at(READING * part))
    shape, affine = grid
    placed = place(found.numbers, found.affine, shape, affine)
    np.savez_compressed(folder / ARRAYS, numbers=placed.numbers)
    counts = np.zeros(256, np.int64)
    for plane in placed.numbers:
        counts += np.bincount(plane.ravel(), minlength=256)
    segments = [
        {"number": segment.number, "value": segment.value, "name": segment.name, "voxels": int(counts[segment.number])}
        for segment in found.segments
    ]
    return {"segments": segments, "notes": [*found.notes, *placed.notes]}


if __name__ == "__main__":
    main()
