"""A run's folder: its checkpoint, replaced atomically, and the weights that are exported from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from segmentation_engine.model import S2VNetConfig

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "s2vnet.safetensors"


def save_checkpoint(run: Path, state: dict[str, Any]) -> None:
    """Written beside and renamed, so that a kill at any moment leaves a whole checkpoint."""
    part = run / f"{CHECKPOINT}.part"
    torch.save(state, part)
    part.replace(run / CHECKPOINT)


def load_checkpoint(run: Path) -> dict[str, Any] | None:
    """The last checkpoint of a run, or None for a new run."""
    path = run / CHECKPOINT
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def export_weights(path: Path, values: dict[str, Tensor], config: S2VNetConfig, facts: dict[str, str]) -> None:
    """fp16 safetensors with the network's configuration and facts about its training in the metadata."""
    halves = {name: _stored(value) for name, value in values.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(halves, part, {"format": "s2vnet", "config": json.dumps(config.to_dict()), **facts})
    part.replace(path)


def _stored(value: Tensor) -> Tensor:
    limit = torch.finfo(torch.float16).max
    value = value.clamp(-limit, limit).half() if value.is_floating_point() else value
    return value.contiguous()
