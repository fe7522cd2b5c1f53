"""Reads the training sets and makes the prepared cache: normalise, split labels into connected parts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from tqdm import tqdm

from segmentation_engine.training.data.catalogue import (
    TRAINING_SETS,
    TrainingSet,
    cases_of,
    image_path,
    label_path,
)
from segmentation_engine.training.data.prepared import (
    PREPARATION_VERSION,
    Part,
    PreparedVolume,
    load_prepared,
    save_prepared,
)
from segmentation_engine.training.data.split import Part as SplitPart
from segmentation_engine.training.data.split import part_of
from segmentation_engine.training.data.visibility import with_visibility
from segmentation_engine.volume import intensity_range, normalise

LEAST_PART_VOXELS = 40
LEAST_PART_SHARE = 0.02
LARGEST_PART_COUNT_OF_A_LABEL = 8
Labels = npt.NDArray[np.integer[Any]]


def data_root(given: Path | str | None = None) -> Path:
    """Folder that holds train/ and evaluate/: the argument, else S2V_TRAINING_DATA."""
    root = given or os.environ.get("S2V_TRAINING_DATA")
    if not root or not (Path(root) / "train").is_dir():
        raise ValueError("Say where the training data lie: an argument or S2V_TRAINING_DATA, a folder with train/.")
    return Path(root)


def cache_root(given: Path | str | None = None) -> Path:
    """Folder for prepared volumes: the argument, else S2V_TRAINING_CACHE, else the user's cache folder."""
    root = given or os.environ.get("S2V_TRAINING_CACHE") or Path.home() / ".cache" / "s2v-annotate" / "training"
    return Path(root) / f"v{PREPARATION_VERSION}"


def canonical_array(path: Path) -> tuple[npt.NDArray[Any], tuple[float, float, float], tuple[str, str, str]]:
    """NIfTI -> array (Z, Y, X) in storage order, spacing (z, y, x) in mm, axis codes (z, y, x)."""
    file: Any = nibabel.load(path)
    array = np.asanyarray(file.dataobj)
    codes: Any = nibabel.orientations.aff2axcodes(file.affine)  # type: ignore[no-untyped-call]
    spacing = file.header.get_zooms()
    return array.T, (float(spacing[2]), float(spacing[1]), float(spacing[0])), (codes[2], codes[1], codes[0])


def split_into_parts(labels: Labels) -> tuple[npt.NDArray[np.unsignedinteger[Any]], tuple[Part, ...]]:
    """Labels (Z, Y, X) -> parts map of the same shape and its table: large components alone, crumbs as one."""
    values, contiguous = np.unique(labels, return_inverse=True)
    if values[0] != 0:
        raise ValueError("A label map must have unlabelled voxels (value 0) and no negative values.")
    contiguous = contiguous.reshape(labels.shape).astype(np.int32)
    parts = np.zeros(labels.shape, np.uint16)
    table: list[Part] = []
    for index, box in enumerate(ndimage.find_objects(contiguous), start=1):
        if box is None:
            continue
        for piece in _pieces(contiguous[box] == index):
            number = len(table) + 1
            parts[box][piece] = number
            table.append(_described(number, int(values[index]), piece, box))
    return (parts.astype(np.uint8) if len(table) < 256 else parts), tuple(table)


def _pieces(mask: npt.NDArray[np.bool_]) -> list[npt.NDArray[np.bool_]]:
    components, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes = np.bincount(components.ravel(), minlength=count + 1)
    least = max(LEAST_PART_VOXELS, LEAST_PART_SHARE * mask.sum())
    large = [i for i in np.argsort(-sizes[1:]) + 1 if sizes[i] >= least][:LARGEST_PART_COUNT_OF_A_LABEL]
    pieces = [components == i for i in large]
    crumbs = mask & ~np.isin(components, large)
    return [*pieces, crumbs] if crumbs.any() else pieces


def _described(number: int, label: int, piece: npt.NDArray[np.bool_], box: tuple[slice, ...]) -> Part:
    inner = ndimage.find_objects(piece.astype(np.uint8))[0]
    low = [outer.start + own.start for outer, own in zip(box, inner, strict=True)]
    high = [outer.start + own.stop for outer, own in zip(box, inner, strict=True)]
    return Part(number, label, int(piece.sum()), (low[0], low[1], low[2]), (high[0], high[1], high[2]))


def prepare_volume(root: Path, training_set: TrainingSet, case: str) -> PreparedVolume:
    labels, spacing, codes = canonical_array(label_path(root, training_set.name, case))
    labels = np.rint(labels).astype(np.int32)
    image = None
    if training_set.kind == "label_maps":
        labels = np.pad(labels[ndimage.find_objects((labels > 0).astype(np.uint8))[0]], 1)
    else:
        values, spacing, codes = canonical_array(image_path(root, training_set.name, case))
        image = normalise(values, *intensity_range(values)).astype(np.float16)
        if image.shape != labels.shape:
            raise ValueError(f"{training_set.name}/{case}: the image is {image.shape}, its label {labels.shape}.")
    parts, table = split_into_parts(labels)
    if image is not None:
        table = with_visibility(table, parts, image)
    return PreparedVolume(
        training_set.name, case, spacing, codes, table, training_set.classes_of(case), False, parts, image
    )


def prepare_slice(root: Path, training_set: TrainingSet, case: str) -> PreparedVolume:
    task, name = case.split("/", 1)
    with np.load(root / "train" / training_set.name / f"{task}.npz") as arrays:
        index = arrays["names"].tolist().index(name)
        values, labels = arrays["images"][index][None], arrays["labels"][index][None].astype(np.int32)
    parts, table = split_into_parts(labels)
    image = normalise(values, *intensity_range(values)).astype(np.float16)
    table = with_visibility(table, parts, image)
    return PreparedVolume(training_set.name, case, (1.0, 1.0, 1.0), ("S", "P", "L"), table, {}, True, parts, image)


def prepare_all(
    root: Path, cache: Path, part: SplitPart = "train", sets: tuple[TrainingSet, ...] = TRAINING_SETS
) -> dict[str, list[PreparedVolume]]:
    """Every case of one side of the split, by set; what the cache lacks is made. Cases without labels are left out."""
    prepared: dict[str, list[PreparedVolume]] = {}
    todo = [(s, case) for s in sets for case in cases_of(root, s) if part_of(s.name, case) == part]
    for training_set, case in tqdm(todo, desc="preparing", unit="volume", mininterval=2):
        folder = cache / training_set.name / case.replace("/", "__")
        if not (folder / "case.json").exists():
            make = prepare_slice if training_set.kind == "slices" else prepare_volume
            save_prepared(make(root, training_set, case), folder)
        volume = load_prepared(folder)
        if volume.table:
            prepared.setdefault(training_set.name, []).append(volume)
    return prepared
