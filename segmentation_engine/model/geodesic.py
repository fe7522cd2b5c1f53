"""Distance along the image: short inside a region of even grey, long across its border. It tells the network from its
first iteration what a point most likely means, and lets the previous slice's mask flow to where the region went."""

from __future__ import annotations

import torch
from torch import Tensor

STEP_COST = 0.012
ROUNDS = 4
FARTHEST = 8.0


def geodesic_distance(seeds: Tensor, image: Tensor) -> Tensor:
    """Seeds (B, N, h, w), 1 where the distance is 0, and grey values (B, 1, h, w) -> distances (B, N, h, w).

    A step to the next cell costs the difference in grey and a little more; paths follow rows and columns, as many
    turns as there are rounds. Where nothing is seeded everything is as far as can be.
    """
    distance = (1 - seeds.clamp(0, 1)) * FARTHEST
    across, down = _along(image, 3), _along(image, 2)
    for _ in range(ROUNDS):
        distance = _sweep(_sweep(distance, across, 3), down, 2)
    return distance


def _along(image: Tensor, dim: int) -> Tensor:
    """Cost of the straight way from the first row or column to each cell."""
    steps = image.diff(dim=dim, prepend=image.narrow(dim, 0, 1)).abs() + STEP_COST
    return steps.cumsum(dim)


def _sweep(distance: Tensor, way: Tensor, dim: int) -> Tensor:
    """The shortest of all straight ways along one dimension, both directions at once."""
    forwards = way + (distance - way).cummin(dim).values
    backwards = (distance + way).flip(dim).cummin(dim).values.flip(dim) - way
    return torch.minimum(forwards, backwards)
