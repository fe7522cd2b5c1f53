"""Seeds and what lies nearest to them along the image: evidence of a label's extent that needs no learning.

After the geodesic segmentation of Bai and Sapiro (ICCV 2007), with the mask of the neighbouring slice as one more seed.
A prompt that contradicts that mask makes it count for less: what it left out is then no longer a seed of the outside,
or less of what it held a seed of the inside.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from segmentation_engine.model.geodesic import geodesic_distance

_RIM_CELLS = 3  # so far from the neighbour's mask a label surely is not, if nobody says otherwise
_CORE_CELLS = 1  # so far inside of it, it surely is
_DOUBTED_CORE_CELLS = 2  # and so far, where a prompt says that the mask is too large
_SAID = 0.8  # splats of prompts fall off around their pixel
_NEARER_SCALE = 0.3  # difference of two distances along the image that decides


class Seeds(NamedTuple):
    """Where each label surely is and is not, and whose prompts say otherwise than the neighbouring slice."""

    inside: Tensor  # (B, K, h, w) 0 or 1
    outside: Tensor  # (B, K, h, w) 0 or 1
    contradicted: Tensor  # (B, K) bool


class AlongImage(NamedTuple):
    """Maps (B, K, h, w) at stride 4."""

    near_short: Tensor  # 1 at a seed, falling off along the image
    near_long: Tensor
    near_outside: Tensor
    alike: Tensor  # 0..1: as grey as the label
    nearer: Tensor  # -1..1: nearer to the label than to all else


def seeds(positive: Tensor, negative: Tensor, prior: Tensor, known: Tensor) -> Seeds:
    """Prompts and the neighbour's mask (B, K, h, w) 0..1, and which labels it knows (B, K, 1, 1) -> seeds."""
    here, not_here = _sure(positive, _SAID), _sure(negative, _SAID)
    missed = _anywhere(known * here * (prior < 0.5))
    surplus = _anywhere(not_here * (prior >= 0.5))
    core = torch.where(surplus > 0, _eroded(prior, _DOUBTED_CORE_CELLS), _eroded(prior, _CORE_CELLS))
    beyond = known * _sure(1 - _dilated(prior, _RIM_CELLS), _SAID) * (1 - missed)
    inside = torch.maximum(_sure(core, 0.5), here)
    return Seeds(inside, torch.maximum(beyond, not_here), torch.maximum(missed, surplus).flatten(1) > 0)


def along_image(found: Seeds, weights: Tensor, image: Tensor) -> AlongImage:
    """Seeds, how much each cell tells of a label's grey (B, K, h, w), and the image (B, 1, h, w) -> maps."""
    inside, outside = found.inside, found.outside
    rivals = torch.maximum(torch.maximum(outside, largest_of_others(inside)), _frame(inside)) * (1 - inside)
    distances = geodesic_distance(torch.cat([inside, outside, rivals], 1), image)
    to_inside, to_outside, to_rivals = torch.split(distances, inside.shape[1], 1)
    nearer = torch.tanh((to_rivals - to_inside) / _NEARER_SCALE) * _anywhere(inside)
    near_short, near_long = torch.exp(-to_inside / 0.12), torch.exp(-to_inside / 0.5)
    return AlongImage(near_short, near_long, torch.exp(-to_outside / 0.25), _alike(weights, image), nearer)


def largest_of_others(maps: Tensor) -> Tensor:
    """(B, K, h, w): at each pixel the largest value of the other labels, 0 where there is no other."""
    if maps.shape[1] == 1:
        return torch.zeros_like(maps)
    largest, second = maps.topk(2, dim=1).values.unbind(1)
    return torch.where(maps == largest[:, None], second[:, None], largest[:, None])


def _alike(weights: Tensor, image: Tensor) -> Tensor:
    mass = weights.sum((-2, -1), keepdim=True)
    mean = (weights * image).sum((-2, -1), keepdim=True) / mass.clamp(min=0.25)
    spread = (weights * (image - mean).square()).sum((-2, -1), keepdim=True) / mass.clamp(min=0.25)
    return torch.exp(-(image - mean).square() / (2 * spread + 0.02)) * (mass > 0.25)


def _frame(maps: Tensor) -> Tensor:
    """1 at the rim of the slice: what a lone point competes with, for hardly any structure reaches there."""
    inner = maps.new_zeros(maps.shape[-2] - 2, maps.shape[-1] - 2)
    return F.pad(inner, (1, 1, 1, 1), value=1.0).expand_as(maps)


def _dilated(maps: Tensor, cells: int) -> Tensor:
    return F.max_pool2d(maps, 2 * cells + 1, 1, cells)


def _eroded(maps: Tensor, cells: int) -> Tensor:
    return -_dilated(-maps, cells)


def _anywhere(maps: Tensor) -> Tensor:
    return maps.amax((2, 3), keepdim=True)


def _sure(values: Tensor, least: float) -> Tensor:
    return (values >= least).to(values.dtype)
