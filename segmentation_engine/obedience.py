"""What the user says of a pixel holds there, and close by where the image looks the same, whatever the network thinks.

A bilateral bump (Tomasi and Manduchi 1998) lifts a label's score just as far as it takes at the pixels that were
pointed at, and lowers it where the label was refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

MARGIN = 2.0  # log-odds by which what was said wins
REACH_PX = 4.0
GREY_REACH = 0.12  # of intensities between about -1 and 1
WINDOW_PX = 8


@dataclass(frozen=True)
class Said:
    """Pixels (N, 2) as (y, x) of the working grid that are the label, and that are not."""

    is_label: Tensor
    is_not: Tensor


def obeyed(logits: Tensor, image: Tensor, said: Sequence[Said]) -> Tensor:
    """Scores (K+1, H, W), background first, and grey values (H, W) -> scores in which each of the K labels wins where
    it was pointed at and loses where it was refused. Pointing is stronger than refusing."""
    if not any(len(one.is_label) or len(one.is_not) for one in said):
        return logits
    scores = logits.clone()
    for slot, one in enumerate(said, start=1):
        rows, columns = _pixels(one.is_not, image)
        need = (scores[slot, rows, columns] - scores[0, rows, columns] + MARGIN).clamp(min=0)
        scores[slot] -= _bump(need, rows, columns, image)
    for slot, one in enumerate(said, start=1):
        rows, columns = _pixels(one.is_label, image)
        rivals = torch.cat([scores[:slot], scores[slot + 1 :]])[:, rows, columns].amax(0)
        need = (rivals - scores[slot, rows, columns] + MARGIN).clamp(min=0)
        scores[slot] += _bump(need, rows, columns, image)
    return scores


def _pixels(places: Tensor, image: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest pixels of the grid, (N,) rows and columns."""
    whole = places.to(image.device).reshape(-1, 2).round().long()
    return whole[:, 0].clamp(0, image.shape[0] - 1), whole[:, 1].clamp(0, image.shape[1] - 1)


def _bump(heights: Tensor, rows: Tensor, columns: Tensor, image: Tensor) -> Tensor:
    """(H, W): around each of N pixels a bell of its height, that of the highest where they overlap; 0 elsewhere."""
    bump = torch.zeros_like(image)
    if not len(heights) or not bool(heights.any()):
        return bump
    steps = torch.arange(-WINDOW_PX, WINDOW_PX + 1, device=image.device)
    down, right = (offset.reshape(1, -1) for offset in torch.meshgrid(steps, steps, indexing="ij"))
    near_rows, near_columns = rows[:, None] + down, columns[:, None] + right
    height, width = image.shape
    inside = (near_rows >= 0) & (near_rows < height) & (near_columns >= 0) & (near_columns < width)
    grey = image[near_rows.clamp(0, height - 1), near_columns.clamp(0, width - 1)] - image[rows, columns][:, None]
    distance = (down.square() + right.square()) / REACH_PX**2 + grey.square() / GREY_REACH**2
    bells = heights[:, None] * torch.exp(-distance / 2)
    places = (near_rows * width + near_columns)[inside]
    return bump.view(-1).scatter_reduce(0, places, bells[inside], reduce="amax").view(height, width)
