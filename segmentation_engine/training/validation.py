"""A quick look at held-out clips while training: one point a label, and no prompt at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from segmentation_engine.model import S2VNet
from segmentation_engine.training.data import ClipBatch
from segmentation_engine.training.losses import LossWeights
from segmentation_engine.training.plan import PlanOptions
from segmentation_engine.training.rollout import ClipRollout

ONE_POINT = PlanOptions(
    automatic=0, keep_name=0, late_prompt=0, second_slice=0, more_points=0, correct=1, disturb_prior=0, true_prior=0
)
UNGUIDED = PlanOptions(automatic=1, keep_name=0, correct=0, disturb_prior=0, true_prior=0)
_WATCHED = ("total", "dice_first", "dice_later", "dice_corrected", "dice_after", "leaked_px", "presence")


@torch.no_grad()
def validate(net: S2VNet, clips: Iterable[ClipBatch], seed: int) -> dict[str, float]:
    """Means over batches: Dice of the prompted first slice, of the later ones, and before and after a correction."""
    device = next(net.parameters()).device
    gathered: dict[str, list[float]] = defaultdict(list)
    for number, batch in enumerate(clips):
        for name, options in (("point", ONE_POINT), ("automatic", UNGUIDED)):
            shown = batch if name == "point" else _named_only(batch)
            if shown is None:
                continue
            random = np.random.default_rng([seed, number])
            with torch.autocast(device.type, torch.bfloat16):
                terms: dict[str, Tensor] = ClipRollout(net, options, LossWeights())(shown, random)
            for term in set(_WATCHED) & set(terms):
                gathered[f"{name}_{term}"].append(float(terms[term]))
    return {name: float(np.mean(values)) for name, values in gathered.items()}


def _named_only(batch: ClipBatch) -> ClipBatch | None:
    """The clips that automatic mode can do, or None."""
    if not bool(batch.named.any()):
        return None
    keep = batch.named
    kept = (batch.image, batch.labels, batch.label_active, batch.class_index, batch.named, batch.spacing_mm)
    return ClipBatch(*(value[keep] for value in kept))
