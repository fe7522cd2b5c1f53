"""Label maps of real writers (nibabel, SimpleITK, highdicom), put onto the image's grid by the real bounded process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom as hd
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from pydicom.sr.codedict import codes

from tests.dicom_instances import instances_on
from webapp.errors import DomainError
from webapp.volumes.importing.label_file import ARRAYS
from webapp.volumes.importing.label_grid import place
from webapp.volumes.importing.problems import UnreadableError
from webapp.volumes.reading import run_bounded

SHAPE = (4, 6, 5)  # (Z, Y, X)
AFFINE = np.array([[-1.5, 0, 0, 20], [0, -2.0, 0, 30], [0, 0, 3.0, -40], [0, 0, 0, 1.0]])
Labels = NDArray[np.uint8]


@pytest.fixture
def labels() -> Labels:
    """One voxel at a corner, a row and a block: no axis can be turned round without that being seen."""
    found = np.zeros(SHAPE, np.uint8)
    found[0, 0, 0] = 3
    found[1, 2, 1:4] = 7
    found[2:4, 4:6, 3:5] = 3
    return found


def _read(source: Path, folder: Path, affine: NDArray[np.float64] = AFFINE) -> tuple[Labels, dict[str, Any]]:
    grid = json.dumps({"shape": SHAPE, "affine": affine.tolist()})
    facts = run_bounded("webapp.volumes.importing.label_file", source, folder, "--grid", grid)
    return np.load(folder / ARRAYS)["numbers"], facts


def _valued(numbers: Labels, facts: dict[str, Any]) -> Labels:
    values = np.zeros(256, np.uint8)
    for segment in facts["segments"]:
        values[segment["number"]] = segment["value"]
    return values[numbers]


def _nifti(path: Path, labels: NDArray[Any], affine: NDArray[np.float64] = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(labels.transpose(2, 1, 0), affine), path)  # type: ignore[no-untyped-call]
    return path


def test_a_nifti_label_map_on_the_same_grid_is_taken_as_it_is(tmp_path: Path, labels: Labels) -> None:
    numbers, facts = _read(_nifti(tmp_path / "a.nii.gz", labels), tmp_path)
    assert np.array_equal(_valued(numbers, facts), labels)
    assert facts == {
        "segments": [
            {"number": 1, "value": 3, "name": "", "voxels": 9},
            {"number": 2, "value": 7, "name": "", "voxels": 3},
        ],
        "notes": [],
    }


@pytest.mark.parametrize("orientation", ["RAS", "ASR", "IPL", "SRP"])
def test_turned_axes_are_turned_back_voxel_by_voxel(tmp_path: Path, labels: Labels, orientation: str) -> None:
    image: Any = nib.Nifti1Image(labels.transpose(2, 1, 0), AFFINE)  # type: ignore[no-untyped-call]
    now, wanted = nib.orientations.io_orientation(AFFINE), nib.orientations.axcodes2ornt(tuple(orientation))  # type: ignore[no-untyped-call]
    turned = image.as_reoriented(nib.orientations.ornt_transform(now, wanted))  # type: ignore[no-untyped-call]
    nib.save(turned, tmp_path / "turned.nii")
    numbers, facts = _read(tmp_path / "turned.nii", tmp_path)
    assert np.array_equal(_valued(numbers, facts), labels)
    assert facts["notes"] == [
        "The file's axes run another way than the image's; its labels were turned, voxel by voxel."
    ]


def test_a_file_of_some_slices_lands_on_just_those(tmp_path: Path, labels: Labels) -> None:
    part = AFFINE.copy()
    part[:3, 3] = (AFFINE @ [0, 0, 1, 1])[:3]
    numbers, facts = _read(_nifti(tmp_path / "part.nii", labels[1:3], part), tmp_path)
    expected = np.zeros_like(labels)
    expected[1:3] = labels[1:3]
    assert np.array_equal(_valued(numbers, facts), expected)
    assert facts["notes"] == []


def test_another_grid_is_resampled_by_the_nearest_voxel_and_that_is_said(tmp_path: Path, labels: Labels) -> None:
    fine = labels.repeat(2, 0).repeat(2, 1).repeat(2, 2)
    affine = AFFINE.copy()
    affine[:3, :3] /= 2
    affine[:3, 3] = (AFFINE @ [-0.25, -0.25, -0.25, 1])[:3]
    numbers, facts = _read(_nifti(tmp_path / "fine.nii.gz", fine, affine), tmp_path)
    assert np.array_equal(_valued(numbers, facts), labels)
    assert "0.75 × 1.00 × 1.50 mm" in facts["notes"][0]
    assert len(facts["notes"]) == 1


def test_what_lies_outside_is_left_out_and_counted() -> None:
    numbers = np.ones((2, 2, 2), np.uint8)
    moved = np.eye(4)
    moved[2, 3] = 1
    placed = place(numbers, moved, (2, 2, 2), np.eye(4))
    assert placed.numbers.tolist() == [[[0, 0], [0, 0]], [[1, 1], [1, 1]]]
    assert placed.notes == ("50.0% of what is labelled lies outside of the image and was left out.",)
    with pytest.raises(UnreadableError, match="belongs to another"):
        place(numbers, moved @ moved, (2, 2, 2), np.eye(4))


def _itk_image(labels: NDArray[Any], vector: bool = False) -> sitk.Image:
    image = sitk.GetImageFromArray(labels, isVector=vector)
    image.SetSpacing((1.5, 2.0, 3.0))
    image.SetOrigin((-20, -30, -40))  # AFFINE in LPS
    return image


def test_a_slicer_segmentation_brings_its_names(tmp_path: Path, labels: Labels) -> None:
    image = _itk_image(labels)
    for number, (value, name) in enumerate(((7, "Liver"), (3, "Right kidney"))):
        image.SetMetaData(f"Segment{number}_LabelValue", str(value))
        image.SetMetaData(f"Segment{number}_Name", name)
        image.SetMetaData(f"Segment{number}_Layer", "0")
    sitk.WriteImage(image, str(tmp_path / "a.seg.nrrd"), useCompression=True)
    numbers, facts = _read(tmp_path / "a.seg.nrrd", tmp_path)
    assert [(segment["value"], segment["name"]) for segment in facts["segments"]] == [(7, "Liver"), (3, "Right kidney")]
    assert np.array_equal(_valued(numbers, facts), labels)


def test_layers_that_overlap_become_one_and_that_is_said(tmp_path: Path) -> None:
    layers = np.zeros((*SHAPE, 2), np.uint8)
    layers[1, 1, 1:4, 0] = 1
    layers[1, 1, 3:5, 1] = 1
    image = _itk_image(layers, vector=True)
    for number, name in enumerate(("Liver", "Lesion")):
        image.SetMetaData(f"Segment{number}_Name", name)
        image.SetMetaData(f"Segment{number}_LabelValue", "1")
        image.SetMetaData(f"Segment{number}_Layer", str(number))
    sitk.WriteImage(image, str(tmp_path / "b.seg.nrrd"))
    numbers, facts = _read(tmp_path / "b.seg.nrrd", tmp_path)
    assert numbers[1, 1].tolist() == [0, 1, 1, 2, 2]
    assert facts["notes"] == ["Some segments of the file overlap; there the later one was taken."]


@pytest.mark.parametrize("ending", [".mha", ".nrrd"])
def test_plain_itk_label_maps_are_read_by_value(tmp_path: Path, labels: Labels, ending: str) -> None:
    sitk.WriteImage(_itk_image(labels.astype(np.uint16)), str(tmp_path / f"a{ending}"))
    numbers, facts = _read(tmp_path / f"a{ending}", tmp_path)
    assert np.array_equal(_valued(numbers, facts), labels)


def test_a_dicom_segmentation_of_highdicom_brings_names_and_place(tmp_path: Path, labels: Labels) -> None:
    series = instances_on(AFFINE, SHAPE)
    segmentation = hd.seg.Segmentation(
        source_images=series,
        pixel_array=np.stack([labels == 7, labels == 3], axis=-1).astype(np.uint8),
        segmentation_type="BINARY",
        segment_descriptions=[_described(1, "Liver"), _described(2, "Right kidney")],
        series_instance_uid=hd.UID(),
        series_number=9,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="Nobody",
        manufacturer_model_name="Test",
        software_versions="1",
        device_serial_number="1",
    )
    segmentation.save_as(tmp_path / "seg.dcm")
    numbers, facts = _read(tmp_path / "seg.dcm", tmp_path)
    assert [segment["name"] for segment in facts["segments"]] == ["Liver", "Right kidney"]
    assert np.array_equal(numbers, np.select([labels == 7, labels == 3], [1, 2]))
    assert facts["notes"] == []


def _described(number: int, name: str) -> hd.seg.SegmentDescription:
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=codes.SCT.Organ,
        segmented_property_type=codes.SCT.Liver,
        algorithm_type="MANUAL",
    )


@pytest.mark.parametrize(
    ("values", "sentence"),
    [(np.full(SHAPE, 0.5, np.float32), "no whole numbers"), (np.zeros(SHAPE, np.uint8), "holds no label")],
)
def test_what_is_no_label_map_is_refused(
    tmp_path: Path, values: NDArray[Any], sentence: str, nifti_file: Callable[..., Path]
) -> None:
    with pytest.raises(DomainError, match=sentence):
        _read(_nifti(tmp_path / "no.nii", values), tmp_path)


def test_an_image_instead_of_a_segmentation_is_said_to_be_one(tmp_path: Path) -> None:
    instances_on(AFFINE, SHAPE)[0].save_as(tmp_path / "image.dcm", enforce_file_format=True)
    with pytest.raises(DomainError, match="no segmentation"):
        _read(tmp_path / "image.dcm", tmp_path)
