"""From centroids to masks: fusion of scores, prompts and prior at stride 4, then an image-guided rise to full size."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.layers import ConvNorm
from segmentation_engine.model.place import LABEL_MAPS
from segmentation_engine.model.state import Carried

_LOWEST = -30.0
_LEAST_PRIOR = 0.02


class LabelFusion(nn.Module):
    """A small convolutional network per label at strides 4 and 8: where prompts and the previous mask act in space."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        width, wide = config.fusion_width, config.fusion_width * 3 // 2
        self.reduce = nn.Conv2d(config.centroid_dim, width, 1)
        self.modulate = nn.Linear(config.centroids_per_label * config.centroid_dim, 2 * width)
        self.maps = nn.Conv2d(LABEL_MAPS + 2, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.down = ConvNorm(width, wide, stride=2)
        self.context = nn.Sequential(*(ConvNorm(wide, wide, dilation=dilation) for dilation in (1, 2, 4)))
        self.up = nn.Conv2d(wide, width, 1)
        self.mend = ConvNorm(width, width)
        self.out = nn.Conv2d(width, 1, 1)
        nn.init.zeros_(self.out.weight)

    def forward(self, features: Tensor, centroids: Tensor, scores: Tensor, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Features (B, D, h, w), centroids (B, K, M, D), scores (B, K+1, h, w), maps (B, K, C, h, w)
        -> log-odds against background (B, K, h, w), and the fused state (B * K, width, h, w) behind them."""
        batch, slots, _, height, width = maps.shape
        odds, rivals = log_odds(scores)
        inputs = torch.cat([maps, torch.stack([odds, rivals], 2) * 0.25], 2).flatten(0, 1)
        reduced = self.reduce(features)[:, None]
        scale, shift = self.modulate(centroids.flatten(2)).to(reduced.dtype)[..., None, None].chunk(2, 2)
        shared = torch.addcmul(shift, reduced, scale)
        fine = F.relu(self.norm(self.maps(inputs) + shared.flatten(0, 1)))
        coarse = self.down(fine)
        coarse = self.up(coarse + self.context(coarse))
        fine = self.mend(fine + F.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        change: Tensor = self.out(fine).float().reshape(batch, slots, height, width)
        return odds + change, fine


def log_odds(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (B, K+1, h, w) -> each label's against background, and against the best of the other labels."""
    background, labels = scores[:, :1], scores[:, 1:].clamp(min=_LOWEST)
    odds = (labels - background).clamp(_LOWEST, -_LOWEST)
    if labels.shape[1] == 1:
        return odds, -_LOWEST * torch.ones_like(odds) * 0.5
    best, second = labels.topk(2, dim=1).values.unbind(1)
    rival = torch.where(labels == best[:, None], second[:, None], best[:, None])
    return odds, (labels - rival).clamp(_LOWEST / 2, -_LOWEST / 2)


class GeodesicOdds(nn.Module):
    """Seeds compete along the image, as in classical interactive segmentation (Bai and Sapiro, 2007): so much of the
    log-odds needs no learning, and reaches as far as a structure does, however large it is."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(config.geodesic_odds))

    def forward(self, nearer: Tensor, known: Tensor, contradicted: Tensor) -> Tensor:
        """``nearer`` (B, K, h, w) -1..1, which labels (B, K) the neighbour knows, and of which a prompt says otherwise
        -> log-odds (B, K, h, w)."""
        weight = torch.where(known, torch.where(contradicted, self.weight[2], self.weight[1]), self.weight[0])
        return nearer * weight[:, :, None, None]


class PriorOdds(nn.Module):
    """What the neighbouring slice says of a pixel, taken over as far as that slice can be trusted: a mask that a person
    painted is carried on as it is, a doubtful guess is looked at anew."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(config.prior_odds))
        self.hand_over = config.hand_over

    def forward(self, carried: Carried, contradicted: Tensor) -> Tensor:
        """What is carried, and of which labels (B, K) a prompt says otherwise -> log-odds (B, K, h, w)."""
        weight = F.relu(self.weight[0] + self.weight[1] * carried.trust)
        taken = carried.known & ~contradicted & self.hand_over
        odds = carried.prior.clamp(_LEAST_PRIOR, 1 - _LEAST_PRIOR).logit()
        return odds * (weight * taken)[:, :, None, None]


class EdgeHead(nn.Module):
    """The rise to full resolution. What the image looks like around each cell of stride 4 is computed once for all
    labels; each label combines it with its own fused state into the sixteen pixels of the cell. So edges follow the
    image, not the grid, and another label costs two 1x1 convolutions."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        width = config.edge_width
        self.reduce = nn.Conv2d(config.centroid_dim, width, 1)
        self.image = nn.Conv2d(16, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.mix = ConvNorm(width, width)
        self.cells = nn.Conv2d(width, config.fusion_width, 1)
        self.label = nn.Conv2d(config.fusion_width, config.fusion_width, 1)
        self.pixels = nn.Conv2d(config.fusion_width, 16, 1)
        nn.init.zeros_(self.pixels.weight)

    def forward(self, features: Tensor, image: Tensor, fused: Tensor, odds: Tensor) -> Tensor:
        """Features (B, D, h, w), image (B, 1, 4h, 4w), fused states (B * K, C, h, w), odds (B, K, h, w)
        -> log-odds (B, K, 4h, 4w)."""
        batch, slots, height, width = odds.shape
        cells = self.image(F.pixel_unshuffle(image, 4)) + self.reduce(features)
        cells = self.cells(self.mix(F.relu(self.norm(cells))))
        label = self.label(fused).unflatten(0, (batch, slots))
        mixed = F.relu(label + cells[:, None]).flatten(0, 1)
        detail = F.pixel_shuffle(self.pixels(mixed).float(), 4).reshape(batch, slots, 4 * height, 4 * width)
        return detail + F.interpolate(odds, scale_factor=4.0, mode="bilinear", align_corners=False)
