"""What goes into and comes out of the network for one slice.

K label slots exclude each other; padded slots are inactive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Pyramid(NamedTuple):
    """Prompt-independent features of slices, the only thing that is cached: each (B, D, H/s, W/s)."""

    stride4: Tensor
    stride8: Tensor
    stride16: Tensor

    def slices(self, count: int) -> list[Pyramid]:
        """Split a batch that was put together slice by slice (count * B, ...) into ``count`` pyramids of B.

        Channels stay last in memory in both directions, so that the gradients of the slices meet without a shuffle.
        """
        parts = []
        for level in self:
            last = level.permute(0, 2, 3, 1).reshape(count, -1, *level.shape[2:], level.shape[1]).unbind(0)
            parts.append([part.permute(0, 3, 1, 2) for part in last])
        return [Pyramid(*levels) for levels in zip(*parts, strict=True)]


@dataclass(frozen=True)
class Guidance:
    """What the user said on this slice."""

    active: Tensor  # (B, K) bool
    class_index: Tensor  # (B, K) long, -1: a generic slot whose identity comes from prompts alone
    positive: Tensor  # (B, K, H/4, W/4) 0..1
    negative: Tensor  # (B, K, H/4, W/4) 0..1, the label's own; positives of other labels are added by the network
    has_prompt: Tensor  # (B, K) bool


@dataclass(frozen=True)
class Carried:
    """What a slice hands on to its neighbour, per label."""

    centroids: Tensor  # (B, K, M, D) aggregated over the past slices
    anchor: Tensor  # (B, K, M, D) those of the last prompted slice: a memory against drift
    prior: Tensor  # (B, K, H/4, W/4) probability of the label on the previous slice, 0..1
    known: Tensor  # (B, K) bool
    absent_for: Tensor  # (B, K) float, slices since the label was last present
    distance: Tensor  # (B, K) float, slices since the anchor
    trust: Tensor  # (B, K) float 0..1, how good the prior is taken to be; 1 where a person painted it


@dataclass(frozen=True)
class SlicePrediction:
    """The labels of one slice, and what the next slice needs."""

    logits: Tensor  # (B, K+1, H, W) float32, index 0 is background, inactive slots are -inf
    presence: Tensor  # (B, K) logit
    quality: Tensor  # (B, K) logit of the Dice to expect
    carried: Carried
    step_logits: tuple[Tensor, ...]  # (B, K+1, H/s, W/s) a clustering step, coarse to fine; empty outside training

    def labels(self) -> Tensor:
        """(B, H, W) uint8, 0..K: the likeliest label of each pixel, the lower one of equals.

        The same as ``argmax(1)``, which is an order of magnitude slower on a CPU for so few values.
        """
        best, *others = self.logits.detach().unbind(1)
        chosen = torch.zeros_like(best, dtype=torch.uint8)
        for index, other in enumerate(others, start=1):
            chosen.masked_fill_(other > best, index)
            best = torch.maximum(best, other)
        return chosen
