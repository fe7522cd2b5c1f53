"""The volumes that judge: held-out subjects of the training sets, and sets that never trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segmentation_engine.evaluation.metrics import Spacing
from segmentation_engine.training.data.catalogue import image_path, label_path
from segmentation_engine.training.data.prepare import canonical_array
from segmentation_engine.training.data.split import cases_in

HELD_OUT = ("hippocampus", "sts_tumour", "subcortical_t1")
UNSEEN = {
    "acdc_cardiac": "labels",
    "left_atrium": "labels",
    "oasis_malf": "labels_tissue",
    "lungs_ct": "labels",
}
SET_NAMES = (*HELD_OUT, *UNSEEN)
SCRIBBLED_SET = "acdc_cardiac"


@dataclass(frozen=True)
class Case:
    """A volume with its propagation axis (the coarsest) in front."""

    set_name: str
    name: str
    image: npt.NDArray[np.generic]  # (Z, Y, X)
    truth: npt.NDArray[np.uint8]  # (Z, Y, X)
    spacing_mm: Spacing
    scribbles: npt.NDArray[np.uint8] | None = None  # (Z, Y, X) of a human: 0 background, 1..3 labels, 4 not marked


def case_names(root: Path, set_name: str, count: int | None, seed: int = 0) -> list[str]:
    """`count` cases (None: all) of a set, drawn by seed."""
    if set_name in UNSEEN:
        images = root / "evaluate" / set_name / "images"
        names = sorted(path.name.removesuffix(".nii.gz") for path in images.glob("*.nii.gz"))
    else:
        names = cases_in(root, set_name, "held_out")
    if count is not None and count < len(names):
        names = sorted(np.random.default_rng(seed).choice(names, count, replace=False).tolist())
    return names


def load_case(root: Path, set_name: str, name: str) -> Case:
    """One case with its truth, and with the human's scribbles where the set has them."""
    if set_name in HELD_OUT:
        return _case(set_name, name, image_path(root, set_name, name), label_path(root, set_name, name), None)
    folder, file = root / "evaluate" / set_name, f"{name}.nii.gz"
    scribbles = folder / "scribbles" / file
    known = scribbles if scribbles.exists() else None
    return _case(set_name, name, folder / "images" / file, folder / UNSEEN[set_name] / file, known)


def _case(set_name: str, name: str, image_file: Path, label_file: Path, scribble_file: Path | None) -> Case:
    image, spacing, _ = canonical_array(image_file)
    order = np.argsort(-np.round(spacing, 3), kind="stable")
    axis = int(order[0])
    front = [spacing[axis], *(s for i, s in enumerate(spacing) if i != axis)]

    def labels_of(file: Path) -> npt.NDArray[np.uint8]:
        values, _, _ = canonical_array(file)
        return np.ascontiguousarray(np.moveaxis(np.rint(values).astype(np.uint8), axis, 0))

    return Case(
        set_name,
        name,
        np.ascontiguousarray(np.moveaxis(image, axis, 0)),
        labels_of(label_file),
        (front[0], front[1], front[2]),
        None if scribble_file is None else labels_of(scribble_file),
    )
