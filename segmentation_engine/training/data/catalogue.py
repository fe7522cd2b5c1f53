"""The training sets: what lies where, what its labels mean, how often it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

SetKind = Literal["volumes", "label_maps", "slices"]

BRAIN_CLASSES: dict[tuple[int, ...], str] = {
    (2, 41): "cerebral white matter",
    (3, 42): "cerebral cortex",
    (4, 43): "lateral ventricle",
    (7, 46): "cerebellum white matter",
    (8, 47): "cerebellum cortex",
    (10, 49): "thalamus",
    (11, 50): "caudate",
    (12, 51): "putamen",
    (13, 52): "pallidum",
    (14,): "third ventricle",
    (15,): "fourth ventricle",
    (16,): "brain stem",
    (17, 53): "hippocampus",
    (18, 54): "amygdala",
    (26, 58): "accumbens",
    (28, 60): "ventral diencephalon",
}
TORSO_CT_CLASSES: dict[tuple[int, ...], str] = {
    (1,): "spleen",
    (2, 3): "kidney",
    (5,): "liver",
    (6,): "stomach",
    (7,): "pancreas",
    (10, 11, 12, 13, 14): "lung",
    (20,): "colon",
    (52,): "aorta",
    (79,): "spinal cord",
}
TORSO_MR_CLASSES: dict[tuple[int, ...], str] = {
    (1,): "spleen",
    (2, 3): "kidney",
    (5,): "liver",
    (6,): "stomach",
    (7,): "pancreas",
    (10, 11): "lung",
    (15,): "colon",
    (21,): "spinal cord",
    (23,): "aorta",
}
# Left and right are one class: storage order alone does not say which side of the body an image shows.
SUBCORTICAL_CLASSES: dict[tuple[int, ...], str] = {
    (1, 5): "thalamus",
    (2, 6): "caudate",
    (3, 7): "putamen",
    (4, 8): "pallidum",
}


def _classes(region: str, table: dict[tuple[int, ...], str]) -> dict[int, str]:
    return {value: f"{region}/{name}" for values, name in table.items() for value in values}


@dataclass(frozen=True)
class TrainingSet:
    """One folder below train/; `share` is its relative frequency among clips, `classes` names label values."""

    name: str
    share: float
    kind: SetKind = "volumes"
    classes: dict[int, str] = field(default_factory=dict)
    classes_by_case: dict[str, dict[int, str]] = field(default_factory=dict)
    synthetic_share: float = 0.0  # clips of its label maps that are rendered with random intensities instead

    def classes_of(self, case: str) -> dict[int, str]:
        return self.classes_by_case.get(case, self.classes)


HIPPOCAMPUS_CLASSES = {1: "hippocampus/anterior", 2: "hippocampus/posterior"}

TRAINING_SETS: tuple[TrainingSet, ...] = (
    TrainingSet("hippocampus", 0.16, classes=HIPPOCAMPUS_CLASSES),
    TrainingSet("sts_tumour", 0.13, classes={1: "tumour/soft tissue sarcoma"}),
    TrainingSet("ms_lesions", 0.03, classes={1: "brain/ms lesion"}),
    TrainingSet("aorta_ct", 0.06, classes={1: "torso/aorta"}, synthetic_share=0.1),
    TrainingSet(
        "totalseg_ct",
        0.17,
        classes=_classes("torso", TORSO_CT_CLASSES),
        classes_by_case={"mr_slab_3mm": _classes("torso", TORSO_MR_CLASSES)},
        synthetic_share=0.2,
    ),
    TrainingSet("ct_lesions_medsam2", 0.03),
    TrainingSet("voxelmorph_brain", 0.04, classes=_classes("brain", BRAIN_CLASSES), synthetic_share=0.1),
    TrainingSet("subcortical_t1", 0.05, classes=_classes("brain", SUBCORTICAL_CLASSES)),
    TrainingSet("vertebra_tptbox", 0.04, synthetic_share=0.2),
    TrainingSet(
        "brain_label_maps", 0.09, kind="label_maps", classes=_classes("brain", BRAIN_CLASSES), synthetic_share=1.0
    ),
    TrainingSet("slices_2d", 0.15, kind="slices"),
)
SHAPES_SHARE = 0.15  # random label fields without any anatomy

# Tasks of slices_2d whose licences let anyone use what is trained on them; the rest must not reach the weights.
USABLE_SLICE_TASKS = (
    "3D-Liver-Tumor",
    "Aorta",
    "Brain-Intracranial-Hemorrhage",
    "KneeBones3Dify",
    "Whole-Heart-HVSMR-2.0",
    "Lumbar-Spine",
    "HepaticVessel",
    "IRCAD-Digestive-Cancer-Liver",
)


def class_names() -> tuple[str, ...]:
    """Every class that a checkpoint trained on these sets can be asked for; its order is `ClipBatch.class_index`."""
    tables = [table for s in TRAINING_SETS for table in (s.classes, *s.classes_by_case.values())]
    return tuple(sorted({name for table in tables for name in table.values()}))


def image_path(root: Path, set_name: str, case: str) -> Path:
    return root / "train" / set_name / "images" / f"{case}.nii.gz"


def label_path(root: Path, set_name: str, case: str) -> Path:
    """The label file of an image; images of one subject may share it (`patient07_T1` -> `patient07`)."""
    folder = root / "train" / set_name / "labels"
    own = folder / f"{case}.nii.gz"
    return own if own.exists() else folder / f"{case.rsplit('_', 1)[0]}.nii.gz"


def cases_of(root: Path, training_set: TrainingSet) -> list[str]:
    """Case names of a set on disk, sorted; for slices_2d one case a slice: `<task>/<name>`."""
    folder = root / "train" / training_set.name
    if training_set.kind == "slices":
        return slice_cases(root)
    sub = "labels" if training_set.kind == "label_maps" else "images"
    return sorted(path.name.removesuffix(".nii.gz") for path in (folder / sub).glob("*.nii.gz"))


def slice_cases(root: Path) -> list[str]:
    import numpy as np

    cases = []
    for task in USABLE_SLICE_TASKS:
        with np.load(root / "train" / "slices_2d" / f"{task}.npz") as arrays:
            cases += [f"{task}/{name}" for name in arrays["names"].tolist()]
    return sorted(cases)


def subject_of(set_name: str, case: str) -> str:
    """Whom an image shows: several images of one subject stay on one side of the split."""
    if set_name == "sts_tumour":
        return "_".join(case.split("_")[:2])
    if set_name == "ms_lesions":
        return case.split("_")[0]
    if set_name == "slices_2d":
        task, name = case.split("/", 1)
        return f"{task}/{name.rsplit('.', 1)[0].split('_')[0]}"
    return case
