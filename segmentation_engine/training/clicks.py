"""Simulated prompts of a batch as the maps that the network reads, splatted by the function that the session uses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from segmentation_engine.prompts import splat
from segmentation_engine.training.data.prompt_simulation import correction_points, first_points

_CORRECTED_SHARE = 0.85


class PromptMaps(NamedTuple):
    """Splats at stride 4 per label, (..., K, H/4, W/4)."""

    positive: Tensor
    negative: Tensor

    def at(self, index: tuple[Tensor, Tensor]) -> PromptMaps:
        """Of slice-major maps (T, B, ...), the slice of each clip."""
        return PromptMaps(self.positive[index], self.negative[index])


def first_maps(labels: Tensor, points: Tensor, random: np.random.Generator) -> PromptMaps:
    """Labels (T, B, H, W) and how many points each label gets (T, B, K) -> maps (T, B, K, H/4, W/4)."""
    height, width = labels.shape[2] // 4, labels.shape[3] // 4
    positive = torch.zeros(*points.shape, height, width)
    for position, clip, slot in points.nonzero().tolist():
        shown = labels[position, clip].numpy()
        wanted = [slot + 1] * int(points[position, clip, slot])
        pixels = [torch.from_numpy(prompt.pixels) for prompt in first_points(random, shown, wanted)]
        if pixels:
            positive[position, clip, slot] = splat(torch.cat(pixels), height, width)
    return PromptMaps(positive, torch.zeros_like(positive))


def correction_maps(labels: Tensor, predicted: Tensor, before: PromptMaps, random: np.random.Generator) -> PromptMaps:
    """Truth and prediction (B, H, W) -> ``before`` (B, K, h, w) with one point more for each label that is wrong."""
    positive, negative = before.positive.clone(), before.negative.clone()
    slots, height, width = positive.shape[1:]
    wanted = list(range(1, slots + 1))
    for clip in range(len(labels)):
        truth, guess = labels[clip].numpy(), predicted[clip].numpy()
        for prompt in correction_points(random, truth, guess, wanted, _CORRECTED_SHARE):
            target = (positive if prompt.positive else negative)[clip, prompt.label - 1]
            target.copy_(torch.maximum(target, splat(torch.from_numpy(prompt.pixels), height, width)))
    return PromptMaps(positive, negative)
