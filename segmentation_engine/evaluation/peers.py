"""The classical peers by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from segmentation_engine.evaluation.geodesic import GeodesicPeer
from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.evaluation.random_walker import RandomWalkerPeer
from segmentation_engine.prompts import Prompt


class Peer(Protocol):
    """A method that answers prompts without having learned anything."""

    def add(self, prompts: list[Prompt]) -> npt.NDArray[np.uint8]:
        """All prompts so far -> labels (Z, Y, X)."""


PEERS: dict[str, Callable[[npt.NDArray[np.generic], Spacing], Peer]] = {
    "geodesic": GeodesicPeer,
    "random-walker": RandomWalkerPeer,
}
