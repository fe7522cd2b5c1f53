"""What the data sets for training say of themselves."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from tests.webapp.annotation.world import World, make_volume, make_world
from tests.webapp.export.drawn import paint
from webapp.annotation.models import SliceMask, Trust
from webapp.annotation.services import annotation_of
from webapp.export import archive
from webapp.export.dataset import choose, gather
from webapp.export.options import Format, Selection, Split, Wanted
from webapp.projects import services as projects
from webapp.volumes.models import Modality, Volume

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]
SHAPE = (4, 6, 5)
CASES = 10
Files = dict[str, bytes]


@pytest.fixture
def world() -> World:
    """Ten CT cases, each of another image, with a block of label 2 and one of label 5; label 4 is retired."""
    made = make_world(SHAPE)
    made.case.delete()
    for name in ("background", "Left kidney", "Tumour"):
        projects.add_label(made.project, name)
    made.project.labels.filter(value=4).update(retired_at="2026-01-01T00:00:00Z")
    for number in range(CASES):
        case = projects.create_case(made.project, f"Fall Nr. {number} (Müller)")
        volume = make_volume(case, np.full(SHAPE, number, np.int16))
        Volume.objects.filter(pk=volume.pk).update(sha256=f"{number:064d}")
        labels = np.zeros(SHAPE, np.uint8)
        labels[1, 2:4, 1:3], labels[2, 2:4, 1:3] = 2, 5
        paint(annotation_of(case), labels)
    return made


@pytest.fixture
def written(world: World, tmp_path: Path) -> Callable[[], Files]:
    def write() -> Files:
        wanted = Wanted((Format.NNUNET, Format.MSD), split=Split(60, 20, 20, seed=1))
        archive.write(tmp_path / "a.zip", gather(world.project, wanted, choose(world.project, Selection.STARTED)))
        with zipfile.ZipFile(tmp_path / "a.zip") as packed:
            return {name: packed.read(name) for name in packed.namelist()}

    return write


def _json(files: Files, start: str, end: str) -> Any:
    (found,) = (content for name, content in files.items() if name.startswith(start) and name.endswith(end))
    return json.loads(found)


def _keys(files: Files, start: str, folder: str) -> set[str]:
    """Names without ending of the files in a folder of the set whose path begins like this."""
    found = (name.rsplit("/", 2) for name in files if name.startswith(start))
    return {parts[2].removesuffix(".nii.gz") for parts in found if parts[1] == folder}


def _voxels(content: bytes) -> Any:
    image = nib.Nifti1Image.from_bytes(gzip.decompress(content))
    return np.asarray(image.dataobj).T  # (Z, Y, X)


def test_labels_are_consecutive_and_names_that_nnunet_reserves_are_told_apart(written: Callable[[], Files]) -> None:
    files = written()
    assert _json(files, "nnUNet_raw/", "/dataset.json")["labels"] == {
        "background": 0,
        "Liver": 1,
        "Spleen": 2,
        "background (3)": 3,
        "Tumour": 4,
    }
    (mask, *_) = (content for name, content in files.items() if "/labelsTr/" in name)
    voxels = _voxels(mask)
    assert np.unique(voxels).tolist() == [0, 2, 4]
    assert (voxels[2, 2:4, 1:3] == 4).all()


def test_the_split_is_what_the_folders_and_lists_say(written: Callable[[], Files]) -> None:
    files = written()
    (fold,) = _json(files, "nnUNet_preprocessed/", "/splits_final.json")
    assert (len(fold["train"]), len(fold["val"])) == (6, 2)
    trained = set(fold["train"]) | set(fold["val"])
    assert _keys(files, "nnUNet_raw/", "labelsTr") == trained
    assert _keys(files, "nnUNet_raw/", "imagesTr") == {f"{key}_0000" for key in trained}
    tested = _keys(files, "nnUNet_raw/", "labelsTs")
    assert len(tested) == 2
    assert not tested & trained
    assert _json(files, "nnUNet_raw/", "/dataset.json")["numTraining"] == 8
    parts = {case["key"]: case["part"] for case in _json(files, "manifest", ".json")["cases"]}
    assert {key for key, part in parts.items() if part == "test"} == tested


def test_the_decathlons_description_lists_its_files(written: Callable[[], Files]) -> None:
    files = written()
    said = _json(files, "Task", "/dataset.json")
    (folder,) = {name.split("/")[0] for name in files if name.startswith("Task")}
    assert (said["numTraining"], said["numTest"]) == (8, 2)
    listed = [path for pair in said["training"] for path in pair.values()] + said["test"]
    assert len(listed) == 18
    assert all(f"{folder}/{path.removeprefix('./')}" in files for path in listed)
    assert said["labels"]["2"] == "Spleen"


def test_a_set_is_ct_only_if_every_image_is(world: World, written: Callable[[], Files]) -> None:
    assert _json(written(), "nnUNet_raw/", "/dataset.json")["channel_names"] == {"0": "CT"}
    Volume.objects.filter(case__project=world.project).update(modality=Modality.MR)
    assert _json(written(), "Task", "/dataset.json")["modality"] == {"0": "MRI"}
    first = Volume.objects.filter(case__project=world.project).first()
    Volume.objects.filter(pk=first.pk if first else 0).update(modality=Modality.CT)
    assert _json(written(), "nnUNet_raw/", "/dataset.json")["channel_names"] == {"0": "image"}


def test_names_of_cases_are_safe_for_any_program(written: Callable[[], Files]) -> None:
    assert "Fall_Nr_3_Muller" in {case["key"] for case in _json(written(), "manifest", ".json")["cases"]}


def test_the_trust_of_each_slice_is_told(world: World, written: Callable[[], Files]) -> None:
    SliceMask.objects.filter(annotation__case__project=world.project, z=2).update(trust=Trust.PAINTED)
    trust = _voxels(next(content for name, content in written().items() if name.startswith("trust/")))
    assert trust[:, 0, 0].tolist() == [255, Trust.MODEL, Trust.PAINTED, 255]
    assert (trust == trust[:, :1, :1]).all()
