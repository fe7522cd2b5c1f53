"""S2VNet for interactive and automatic segmentation of volumes; knows arrays, not people.

Arrays are (Z, Y, X) with the propagation axis first. Importing this package does not load torch: its names do,
when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segmentation_engine.engine import Engine as Engine
    from segmentation_engine.engine import load_engine as load_engine
    from segmentation_engine.features import Features as Features
    from segmentation_engine.prompts import Prompt as Prompt
    from segmentation_engine.session import Session as Session
    from segmentation_engine.types import SliceResult as SliceResult

_HOMES = {
    "Engine": "engine",
    "load_engine": "engine",
    "Features": "features",
    "Prompt": "prompts",
    "Session": "session",
    "SliceResult": "types",
}

__all__ = ["Engine", "Features", "Prompt", "Session", "SliceResult", "load_engine"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
