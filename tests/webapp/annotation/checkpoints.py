"""A small network with random weights: everything is real but its judgement."""

from __future__ import annotations

from pathlib import Path

import torch

from segmentation_engine.checkpoint import write_checkpoint
from segmentation_engine.model import S2VNet, S2VNetConfig

PRESENT = 3.0
VARIED = 1.0
SEEN = 0.5


def random_checkpoint(folder: Path, seed: int = 3) -> Path:
    """Write a checkpoint with weights of this seed; gives its path."""
    torch.manual_seed(seed)
    config = S2VNetConfig(
        stem_width=8, stage_widths=(16, 16, 16, 16), stage_blocks=(1, 1, 1, 1), centroid_dim=16,
        steps_per_stride=(1, 1, 1), attention_heads=2, fusion_width=8, edge_width=8,
    )  # fmt: skip
    net = S2VNet(config)
    with torch.no_grad():
        for name, values in net.named_parameters():
            # Untrained, it would see nothing anywhere: have it see something on most slices.
            if name.endswith("presence.layers.2.bias"):
                values.fill_(PRESENT)
            if name.endswith("fusion.out.weight"):
                values.normal_(0, VARIED)
            if name.endswith("fusion.out.bias"):
                values.fill_(SEEN)
    path = folder / f"random-{seed}.safetensors"
    write_checkpoint(path, net)
    return path
