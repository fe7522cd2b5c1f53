"""Surfaces have no holes and no inside out, however a volume lies and however many slabs they are made of."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from webapp.export import stl
from webapp.volumes.models import Volume

AFFINES = {
    "RAS": np.diag([0.8, 1.1, 2.5, 1.0]),
    "LAS": np.diag([-0.8, 1.1, 2.5, 1.0]),
    "permuted": np.array([[0, 0, 2.5, 7], [-0.8, 0, 0, 3], [0, -1.1, 0, -50], [0, 0, 0, 1.0]]),
}


def _worm() -> NDArray[np.uint8]:
    """Label 3 (Z, Y, X): a ball of radius 9 that touches the border, and a thin column through many slabs."""
    z, y, x = np.ogrid[:80, :24, :22]
    ball = (z - 30) ** 2 + (y - 9) ** 2 + (x - 9) ** 2 <= 81
    column = (abs(y - 9) <= 1) & (abs(x - 9) <= 1) & (z >= 0)
    return np.where(ball | column, 3, 0).astype(np.uint8)


def _enclosed_mm3(triangles: NDArray[np.float64]) -> float:
    corners = triangles - triangles.reshape(-1, 3).mean(axis=0)
    return float(np.einsum("ni,ni->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6)


@pytest.mark.parametrize("name", AFFINES)
def test_every_edge_has_two_triangles_that_turn_the_same_way(name: str) -> None:
    labels = _worm()
    pieces = list(stl.surface(Volume(affine=AFFINES[name].tolist()), labels, 3))
    assert len(pieces) > 2, "several slabs"
    triangles = np.concatenate(pieces).astype(np.float64)
    points = [[tuple(corner) for corner in triangle] for triangle in np.rint(triangles * 1000).astype(int).tolist()]
    edges = Counter((a, b) for p, q, r in points for a, b in ((p, q), (q, r), (r, p)))
    assert all(edges[b, a] == count for (a, b), count in edges.items())
    voxels_mm3 = int((labels == 3).sum()) * 0.8 * 1.1 * 2.5
    assert _enclosed_mm3(triangles) == pytest.approx(voxels_mm3, rel=0.05)
