"""Pictures of one slice beside each other, over a chart of where to look (`slice_pictures.html`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.insight import charts


def slice_pictures(changed: Sequence[int], asked: str, addresses: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows: for each slice how many voxels differ, and the addresses of the pictures by what is said
    of them, with `{z}` in the place of the slice. Shown is the slice `asked` for, or where most differs."""
    z = _slice(changed, asked)
    return {
        "z": z,
        "last_slice": len(changed) - 1,
        "chart": charts.bars(changed, height=70.0),
        "pictures": [
            {"words": words, "address": address, "shown": address.replace("{z}", str(z))}
            for words, address in addresses.items()
        ],
    }


def _slice(changed: Sequence[int], asked: str) -> int:
    if asked.isdecimal():
        return min(int(asked), len(changed) - 1)
    most = max(changed, default=0)
    return changed.index(most) if most else len(changed) // 2
