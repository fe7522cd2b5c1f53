"""NIfTI headers that lie on a volume's grid.

Two kinds: the header that was brought, with its orientation, units and codes, for whoever lays the labels over the
original file; and a plain one, whose sform and qform say the same, for sets in which images and labels come together.
"""

from __future__ import annotations

from typing import Any

import nibabel as nib
import numpy as np
from numpy.typing import DTypeLike, NDArray

from webapp.volumes.models import Volume

LABEL_INTENT = 1002  # NIFTI_INTENT_LABEL
NO_EXTENSIONS = b"\0\0\0\0"  # they may hold a patient's name
LONGEST_NIFTI_1 = 32767
# Texts of the original that may name a patient or a hospital.
FREE_TEXTS = ("descrip", "aux_file", "intent_name")


def affine_of(volume: Volume) -> NDArray[np.float64]:
    """Voxel (i, j, k) to RAS mm, 4 x 4."""
    return np.array(volume.affine, dtype=np.float64)


def voxel_ml(volume: Volume) -> float:
    """Millilitres of one voxel."""
    return float(abs(np.linalg.det(affine_of(volume)[:3, :3]))) / 1000


def is_sheared(volume: Volume) -> bool:
    """Whether the axes are not at right angles, which a NIfTI quaternion and ITK cannot express."""
    axes = affine_of(volume)[:3, :3]
    directions = axes / np.linalg.norm(axes, axis=0)
    return not np.allclose(directions.T @ directions, np.eye(3), atol=1e-4)


def label_header(volume: Volume) -> bytes:
    """The original header with its orientation, units and codes, but for voxels of uint8 labels.

    A volume that did not come as NIfTI, or whose header says something else than what was imported, gets a plain one.
    """
    file = volume.folder / "header.bin"
    if not file.exists():
        return plain_header(volume, np.uint8, intent=LABEL_INTENT)
    raw = file.read_bytes()
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
    for text in (*FREE_TEXTS, *(() if second else ("db_name", "data_type"))):
        header[text] = b""
    if not _says(header, volume):  # what the import had to pass over, nobody else could read either
        header["qform_code"] = 0
        header.set_sform(affine_of(volume), code=1)
    return bytes(header.binaryblock) + NO_EXTENSIONS


def plain_header(volume: Volume, dtype: DTypeLike, intent: int = 0) -> bytes:
    """A header of our own for voxels of this type: sform and, where it can, qform are the volume's affine."""
    depth, height, width = volume.shape
    kind: Any = nib.Nifti2Header if max(volume.shape) > LONGEST_NIFTI_1 else nib.Nifti1Header
    header: Any = kind(endianness="<")
    header.set_data_dtype(np.dtype(dtype))
    header.set_data_shape((width, height, depth))
    header["pixdim"][1:4] = volume.spacing_mm[::-1]
    header.set_xyzt_units("mm")
    header["vox_offset"] = int(header["sizeof_hdr"]) + 4
    header["scl_slope"], header["scl_inter"] = 1, 0
    header["intent_code"] = intent
    header.set_sform(affine_of(volume), code=1)
    if not is_sheared(volume):
        header.set_qform(affine_of(volume), code=1)
    header["magic"] = b"n+2" if kind is nib.Nifti2Header else b"n+1"
    return bytes(header.binaryblock) + NO_EXTENSIONS


def _says(header: Any, volume: Volume) -> bool:
    try:
        return bool(np.allclose(header.get_best_affine(), affine_of(volume), atol=1e-5))
    except (ValueError, np.linalg.LinAlgError, nib.spatialimages.HeaderDataError):
        return False


def _byte_order(raw: bytes) -> str:
    return "<" if int.from_bytes(raw[:4], "little") == len(raw) else ">"
