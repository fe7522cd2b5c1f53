"""From the places of single slices to one grid: order along the normal, even steps, tilt."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.problems import UnreadableError

UNEVEN_SHARE = 0.02  # of a step; scanners round positions
ROUNDING_MM = 0.02
TILT_DEGREES = 0.5
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
PLANES = ("sagittal", "coronal", "axial")


@dataclass(frozen=True)
class Place:
    """Where a slice lies, in LPS mm: its first pixel's centre, the directions in which columns and rows count (2, 3),
    and the distances between (rows, columns)."""

    position_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    spacing_mm: tuple[float, float]

    @property
    def is_sound(self) -> bool:
        """Whether the axes are unit vectors at right angles and all numbers usable."""
        numbers = np.concatenate([self.position_mm, self.axes.ravel(), self.spacing_mm])
        square = np.allclose(self.axes @ self.axes.T, np.eye(2), atol=1e-3)
        return bool(np.isfinite(numbers).all() and square and min(self.spacing_mm) > 0)


@dataclass(frozen=True)
class Grid:
    """Voxel (i, j, k) = (column, row, slice) to RAS mm, and the plane the slices are closest to."""

    affine: NDArray[np.float64]
    plane: str


def grid_of(places: list[Place]) -> tuple[Grid, list[int], list[str]]:
    """The grid of at least two parallel slices, their order along the normal, and what should be said of it."""
    first = places[0]
    if any(not np.allclose(place.spacing_mm, first.spacing_mm, rtol=1e-3) for place in places):
        raise UnreadableError("The slices of the series have pixels of different sizes.")
    normal = np.cross(first.axes[0], first.axes[1])
    heights = np.array([place.position_mm @ normal for place in places])
    order = [int(index) for index in np.argsort(heights, kind="stable")]
    _check_steps(np.diff(heights[order]))
    positions = np.array([places[index].position_mm for index in order])
    step = (positions[-1] - positions[0]) / (len(order) - 1)
    expected = positions[0] + np.arange(len(order))[:, None] * step
    if np.abs(positions - expected).max() > max(ROUNDING_MM, UNEVEN_SHARE * float(np.linalg.norm(step))):
        raise UnreadableError("The slices of the series do not lie in a row.")
    lps = np.eye(4)
    lps[:3, 0] = first.axes[0] * first.spacing_mm[1]
    lps[:3, 1] = first.axes[1] * first.spacing_mm[0]
    lps[:3, 2] = step
    lps[:3, 3] = positions[0]
    plane = PLANES[int(np.argmax(np.abs(normal)))]
    return Grid(LPS_TO_RAS @ lps, plane), order, _tilt(step, normal)


def _check_steps(steps: NDArray[np.float64]) -> None:
    usual = float(np.median(steps))
    if steps.min() <= ROUNDING_MM / 2:
        raise UnreadableError(
            "Several images of the series lie at the same place (over time, or echoes?); please bring one of each."
        )
    uneven = np.abs(steps - usual) > max(ROUNDING_MM, UNEVEN_SHARE * usual)
    if not uneven.any():
        return
    missing = np.rint(steps[uneven] / usual) - 1
    whole = np.abs(steps[uneven] - (missing + 1) * usual) <= max(ROUNDING_MM, 2 * UNEVEN_SHARE * usual)
    if whole.all() and (missing > 0).all():
        raise UnreadableError(f"{int(missing.sum())} slices are missing within the series.")
    raise UnreadableError(
        f"The slices are unevenly spaced, from {steps.min():.2f} to {steps.max():.2f} mm; such series are not imported."
    )


def _tilt(step: NDArray[np.float64], normal: NDArray[np.float64]) -> list[str]:
    cosine = float(step @ normal / np.linalg.norm(step))
    degrees = float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    if degrees < TILT_DEGREES:
        return []
    return [f"The gantry was tilted by {degrees:.1f}°: slices are shifted against each other, which the grid respects."]
