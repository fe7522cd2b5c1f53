"""What a NIfTI-1 or NIfTI-2 header says, checked before a single voxel is read."""

import struct
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from webapp.volumes.importing.problems import UnreadableError

HEADER_BYTES = {348: nib.Nifti1Header, 540: nib.Nifti2Header}
LONGEST_AXIS = 65535  # slices and pixels are counted in 16 bits on the way to the browser
MOST_BYTES_BEFORE_VOXELS = 64 * 2**20
COLOUR_CODES = {128: "colour (RGB)", 2304: "colour (RGBA)"}
COMPLEX_CODES = {32, 1792, 2048}


@dataclass(frozen=True)
class Layout:
    """Where the voxels are and what they mean.

    shape is (Z, Y, X); `stored` the type in the file; real value = slope * stored + intercept;
    affine maps voxel (i, j, k) = (x, y, z) to RAS mm; `raw` is the NIfTI header itself, empty for other formats;
    `notes` what was mended.
    """

    shape: tuple[int, int, int]
    stored: np.dtype[Any]
    first_byte: int
    slope: float
    intercept: float
    affine: NDArray[np.float64]
    raw: bytes
    notes: tuple[str, ...]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distances between voxel centres along (Z, Y, X)."""
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(z), float(y), float(x)


def parse(start: bytes, most_voxels: int) -> Layout:
    """Understand the first 540 bytes of a (decompressed) file, or raise UnreadableError."""
    header, raw = _header(start)
    shape = _shape(header, most_voxels)
    affine, notes = _affine(header)
    slope, intercept = _scaling(header)
    return Layout(
        shape=shape,
        stored=_stored_type(header),
        first_byte=_first_byte(header, len(raw)),
        slope=slope,
        intercept=intercept,
        affine=affine,
        raw=raw,
        notes=notes,
    )


def _header(start: bytes) -> tuple[Any, bytes]:
    if len(start) < 348:
        raise UnreadableError("The file is too short to be a NIfTI image.")
    for order in "<>":
        size = struct.unpack(order + "i", start[:4])[0]
        if size in HEADER_BYTES and len(start) >= size:
            raw = start[:size]
            _check_magic(raw, size)
            try:
                header: Any = HEADER_BYTES[size]
                return header(raw, endianness=order, check=False), raw
            except (ValueError, nib.spatialimages.HeaderDataError) as error:
                raise UnreadableError(f"The NIfTI header is damaged ({error}).") from None
    if start[128:132] == b"DICM":
        raise UnreadableError("This is a DICOM file; please bring its whole series as a ZIP file.")
    raise UnreadableError("This is not a NIfTI image: the file does not begin with a NIfTI header.")


def _check_magic(raw: bytes, size: int) -> None:
    magic = raw[344:348] if size == 348 else raw[4:8]
    if magic[:3] in (b"n+1", b"n+2"):
        return
    if magic[:3] in (b"ni1", b"ni2"):
        raise UnreadableError("This is the header of a pair (.hdr and .img); please bring it as one .nii file.")
    raise UnreadableError("This is not a NIfTI image: its header lacks the NIfTI mark (an Analyze 7.5 file?).")


def _shape(header: Any, most_voxels: int) -> tuple[int, int, int]:
    dim = [int(size) for size in header["dim"]]
    axes = dim[0]
    if not 1 <= axes <= 7:
        raise UnreadableError(f"The header says that the image has {axes} dimensions, which cannot be.")
    sizes = dim[1 : axes + 1]
    if min(sizes) < 1:
        raise UnreadableError(f"The header says that the image measures {_times(sizes)} voxels, which cannot be.")
    if axes < 2:
        raise UnreadableError("The file holds a row of numbers, not an image.")
    if axes > 3 and sizes[3] > 1:
        raise UnreadableError(f"The file holds {sizes[3]} volumes (over time?); please bring one volume a file.")
    if any(size > 1 for size in sizes[4:]):
        raise UnreadableError("The file holds several values a voxel (vectors or tensors), not a plain image.")
    x, y, z = (*sizes[:3], 1)[:3]
    check_size(x, y, z, most_voxels)
    return z, y, x


def check_size(x: int, y: int, z: int, most_voxels: int) -> None:
    """UnreadableError if a volume is larger than can be imported."""
    if x * y * z > most_voxels:
        raise UnreadableError(
            f"The header says {_times([x, y, z])} voxels; volumes of up to {most_voxels:,} voxels can be imported here."
        )
    if max(x, y, z) > LONGEST_AXIS:
        raise UnreadableError(f"The image is {max(x, y, z)} voxels long; {LONGEST_AXIS} is the most along one axis.")


def _stored_type(header: Any) -> "np.dtype[Any]":
    code = int(header["datatype"])
    if code in COLOUR_CODES:
        raise UnreadableError(f"This is a {COLOUR_CODES[code]} image; only one grey value a voxel can be read.")
    if code in COMPLEX_CODES:
        raise UnreadableError("The voxels are complex numbers; please bring magnitudes (or phases) as real numbers.")
    try:
        stored: np.dtype[Any] = header.get_data_dtype()
    except (nib.spatialimages.HeaderDataError, KeyError):  # nibabel raises KeyError for a code it has never heard of
        stored = np.dtype("V1")
    if stored.kind not in "iuf" or stored.itemsize == 0:
        raise UnreadableError(f"The header names a kind of voxel (code {code}) that is unknown.")
    return stored


def _first_byte(header: Any, header_bytes: int) -> int:
    offset = float(header["vox_offset"])
    if offset == 0:
        return header_bytes + 4
    if not header_bytes <= offset <= MOST_BYTES_BEFORE_VOXELS:
        raise UnreadableError("The header is damaged: it says that the voxels begin at a place that cannot be.")
    return int(offset)


def _scaling(header: Any) -> tuple[float, float]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope):  # NIfTI: no scaling
        return 1.0, 0.0
    return slope, intercept if np.isfinite(intercept) else 0.0


def _affine(header: Any) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """sform, else qform, else voxel sizes, as NIfTI says; a useless one is passed over with a note."""
    ways = []
    if int(header["sform_code"]) > 0:
        ways.append(("sform", header.get_sform))
    if int(header["qform_code"]) > 0:
        ways.append(("qform", header.get_qform))
    ways.append(("voxel size", header.get_base_affine))
    useless: list[str] = []
    for name, way in ways:
        try:
            affine = np.asarray(way(), dtype=np.float64)
        except (ValueError, np.linalg.LinAlgError, nib.spatialimages.HeaderDataError):
            affine = np.full((4, 4), np.nan)
        if np.isfinite(affine).all() and abs(np.linalg.det(affine[:3, :3])) > 1e-12:
            notes = tuple(f"The header's {passed_over} is not usable; its {name} was taken." for passed_over in useless)
            return affine, notes
        useless.append(name)
    raise UnreadableError("The header does not say how large the voxels are and where they lie.")


def _times(sizes: list[int]) -> str:
    return " × ".join(str(size) for size in sizes)
