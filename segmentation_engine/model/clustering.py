"""Cross-attention as clustering: pixels choose among the centroids, centroids move to the pixels that they won."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.place import BACKGROUND_MAPS, LABEL_MAPS, PlaceMaps
from segmentation_engine.model.state import Pyramid


def assign(scores: Tensor, hard: bool) -> Tensor:
    """Scores (B, N, P) of N centroids -> how much of each pixel each centroid wins; sums to 1 over the centroids.

    Hard assignment is one-hot; its gradient is that of the soft one.
    """
    soft = scores.softmax(1)
    if not hard:
        return soft
    winner = torch.zeros_like(soft).scatter_(1, soft.argmax(1, keepdim=True), 1.0)
    return winner + soft - soft.detach()


def won_features(assignment: Tensor, features: Tensor) -> Tensor:
    """Mean of the features (B, P, D) that each centroid won by assignment (B, N, P) -> (B, N, D)."""
    total = assignment.sum(2, keepdim=True)
    return torch.bmm(assignment, features) / total.clamp(min=1e-3)


class Pixels(NamedTuple):
    """One level of the pyramid, flattened, with the maps of place at its stride."""

    features: Tensor  # (B, P, D)
    label_maps: Tensor  # (B * K, LABEL_MAPS, P)
    background_maps: Tensor  # (B, BACKGROUND_MAPS, P)
    size: tuple[int, int]


class Matching(nn.Module):
    """Score of every pixel for every centroid, in the joint space of appearance and place.

    The projection of the pixels is folded into that of the centroids, so that no work is done per pixel but one
    product with the few centroids.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, dim)
        self.label_place = nn.Linear(dim, LABEL_MAPS + 1)
        self.background_place = nn.Linear(dim, BACKGROUND_MAPS + 1)
        self.scale = 1 / math.sqrt(dim)
        nn.init.eye_(self.query.weight)  # at first a plain similarity, and place says nothing yet
        for parameter in (self.query.bias, *self.label_place.parameters(), *self.background_place.parameters()):
            nn.init.zeros_(parameter)

    def forward(self, labels: Tensor, background: Tensor, pixels: Pixels) -> Tensor:
        """Label centroids (B, K, M, D), background (B, N, D) -> scores (B, K * M + N, P)."""
        batch, slots, per_label, _ = labels.shape
        looks = torch.cat([labels.flatten(1, 2), background], 1)
        scores = torch.bmm(self.query(looks) * self.scale, pixels.features.transpose(1, 2))
        label_place = self.label_place(labels)
        weights = label_place[..., :-1].flatten(0, 1)
        label_bias = torch.bmm(weights, pixels.label_maps).reshape(batch, slots * per_label, -1)
        background_place = self.background_place(background)
        background_bias = torch.bmm(background_place[..., :-1], pixels.background_maps)
        constant = torch.cat([label_place[..., -1].flatten(1), background_place[..., -1]], 1)
        return scores + torch.cat([label_bias, background_bias], 1) + constant[:, :, None]


