"""One DICOM series out of a ZIP file. Nothing is unpacked to disk, and nothing of the patient leaves this module:
only voxels, their place, modality and window."""

import io
import logging
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.uid import UID

from webapp.volumes.importing.dicom_grid import Grid, Place, grid_of
from webapp.volumes.importing.nifti_header import Layout, check_size
from webapp.volumes.importing.problems import UnreadableError

ZIP_MAGIC = b"PK\x03\x04"
MOST_FILES = 20_000
SHARED_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPClassUID")
BYTES_A_VOXEL = 8  # of room that a file may take, with its header and where voxels are stored wastefully
DAMAGED = "The ZIP file is damaged or was not copied completely."


@dataclass(frozen=True)
class Instance:
    """One image of a series: which file of the ZIP it is, and its header without the voxels."""

    entry: zipfile.ZipInfo
    header: Any
    place: Place


@dataclass(frozen=True)
class Series:
    """A series in order: its layout, modality (CT, MR, other), plane, window of the file (centre, width) if any, and
    the numbers by which others know its images: UIDs, which say nothing of the patient."""

    layout: Layout
    modality: str
    name: str
    window: tuple[float, float] | None
    references: dict[str, Any] | None
    slices: Iterator[NDArray[Any]]


def is_zip(start: bytes) -> bool:
    return start.startswith(ZIP_MAGIC)


def opened(source: Path, most_voxels: int) -> Series:
    """The only series of the ZIP file that is a volume; UnreadableError with a sentence otherwise."""
    # What pydicom warns of quotes the header, and so may name the patient in a log.
    warnings.simplefilter("ignore")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, ValueError, OSError):
        raise UnreadableError(DAMAGED) from None
    chosen, notes = _one_series(_images(archive, _entries(archive, most_voxels)))
    first = chosen[0].header
    grid, order, more = grid_of([instance.place for instance in chosen])
    check_size(int(first.Columns), int(first.Rows), len(order), most_voxels)
    ordered = [chosen[index] for index in order]
    layout = _layout(ordered, grid, (*notes, *more))
    modality = str(first.get("Modality", ""))
    modality = modality if modality in ("CT", "MR") else "other"
    slices = _slices(archive, ordered, layout)
    return Series(layout, modality, f"{modality} {grid.plane}", _window(first), _references(ordered), slices)


def _references(ordered: list[Instance]) -> dict[str, Any] | None:
    """What a DICOM segmentation needs to name the images that it is of; None if they have not all of it."""
    first = ordered[0].header
    shared = {name: str(first.get(name, "")) for name in SHARED_UIDS}
    instances = [str(image.header.get("SOPInstanceUID", "")) for image in ordered]
    if not all(UID(number).is_valid for number in (*shared.values(), *instances)):
        return None
    return {**shared, "Modality": str(first.get("Modality", "")), "instances": instances}


def _entries(archive: zipfile.ZipFile, most_voxels: int) -> list[zipfile.ZipInfo]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise UnreadableError(f"The ZIP file holds more than {MOST_FILES:,} files.")
    if sum(entry.file_size for entry in entries) > most_voxels * BYTES_A_VOXEL:
        raise UnreadableError("Unpacked, the ZIP file would be larger than what can be imported here.")
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
            raise UnreadableError("The ZIP file names files outside of its own folder; it is not read.")
        if entry.flag_bits & 1:
            raise UnreadableError("The ZIP file is protected by a password.")
    return entries


