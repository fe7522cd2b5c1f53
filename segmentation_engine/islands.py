"""Pieces of a mask that hang together with nothing that was said or known: no user means them.

A label may come in several pieces, each where the neighbouring slice shows it or a prompt lies. What lights up
elsewhere only looks like it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.model import Carried, Guidance

SAID = 0.8  # of a splat at stride 4
LIKELY = 0.3  # of the neighbour's probability
REACH_CELLS = 1  # so far a piece may have moved from one slice to the next
REFUSED = -20.0  # log-odds
Mask = npt.NDArray[np.bool_]


def support(guidance: Guidance, carried: Carried) -> Tensor:
    """(K, H, W) bool: where each label was pointed at or is known to be on the neighbouring slice, and close by."""
    known = carried.known[0, :, None, None] & (carried.prior[0] > LIKELY)
    cells = ((guidance.positive[0] > SAID) | known).float()[None]
    reached = F.max_pool2d(cells, 2 * REACH_CELLS + 1, 1, REACH_CELLS)
    return F.interpolate(reached, scale_factor=4.0, mode="nearest")[0] > 0


def islands(mask: Mask, supported: Mask) -> Mask:
    """Of a mask (H, W) the connected pieces that ``supported`` does not touch; none if it touches no piece at all."""
    pieces, count = ndimage.label(mask)
    touched = np.zeros(count + 1, bool)
    touched[pieces[supported]] = True
    touched[0] = False
    alone: Mask = mask & ~touched[pieces] if touched.any() else np.zeros_like(mask)
    return alone


def without_islands(logits: Tensor, labels: Tensor, supported: Tensor) -> Tensor:
    """Scores (K+1, H, W) of a slice and its likeliest labels (H, W) -> scores that refuse each label its islands."""
    kept = logits
    for slot, touched in enumerate(supported.cpu().numpy(), start=1):
        mask = (labels == slot).cpu().numpy()
        alone = islands(mask, touched) if mask.any() and touched.any() else None
        if alone is not None and alone.any():
            kept = kept.clone() if kept is logits else kept
            kept[slot][torch.from_numpy(alone).to(kept.device)] = REFUSED
    return kept
