"""A DICOM series in, labelled, a DICOM-SEG out: read by highdicom and pydicom, and brought in again."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import highdicom as hd
import numpy as np
import pydicom
import pytest

from tests.dicom_instances import instances_on
from tests.webapp.export.drawn import paint
from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.annotation.services import annotation_of
from webapp.export import archive
from webapp.export.dataset import choose, gather
from webapp.export.options import Format, Selection, Split, Wanted
from webapp.projects.models import Label, Project
from webapp.volumes.importing.label_sources import opened
from webapp.volumes.selectors import target_volume
from webapp.volumes.services import import_file

SHAPE = (5, 8, 6)  # (Z, Y, X)
TURN = np.deg2rad(12)
AXES = np.array([[-1, 0, 0], [0, -np.cos(TURN), np.sin(TURN)], [0, np.sin(TURN), np.cos(TURN)]])
AFFINE = np.eye(4)
AFFINE[:3, :3] = AXES * [0.7, 0.9, 2.5]
AFFINE[:3, 3] = (40, 55, -120)
SECRET = "Zwetschgenbaum"


@pytest.fixture
def drawn() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:3, 2:6, 1:3] = 2
    labels[3, 7, 4:6] = 1
    return labels


@pytest.fixture
def series() -> list[pydicom.Dataset]:
    return instances_on(AFFINE, SHAPE, PatientName=SECRET, PatientID=SECRET, StudyDate="20260102")


@pytest.fixture
def annotation(
    tmp_path: Path, manager: User, project: Project, labels: list[Label], clean_media: None,
    series: list[pydicom.Dataset], drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> Annotation:  # fmt: skip
    with zipfile.ZipFile(tmp_path / "series.zip", "w") as packed:
        for number in (3, 0, 4, 1, 2):
            file = io.BytesIO()
            series[number].save_as(file, enforce_file_format=True)
            packed.writestr(f"IM{number}", file.getvalue())
    annotation = annotation_of(import_file(manager, project, tmp_path / "series.zip"))
    paint(annotation, drawn)
    return annotation


def _exported(project: Project, path: Path) -> zipfile.ZipFile:
    wanted = Wanted((Format.DICOM_SEG,), split=Split(100, 0, 0))
    archive.write(path, gather(project, wanted, choose(project, Selection.STARTED)))
    return zipfile.ZipFile(path)


def _only(packed: zipfile.ZipFile) -> tuple[str, bytes]:
    (name,) = (name for name in packed.namelist() if name.startswith("dicom_seg/"))
    return name, packed.read(name)


def test_highdicom_finds_each_label_on_the_image_it_was_drawn_on(
    annotation: Annotation, project: Project, tmp_path: Path, series: list[pydicom.Dataset],
    drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> None:  # fmt: skip
    _, content = _only(_exported(project, tmp_path / "out.zip"))
    (tmp_path / "seg.dcm").write_bytes(content)
    segmentation = hd.seg.segread(tmp_path / "seg.dcm")
    named = {segmentation.get_segment_description(n).segment_label: n for n in segmentation.segment_numbers}
    assert named == {"Liver": 1, "Spleen": 2}
    by_image = segmentation.get_pixels_by_source_instance(
        [image.SOPInstanceUID for image in series], combine_segments=True, assert_missing_frames_are_empty=True
    )
    np.testing.assert_array_equal(by_image, drawn)
    assert segmentation.FrameOfReferenceUID == series[0].FrameOfReferenceUID
    assert segmentation.StudyInstanceUID == series[0].StudyInstanceUID


def test_what_left_as_dicom_comes_back_at_the_same_voxels(
    annotation: Annotation, project: Project, tmp_path: Path, drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
) -> None:
    from webapp.volumes.importing.label_grid import place

    (tmp_path / "seg.dcm").write_bytes(_only(_exported(project, tmp_path / "out.zip"))[1])
    found = opened(tmp_path / "seg.dcm", tmp_path, 10**6, lambda _: None)
    volume = target_volume(annotation.case)
    placed = place(found.numbers, found.affine, volume.shape, np.array(volume.affine))
    np.testing.assert_array_equal(placed.numbers, drawn)
    assert placed.notes == ()


def test_the_segmentation_names_images_but_no_patient(annotation: Annotation, project: Project, tmp_path: Path) -> None:
    _, content = _only(_exported(project, tmp_path / "out.zip"))
    read = pydicom.dcmread(io.BytesIO(content))
    assert not read.PatientName
    assert not read.StudyDate
    assert SECRET.encode() not in content
    assert SECRET not in target_volume(annotation.case).instances_path.read_text()


def test_dciodvfy_finds_no_error_in_it(annotation: Annotation, project: Project, tmp_path: Path) -> None:
    (tmp_path / "seg.dcm").write_bytes(_only(_exported(project, tmp_path / "out.zip"))[1])
    answer = subprocess.run(["dciodvfy", str(tmp_path / "seg.dcm")], capture_output=True, text=True, check=False)
    said = (answer.stdout + answer.stderr).splitlines()
    assert "Segmentation" in said, "that it knew what it read"
    assert [line for line in said if line.startswith("Error")] == []


def test_the_same_labels_are_the_same_file(annotation: Annotation, project: Project, tmp_path: Path) -> None:
    first, second = (_only(_exported(project, tmp_path / name)) for name in ("a.zip", "b.zip"))
    assert first == second


def test_a_case_of_another_format_says_why_it_has_none(
    project: Project, manager: User, labels: list[Label], volume: object, tmp_path: Path
) -> None:
    case = project.cases.get()
    drawn = np.zeros(target_volume(case).shape, np.uint8)
    drawn[2, 3, 4] = 1
    paint(annotation_of(case), drawn)
    name, content = _only(_exported(project, tmp_path / "out.zip"))
    assert name == "dicom_seg/scan_none.txt"
    assert b"did not come as DICOM" in content