class ClusteringStep(nn.Module):
    """Assign, update, let the centroids look at each other, and a feed-forward layer."""

    def __init__(self, config: S2VNetConfig, finest: bool) -> None:
        """Steps at the finest stride start as those of a k-means over its features, coarser ones as doing nothing."""
        super().__init__()
        dim = config.centroid_dim
        self.hard = config.hard_assignment
        self.heads = config.attention_heads
        self.matching = Matching(dim)
        self.update = nn.Linear(dim + 1, dim)
        self.update_norm = nn.LayerNorm(dim)
        self.attention_in = nn.Linear(dim, 3 * dim)
        self.attention_out = nn.Linear(dim, dim)
        self.attention_norm = nn.LayerNorm(dim)
        feed_out = nn.Linear(2 * dim, dim)
        self.feed = nn.Sequential(nn.Linear(dim, 2 * dim), nn.ReLU(inplace=True), feed_out)
        self.feed_norm = nn.LayerNorm(dim)
        nn.init.zeros_(self.update.weight)
        if finest:
            nn.init.eye_(self.update.weight)
        for layer in (self.attention_out, feed_out):
            nn.init.zeros_(layer.weight)
        for bias in (self.update.bias, self.attention_out.bias, feed_out.bias):
            nn.init.zeros_(bias)

    def forward(
        self, labels: Tensor, background: Tensor, pixels: Pixels, taken: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """``taken`` (B, K * M + N) bool, False for padded slots -> new labels, new background, scores (B, N', P)."""
        scores = self.matching(labels, background, pixels).masked_fill(~taken[:, :, None], -math.inf)
        assignment = assign(scores, self.hard)
        share = torch.log(assignment.sum(2, keepdim=True) / assignment.shape[2] + 1e-3)
        update = self.update(torch.cat([won_features(assignment, pixels.features), share], 2))
        centroids = self.update_norm(torch.cat([labels.flatten(1, 2), background], 1) + update)
        centroids = self.attention_norm(centroids + self._look_around(centroids, taken))
        centroids = self.feed_norm(centroids + self.feed(centroids))
        count = labels.shape[1] * labels.shape[2]
        return centroids[:, :count].reshape(labels.shape), centroids[:, count:], scores

    def _look_around(self, centroids: Tensor, taken: Tensor) -> Tensor:
        batch, count, dim = centroids.shape
        heads = self.attention_in(centroids).reshape(batch, count, 3, self.heads, dim // self.heads)
        query, key, value = heads.permute(2, 0, 3, 1, 4).unbind(0)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=taken[:, None, None, :])
        out: Tensor = self.attention_out(seen.transpose(1, 2).reshape(batch, count, dim))
        return out


class Clustered(NamedTuple):
    """What the steps leave behind."""

    labels: Tensor  # (B, K, M, D)
    background: Tensor  # (B, N, D)
    scores: Tensor  # (B, K+1, H/4, W/4) final log-odds per label, background first, inactive slots -inf
    step_scores: tuple[Tensor, ...]


class ClusteringDecoder(nn.Module):
    """Several steps at stride 16, then 8, then 4, and a last matching that gives the coarse masks."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.strides = [index for index, count in enumerate(config.steps_per_stride) for _ in range(count)]
        self.steps = nn.ModuleList(ClusteringStep(config, level == max(self.strides)) for level in self.strides)
        self.final = Matching(config.centroid_dim)

    def forward(
        self, labels: Tensor, background: Tensor, pyramid: Pyramid, maps: PlaceMaps, active: Tensor, keep_steps: bool
    ) -> Clustered:
        """Start centroids -> Clustered; ``keep_steps`` also returns the scores of each step (deep supervision)."""
        levels = flatten_levels(pyramid, maps)
        taken = torch.cat([active.repeat_interleave(labels.shape[2], 1), active.new_ones(background.shape[:2])], 1)
        kept = []
        for level, step in zip(self.strides, self.steps, strict=True):
            labels, background, scores = step(labels, background, levels[level], taken)
            if keep_steps:
                kept.append(label_scores(scores, labels.shape, levels[level].size))
        finest = levels[-1]
        scores = self.final(labels, background, finest).masked_fill(~taken[:, :, None], -math.inf)
        coarse = label_scores(scores, labels.shape, finest.size)
        return Clustered(labels, background, coarse, (*kept, coarse) if keep_steps else ())


def flatten_levels(pyramid: Pyramid, maps: PlaceMaps) -> list[Pixels]:
    """Coarse to fine."""
    maps8 = maps.coarser()
    levels = []
    for features, place in zip(reversed(pyramid), (maps8.coarser(), maps8, maps), strict=True):
        size = (features.shape[2], features.shape[3])
        label_maps = place.label.flatten(0, 1).flatten(2)
        pixels = features.permute(0, 2, 3, 1).flatten(1, 2)
        levels.append(Pixels(pixels, label_maps, place.background.flatten(2), size))
    return levels


def label_scores(scores: Tensor, label_shape: torch.Size, size: tuple[int, int]) -> Tensor:
    """Centroid scores (B, K * M + N, P) -> (B, K+1, h, w): a label is worth the log-sum of its own centroids."""
    batch, slots, per_label, _ = label_shape
    count = slots * per_label
    labels = scores[:, :count].reshape(batch, slots, per_label, -1).logsumexp(2)
    background = scores[:, count:].logsumexp(1, keepdim=True)
    return torch.cat([background, labels], 1).reshape(batch, slots + 1, *size)
