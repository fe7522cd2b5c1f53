"""A run's folder: its checkpoint, replaced atomically, beside the weights that the engine reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

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
