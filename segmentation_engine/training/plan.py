"""What happens to each clip of a batch: which clips run unguided, which labels keep their names, where prompts go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class PlanOptions:
    """Chances with which guidance is dropped, names are kept, prompts are repeated and clips corrected."""

    automatic: float = 0.5
    keep_name: float = 0.25
    late_prompt: float = 0.15
    second_slice: float = 0.15
    more_points: float = 0.3
    most_points: int = 5
    correct: float = 0.65
    disturb_prior: float = 0.15
    true_prior: float = 0.15


@dataclass(frozen=True)
class ClipPlan:
    """The choices for one batch of B clips of T slices and K label slots."""

    class_index: Tensor  # (B, K) long, -1 where the slot must live from prompts alone
    points: Tensor  # (T, B, K) long, how many first points a label gets on a slice
    introduced: Tensor  # (T, B, K) bool, the network can know of the label by then
    correct: bool


def plan_clips(
    present: Tensor, class_index: Tensor, named: Tensor, options: PlanOptions, random: np.random.Generator
) -> ClipPlan:
    """``present`` (T, B, K) bool says which label is on which slice; ``named`` (B,) which clips may run unguided."""
    count, batch, slots = present.shape
    automatic = named.numpy() & (random.random(batch) < options.automatic)
    keep = automatic[:, None] | (random.random((batch, 1)) < options.keep_name)
    index = torch.where(torch.from_numpy(keep), class_index, torch.full_like(class_index, -1))
    points = torch.zeros(count, batch, slots, dtype=torch.long)
    seen = present.numpy()
    for clip in np.flatnonzero(~automatic):
        for slot in range(slots):
            for position in _prompted_slices(np.flatnonzero(seen[:, clip, slot]), options, random):
                points[position, clip, slot] = _point_count(options, random)
    introduced = (points.cumsum(0) > 0) | (index >= 0)
    return ClipPlan(index, points, introduced, bool(random.random() < options.correct))


def _prompted_slices(seen: np.ndarray, options: PlanOptions, random: np.random.Generator) -> list[int]:
    if not len(seen):
        return []
    first = int(random.choice(seen)) if random.random() < options.late_prompt else int(seen[0])
    again = [int(random.choice(seen))] if random.random() < options.second_slice else []
    return sorted({first, *again})


def _point_count(options: PlanOptions, random: np.random.Generator) -> int:
    if random.random() >= options.more_points:
        return 1
    return int(random.integers(2, options.most_points + 1))
