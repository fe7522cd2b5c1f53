"""Volumes made ready once: normalised fp16 images and structure maps on disk, memory-mapped by every worker."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PREPARATION_VERSION = 4


@dataclass(frozen=True)
class Part:
    """A connected piece of a label (or all of its crumbs together): what structures are put together from."""

    part: int  # value in the parts map, 1..
    label: int  # value in the label file
    voxels: int
    low: tuple[int, int, int]  # bounding box (z, y, x), half-open
    high: tuple[int, int, int]
    visibility: float = 1.0  # 0..1, how far the image shows where it ends


@dataclass(frozen=True)
class PreparedVolume:
    """One case; `parts` (Z, Y, X) uint8/uint16, 0 is unlabelled; `image` (Z, Y, X) fp16 or None (label map only)."""

    set_name: str
    case: str
    spacing_mm: tuple[float, float, float]
    axis_codes: tuple[str, str, str]  # direction in which each array axis (z, y, x) grows: L R A P I S
    table: tuple[Part, ...]
    classes: dict[int, str]  # label value -> class name
    flat: bool  # a single slice, to be drifted into a pseudo-volume
    parts: npt.NDArray[np.unsignedinteger[Any]]
    image: npt.NDArray[np.float16] | None

    @property
    def shape(self) -> tuple[int, int, int]:
        z, y, x = self.parts.shape
        return z, y, x


def save_prepared(volume: PreparedVolume, folder: Path) -> None:
    """Write one case; the JSON comes last, so a half-written case is not taken for a whole one."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "parts.npy", volume.parts)
    if volume.image is not None:
        np.save(folder / "image.npy", volume.image)
    description = {
        "set_name": volume.set_name,
        "case": volume.case,
        "spacing_mm": volume.spacing_mm,
        "axis_codes": volume.axis_codes,
        "table": [asdict(part) for part in volume.table],
        "classes": {str(value): name for value, name in volume.classes.items()},
        "flat": volume.flat,
    }
    temporary = folder / "case.json.part"
    temporary.write_text(json.dumps(description))
    temporary.replace(folder / "case.json")


def load_prepared(folder: Path) -> PreparedVolume:
    raw = json.loads((folder / "case.json").read_text())
    image = folder / "image.npy"
    return PreparedVolume(
        set_name=raw["set_name"],
        case=raw["case"],
        spacing_mm=tuple(raw["spacing_mm"]),
        axis_codes=tuple(raw["axis_codes"]),
        table=tuple(Part(**{**p, "low": tuple(p["low"]), "high": tuple(p["high"])}) for p in raw["table"]),
        classes={int(value): name for value, name in raw["classes"].items()},
        flat=raw["flat"],
        parts=np.load(folder / "parts.npy", mmap_mode="r"),
        image=np.load(image, mmap_mode="r") if image.exists() else None,
    )
