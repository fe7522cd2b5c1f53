"""Where a label is expected: maps made of its prompts, its prior and the other labels'. They let a label mean
*this* vertebra and not its twin; clustering and assembly read them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.model.along_image import along_image, largest_of_others, seeds
from segmentation_engine.model.state import Carried, Guidance

LABEL_MAPS = 14
BACKGROUND_MAPS = 4
_SMALLEST_SPREAD_CELLS = 1.5
_SPLAT_MAPS = 2


class PlaceMaps(NamedTuple):
    """Maps at one stride."""

    label: Tensor  # (B, K, LABEL_MAPS, h, w)
    background: Tensor  # (B, BACKGROUND_MAPS, h, w)
    nearer: Tensor  # (B, K, h, w) -1..1: whether a cell is nearer, along the image, to the label than to all else
    contradicted: Tensor  # (B, K) bool: whether a prompt says otherwise than the neighbouring slice

    def coarser(self) -> PlaceMaps:
        """Half the resolution: the splats of prompts keep their peak, everything else is averaged."""
        batch, labels, _, height, width = self.label.shape
        flat = self.label.flatten(0, 1)
        splats = F.max_pool2d(flat[:, :_SPLAT_MAPS], 2)
        rest = F.avg_pool2d(flat[:, _SPLAT_MAPS:], 2)
        halved = torch.cat([splats, rest], 1).reshape(batch, labels, LABEL_MAPS, height // 2, width // 2)
        return PlaceMaps(halved, F.avg_pool2d(self.background, 2), F.avg_pool2d(self.nearer, 2), self.contradicted)


def place_maps(guidance: Guidance, carried: Carried, image: Tensor) -> PlaceMaps:
    """Maps at stride 4: positive, negative, prior, prior of others, what is centred, how far, what the image
    (B, 1, H, W) says of it, and four constants."""
    active = guidance.active[:, :, None, None].to(guidance.positive.dtype)
    positive = guidance.positive * active
    negative = torch.maximum(guidance.negative * active, largest_of_others(positive))
    known = (carried.known & guidance.active)[:, :, None, None].to(positive.dtype)
    prior = carried.prior * known
    near, far, placed = _around_centre(prior, torch.maximum(prior, positive))
    constants = (
        placed,
        known * (carried.absent_for.clamp(max=16) / 8)[:, :, None, None],
        known * (carried.distance.clamp(max=32) / 16)[:, :, None, None],
        known * carried.trust[:, :, None, None],
    )
    shape = positive.shape
    found = seeds(positive, negative, prior, known)
    *seen, nearer = along_image(found, torch.maximum(prior.square(), positive), F.avg_pool2d(image, 4))
    maps = [
        positive,
        negative,
        prior,
        _sum_of_others(prior),
        near,
        far,
        *seen,
        *(value.expand(shape) for value in constants),
    ]
    background = [1 - prior.sum(1), positive.amax(1), negative.amax(1), known.amax(1).expand(shape[0], *shape[2:])]
    return PlaceMaps(torch.stack(maps, 2), torch.stack(background, 1), nearer, found.contradicted)


def _sum_of_others(maps: Tensor) -> Tensor:
    return maps.sum(1, keepdim=True) - maps


def _around_centre(prior: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """From (B, K, h, w) weights: a bell around their centre as wide as they spread, the distance to the centre
    (log, in cells), and (B, K, 1, 1) whether there is a centre at all; zero where there is none.

    A point says nothing about extent: the bell needs a prior, or the network is content with a disc.
    """
    height, width = weights.shape[-2:]
    rows = torch.arange(height, device=weights.device, dtype=weights.dtype)[:, None]
    columns = torch.arange(width, device=weights.device, dtype=weights.dtype)[None, :]
    mass = weights.sum((-2, -1), keepdim=True)
    placed = (mass > 0.25).to(weights.dtype)
    mass = mass.clamp(min=0.25)
    row = (weights * rows).sum((-2, -1), keepdim=True) / mass
    column = (weights * columns).sum((-2, -1), keepdim=True) / mass
    squared = (rows - row).square() + (columns - column).square()
    spread = (weights * squared).sum((-2, -1), keepdim=True) / mass + _SMALLEST_SPREAD_CELLS**2
    near = torch.exp(-squared / (4 * spread)) * (prior.sum((-2, -1), keepdim=True) > 0.25)
    far = torch.log1p(squared) * (0.15 * placed)
    return near, far, placed
