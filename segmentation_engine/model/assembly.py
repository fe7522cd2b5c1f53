"""From centroids to masks: fusion of scores, prompts and prior at stride 4, then an image-guided rise to full size."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.layers import ConvNorm
from segmentation_engine.model.place import LABEL_MAPS

_LOWEST = -30.0
_NEIGHBOURS = 9


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

    def forward(self, features: Tensor, centroids: Tensor, scores: Tensor, maps: Tensor) -> Tensor:
        """Features (B, D, h, w), centroids (B, K, M, D), scores (B, K+1, h, w), maps (B, K, C, h, w)
        -> log-odds against background (B, K, h, w)."""
        batch, slots, _, height, width = maps.shape
        odds, rivals = log_odds(scores)
        inputs = torch.cat([maps, torch.stack([odds, rivals], 2) * 0.25], 2).flatten(0, 1)
        scale, shift = self.modulate(centroids.flatten(2)).chunk(2, 2)
        shared = self.reduce(features)[:, None] * scale[..., None, None] + shift[..., None, None]
        fine = F.relu(self.norm(self.maps(inputs) + shared.flatten(0, 1)))
        coarse = self.down(fine)
        coarse = self.up(coarse + self.context(coarse))
        fine = self.mend(fine + F.interpolate(coarse, scale_factor=2.0, mode="nearest"))
        change = self.out(fine).float().reshape(batch, slots, height, width)
        return odds + change


def log_odds(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (B, K+1, h, w) -> each label's against background, and against the best of the other labels."""
    background, labels = scores[:, :1], scores[:, 1:].clamp(min=_LOWEST)
    odds = (labels - background).clamp(_LOWEST, -_LOWEST)
    if labels.shape[1] == 1:
        return odds, -_LOWEST * torch.ones_like(odds) * 0.5
    best, second = labels.topk(2, dim=1).values.unbind(1)
    rival = torch.where(labels == best[:, None], second[:, None], best[:, None])
    return odds, (labels - rival).clamp(_LOWEST / 2, -_LOWEST / 2)


class EdgeHead(nn.Module):
    """Label-independent, from the image itself: how each full-resolution pixel mixes the nine cells around it, and
    a few detail channels that each label weighs by its own embedding. So edges follow the image, not the grid."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        width, self.details = config.edge_width, config.detail_channels
        self.reduce = nn.Conv2d(config.centroid_dim, width, 1)
        self.image = nn.Conv2d(16, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.mix = ConvNorm(width, width)
        self.weights = nn.Conv2d(width, 16 * _NEIGHBOURS, 1)
        self.detail = nn.Conv2d(width, 16 * self.details, 1)
        self.embedding = nn.Linear(config.centroids_per_label * config.centroid_dim, self.details)

    def forward(self, features: Tensor, image: Tensor, centroids: Tensor, odds: Tensor) -> Tensor:
        """Features (B, D, h, w), image (B, 1, 4h, 4w), centroids (B, K, M, D), odds (B, K, h, w) -> (B, K, 4h, 4w)."""
        cells = self.image(F.pixel_unshuffle(image, 4)) + self.reduce(features)
        cells = self.mix(F.relu(self.norm(cells)))
        weights = self.weights(cells).float()
        rise = convex_rise(odds, weights)
        detail = F.pixel_shuffle(self.detail(cells).float(), 4)
        return rise + torch.einsum("bkc,bchw->bkhw", self.embedding(centroids.flatten(2)).float(), detail)


def convex_rise(odds: Tensor, weights: Tensor) -> Tensor:
    """(B, K, h, w) -> (B, K, 4h, 4w): each fine pixel is a convex mix, by weights (B, 16 * 9, h, w), of 3x3 cells."""
    batch, slots, height, width = odds.shape
    shares = weights.reshape(batch, _NEIGHBOURS, 1, 16, height, width).softmax(1)
    padded = F.pad(odds, (1, 1, 1, 1), mode="replicate")
    fine = odds.new_zeros(batch, slots, 16, height, width)
    for index in range(_NEIGHBOURS):
        row, column = divmod(index, 3)
        cell = padded[:, :, None, row : row + height, column : column + width]
        fine = torch.addcmul(fine, shares[:, index], cell)
    return F.pixel_shuffle(fine.flatten(1, 2), 4)
