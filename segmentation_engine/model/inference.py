"""The network made ready for use: normalisation folded into the convolutions, channels last in memory."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segmentation_engine.model.layers import ConvNorm
from segmentation_engine.model.s2vnet import S2VNet


def for_inference(net: S2VNet) -> S2VNet:
    """A copy in evaluation mode with the same results (to rounding) and fewer operations; it can't be trained."""
    ready = copy.deepcopy(net)
    ready.eval()
    for module in ready.modules():
        if isinstance(module, ConvNorm):
            conv, norm = module[0], module[1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                module[0] = fuse_conv_bn_eval(conv, norm)
                module[1] = nn.Identity()
    for parameter in ready.parameters():
        parameter.requires_grad_(False)
    ready.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return ready


def cast_convolutions(net: S2VNet, dtype: torch.dtype) -> None:
    """Keep the weights of what ``decode`` runs under autocast in ``dtype``: autocast casts to the same values, but
    without gradients it does so for each slice again. Normalisation stays in float32, as under autocast."""
    for part in (net.fusion, net.edges):
        for module in part.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.to(dtype)
