"""Top-down fusion of the encoder's levels into the three that clustering reads."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.layers import ConvNorm, ResidualBlock
from segmentation_engine.model.state import Pyramid


def unit_pixels(features: Tensor) -> Tensor:
    """(B, D, h, w) -> the same with each pixel normalised over its channels: a product of two is a similarity."""
    last = features.permute(0, 2, 3, 1)
    return F.layer_norm(last, last.shape[-1:]).to(features.dtype).permute(0, 3, 1, 2)


class PixelDecoder(nn.Module):
    """Features at strides 4, 8, 16, 32 -> Pyramid of D channels; each pixel's features have mean 0 and variance 1."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        dim = config.centroid_dim
        self.context = ResidualBlock(config.stage_widths[3], config.stage_widths[3], dilation=2)
        self.lateral = nn.ModuleList(nn.Conv2d(width, dim, 1) for width in config.stage_widths)
        self.smooth = nn.ModuleList(ConvNorm(dim, dim) for _ in range(3))
        self.out = nn.ModuleList(nn.Conv2d(dim, dim, 1) for _ in range(3))

    def forward(self, levels: list[Tensor]) -> Pyramid:
        top: Tensor = self.lateral[3](self.context(levels[3]))
        outputs = []
        for index in (2, 1, 0):
            side: Tensor = self.lateral[index](levels[index])
            top = F.relu(side + F.interpolate(top, scale_factor=2.0, mode="nearest"))
            top = self.smooth[index](top)
            outputs.append(unit_pixels(self.out[index](top)))
        return Pyramid(outputs[2], outputs[1], outputs[0])
