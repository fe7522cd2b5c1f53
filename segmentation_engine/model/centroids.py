"""Where a slice's centroids start, and how those of several past slices become one."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.state import Carried, Guidance, Pyramid


def pool_under(features: Tensor, weights: Tensor) -> Tensor:
    """Mean of features (B, D, h, w) under weights (B, N, h, w) >= 0 -> (B, N, D); zero where there is no weight."""
    flat = weights.flatten(2)
    total = flat.sum(2, keepdim=True)
    return torch.bmm(flat, features.permute(0, 2, 3, 1).flatten(1, 2)) / total.clamp(min=1e-4)


class ClickFeatureSampling(nn.Module):
    """Reads the pyramid under the pixels of prompts: (B, N, h, w) splats at stride 4 -> (B, N, 3 D)."""

    def forward(self, pyramid: Pyramid, splats: Tensor) -> Tensor:
        splats = splats.square()  # narrower: what is under the click, not beside it
        splats8 = F.max_pool2d(splats, 2)
        splats16 = F.max_pool2d(splats8, 2)
        parts = [pool_under(pyramid.stride4, splats), pool_under(pyramid.stride8, splats8)]
        return torch.cat([*parts, pool_under(pyramid.stride16, splats16)], 2)


class CentroidStart(nn.Module):
    """Initial centroids of a slice: prompts, carried centroids and anchor memory, else a learned query."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        dim, per_label = config.centroid_dim, config.centroids_per_label
        self.config = config
        self.sampling = ClickFeatureSampling()
        # The last query is the generic one: class index -1 finds it without a special case.
        self.queries = nn.Parameter(torch.randn(len(config.classes) + 1, per_label, dim) * 0.1)
        self.background = nn.Parameter(torch.randn(config.background_centroids, dim) * 0.5)
        self.from_clicks = nn.Linear(3 * dim, per_label * dim)
        self.from_negatives = nn.Linear(3 * dim, config.background_centroids * dim)
        self.from_surroundings = nn.Linear(dim, config.background_centroids * dim)
        self.mix = nn.Sequential(nn.Linear(4 * dim + 4, 2 * dim), nn.ReLU(inplace=True), nn.Linear(2 * dim, dim))
        self.norm = nn.LayerNorm(dim)
        self.background_norm = nn.LayerNorm(dim)
        self._start_as_seeds()

    @torch.no_grad()
    def _start_as_seeds(self) -> None:
        """Before training a label's centroids are the finest features under its clicks, and those of background the
        mean of what is outside: the seeds of a k-means, from which it learns much faster than from random ones."""
        eye = torch.eye(self.config.centroid_dim)
        dim, per_label = self.config.centroid_dim, self.config.centroids_per_label
        self.from_clicks.weight.mul_(0.2)[:, :dim] += eye.repeat(per_label, 1)
        self.from_negatives.weight.zero_()[:dim, :dim] = eye
        self.from_surroundings.weight.copy_(eye.repeat(self.config.background_centroids, 1))
        last = cast(nn.Linear, self.mix[-1])
        for parameter in (last.weight, last.bias, *(x.bias for x in (self.from_negatives, self.from_surroundings))):
            parameter.zero_()

    def forward(self, pyramid: Pyramid, guidance: Guidance, carried: Carried) -> tuple[Tensor, Tensor]:
        """-> label centroids (B, K, M, D) and background centroids (B, N, D), both normalised."""
        clicks = self.sampling(pyramid, torch.cat([guidance.positive, guidance.negative], 1))
        wanted, refused = clicks.chunk(2, 1)
        return self._labels(wanted, guidance, carried), self._background(pyramid, refused, guidance, carried)

    def _labels(self, wanted: Tensor, guidance: Guidance, carried: Carried) -> Tensor:
        prompted = positive_prompt(guidance)[:, :, None, None].to(wanted.dtype)
        known = carried.known[:, :, None, None].to(wanted.dtype)
        if not self.config.hand_over:
            known = torch.zeros_like(known)
        query = self.queries[guidance.class_index]
        clicked = self.from_clicks(wanted).reshape(query.shape) * prompted
        past = carried.centroids * known
        memory = carried.anchor * (known if self.config.aggregate else 0.0)
        scalars = torch.stack([carried.absent_for.clamp(max=16) / 8, carried.distance.clamp(max=32) / 16], 2)
        facts = torch.cat([prompted, known, scalars[:, :, None, :] * known], 3).expand(-1, -1, query.shape[2], -1)
        start = clicked + (1 - 0.5 * prompted) * (past + (1 - known) * query)
        mixed = self.mix(torch.cat([query, past, memory, clicked, facts], 3))
        return self._normalised(self.norm, start + mixed)

    def _background(self, pyramid: Pyramid, refused: Tensor, guidance: Guidance, carried: Carried) -> Tensor:
        batch = refused.shape[0]
        negative = (guidance.negative.amax((2, 3)) > 0) & guidance.active
        weight = negative.to(refused.dtype)[:, :, None]
        refused_mean = (refused * weight).sum(1) / weight.sum(1).clamp(min=1)
        inside = (carried.prior * (carried.known & guidance.active)[:, :, None, None]).sum(1, keepdim=True)
        surroundings = pool_under(pyramid.stride4, (1 - inside).clamp(0, 1))[:, 0]
        shape = (batch, self.config.background_centroids, self.config.centroid_dim)
        clicked = self.from_negatives(refused_mean) * negative.any(1, keepdim=True)
        start = self.background + clicked.reshape(shape) + self.from_surroundings(surroundings).reshape(shape)
        return self._normalised(self.background_norm, start)

    @staticmethod
    def _normalised(norm: nn.LayerNorm, centroids: Tensor) -> Tensor:
        out: Tensor = norm(centroids)
        return out


