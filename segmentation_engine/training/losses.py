"""What a slice's prediction is punished for: its pixels, its steps, whether it says what is there and how well."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.model import SlicePrediction

_LOWEST_SCORE = -30.0
_DICE_SMOOTHING_PX = 8.0
_LEAK_SMOOTHING_PX = 64.0


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms of a slice's loss."""

    pixels: float = 1.0
    dice: float = 1.0
    leak: float = 0.2
    steps: float = 0.2
    presence: float = 0.3
    quality: float = 0.1


class Truth:
    """One slice of B clips: labels (B, H, W) long in 0..K, active (B, K) bool, both on one device."""

    def __init__(self, labels: Tensor, active: Tensor) -> None:
        self.labels, self.active = labels, active
        self.target = one_hot(labels, active.shape[1])  # (B, K+1, H, W)
        self.present = (self.target[:, 1:].amax((2, 3)) > 0) & active  # (B, K)
        self.absent = ~self.present & active


def one_hot(labels: Tensor, slots: int) -> Tensor:
    """(B, H, W) -> (B, K+1, H, W) float."""
    values = torch.arange(slots + 1, device=labels.device)[None, :, None, None]
    return (labels[:, None] == values).float()


def slice_losses(prediction: SlicePrediction, truth: Truth, weights: LossWeights) -> dict[str, Tensor]:
    """Named scalars; ``total`` is the weighted sum of the losses, Dice and leaked pixels are watched beside them."""
    target, present = truth.target, truth.present
    probability = prediction.logits.softmax(1)[:, 1:]
    leaked = probability.sum((2, 3))
    reached, area = reached_dice(prediction.labels(), target)
    terms = {
        "pixels": F.cross_entropy(prediction.logits, truth.labels),
        "dice": masked_mean(1 - soft_dice(probability, target[:, 1:]), present),
        "leak": masked_mean(leaked / (leaked + _LEAK_SMOOTHING_PX), truth.absent),
        "steps": step_loss(prediction.step_logits, target),
        "presence": masked_mean(_binary(prediction.presence, present.float()), truth.active),
        "quality": masked_mean(_binary(prediction.quality, reached), truth.active),
    }
    total = torch.stack([getattr(weights, name) * value for name, value in terms.items()]).sum()
    watched = {"reached": masked_mean(reached, present)} if bool(present.any()) else {}
    if bool(truth.absent.any()):
        watched["leaked_px"] = masked_mean(area, truth.absent)
    return {**terms, **watched, "total": total}


def soft_dice(probability: Tensor, target: Tensor) -> Tensor:
    """(B, K, H, W) twice -> (B, K)."""
    both = (probability * target).sum((2, 3))
    sizes = probability.sum((2, 3)) + target.sum((2, 3))
    return (2 * both + _DICE_SMOOTHING_PX) / (sizes + _DICE_SMOOTHING_PX)


def step_loss(step_logits: tuple[Tensor, ...], target: Tensor) -> Tensor:
    """Mean cross-entropy of the clustering steps against the share that each label has of a coarse cell."""
    losses = []
    for logits in step_logits:
        shares = F.adaptive_avg_pool2d(target, (logits.shape[-2], logits.shape[-1]))
        logs = logits.clamp(min=_LOWEST_SCORE).log_softmax(1)
        losses.append(-(shares * logs).sum(1).mean())
    return torch.stack(losses).mean() if losses else target.new_zeros(())


@torch.no_grad()
def reached_dice(labels: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Dice of exclusive labels (B, H, W) and their areas, (B, K) both; a label that is rightly empty has Dice 1."""
    chosen = one_hot(labels, target.shape[1] - 1)[:, 1:]
    both = (chosen * target[:, 1:]).sum((2, 3))
    area = chosen.sum((2, 3))
    sizes = area + target[:, 1:].sum((2, 3))
    return torch.where(sizes > 0, 2 * both / sizes.clamp(min=1), torch.ones_like(both)), area


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of values (B, K) where mask; 0 where there is nothing."""
    chosen = mask.to(values.dtype)
    return (values * chosen).sum() / chosen.sum().clamp(min=1)


def _binary(logits: Tensor, target: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none")
