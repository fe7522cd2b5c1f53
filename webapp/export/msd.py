"""The layout of the Medical Segmentation Decathlon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from webapp.export import training_set
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.streams import Item, json_file


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """Image and labels; test cases apart."""
    folder = training_set.set_name(dataset, "Task")
    part = "Ts" if case.part == training_set.TEST else "Tr"
    yield training_set.image_file(f"{folder}/images{part}/{case.key}.nii.gz", case)
    yield training_set.label_file(f"{folder}/labels{part}/{case.key}.nii.gz", dataset, case, labels)


def set_files(dataset: Dataset) -> Iterator[Item]:
    """dataset.json."""
    training = [case.key for case in dataset.cases if case.part != training_set.TEST]
    test = [case.key for case in dataset.cases if case.part == training_set.TEST]
    content = {
        "name": dataset.project.name,
        "description": "",
        "reference": "",
        "licence": "",
        "release": "",
        "tensorImageSize": "3D",
        "modality": {"0": training_set.channel_name(dataset)},
        "labels": {str(value): name for name, value in training_set.label_names(dataset).items()},
        "numTraining": len(training),
        "numTest": len(test),
        "training": [{"image": f"./imagesTr/{key}.nii.gz", "label": f"./labelsTr/{key}.nii.gz"} for key in training],
        "test": [f"./imagesTs/{key}.nii.gz" for key in test],
    }
    yield json_file(f"{training_set.set_name(dataset, 'Task')}/dataset.json", content)