class CentroidAggregation(nn.Module):
    """Recurrent aggregation: one set of centroids for all past slices, weighted by presence and quality."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.config = config
        self.gate = nn.Linear(2 * config.centroid_dim + 2, 1)
        nn.init.constant_(self.gate.bias, 0.5)

    def forward(
        self, new: Tensor, presence: Tensor, quality: Tensor, guidance: Guidance, before: Carried, prior: Tensor
    ) -> Carried:
        """``new`` (B, K, M, D) with presence and quality (B, K) logits -> what the next slice gets.

        A label that is absent keeps its memory untouched.
        """
        present = (presence > 0) & guidance.active
        fresh = present & ~before.known
        anchored = present & (positive_prompt(guidance) | fresh)
        centroids = self._aggregated(new, presence, quality, before)
        centroids = torch.where(fresh[:, :, None, None], new, centroids)
        centroids = torch.where(present[:, :, None, None], centroids, before.centroids)
        return Carried(
            centroids=centroids,
            anchor=torch.where(anchored[:, :, None, None], new, before.anchor),
            prior=prior,
            known=before.known | present,
            absent_for=torch.where(present, torch.zeros_like(before.absent_for), before.absent_for + 1),
            distance=torch.where(anchored, torch.zeros_like(before.distance), before.distance + 1),
            trust=confidence_of(presence, quality),
        )

    def _aggregated(self, new: Tensor, presence: Tensor, quality: Tensor, before: Carried) -> Tensor:
        if not self.config.aggregate:
            return new
        sure = torch.stack([presence.sigmoid(), quality.sigmoid()], 2).detach()
        facts = sure[:, :, None, :].expand(-1, -1, new.shape[2], -1)
        gate = self.gate(torch.cat([new, before.centroids, facts], 3)).sigmoid() * sure[:, :, None, :1]
        out: Tensor = before.centroids + gate * (new - before.centroids)
        return out


def confidence_of(presence: Tensor, quality: Tensor) -> Tensor:
    """Logits (B, K) -> 0..1: of a label that is here that its mask is good, of another that it is not here."""
    here = presence.detach().sigmoid()
    return torch.where(here > 0.5, here * quality.detach().sigmoid(), 1 - here)


def positive_prompt(guidance: Guidance) -> Tensor:
    """(B, K) bool: the user pointed at the label on this slice, so it is there."""
    return guidance.has_prompt & guidance.active & (guidance.positive.amax((2, 3)) > 0)
