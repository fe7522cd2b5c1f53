"""The 2D backbone: a residual network over a slice and its two neighbours."""

from __future__ import annotations

from torch import Tensor, nn

from segmentation_engine.model.config import S2VNetConfig
from segmentation_engine.model.layers import ConvNorm, ResidualBlock


class Encoder(nn.Module):
    """(B, 3, H, W) slices z-1, z, z+1 -> features at strides 4, 8, 16 and 32."""

    def __init__(self, config: S2VNetConfig) -> None:
        super().__init__()
        self.stem = ConvNorm(3, config.stem_width, stride=2)
        stages = []
        width = config.stem_width
        for outputs, blocks in zip(config.stage_widths, config.stage_blocks, strict=True):
            rest = [ResidualBlock(outputs, outputs) for _ in range(blocks - 1)]
            stages.append(nn.Sequential(ResidualBlock(width, outputs, stride=2), *rest))
            width = outputs
        self.stages = nn.ModuleList(stages)

    def forward(self, slices: Tensor) -> list[Tensor]:
        features: Tensor = self.stem(slices)
        levels = []
        for stage in self.stages:
            features = stage(features)
            levels.append(features)
        return levels
