"""Which case trains, validates and tests: by a seed alone, so that the same cases always fall the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from webapp.export.options import Split

Part = Literal["train", "val", "test"]


def split(groups: Mapping[str, str], wanted: Split) -> dict[str, Part]:
    """The part of each case. `groups` says for every case which patient or image it is of: those stay together.

    Parts have the wanted shares of groups, rounded; one that is wanted has at least one group, if there are enough.
    """
    ordered = sorted(set(groups.values()), key=lambda group: _rank(wanted.seed, group))
    test = _share(len(ordered), wanted.test, spare=1 + (wanted.val > 0))
    val = _share(len(ordered) - test, 100 * wanted.val / max(1, wanted.train + wanted.val), spare=1)
    parts: dict[str, Part] = {}
    for place, group in enumerate(ordered):
        parts[group] = "test" if place < test else "val" if place < test + val else "train"
    return {case: parts[group] for case, group in groups.items()}


def _share(count: int, percent: float, spare: int) -> int:
    if percent == 0:
        return 0
    return max(0, min(max(1, round(count * percent / 100)), count - spare))


def _rank(seed: int, group: str) -> str:
    return hashlib.sha256(f"{seed}:{group}".encode()).hexdigest()
