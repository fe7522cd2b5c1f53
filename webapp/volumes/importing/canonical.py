"""From stored slices to the two arrays we keep: real values, and what the browser is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.nifti_header import Layout
from webapp.volumes.importing.problems import UnreadableError

KEPT_INTEGERS = (np.uint8, np.int8, np.int16, np.uint16, np.int32)
SAMPLES = 1_000_000
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Values:
    """The range of the real values, and how many voxels had none (NaN or infinite)."""

    low: float
    high: float
    missing: int


@dataclass(frozen=True)
class Display:
    """real value = scale * int16 + offset"""

    scale: float
    offset: float


def canonical_type(layout: Layout) -> "np.dtype[Any]":
    """The integer type of the file where values are stored as they are, else float32."""
    native = layout.stored.newbyteorder("=")
    if layout.slope == 1.0 and layout.intercept == 0.0 and native in [np.dtype(kept) for kept in KEPT_INTEGERS]:
        return native
    return np.dtype(np.float32)


def write_canonical(path: Path, layout: Layout, stored: Iterator[NDArray[Any]], progress: Progress) -> Values:
    """Write the .npy array (Z, Y, X) of real values slice by slice; NaN and infinities stay for `fill_missing`."""
    kind = canonical_type(layout)
    low, high, missing = np.inf, -np.inf, 0
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": layout.shape}
        np.lib.format.write_array_header_1_0(file, header)
        for done, raw in enumerate(stored, start=1):
            real = _real(raw, layout, kind)
            finite = real if kind.kind != "f" else real[np.isfinite(real)]
            missing += real.size - finite.size
            if finite.size:
                low, high = min(low, float(finite.min())), max(high, float(finite.max()))
            file.write(real.tobytes())
            progress(done / layout.shape[0])
    if not np.isfinite(low):
        raise UnreadableError("The image holds no values: every voxel is “not a number” or infinite.")
    return Values(low, high, missing)


def fill_missing(array: NDArray[Any], value: float) -> None:
    """Give voxels without a value the lowest one, in place, slice by slice."""
    for plane in array:
        plane[~np.isfinite(plane)] = value


def samples(array: NDArray[Any]) -> NDArray[np.float64]:
    """About a million values, evenly spread over the volume."""
    flat = array.reshape(-1)
    # A stride that shares no factor with the sides, or it would walk along one column of the volume.
    stride = max(1, flat.size // SAMPLES)
    while stride > 1 and any(np.gcd(stride, side) > 1 for side in array.shape):
        stride += 1
    return np.asarray(flat[::stride], dtype=np.float64)


def display_for(kind: "np.dtype[Any]", values: Values, sample: NDArray[np.float64]) -> Display:
    """Integers are kept exactly where 16 bits hold them; other values are spread over 65,536 steps, where a few
    extreme voxels are cut off rather than taking all the steps."""
    if kind.kind in "iu":
        if values.low >= -32768 and values.high <= 32767:
            return Display(1.0, 0.0)
        if values.high - values.low <= 65535:
            return Display(1.0, values.low + 32768)
    inner_low, inner_high = np.percentile(sample, (0.1, 99.9))
    reach = 4 * (inner_high - inner_low) or np.inf
    low, high = max(values.low, inner_low - reach), min(values.high, inner_high + reach)
    if high <= low:
        return Display(1.0, low)
    scale = (high - low) / 65535
    return Display(float(scale), float(low + 32768 * scale))


def write_display(file: IO[bytes], array: NDArray[Any], display: Display, progress: Progress) -> None:
    """Write raw little-endian int16, C order (Z, Y, X)."""
    exact = display == Display(1.0, 0.0)
    for done, plane in enumerate(array, start=1):
        if exact:
            encoded = plane.astype("<i2")
        else:
            steps = np.rint((plane.astype(np.float64) - display.offset) / display.scale)
            encoded = np.clip(steps, -32768, 32767).astype("<i2")
        file.write(encoded.tobytes())
        progress(done / len(array))


def _real(raw: NDArray[Any], layout: Layout, kind: "np.dtype[Any]") -> NDArray[Any]:
    if kind.kind != "f":
        return raw.astype(kind)
    with np.errstate(over="ignore", invalid="ignore"):
        if layout.slope == 1.0 and layout.intercept == 0.0:
            return raw.astype(np.float32)
        return (raw.astype(np.float64) * layout.slope + layout.intercept).astype(np.float32)
