"""The label map of an annotation as NIfTI, on the grid of the file that was brought."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import nibabel as nib
import numpy as np
from django.utils.http import content_disposition_header
from numpy.typing import NDArray

from webapp.annotation.models import Annotation
from webapp.annotation.selectors import label_volume, volume_of
from webapp.volumes.models import Volume

LABEL_INTENT = 1002  # NIFTI_INTENT_LABEL


@dataclass(frozen=True)
class File:
    """A download: its name, and its bytes in pieces."""

    name: str
    chunks: Iterator[bytes]

    @property
    def disposition(self) -> str:
        return content_disposition_header(True, self.name) or "attachment"


def label_map(annotation: Annotation) -> File:
    """The current labels as a gzipped NIfTI file of uint8, 0 = background, values as in the project."""
    volume = volume_of(annotation)
    labels = label_volume(annotation)
    return File(f"{annotation.case.name}_labels.nii.gz", _gzipped(_pieces(volume, labels)))


def label_header(volume: Volume) -> bytes:
    """The original header with its orientation, units and codes, but for voxels of uint8 labels."""
    raw = (volume.folder / "header.bin").read_bytes()
    second = len(raw) == 540
    kind: Any = nib.Nifti2Header if second else nib.Nifti1Header
    header: Any = kind(raw, endianness=_byte_order(raw), check=False)
    depth, height, width = volume.shape
    header.set_data_dtype(np.uint8)
    header.set_data_shape((width, height, depth))
    header["magic"] = b"n+2" if second else b"n+1"
    header["vox_offset"] = len(raw) + 4
    header["scl_slope"], header["scl_inter"] = 1, 0
    header["cal_min"], header["cal_max"] = 0, 0
    header["intent_code"] = LABEL_INTENT
    if not _says(header, volume):  # what the import had to pass over, nobody else could read either
        header["qform_code"] = 0
        header.set_sform(np.array(volume.affine), code=1)
    return bytes(header.binaryblock)


def _says(header: Any, volume: Volume) -> bool:
    try:
        return bool(np.allclose(header.get_best_affine(), np.array(volume.affine), atol=1e-5))
    except (ValueError, np.linalg.LinAlgError, nib.spatialimages.HeaderDataError):
        return False


def _byte_order(raw: bytes) -> str:
    return "<" if int.from_bytes(raw[:4], "little") == len(raw) else ">"


def _pieces(volume: Volume, labels: NDArray[np.uint8]) -> Iterator[bytes]:
    yield label_header(volume) + b"\0\0\0\0"  # no extensions: they may hold a patient's name
    for plane in labels:  # (Z, Y, X) in C order is NIfTI's order: i fastest
        yield np.ascontiguousarray(plane).tobytes()


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=6, wbits=31)  # 31: gzip, without a date, so that equal labels are equal files
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