def _images(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> list[Instance]:
    """Everything with voxels and a place in the patient; directories, reports and other files are passed over."""
    found = []
    for entry in entries:
        header = _header(_bytes(archive, entry))
        if header is None or "Rows" not in header or "ImagePositionPatient" not in header:
            continue
        _check_kind(header)
        found.append(Instance(entry, header, _place(header)))
    if not found:
        raise UnreadableError("The ZIP file holds no DICOM images that say where in the patient they lie.")
    return found


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    try:
        return archive.read(entry)
    except Exception:  # noqa: BLE001  each method of packing raises errors of its own
        raise UnreadableError(DAMAGED) from None


def _header(content: bytes) -> Any | None:
    if content[128:132] != b"DICM":
        return None
    try:
        return pydicom.dcmread(io.BytesIO(content), stop_before_pixels=True)
    except Exception:  # noqa: BLE001  pydicom raises whatever the damage leads to, quoting the header
        raise UnreadableError("One of the DICOM files is damaged: its header could not be read.") from None


def _check_kind(header: Any) -> None:
    if str(header.get("BurnedInAnnotation", "")).upper() == "YES":
        raise UnreadableError("The images have text burned in, which may name the patient; they are not imported.")
    if int(header.get("NumberOfFrames", 1) or 1) > 1:
        raise UnreadableError("These are multi-frame DICOM images, which cannot be read yet; one file a slice can.")
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise UnreadableError("The images are in colour; only one grey value a voxel can be read.")


def _place(header: Any) -> Place:
    try:
        spacing = [float(size) for size in header.PixelSpacing]
        place = Place(
            np.array(header.ImagePositionPatient, dtype=np.float64),
            np.array(header.ImageOrientationPatient, dtype=np.float64).reshape(2, 3),
            (spacing[0], spacing[1]),
        )
    except (AttributeError, ValueError, TypeError, IndexError):
        raise UnreadableError("The DICOM images do not say how large their voxels are and where they lie.") from None
    if place.position_mm.shape != (3,) or not place.is_sound:
        raise UnreadableError("The DICOM images do not say how large their voxels are and where they lie.")
    return place


def _one_series(images: list[Instance]) -> tuple[list[Instance], list[str]]:
    groups: dict[tuple[object, ...], dict[str, Instance]] = {}
    twice = 0
    for image in images:
        axes = tuple(np.round(image.place.axes, 3).ravel() + 0.0)
        key = (str(image.header.get("SeriesInstanceUID", "")), axes, int(image.header.Rows), int(image.header.Columns))
        group = groups.setdefault(key, {})
        number = str(image.header.get("SOPInstanceUID", image.entry.filename))
        twice += number in group
        group[number] = image
    volumes = [list(group.values()) for group in groups.values() if len(group) > 1 and not _is_scout(group)]
    if not volumes:
        raise UnreadableError("The ZIP file holds single images only (scouts?), no series of slices.")
    if len(volumes) > 1:
        raise UnreadableError(
            f"The ZIP file holds {len(volumes)} series; please bring each on its own, in a folder or ZIP file."
        )
    notes = []
    if len(groups) > 1:
        notes.append(f"Of {len(groups)} series in the ZIP file, {len(groups) - 1} with single images were left out.")
    if twice:
        notes.append(f"{twice} images were there twice and taken once.")
    return volumes[0], notes


def _is_scout(group: dict[str, Instance]) -> bool:
    return any("LOCALIZER" in (image.header.get("ImageType") or ()) for image in group.values())


def _layout(ordered: list[Instance], grid: Grid, notes: tuple[str, ...]) -> Layout:
    first = ordered[0].header
    shape = (len(ordered), int(first.Rows), int(first.Columns))
    kinds = [_real_type(image.header) for image in ordered]
    return Layout(shape, np.result_type(*kinds), 0, 1.0, 0.0, grid.affine, b"", notes)


def _scaling(header: Any) -> tuple[float, float]:
    slope, intercept = header.get("RescaleSlope"), header.get("RescaleIntercept")
    slope = 1.0 if slope is None else float(slope)
    intercept = 0.0 if intercept is None else float(intercept)
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        raise UnreadableError("The images' rescale slope or intercept is not a usable number.")
    return slope, intercept


def _real_type(header: Any) -> "np.dtype[Any]":
    """16 bits where every value that can be stored fits after rescaling, 32 bits where whole, else float32."""
    slope, intercept = _scaling(header)
    bits = int(header.get("BitsAllocated", 16))
    if slope != 1.0 or intercept != np.rint(intercept) or abs(intercept) > 2**20 or bits > 16:
        return np.dtype(np.float32)
    stored = int(header.get("BitsStored", bits))
    low = -(2 ** (stored - 1)) if int(header.get("PixelRepresentation", 0)) else 0
    fits = low + intercept >= -32768 and low + 2**stored - 1 + intercept <= 32767
    return np.dtype(np.int16) if fits else np.dtype(np.int32)


def _window(header: Any) -> tuple[float, float] | None:
    """(centre, width) of the file's first window."""
    firsts: list[Any] = []
    for tag in ("WindowCenter", "WindowWidth"):
        value = header.get(tag)
        firsts.append(value[0] if isinstance(value, pydicom.multival.MultiValue) and len(value) else value)
    try:
        centre, width = (float(first) for first in firsts)
    except (TypeError, ValueError):
        return None
    return (centre, width) if np.isfinite([centre, width]).all() and width > 0 else None


def _slices(archive: zipfile.ZipFile, ordered: list[Instance], layout: Layout) -> Iterator[NDArray[Any]]:
    for image in ordered:
        yield _real_values(_bytes(archive, image.entry), layout)


def _real_values(content: bytes, layout: Layout) -> NDArray[Any]:
    try:
        dataset = pydicom.dcmread(io.BytesIO(content))
        pixels = dataset.pixel_array
    except Exception:  # noqa: BLE001  pydicom raises whatever the damage leads to, quoting the header
        raise UnreadableError("A slice could not be decoded: it is damaged, cut short or packed unusually.") from None
    if pixels.shape != layout.shape[1:]:
        raise UnreadableError("A slice is not as large as its header says.")
    slope, intercept = _scaling(dataset)
    real = pixels.astype(np.float64) * slope + intercept
    if layout.stored.kind == "i":
        bounds = np.iinfo(layout.stored)
        if real.min() < bounds.min or real.max() > bounds.max:
            raise UnreadableError("A slice holds values that its header rules out: it is damaged.")
    values: NDArray[Any] = real.astype(layout.stored)
    return values
