"""Convolution blocks that several boxes of the network share."""

from __future__ import annotations

from torch import Tensor, nn


class ConvNorm(nn.Sequential):
    """Convolution, batch normalisation and, unless it ends a residual branch, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, dilation: int = 1, active: bool = True
    ) -> None:
        padding = dilation * (kernel // 2)
        conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation=dilation, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), *([nn.ReLU(inplace=True)] if active else []))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut; (B, C, H, W) -> (B, outputs, H/stride, W/stride)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.first = ConvNorm(inputs, outputs, stride=stride, dilation=dilation)
        self.second = ConvNorm(outputs, outputs, dilation=dilation, active=False)
        same = inputs == outputs and stride == 1
        self.shortcut = nn.Identity() if same else ConvNorm(inputs, outputs, 1, stride, active=False)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        out: Tensor = self.activation(self.second(self.first(features)) + self.shortcut(features))
        return out
