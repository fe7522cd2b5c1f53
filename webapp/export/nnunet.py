"""A raw data set of nnU-Net v2, to be unpacked where nnUNet_raw and nnUNet_preprocessed are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.export import training_set
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import is_sheared
from webapp.export.streams import Item, json_file


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """Image and labels; test cases apart, where nnU-Net does not train with them."""
    folder = f"nnUNet_raw/{training_set.set_name(dataset, 'Dataset')}"
    part = "Ts" if case.part == training_set.TEST else "Tr"
    yield training_set.image_file(f"{folder}/images{part}/{case.key}_0000.nii.gz", case)
    yield training_set.label_file(f"{folder}/labels{part}/{case.key}.nii.gz", dataset, case, labels)


def set_files(dataset: Dataset) -> Iterator[Item]:
    """dataset.json, and the split as nnU-Net looks for it."""
    name = training_set.set_name(dataset, "Dataset")
    content: dict[str, Any] = {
        "channel_names": {"0": training_set.channel_name(dataset)},
        "labels": training_set.label_names(dataset),
        "numTraining": sum(case.part != training_set.TEST for case in dataset.cases),
        "file_ending": ".nii.gz",
        "name": dataset.project.name,
    }
    if any(is_sheared(case.volume) for case in dataset.cases):
        content["overwrite_image_reader_writer"] = "NibabelIO"  # ITK refuses axes that are not at right angles
    yield json_file(f"nnUNet_raw/{name}/dataset.json", content)
    fold = {part: [case.key for case in dataset.cases if case.part == part] for part in ("train", "val")}
    if fold["val"]:
        yield json_file(f"nnUNet_preprocessed/{name}/splits_final.json", [fold])
