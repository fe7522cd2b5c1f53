"""NRRD and MetaImage files, read by ITK in one piece; only files that bring their own voxels along.

A header may name another file as the place of its voxels. It is refused before ITK sees it, for that file
might be anything on the server.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from webapp.volumes.importing.nifti_header import Layout, check_size
from webapp.volumes.importing.problems import UnreadableError

LONGEST_HEADER = 2**20
NRRD_MAGIC = b"NRRD000"
META_IMAGE = re.compile(rb"^(ObjectType|NDims|Comment)\s*=", re.MULTILINE)
VOXELS_ELSEWHERE = re.compile(rb"^data ?file:", re.IGNORECASE | re.MULTILINE)
META_VOXELS = re.compile(rb"^ElementDataFile\s*=\s*(\S+)", re.MULTILINE)
VOXEL_TYPES: dict[int, Any] = {
    sitk.sitkUInt8: np.uint8,
    sitk.sitkInt8: np.int8,
    sitk.sitkUInt16: np.uint16,
    sitk.sitkInt16: np.int16,
    sitk.sitkUInt32: np.uint32,
    sitk.sitkInt32: np.int32,
    sitk.sitkUInt64: np.uint64,
    sitk.sitkInt64: np.int64,
    sitk.sitkFloat32: np.float32,
    sitk.sitkFloat64: np.float64,
}
LAYERED_TYPES: dict[int, Any] = {
    sitk.sitkVectorUInt8: np.uint8,
    sitk.sitkVectorInt16: np.int16,
    sitk.sitkVectorUInt16: np.uint16,
}
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def is_nrrd(start: bytes) -> bool:
    return start.startswith(NRRD_MAGIC)


def is_meta_image(start: bytes) -> bool:
    return META_IMAGE.match(start) is not None


def opened(source: Path, folder: Path, most_voxels: int) -> tuple[Layout, Iterator[NDArray[Any]]]:
    """The layout of an NRRD or MetaImage file and its slices (Y, X) along Z; `folder` is for a passing link."""
    layout, image = _opened(source, folder, most_voxels, VOXEL_TYPES)
    return layout, _slices(image)


def opened_labels(source: Path, folder: Path, most_voxels: int) -> tuple[Layout, sitk.Image]:
    """The same of a label map, which may have several layers: several numbers a voxel. The image keeps its voxels."""
    return _opened(source, folder, most_voxels, {**VOXEL_TYPES, **LAYERED_TYPES})


def _opened(source: Path, folder: Path, most_voxels: int, kinds: dict[int, Any]) -> tuple[Layout, sitk.Image]:
    with source.open("rb") as file:
        start = file.read(LONGEST_HEADER)
    notes = _check_nrrd(start) if is_nrrd(start) else _check_meta_image(start)
    # ITK goes by the ending.
    link = folder / ("source.nrrd" if is_nrrd(start) else "source.mha")
    link.symlink_to(source.resolve())
    try:
        layout = _layout(_reader(link), most_voxels, notes, kinds)
        return layout, _read(link)
    finally:
        link.unlink()


def _slices(image: sitk.Image) -> Iterator[NDArray[Any]]:
    # The view does not keep the image alive; this generator does, and nothing is copied.
    yield from sitk.GetArrayViewFromImage(image)


def _check_nrrd(start: bytes) -> tuple[str, ...]:
    header, found, _ = start.replace(b"\r\n", b"\n").partition(b"\n\n")
    if VOXELS_ELSEWHERE.search(header):
        raise UnreadableError("This NRRD header names another file as the place of its voxels; please bring one file.")
    if not found:
        raise UnreadableError("The NRRD file breaks off within its header.")
    if re.search(rb"^space( dimension)?:", header, re.IGNORECASE | re.MULTILINE) is None:
        return ("The file does not say how the image lies in the patient; left, posterior and superior were taken.",)
    return ()


def _check_meta_image(start: bytes) -> tuple[str, ...]:
    place = META_VOXELS.search(start)
    if place is None:
        raise UnreadableError("The MetaImage file breaks off within its header.")
    if place.group(1).upper() != b"LOCAL":
        raise UnreadableError("This is the header of a pair (.mhd and .raw); please bring it as one .mha file.")
    return ()


def _reader(path: Path) -> sitk.ImageFileReader:
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        raise UnreadableError("The file's header is damaged: it does not describe an image.") from None
    return reader


def _read(path: Path) -> sitk.Image:
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError:
        raise UnreadableError("The file breaks off or is damaged: its voxels could not be read.") from None


def _layout(reader: sitk.ImageFileReader, most_voxels: int, notes: tuple[str, ...], kinds: dict[int, Any]) -> Layout:
    if reader.GetPixelID() not in kinds:
        raise UnreadableError("The file holds several numbers a voxel (colour, vectors), not one grey value.")
    sizes = [int(size) for size in reader.GetSize()]
    if len(sizes) != 3:
        raise UnreadableError(f"The image has {len(sizes)} dimensions; a volume has three.")
    x, y, z = sizes
    check_size(x, y, z * reader.GetNumberOfComponents(), most_voxels)
    affine = affine_of(reader.GetOrigin(), reader.GetSpacing(), reader.GetDirection())
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) <= 1e-12:
        raise UnreadableError("The header does not say how large the voxels are and where they lie.")
    stored = np.dtype(kinds[reader.GetPixelID()])
    return Layout((z, y, x), stored, 0, 1.0, 0.0, affine, b"", notes)


def affine_of(
    origin_mm: tuple[float, ...], spacing_mm: tuple[float, ...], direction: tuple[float, ...]
) -> NDArray[np.float64]:
    """Voxel (i, j, k) to RAS mm from what ITK says, which is LPS, axes as columns of `direction`."""
    lps = np.eye(4)
    lps[:3, :3] = np.reshape(direction, (3, 3)) * np.array(spacing_mm)
    lps[:3, 3] = origin_mm
    return LPS_TO_RAS @ lps
