"""Simulated prompts of a batch as the maps that the network reads, splatted by the function that the session uses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from segmentation_engine.prompts import UNPAINTED, Prompt, pixels_on, splat
from segmentation_engine.training.data.prompt_simulation import (
    LabelMap,
    Pixels,
    box,
    correction_points,
    first_points,
    largest_component,
    lasso,
    scribble,
)

_CORRECTED_SHARE = 0.85
_SCRIBBLED_CORRECTIONS = 0.15
_KINDS = ("point", "scribble", "box", "lasso", "mask")
_KIND_CHANCES = (0.62, 0.13, 0.13, 0.07, 0.05)


class PromptMaps(NamedTuple):
    """Splats at stride 4 per label, (..., K, H/4, W/4)."""

    positive: Tensor
    negative: Tensor

    def at(self, index: tuple[Tensor, Tensor]) -> PromptMaps:
        """Of slice-major maps (T, B, ...), the slice of each clip."""
        return PromptMaps(self.positive[index], self.negative[index])


def first_maps(labels: Tensor, points: Tensor, random: np.random.Generator) -> PromptMaps:
    """Labels (T, B, H, W) and how many points each label would get (T, B, K) -> maps (T, B, K, H/4, W/4); other kinds
    of prompts take the place of the points by chance."""
    height, width = labels.shape[2] // 4, labels.shape[3] // 4
    positive = torch.zeros(*points.shape, height, width)
    negative = torch.zeros_like(positive)
    for position, clip, slot in points.nonzero().tolist():
        shown = labels[position, clip].numpy()
        said = first_prompts(random, shown, slot + 1, int(points[position, clip, slot]))
        pixels = pixels_on(said, 0, slot + 1)
        positive[position, clip, slot] = splat(torch.from_numpy(pixels.positive), height, width)
        negative[position, clip, slot] = splat(torch.from_numpy(pixels.negative), height, width)
    return PromptMaps(positive, negative)


def first_prompts(random: np.random.Generator, shown: LabelMap, label: int, count: int) -> list[Prompt]:
    """What a user may say first of a label on a slice (H, W), as prompts on slice 0: up to ``count`` points, or one
    prompt of another kind; nothing if the slice does not show the label."""
    mask = shown == label
    if not mask.any():
        return []
    kind = str(random.choice(_KINDS, p=_KIND_CHANCES))
    if kind == "scribble":
        return [Prompt.scribble(label, _on_slice(scribble(random, largest_component(mask))))]
    if kind == "box":
        low, high = box(random, mask)
        return [Prompt.box(label, (0, *low), (1, *high))]
    if kind == "lasso":
        return [Prompt.lasso(label, _on_slice(lasso(random, mask)))]
    if kind == "mask":
        return [Prompt.mask(0, np.where(mask, label, UNPAINTED).astype(np.uint8))]
    points = first_points(random, shown, [label] * count)
    return [Prompt.point(label, (0, *pixel)) for point in points for pixel in point.pixels.tolist()]


def _on_slice(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((0, 0), (1, 0)))


def correction_maps(labels: Tensor, predicted: Tensor, before: PromptMaps, random: np.random.Generator) -> PromptMaps:
    """Truth and prediction (B, H, W) -> ``before`` (B, K, h, w) with one point (at times a scribble) more for each
    label that is wrong."""
    positive, negative = before.positive.clone(), before.negative.clone()
    slots, height, width = positive.shape[1:]
    wanted = list(range(1, slots + 1))
    for clip in range(len(labels)):
        truth, guess = labels[clip].numpy(), predicted[clip].numpy()
        scribbled = float(random.random() < _SCRIBBLED_CORRECTIONS)
        for prompt in correction_points(random, truth, guess, wanted, _CORRECTED_SHARE, scribbled):
            target = (positive if prompt.positive else negative)[clip, prompt.label - 1]
            target.copy_(torch.maximum(target, splat(torch.from_numpy(prompt.pixels), height, width)))
    return PromptMaps(positive, negative)
