"""Is the label on this slice at all, and how good is its mask?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from segmentation_engine.model.centroids import positive_prompt
from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.place import LABEL_MAPS
from segmentation_engine.model.state import Guidance

_POINTED_AT = 4.0
_LEAST_EXPECTED = 0.1


class PresenceHead(nn.Module):
    """(B, K) logits from the centroids and what the coarse mask looks like; a label pointed at is present."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        inputs = config.centroids_per_label * config.centroid_dim + _SUMMARY + LABEL_MAPS
        self.layers = nn.Sequential(
            nn.Linear(inputs, config.centroid_dim), nn.ReLU(inplace=True), nn.Linear(config.centroid_dim, 1)
        )

    def forward(self, centroids: Tensor, odds: Tensor, maps: Tensor, guidance: Guidance) -> Tensor:
        inputs = torch.cat([centroids.flatten(2), mask_summary(odds), maps.mean((3, 4))], 2)
        logit: Tensor = self.layers(inputs)[..., 0]
        return torch.where(positive_prompt(guidance), logit.clamp(min=_POINTED_AT), logit)


class QualityHead(nn.Module):
    """(B, K) logit of the Dice to expect, from the centroids and how decided the mask is."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        inputs = config.centroids_per_label * config.centroid_dim + _SUMMARY + LABEL_MAPS + 1
        self.layers = nn.Sequential(
            nn.Linear(inputs, config.centroid_dim), nn.ReLU(inplace=True), nn.Linear(config.centroid_dim, 1)
        )

    def forward(self, centroids: Tensor, odds: Tensor, maps: Tensor, presence: Tensor) -> Tensor:
        summary = [centroids.flatten(2), mask_summary(odds), maps.mean((3, 4)), presence[..., None].clamp(-8, 8)]
        logit: Tensor = self.layers(torch.cat(summary, 2).detach())[..., 0]
        return logit


def dice_optimal_shift(quality: Tensor, known: Tensor) -> Tensor:
    """What to add to the log-odds (B, K) of a label's pixels, so that those above zero make the best mask: where a Dice
    of q is to be expected, they are the ones likelier than q / 2 (Lipton, Elkan, Naryanaswamy, 2014, theorem 1). Only
    for labels that the neighbour does not know: its doubts would grow from slice to slice."""
    expected = quality.sigmoid().clamp(min=_LEAST_EXPECTED)
    return torch.where(known, torch.zeros_like(quality), -torch.logit(expected / 2))


_SUMMARY = 5


def mask_summary(odds: Tensor) -> Tensor:
    """(B, K, h, w) log-odds -> (B, K, 5): highest, area, how decided inside and everywhere, log of the area."""
    probability = odds.sigmoid()
    area = probability.mean((2, 3))
    inside = probability.square().mean((2, 3)) / area.clamp(min=1e-4)
    undecided = (probability * (1 - probability)).mean((2, 3)) / area.clamp(min=1e-4)
    highest = odds.amax((2, 3)).clamp(-10, 10) / 5
    return torch.stack([highest, area, inside, undecided, torch.log(area + 1e-4) / 5], 2)
