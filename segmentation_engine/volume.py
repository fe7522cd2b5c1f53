"""The working grid: the one way from a stored volume to what the network sees, in training and in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

WORKING_LONGEST_MIN_PX = 128
WORKING_LONGEST_MAX_PX = 256
WORKING_ENLARGEMENT_MAX = 4.0
INTENSITY_PERCENTILES = (0.5, 99.5)
NORMALISED_LIMIT = 1.5
PADDING_VALUE = -1.0
SIZE_MULTIPLE = 32


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
    clipped: npt.NDArray[np.float32] = np.clip(scaled, -NORMALISED_LIMIT, NORMALISED_LIMIT).astype(np.float32)
    return clipped


@dataclass(frozen=True)
class WorkingGrid:
    """How a stored slice (Y, X) lies on the grid that the network works on."""

    shape_yx: tuple[int, int]
    working_yx: tuple[int, int]  # what the slice becomes
    padded_yx: tuple[int, int]  # below and to the right, to multiples of 32

    @classmethod
    def of(cls, shape_yx: tuple[int, int], spacing_yx: tuple[float, float]) -> WorkingGrid:
        scale = working_scale(shape_yx, spacing_yx)
        working = [max(1, round(extent * factor)) for extent, factor in zip(shape_yx, scale, strict=True)]
        padded = [-(-extent // SIZE_MULTIPLE) * SIZE_MULTIPLE for extent in working]
        return cls(shape_yx, (working[0], working[1]), (padded[0], padded[1]))

    @property
    def cells(self) -> tuple[int, int]:
        """Height and width of the maps at stride 4."""
        return self.padded_yx[0] // 4, self.padded_yx[1] // 4

    def to_working(self, pixels: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Stored pixels (N, 2) as (y, x) -> the same places in working px; pixel centres are whole numbers."""
        scale = np.divide(self.working_yx, self.shape_yx)
        return np.asarray((pixels + 0.5) * scale - 0.5, np.float32)

    def working_slice(self, image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A normalised stored slice (Y, X) -> (H, W) on the padded working grid."""
        values = torch.from_numpy(np.ascontiguousarray(image))[None, None]
        if self.working_yx != self.shape_yx:
            values = F.interpolate(values, self.working_yx, mode="bilinear", antialias=True, align_corners=False)
        out = np.full(self.padded_yx, PADDING_VALUE, np.float32)
        out[: self.working_yx[0], : self.working_yx[1]] = values[0, 0].numpy()
        return out

    def stored_labels(self, logits: torch.Tensor) -> npt.NDArray[np.uint8]:
        """Logits (K, H, W) against background 0 on the padded working grid -> labels (Y, X): 0, or 1 + the best."""
        logits = logits[:, : self.working_yx[0], : self.working_yx[1]]
        if self.working_yx != self.shape_yx:
            logits = F.interpolate(logits[None], self.shape_yx, mode="bilinear", align_corners=False)[0]
        best = torch.zeros(self.shape_yx)
        labels = torch.zeros(self.shape_yx, dtype=torch.uint8)
        for place, rise in enumerate(logits, start=1):
            labels.masked_fill_(rise > best, place)
            best = torch.maximum(best, rise)
        return labels.numpy()


def checked_image(image: npt.ArrayLike, spacing_mm: Sequence[float]) -> npt.NDArray[np.generic]:
    """The volume as an array (Z, Y, X); ValueError with a sentence where it is none. Values are checked on use."""
    array = np.asanyarray(image)
    if array.ndim != 3 or 0 in array.shape:
        raise ValueError(f"A volume has three axes (Z, Y, X) with voxels in it; this array is {array.shape}.")
    if not (np.issubdtype(array.dtype, np.integer) or np.issubdtype(array.dtype, np.floating)):
        raise ValueError(f"A volume holds real numbers, not {array.dtype}.")
    spacing = np.asarray(spacing_mm, np.float64)
    if spacing.shape != (3,) or not np.isfinite(spacing).all() or (spacing <= 0).any():
        raise ValueError("The spacing is three positive lengths in mm (z, y, x).")
    if np.issubdtype(array.dtype, np.floating) and not all(np.isfinite(plane).all() for plane in array):
        raise ValueError("The volume holds values that are not numbers (NaN or infinite).")
    return array
