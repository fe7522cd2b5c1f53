"""Random appearance: what scanners, windows and reconstructions do to the grey values of a clip."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from segmentation_engine.volume import NORMALISED_LIMIT

Rng = np.random.Generator
Image = npt.NDArray[np.float32]  # (S, H, W), about [-1, 1]
LUT_BINS = 1024


def smooth_field(rng: Rng, shape: tuple[int, int, int], cells: tuple[int, int, int]) -> Image:
    """Smooth standard-normal-like noise (S, H, W) from a coarse grid."""
    coarse = torch.from_numpy(rng.standard_normal((1, 1, *cells), dtype=np.float32))
    field: Image = F.interpolate(coarse, size=shape, mode="trilinear", align_corners=True)[0, 0].numpy()
    return field


def remap(image: Image, knots: Image, values: Image) -> Image:
    """Piecewise linear map of grey values by a table; beyond the ends it is constant."""
    grid = np.linspace(-NORMALISED_LIMIT, NORMALISED_LIMIT, LUT_BINS, dtype=np.float32)
    lut = np.interp(grid, knots, values).astype(np.float32)
    index = ((image + NORMALISED_LIMIT) * ((LUT_BINS - 1) / (2 * NORMALISED_LIMIT))).astype(np.int32)
    mapped: Image = lut[np.clip(index, 0, LUT_BINS - 1)]
    return mapped


def random_curve(rng: Rng, image: Image) -> Image:
    """Random monotone tone curve (gamma and relatives)."""
    knots = np.linspace(-1.2, 1.2, 7, dtype=np.float32)
    steps = np.exp(rng.normal(0.0, 0.8, 6)).astype(np.float32)
    values = np.concatenate([[0.0], np.cumsum(steps)]).astype(np.float32)
    return remap(image, knots, values / values[-1] * 2 - 1)


def shuffled_histogram(rng: Rng, image: Image) -> Image:
    """Random curve that need not be monotone: tissue contrasts of no known modality."""
    knots = np.linspace(-1.2, 1.2, int(rng.integers(5, 9)), dtype=np.float32)
    return remap(image, knots, rng.uniform(-1, 1, knots.size).astype(np.float32))


def random_window(rng: Rng, image: Image) -> Image:
    """A display window: between two quantiles of the clip, which become -1 and +1."""
    sample = image.reshape(-1)[:: max(1, image.size // 4000)]
    body = sample[sample > sample.min() + 0.05]
    if body.size < 100:
        return image
    low, high = np.quantile(body, [rng.uniform(0.0, 0.2), rng.uniform(0.85, 1.0)])
    if high - low < 0.1:
        return image
    return np.asarray((image - low) * (2.0 / (high - low)) - 1.0, np.float32)


def bias_field(rng: Rng, image: Image) -> Image:
    slices, height, width = image.shape
    field = smooth_field(rng, (slices, height, width), (2, 3, 3)) * np.float32(rng.uniform(0.1, 0.4))
    return np.asarray((image + 1.0) * np.exp(field) - 1.0, np.float32)


def blur(image: Image, sigma_px: float) -> Image:
    """Gaussian in the plane (separable, 7 taps)."""
    taps = np.exp(-0.5 * (np.arange(-3, 4) / sigma_px) ** 2).astype(np.float32)
    kernel = torch.from_numpy(taps / taps.sum())
    stack = torch.from_numpy(image)[:, None]
    stack = F.conv2d(F.pad(stack, (0, 0, 3, 3), mode="replicate"), kernel.view(1, 1, 7, 1))
    blurred: Image = F.conv2d(F.pad(stack, (3, 3, 0, 0), mode="replicate"), kernel.view(1, 1, 1, 7))[:, 0].numpy()
    return blurred


def low_resolution(rng: Rng, image: Image) -> Image:
    factor = float(rng.uniform(0.35, 0.7))
    stack = torch.from_numpy(image)[:, None]
    small: Tensor = F.interpolate(stack, scale_factor=factor, mode="area")
    enlarged: Image = F.interpolate(small, size=image.shape[1:], mode="bilinear")[:, 0].numpy()
    return enlarged


def noise(rng: Rng, image: Image) -> Image:
    grain = rng.standard_normal(image.shape, dtype=np.float32) * np.float32(rng.uniform(0.02, 0.18))
    if rng.random() < 0.3:
        grain = blur(grain, 0.8) * np.float32(1.8)
    return image + grain


def unequal_slices(rng: Rng, image: Image) -> Image:
    """Brightness and contrast that change from slice to slice (interleaved acquisition, table motion)."""
    slices = image.shape[0]
    gain = np.exp(rng.normal(0.0, 0.07, (slices, 1, 1))).astype(np.float32)
    shift = rng.normal(0.0, 0.05, (slices, 1, 1)).astype(np.float32)
    return image * gain + shift


def vary_appearance(rng: Rng, image: Image, strength: float = 1.0) -> Image:
    """Applies a random few of the above; `strength` 0..1 scales how likely each is."""
    if rng.random() < 0.3 * strength:
        image = random_window(rng, image)
    if rng.random() < 0.4 * strength:
        image = random_curve(rng, np.clip(image, -NORMALISED_LIMIT, NORMALISED_LIMIT))
    if rng.random() < 0.08 * strength:
        image = shuffled_histogram(rng, image)
    if rng.random() < 0.12 * strength:
        image = -image
    if rng.random() < 0.3 * strength:
        image = bias_field(rng, image)
    kind = rng.random()
    if kind < 0.12 * strength:
        image = blur(image, float(rng.uniform(0.5, 1.4)))
    elif kind < 0.25 * strength:
        image = low_resolution(rng, image)
    if rng.random() < 0.4 * strength:
        image = noise(rng, image)
    if rng.random() < 0.15 * strength:
        image = unequal_slices(rng, image)
    if rng.random() < 0.5 * strength:
        image = image * np.float32(rng.uniform(0.75, 1.2)) + np.float32(rng.uniform(-0.15, 0.15))
    return np.clip(image, -NORMALISED_LIMIT, NORMALISED_LIMIT)
