"""How a volume is first shown: what it is likely to be, the window, a thumbnail."""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.canonical import Values

THUMBNAIL_PX = 128
SOFT_TISSUE = (40.0, 400.0)


def guess_modality(values: Values, sample: NDArray[np.float64]) -> str:
    """CT, MR or other. NIfTI does not say: Hounsfield units show by air far below zero and whole numbers."""
    whole = bool(np.all(sample[:10_000] == np.rint(sample[:10_000])))
    if whole and -32768 <= values.low <= -500 and values.high <= 32767 and values.high >= 100:
        return "CT"
    return "MR" if values.low >= 0 else "other"


def first_window(modality: str, values: Values, sample: NDArray[np.float64]) -> tuple[float, float]:
    """(centre, width): soft tissue for CT, else from the 1st to the 99th percentile of what is not background."""
    if modality == "CT":
        return SOFT_TISSUE
    body = sample[sample > values.low]
    low, high = np.percentile(body if body.size else sample, (1, 99))
    low = min(float(low), values.low if modality == "MR" else float(low))
    width = float(high) - low
    return low + width / 2, width if width > 0 else 1.0


def write_thumbnail(
    path: Path, array: NDArray[Any], spacing_mm: tuple[float, float, float], window: tuple[float, float]
) -> None:
    """The middle slice across the coarsest axis, in the right proportions, as an 8-bit grey PNG."""
    axis = int(np.argmax(spacing_mm))
    plane = np.take(array, array.shape[axis] // 2, axis=axis)
    row_mm, column_mm = (spacing for i, spacing in enumerate(spacing_mm) if i != axis)
    height_mm, width_mm = plane.shape[0] * row_mm, plane.shape[1] * column_mm
    per_px = max(height_mm, width_mm) / THUMBNAIL_PX
    rows = _positions(plane.shape[0], max(1, round(height_mm / per_px)))
    columns = _positions(plane.shape[1], max(1, round(width_mm / per_px)))
    centre, width = window
    grey = (plane[np.ix_(rows, columns)].astype(np.float64) - centre) / width + 0.5
    path.write_bytes(_png((np.clip(grey, 0, 1) * 255).astype(np.uint8)))


def _positions(size: int, wanted: int) -> NDArray[np.intp]:
    return np.minimum(((np.arange(wanted) + 0.5) * size / wanted).astype(np.intp), size - 1)


def _png(grey: NDArray[np.uint8]) -> bytes:
    height, width = grey.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), grey], axis=1)  # each line: filter type 0, pixels
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body
