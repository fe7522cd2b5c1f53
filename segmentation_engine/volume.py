"""The working grid: the one way from a stored volume to what the network sees, in training and in use."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

WORKING_LONGEST_MIN_PX = 128
WORKING_LONGEST_MAX_PX = 256
WORKING_ENLARGEMENT_MAX = 4.0
INTENSITY_PERCENTILES = (0.5, 99.5)
NORMALISED_LIMIT = 1.5
PADDING_VALUE = -1.0


def working_scale(shape_yx: tuple[int, int], spacing_yx: tuple[float, float]) -> tuple[float, float]:
    """Working pixels per stored pixel (y, x): isotropic in mm, longest side of the slice in 128..256 working px."""
    finest = min(spacing_yx)
    longest = max(extent * spacing / finest for extent, spacing in zip(shape_yx, spacing_yx, strict=True))
    factor = 1.0
    if longest > WORKING_LONGEST_MAX_PX:
        factor = WORKING_LONGEST_MAX_PX / longest
    elif longest < WORKING_LONGEST_MIN_PX:
        factor = min(WORKING_ENLARGEMENT_MAX, WORKING_LONGEST_MIN_PX / longest)
    return factor * spacing_yx[0] / finest, factor * spacing_yx[1] / finest


def intensity_range(image: npt.NDArray[np.generic]) -> tuple[float, float]:
    """Robust (low, high) of a volume (Z, Y, X); they become -1 and +1."""
    stride = max(1, round((image.size / 2_000_000) ** (1 / 3)))
    low, high = np.percentile(image[::stride, ::stride, ::stride].astype(np.float64), INTENSITY_PERCENTILES)
    return float(low), float(high) if high > low else float(low) + 1.0


def normalise(image: npt.NDArray[np.generic], low: float, high: float) -> npt.NDArray[np.float32]:
    """Intensities -> about [-1, 1], clipped at +-1.5; any shape."""
    scaled = (image.astype(np.float32) - low) * (2.0 / (high - low)) - 1.0
    return np.clip(scaled, -NORMALISED_LIMIT, NORMALISED_LIMIT).astype(np.float32)
