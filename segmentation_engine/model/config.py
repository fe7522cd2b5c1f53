"""The hyper-parameters of an S2VNet, small and JSON-serialisable: they travel with every checkpoint."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class S2VNetConfig:
    """Everything that is needed to build the network that a checkpoint's tensors fit into.

    ``classes`` are the names that automatic mode knows; a label slot that is none of them uses class index -1.
    ``geodesic_odds`` is what the distance along the image is worth at first, in log-odds, for a label that is only
    pointed at, for one that the neighbouring slice knows, and for one of which a prompt says otherwise than that slice.
    ``prior_odds`` is what the neighbour's log-odds count for at first where they are not trusted at all, and how much
    more where they are trusted fully. Training goes on from both. The last three fields switch parts off,
    for ablations.
    """

    classes: tuple[str, ...] = ()
    stem_width: int = 32
    stage_widths: tuple[int, int, int, int] = (64, 128, 192, 256)
    stage_blocks: tuple[int, int, int, int] = (2, 2, 2, 2)
    centroid_dim: int = 96
    centroids_per_label: int = 2
    background_centroids: int = 4
    steps_per_stride: tuple[int, int, int] = (2, 2, 2)
    attention_heads: int = 4
    fusion_width: int = 32
    edge_width: int = 48
    geodesic_odds: tuple[float, float, float] = (8.0, 0.8, 3.0)
    prior_odds: tuple[float, float] = (-0.3, 1.0)
    hand_over: bool = True
    aggregate: bool = True
    hard_assignment: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> S2VNetConfig:
        """The inverse of ``to_dict``; a ValueError names fields that this version does not know."""
        known = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"The checkpoint was made by another version of the engine: it sets {', '.join(unknown)}.")
        fitted: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in values.items()}
        return cls(**fitted)
