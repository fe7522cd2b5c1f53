"""Operations in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NAMES = {
    "keep_largest": "Keep largest island",
    "remove_small": "Remove small islands",
    "keep_clicked": "Keep island at crosshair",
    "split_islands": "Split islands into labels",
    "fill_between": "Fill between slices",
    "fill_holes": "Fill holes",
    "smooth": "Smooth",
    "smooth_together": "Smooth labels together",
    "margin": "Grow or shrink",
    "hollow": "Hollow",
    "combine": "Combine labels",
    "threshold": "Threshold",
    "import_labels": "Labels from a file",
}


def under_way(payload: Mapping[str, Any], seconds: float) -> str:
    """What is shown while it is computed."""
    since = f" for {seconds:.0f} s" if seconds >= 1 else ""
    return f"{NAMES[payload['name']]}: computing{since}…"


def done(payload: Mapping[str, Any], voxels: int, slices: int, voxel_mm3: float) -> str:
    """What is shown when its slices are saved."""
    name = NAMES[payload["name"]]
    if not voxels:
        return f"{name}: nothing to change"
    millilitres = voxels * voxel_mm3 / 1000
    size = f"{millilitres:.1f} ml" if millilitres >= 1 else f"{millilitres * 1000:.0f} mm³"
    return f"{name}: {_counted(voxels, 'voxel')} ({size}) changed on {_counted(slices, 'slice')}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
