"""How prompt pixels reach the network: one rasterisation for training and for use."""

from __future__ import annotations

import torch
from torch import Tensor

SPLAT_SIGMA_PX = 4.0
SPLAT_RADIUS_CELLS = 2


def splat(points_px: Tensor, height4: int, width4: int) -> Tensor:
    """Prompt pixels (N, 2) as (y, x) in working px -> map (height4, width4) at stride 4, 0..1, truncated gaussians.

    Cell (r, c) has its centre at working px (4r + 1.5, 4c + 1.5); overlapping points take the maximum.
    """
    out = torch.zeros(height4 * width4)
    if points_px.numel() == 0:
        return out.view(height4, width4)
    points = points_px.to(torch.float32)
    near = torch.arange(-SPLAT_RADIUS_CELLS, SPLAT_RADIUS_CELLS + 1)
    offset_y, offset_x = torch.meshgrid(near, near, indexing="ij")
    rows = torch.div(points[:, 0], 4, rounding_mode="floor").long()[:, None] + offset_y.reshape(1, -1)
    columns = torch.div(points[:, 1], 4, rounding_mode="floor").long()[:, None] + offset_x.reshape(1, -1)
    distance2 = (rows * 4 + 1.5 - points[:, :1]) ** 2 + (columns * 4 + 1.5 - points[:, 1:]) ** 2
    weight = torch.exp(-distance2 / (2 * SPLAT_SIGMA_PX**2))
    inside = (rows >= 0) & (rows < height4) & (columns >= 0) & (columns < width4)
    out.scatter_reduce_(0, (rows * width4 + columns)[inside], weight[inside], reduce="amax")
    return out.view(height4, width4)
