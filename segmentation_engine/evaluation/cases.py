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


@dataclass(frozen=True)
class Case:
    """A volume with its propagation axis (the coarsest) in front."""

    set_name: str
    name: str
    image: npt.NDArray[np.generic]  # (Z, Y, X)
    truth: npt.NDArray[np.uint8]  # (Z, Y, X)
    spacing_mm: Spacing


def load_cases(root: Path, set_name: str, count: int | None, seed: int = 0) -> list[Case]:
    """`count` cases (None: all) of a set, drawn by seed."""
    unseen = root / "evaluate" / set_name
    if set_name in UNSEEN:
        names = sorted(p.name.removesuffix(".nii.gz") for p in (unseen / "images").glob("*.nii.gz"))
    else:
        names = cases_in(root, set_name, "held_out")
    if count is not None and count < len(names):
        names = sorted(np.random.default_rng(seed).choice(names, count, replace=False).tolist())
    cases = []
    for name in names:
        if set_name in UNSEEN:
            paths = unseen / "images" / f"{name}.nii.gz", unseen / UNSEEN[set_name] / f"{name}.nii.gz"
        else:
            paths = image_path(root, set_name, name), label_path(root, set_name, name)
        cases.append(_case(set_name, name, *paths))
    return cases


def _case(set_name: str, name: str, image_file: Path, label_file: Path) -> Case:
    image, spacing, _ = canonical_array(image_file)
    truth, _, _ = canonical_array(label_file)
    order = np.argsort(-np.round(spacing, 3), kind="stable")
    axis = int(order[0])
    front = [spacing[axis], *(s for i, s in enumerate(spacing) if i != axis)]
    return Case(
        set_name,
        name,
        np.ascontiguousarray(np.moveaxis(image, axis, 0)),
        np.ascontiguousarray(np.moveaxis(np.rint(truth).astype(np.uint8), axis, 0)),
        (front[0], front[1], front[2]),
    )
