"""Where a label is expected: maps made of its prompts, its prior and the other labels'. They let a label mean
*this* vertebra and not its twin; clustering and assembly read them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.model.geodesic import geodesic_distance
from segmentation_engine.model.state import Carried, Guidance

LABEL_MAPS = 13
BACKGROUND_MAPS = 4
_SMALLEST_SPREAD_CELLS = 1.5
_SPLAT_MAPS = 2
_RIM_CELLS = 3
_NEARER_SCALE = 0.3  # difference of two distances along the image that decides


class PlaceMaps(NamedTuple):
    """Maps at one stride."""

    label: Tensor  # (B, K, LABEL_MAPS, h, w)
    background: Tensor  # (B, BACKGROUND_MAPS, h, w)
    nearer: Tensor  # (B, K, h, w) -1..1: whether a cell is nearer, along the image, to the label than to all else

    def coarser(self) -> PlaceMaps:
        """Half the resolution: the splats of prompts keep their peak, everything else is averaged."""
        batch, labels, _, height, width = self.label.shape
        flat = self.label.flatten(0, 1)
        splats = F.max_pool2d(flat[:, :_SPLAT_MAPS], 2)
        rest = F.avg_pool2d(flat[:, _SPLAT_MAPS:], 2)
        halved = torch.cat([splats, rest], 1).reshape(batch, labels, LABEL_MAPS, height // 2, width // 2)
        return PlaceMaps(halved, F.avg_pool2d(self.background, 2), F.avg_pool2d(self.nearer, 2))


def place_maps(guidance: Guidance, carried: Carried, image: Tensor) -> PlaceMaps:
    """Maps at stride 4: positive, negative, prior, prior of others, what is centred, how far, what the image
    (B, 1, H, W) says of it, and three constants."""
    active = guidance.active[:, :, None, None].to(guidance.positive.dtype)
    positive = guidance.positive * active
    negative = torch.maximum(guidance.negative * active, _largest_of_others(positive))
    known = (carried.known & guidance.active)[:, :, None, None].to(positive.dtype)
    prior = carried.prior * known
    near, far, placed = _around_centre(prior, torch.maximum(prior, positive))
    constants = (
        placed,
        known * (carried.absent_for.clamp(max=16) / 8)[:, :, None, None],
        known * (carried.distance.clamp(max=32) / 16)[:, :, None, None],
    )
    shape = positive.shape
    *seen, nearer = _along_the_image(positive, negative, prior, known, F.avg_pool2d(image, 4))
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
    return PlaceMaps(torch.stack(maps, 2), torch.stack(background, 1), nearer)


def _largest_of_others(maps: Tensor) -> Tensor:
    """(B, K, h, w): at each pixel the largest value of the other labels, 0 where there is no other."""
    if maps.shape[1] == 1:
        return torch.zeros_like(maps)
    largest, second = maps.topk(2, dim=1).values.unbind(1)
    return torch.where(maps == largest[:, None], second[:, None], largest[:, None])


def _sum_of_others(maps: Tensor) -> Tensor:
    return maps.sum(1, keepdim=True) - maps


def _along_the_image(
    positive: Tensor, negative: Tensor, prior: Tensor, known: Tensor, image: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """(B, K, h, w) maps: how near along the image a cell is to where the label is for sure, on a short and on a long
    scale, how near to where it is not, whether it is as grey as the label, and to which of the two it is nearer."""
    core = -F.max_pool2d(-prior, 3, 1, 1)
    rim = F.max_pool2d(prior, 2 * _RIM_CELLS + 1, 1, _RIM_CELLS)
    inside = torch.maximum(_sure(core, 0.5), _sure(positive, 0.8))
    outside = torch.maximum(known * _sure(1 - rim, 0.8), _sure(negative, 0.8))
    slots = positive.shape[1]
    elsewhere = torch.maximum(torch.maximum(outside, _largest_of_others(inside)), _frame(inside)) * (1 - inside)
    distances = geodesic_distance(torch.cat([inside, outside, elsewhere], 1), image)
    to_inside, to_outside, to_elsewhere = torch.split(distances, slots, 1)
    somewhere = inside.amax((2, 3), keepdim=True)
    nearer = torch.tanh((to_elsewhere - to_inside) / _NEARER_SCALE) * somewhere
    weights = torch.maximum(prior.square(), positive)
    mass = weights.sum((-2, -1), keepdim=True)
    mean = (weights * image).sum((-2, -1), keepdim=True) / mass.clamp(min=0.25)
    spread = (weights * (image - mean).square()).sum((-2, -1), keepdim=True) / mass.clamp(min=0.25)
    alike = torch.exp(-(image - mean).square() / (2 * spread + 0.02)) * (mass > 0.25)
    return torch.exp(-to_inside / 0.12), torch.exp(-to_inside / 0.5), torch.exp(-to_outside / 0.25), alike, nearer


def _frame(maps: Tensor) -> Tensor:
    """1 at the rim of the slice: what a lone point competes with, for hardly any structure reaches there."""
    inner = maps.new_zeros(maps.shape[-2] - 2, maps.shape[-1] - 2)
    return F.pad(inner, (1, 1, 1, 1), value=1.0).expand_as(maps)


def _sure(values: Tensor, least: float) -> Tensor:
    return (values >= least).to(values.dtype)


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
