"""In, labelled, out: in every format the labels are the same voxels at the same place, as other programs read them."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

from tests.conftest import two_balls
from tests.webapp.export.drawn import paint
from webapp.accounts.models import User
from webapp.annotation.services import annotation_of
from webapp.export import archive
from webapp.export.dataset import choose, gather
from webapp.export.options import Format, Selection, Split, Wanted
from webapp.projects.models import Label, Project
from webapp.volumes.selectors import target_volume
from webapp.volumes.services import import_file

SHAPE = (6, 9, 7)  # (Z, Y, X)
Affine = NDArray[np.float64]
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def _affine(directions: object, spacing: tuple[float, float, float] = (0.8, 1.1, 2.5)) -> Affine:
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(directions) * np.array(spacing)
    affine[:3, 3] = (-31.5, 12.25, 100)
    return affine


def _oblique() -> Affine:
    a, b = 0.3, -0.2
    around_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return _affine(around_z @ around_x)


def _plain(affine: Affine, shape: tuple[int, int, int] = SHAPE) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        nib.save(nib.Nifti1Image(two_balls(shape).T, affine), path)

    return write


def _scaled(path: Path) -> None:
    image = nib.Nifti1Image(two_balls(SHAPE).T, _oblique())
    image.header.set_slope_inter(0.5, -100)
    nib.save(image, path)


def _disagreeing(path: Path) -> None:
    image = nib.Nifti1Image(two_balls(SHAPE).T, None)
    image.set_sform(_affine(np.diag([-1, 1, 1])), code=2)
    image.set_qform(_oblique(), code=1)
    nib.save(image, path)


SOURCES = {
    "RAS": _plain(_affine(np.eye(3))),
    "LAS": _plain(_affine(np.diag([-1, 1, 1]))),
    "LPS": _plain(_affine(np.diag([-1, -1, 1]))),
    "oblique": _plain(_oblique()),
    "permuted": _plain(_affine([[0, 0, 1], [-1, 0, 0], [0, -1, 0]])),
    "anisotropic": _plain(_affine(np.eye(3), (0.3, 0.3, 7.5))),
    "single slice": _plain(_affine(np.eye(3)), (1, 9, 7)),
    "slope and intercept": _scaled,
    "qform against sform": _disagreeing,
    "no NIfTI header": _plain(_oblique()),
}


class Taken:
    """One source exported in all formats and unpacked again."""

    def __init__(self, name: str, folder: Path, user: User, project: Project) -> None:
        self.source = folder / "scan.nii.gz"
        SOURCES[name](self.source)
        case = import_file(user, project, self.source)
        self.volume = target_volume(case)
        if name == "no NIfTI header":
            (self.volume.folder / "header.bin").unlink()
        self.labels = np.zeros(self.volume.shape, np.uint8)
        self.labels[:4, 2:6, 3:6] = 1
        self.labels[-1:, 0:2, 1:3] = 2
        paint(annotation_of(case), self.labels)
        wanted = Wanted(tuple(Format), split=Split(100, 0, 0))
        archive.write(folder / "all.zip", gather(project, wanted, choose(project, Selection.STARTED)))
        self.folder = folder / "out"
        with zipfile.ZipFile(folder / "all.zip") as packed:
            assert packed.testzip() is None
            packed.extractall(self.folder)

    def one(self, pattern: str) -> Path:
        """The only file with such a path."""
        (found,) = self.folder.glob(pattern)
        return found


@pytest.fixture(params=list(SOURCES))
def taken(
    request: pytest.FixtureRequest, tmp_path: Path, manager: User, project: Project, labels: list[Label],
    clean_media: None,
) -> Taken:  # fmt: skip
    return Taken(request.param, tmp_path, manager, project)


def place(image: sitk.Image) -> Affine:
    """Where SimpleITK thinks an image lies: voxel (i, j, k) to RAS mm."""
    affine = np.eye(4)
    affine[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return np.asarray(LPS @ affine)


def test_the_label_map_lies_over_the_original(taken: Taken) -> None:
    path = taken.one("labels/scan.nii.gz")
    before, after = nib.load(taken.source), nib.load(path)
    np.testing.assert_array_equal(np.asarray(after.dataobj), taken.labels.T)
    np.testing.assert_allclose(after.affine, before.affine, atol=1e-5)
    image, mask = sitk.ReadImage(str(taken.source)), sitk.ReadImage(str(path))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), taken.labels)
    np.testing.assert_allclose(place(mask), place(image), atol=1e-5)


def test_every_label_has_a_file_of_its_own(taken: Taken) -> None:
    for value, name in ((1, "Liver"), (2, "Spleen")):
        path = taken.one(f"labels_separate/scan/{value:03d}_{name}.nii.gz")
        mask = nib.load(path)
        np.testing.assert_array_equal(np.asarray(mask.dataobj), (taken.labels == value).T)
        np.testing.assert_allclose(mask.affine, nib.load(taken.source).affine, atol=1e-5)


def test_the_segmentation_for_slicer_lies_where_the_volume_lies(taken: Taken) -> None:
    mask = sitk.ReadImage(str(taken.one("segmentations/scan.seg.nrrd")))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), taken.labels)
    np.testing.assert_allclose(place(mask), np.array(taken.volume.affine), atol=1e-5)
    said = {key: mask.GetMetaData(key) for key in mask.GetMetaDataKeys()}
    assert (said["Segment0_Name"], said["Segment0_LabelValue"]) == ("Liver", "1")
    assert (said["Segment1_Name"], said["Segment1_LabelValue"]) == ("Spleen", "2")
    z, y, x = np.nonzero(taken.labels == 2)
    assert said["Segment1_Extent"] == f"{x.min()} {x.max()} {y.min()} {y.max()} {z.min()} {z.max()}"
    assert [round(float(part) * 255) for part in said["Segment0_Color"].split()] == [0x56, 0xB4, 0xE9]


@pytest.mark.parametrize(
    ("image", "mask"),
    [
        ("nnUNet_raw/*/imagesTr/scan_0000.nii.gz", "nnUNet_raw/*/labelsTr/scan.nii.gz"),
        ("Task*/imagesTr/scan.nii.gz", "Task*/labelsTr/scan.nii.gz"),
    ],
)
def test_images_and_labels_for_training_agree_with_any_reader(taken: Taken, image: str, mask: str) -> None:
    original, shown, drawn = nib.load(taken.source), nib.load(taken.one(image)), nib.load(taken.one(mask))
    np.testing.assert_allclose(shown.get_fdata(), original.get_fdata(), atol=1e-4)
    np.testing.assert_array_equal(np.asarray(drawn.dataobj), taken.labels.T)
    for loaded in (shown, drawn):
        np.testing.assert_allclose(loaded.affine, original.affine, atol=1e-5)
        np.testing.assert_allclose(loaded.header.get_qform(), original.affine, atol=1e-5)
    for path in (taken.one(image), taken.one(mask)):
        np.testing.assert_allclose(place(sitk.ReadImage(str(path))), original.affine, atol=1e-5)


def test_the_trust_of_each_slice_lies_on_the_same_grid(taken: Taken) -> None:
    trust = nib.load(taken.one("trust/scan_trust.nii.gz"))
    assert trust.shape == taken.labels.T.shape
    np.testing.assert_allclose(trust.affine, nib.load(taken.source).affine, atol=1e-5)
    axis = annotation_of(taken.volume.case).axis
    values = np.moveaxis(np.asarray(trust.dataobj).T, axis, 0)
    stored = np.moveaxis(taken.labels, axis, 0).any(axis=(1, 2))
    for plane, known in zip(values, stored, strict=True):
        assert np.unique(plane).tolist() == [0 if known else 255]


def test_the_table_says_voxels_and_millilitres(taken: Taken) -> None:
    with taken.one("volumes.csv").open() as file:
        rows = list(csv.DictReader(file))
    one_ml = np.prod(taken.volume.spacing_mm) / 1000
    for row, value in zip(rows, (1, 2), strict=True):
        voxels = int((taken.labels == value).sum())
        assert (row["case"], row["value"], row["voxels"]) == ("scan", str(value), str(voxels))
        assert float(row["ml"]) == pytest.approx(voxels * one_ml, abs=1e-6)


def test_surfaces_enclose_their_voxels_in_the_patients_coordinates(taken: Taken) -> None:
    raw = taken.one("surfaces/scan/001_Liver.stl").read_bytes()
    assert b"SPACE=LPS" in raw[:80]
    count = int.from_bytes(raw[80:84], "little")
    records = np.frombuffer(raw, np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("x", "<u2")]), offset=84)
    assert len(records) == count > 0
    corners = records["corners"].reshape(-1, 3)
    k, j, i = np.nonzero(taken.labels == 1)
    affine = LPS @ np.array(taken.volume.affine)
    centres = np.stack([i, j, k], axis=1) @ affine[:3, :3].T + affine[:3, 3]
    half = np.abs(affine[:3, :3]).sum(axis=1) / 2  # of a voxel's box
    assert (corners >= centres.min(axis=0) - half - 1e-3).all()
    assert (corners <= centres.max(axis=0) + half + 1e-3).all()
    np.testing.assert_allclose(corners.mean(axis=0), centres.mean(axis=0), atol=half.max())
    outward = np.einsum("ni,ni->n", records["normal"], records["corners"].mean(axis=1) - centres.mean(axis=0))
    assert (outward > 0).all(), "a block is convex: every normal points away from its middle"


def test_the_manifest_knows_every_file(taken: Taken) -> None:
    import hashlib

    known = json.loads((taken.folder / "manifest.json").read_text())["files"]
    there = {str(path.relative_to(taken.folder)) for path in taken.folder.rglob("*") if path.is_file()}
    assert set(known) == there - {"manifest.json"}
    for path, facts in known.items():
        content = (taken.folder / path).read_bytes()
        assert facts == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _set_of(path: Path, folder: Path, user: User, project: Project) -> Path:
    """A file exported as data sets for training, unpacked."""
    case = import_file(user, project, path)
    mask = np.zeros(target_volume(case).shape, np.uint8)
    mask[1:3, 2:5, 2:5] = 1
    paint(annotation_of(case), mask)
    archive.write(folder / "set.zip", gather(project, Wanted((Format.NNUNET,)), choose(project, Selection.STARTED)))
    with zipfile.ZipFile(folder / "set.zip") as packed:
        packed.extractall(folder / "set")
    return next((folder / "set" / "nnUNet_raw").iterdir())


def test_axes_that_are_not_at_right_angles_are_kept_and_nnunet_told_how_to_read_them(
    tmp_path: Path, manager: User, project: Project, labels: list[Label], clean_media: None
) -> None:
    tilted = _affine([[1, 0, 0], [0, 1, 0.3], [0, 0, 1]])  # as of a tilted gantry
    _plain(tilted)(tmp_path / "scan.nii.gz")
    folder = _set_of(tmp_path / "scan.nii.gz", tmp_path, manager, project)
    for path in ("imagesTr/scan_0000.nii.gz", "labelsTr/scan.nii.gz"):
        np.testing.assert_allclose(nib.load(folder / path).affine, tilted, atol=1e-5)
    assert json.loads((folder / "dataset.json").read_text())["overwrite_image_reader_writer"] == "NibabelIO"


def test_a_nifti_2_file_trains_as_nifti_1_which_everybody_reads(
    tmp_path: Path, manager: User, project: Project, labels: list[Label], clean_media: None
) -> None:
    nib.save(nib.Nifti2Image(two_balls(SHAPE).T, _oblique()), tmp_path / "scan.nii.gz")
    folder = _set_of(tmp_path / "scan.nii.gz", tmp_path, manager, project)
    image = sitk.ReadImage(str(folder / "imagesTr" / "scan_0000.nii.gz"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), two_balls(SHAPE))
    np.testing.assert_allclose(place(image), _oblique(), atol=1e-5)
    said = json.loads((folder / "dataset.json").read_text())
    assert "overwrite_image_reader_writer" not in said
    assert (said["numTraining"], said["labels"]) == (1, {"background": 0, "Liver": 1, "Spleen": 2})


def test_what_may_name_a_patient_in_a_header_stays_behind(
    tmp_path: Path, manager: User, project: Project, labels: list[Label], clean_media: None
) -> None:
    image = nib.Nifti1Image(two_balls(SHAPE).T, _oblique())
    for text in ("descrip", "aux_file", "db_name", "intent_name"):
        image.header[text] = b"MUELLER^ANNA"
    nib.save(image, tmp_path / "scan.nii")
    assert b"MUELLER" in (tmp_path / "scan.nii").read_bytes()
    case = import_file(manager, project, tmp_path / "scan.nii")
    paint(annotation_of(case), np.ones(SHAPE, np.uint8))
    wanted = Wanted(tuple(Format))
    archive.write(tmp_path / "all.zip", gather(project, wanted, choose(project, Selection.STARTED)))
    with zipfile.ZipFile(tmp_path / "all.zip") as packed:
        for name in packed.namelist():
            content = packed.read(name)
            assert b"MUELLER" not in (gzip.decompress(content) if name.endswith(".gz") else content), name
