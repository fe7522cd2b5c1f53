"""What label maps say of themselves: numbered segments with their values and names, and where their voxels lie."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom as hd
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from webapp.volumes.importing import canonical, itk_image, nifti_header, voxel_stream
from webapp.volumes.importing.canonical import Progress
from webapp.volumes.importing.dicom_grid import LPS_TO_RAS
from webapp.volumes.importing.nifti_header import check_size
from webapp.volumes.importing.problems import UnreadableError

MOST_SEGMENTS = 254
SEGMENT_LINE = re.compile(rb"^Segment(\d{1,4})_(Name|LabelValue|Layer):=(.*)$", re.MULTILINE)
GREY = "The file does not hold labels but an image: its values are no whole numbers from 0 on."
MANY = f"The file holds more than {MOST_SEGMENTS} different labels."
DAMAGED_SEGMENTATION = "The DICOM segmentation is damaged or of a kind that cannot be read."
OVERLAP = "Some segments of the file overlap; there the later one was taken."


@dataclass(frozen=True)
class Segment:
    """A segment as its file has it; `name` is empty where the file has none."""

    number: int
    value: int
    name: str


@dataclass(frozen=True)
class Source:
    """Numbers of segments (Z, Y, X), 0 = none, and voxel (i, j, k) to RAS mm."""

    numbers: NDArray[np.uint8]
    affine: NDArray[np.float64]
    segments: tuple[Segment, ...]
    notes: tuple[str, ...] = ()


def opened(source: Path, folder: Path, most_voxels: int, progress: Progress) -> Source:
    """Read a label map of any kind; UnreadableError with a sentence if it is none. `folder` is for passing files."""
    with source.open("rb") as file:
        start = file.read(itk_image.LONGEST_HEADER)
    if start[128:132] == b"DICM":
        return _dicom(source, most_voxels)
    if itk_image.is_nrrd(start) or itk_image.is_meta_image(start):
        layout, image = itk_image.opened_labels(source, folder, most_voxels)
        return _layered(image, layout.affine, start)
    path = folder / "canonical.npy"
    with voxel_stream.opened(source) as stream:
        layout = nifti_header.parse(stream.read(540), most_voxels)
        stream.seek(0)
        voxel_stream.skip(stream, layout.first_byte)
        canonical.write_canonical(path, layout, voxel_stream.slices(stream, layout), progress)
        voxel_stream.verify_end(stream)
    values = np.load(path, mmap_mode="r")
    path.unlink()
    return _by_value(values, layout.affine)


def _layered(image: sitk.Image, affine: NDArray[np.float64], start: bytes) -> Source:
    layers = sitk.GetArrayViewFromImage(image)  # (Z, Y, X) or (Z, Y, X, layer)
    named = _named_segments(start)
    if layers.ndim == 3 and not named:
        return _by_value(layers, affine)
    stack = layers[..., None] if layers.ndim == 3 else layers
    if not named:
        named = [{"LabelValue": "1", "Layer": str(layer)} for layer in range(stack.shape[-1])]
    if len(named) > MOST_SEGMENTS:
        raise UnreadableError(MANY)
    numbers = np.zeros(stack.shape[:3], np.uint8)
    segments, overlap = [], False
    for number, facts in enumerate(named, start=1):
        # Before segments shared layers, each had one of its own.
        own_layer = number - 1 if len(named) == stack.shape[-1] else 0
        layer, value = _whole(facts.get("Layer"), own_layer), _whole(facts.get("LabelValue"), 1)
        if not 0 <= layer < stack.shape[-1]:
            raise UnreadableError("The file names a layer that it does not have.")
        for z, plane in enumerate(stack[..., layer]):
            meant = plane == value
            overlap = overlap or bool(numbers[z][meant].any())
            numbers[z][meant] = number
        segments.append(Segment(number, value, facts.get("Name", "")[:80]))
    return Source(numbers, affine, tuple(segments), (OVERLAP,) if overlap else ())


def _named_segments(start: bytes) -> list[dict[str, str]]:
    """What the header of a `.seg.nrrd` says of each segment, in their order."""
    header = start.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    found: dict[int, dict[str, str]] = {}
    for number, key, text in SEGMENT_LINE.findall(header):
        found.setdefault(int(number), {})[key.decode()] = text.decode("utf-8", "replace").strip()
    return [found[number] for number in sorted(found)]


def _whole(text: str | None, otherwise: int) -> int:
    if text is None:
        return otherwise
    if not re.fullmatch(r"\d{1,9}", text):
        raise UnreadableError("The file's header is damaged: a segment's value or layer is no number.")
    return int(text)


def _by_value(values: NDArray[Any], affine: NDArray[np.float64]) -> Source:
    """Each value but 0 is a segment without a name."""
    found = _values(values)
    numbers = np.empty(values.shape, np.uint8)
    for z, plane in enumerate(values):
        numbers[z] = np.where(plane == 0, 0, np.searchsorted(found, plane) + 1)
    return Source(numbers, affine, tuple(Segment(n, int(value), "") for n, value in enumerate(found, start=1)))


def _values(planes: Iterable[NDArray[Any]]) -> NDArray[Any]:
    found: set[float] = set()
    for plane in planes:
        here = np.unique(plane)
        if here[0] < 0 or not np.isfinite(here).all() or (here != np.rint(here)).any():
            raise UnreadableError(GREY)
        found.update(here.tolist())
        if len(found - {0}) > MOST_SEGMENTS:
            raise UnreadableError(MANY)
    return np.array(sorted(found - {0}))


def _dicom(source: Path, most_voxels: int) -> Source:
    warnings.simplefilter("ignore")  # what pydicom warns of quotes the header
    try:
        segmentation = hd.seg.segread(source)
    except Exception:  # noqa: BLE001  raises whatever the damage leads to, quoting the header
        raise UnreadableError("This DICOM file is no segmentation (DICOM-SEG), or it is damaged.") from None
    frames = int(segmentation.get("NumberOfFrames", 1))
    check_size(int(segmentation.Columns), int(segmentation.Rows), frames, most_voxels)
    described = [segmentation.get_segment_description(number) for number in segmentation.segment_numbers]
    if len(described) > MOST_SEGMENTS:
        raise UnreadableError(MANY)
    volume, notes = _combined(segmentation)
    number_of = np.zeros(65536, np.uint8)
    segments = []
    for number, described_one in enumerate(described, start=1):
        value = int(described_one.segment_number)
        number_of[value] = number
        segments.append(Segment(number, value, str(described_one.segment_label)[:80]))
    numbers, lps = _upward(number_of[np.asarray(volume.array)], np.asarray(volume.affine, np.float64)[:, [2, 1, 0, 3]])
    return Source(numbers, LPS_TO_RAS @ lps, tuple(segments), notes)


def _upward(numbers: NDArray[np.uint8], affine: NDArray[np.float64]) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Slices in the order in which a series is imported: along the normal of rows and columns."""
    if np.linalg.det(affine[:3, :3]) > 0:
        return numbers, affine
    turned = affine.copy()
    turned[:3, 2] = -affine[:3, 2]
    turned[:3, 3] = affine[:3, 3] + affine[:3, 2] * (len(numbers) - 1)
    return numbers[::-1], turned


def _combined(segmentation: Any) -> tuple[Any, tuple[str, ...]]:
    """All segments in one volume (slices, rows, columns) of segment numbers."""
    wanted = {"combine_segments": True, "dtype": np.uint16}
    try:
        try:
            return segmentation.get_volume(**wanted), ()
        except RuntimeError:  # segments overlap
            return segmentation.get_volume(**wanted, skip_overlap_checks=True), (OVERLAP,)
    except Exception:  # noqa: BLE001  raises whatever the damage leads to
        raise UnreadableError(DAMAGED_SEGMENTATION) from None
