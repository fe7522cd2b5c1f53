"""DICOM series made by pydicom, brought as ZIP files, read by the real bounded process.

SimpleITK's reader is the independent program that says where the voxels lie.
"""

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from django.conf import settings
from django.core.management import call_command
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless, RLELossless, generate_uid

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.projects.models import Case, Project
from webapp.volumes import services
from webapp.volumes.arrays import canonical_array
from webapp.volumes.models import Upload, UploadState, Volume
from webapp.volumes.selectors import target_volume

Bring = Callable[[Path], Volume]
AXIAL = (1, 0, 0, 0, 1, 0)
SAGITTAL = (0, 1, 0, 0, 0, -1)
CORONAL = (1, 0, 0, 0, 0, -1)
OBLIQUE = (0.8, 0.6, 0, 0, 0, -1)
SECRET = "Zwetschgenbaum"


@pytest.fixture
def bring(project: Project, manager: User, clean_media: None) -> Bring:
    return lambda path: target_volume(services.import_file(manager, project, path))


def series(
    orientation: tuple[float, ...] = AXIAL, count: int = 5, shear_mm: float = 0.0, **fields: object
) -> list[Dataset]:
    """Slices of 6 x 7 pixels (rows, columns), 0.5 x 0.75 mm, 3 mm apart, in an order that is not theirs."""
    row, column = np.reshape(orientation, (2, 3)).astype(float)
    normal = np.cross(row, column)
    values = np.random.default_rng(3).integers(0, 3000, (count, 6, 7)).astype(np.uint16)
    number = generate_uid()
    made = []
    for k in (*range(1, count, 2), *range(0, count, 2)):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID, one.SeriesInstanceUID = CTImageStorage, generate_uid(), number
        one.PatientName, one.PatientID, one.Modality = f"{SECRET}^Anna", f"{SECRET}-17", "CT"
        one.InstitutionName = one.SeriesDescription = one.ImageComments = SECRET
        one.private_block(0x11, SECRET, create=True).add_new(1, "LO", SECRET)
        one.Rows, one.Columns, one.SamplesPerPixel, one.PhotometricInterpretation = 6, 7, 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 12, 11, 0
        one.PixelSpacing = [0.5, 0.75]
        one.ImageOrientationPatient = list(orientation)
        one.ImagePositionPatient = list(np.array([-10.0, 20, 30]) + k * (3.0 * normal + shear_mm * column))
        one.RescaleSlope, one.RescaleIntercept = 1, -1024
        one.WindowCenter, one.WindowWidth = [300, 40], [1500, 400]
        one.PixelData = values[k].tobytes()
        for name, value in fields.items():
            setattr(one, name, value)
        made.append(one)
    return made


def zipped(path: Path, images: Iterable[Dataset]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, image in enumerate(images):
            file = io.BytesIO()
            image.save_as(file, enforce_file_format=True)
            archive.writestr(f"{SECRET}/IM{number}", file.getvalue())
    return path


def by_simpleitk(folder: Path, images: list[Dataset]) -> sitk.Image:
    for image in images:
        image.save_as(folder / f"{image.SOPInstanceUID}.dcm", enforce_file_format=True)
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


@pytest.mark.parametrize("orientation", [AXIAL, SAGITTAL, CORONAL, OBLIQUE])
def test_values_and_places_are_those_that_simpleitk_reads(
    bring: Bring, tmp_path: Path, orientation: tuple[float, ...]
) -> None:
    images = series(orientation)
    volume = bring(zipped(tmp_path / "a.zip", images))
    (tmp_path / "theirs").mkdir()
    theirs = by_simpleitk(tmp_path / "theirs", images)
    np.testing.assert_array_equal(canonical_array(volume), sitk.GetArrayFromImage(theirs))
    assert volume.spacing_mm == pytest.approx((3, 0.5, 0.75))
    for voxel in ((0, 0, 0), (6, 0, 0), (0, 5, 0), (0, 0, 4), (2, 3, 1)):
        left, posterior, superior = theirs.TransformIndexToPhysicalPoint(voxel)
        assert (np.array(volume.affine) @ (*voxel, 1))[:3] == pytest.approx((-left, -posterior, superior), abs=1e-4)


def test_modality_and_window_are_those_of_the_file(bring: Bring, tmp_path: Path) -> None:
    volume = bring(zipped(tmp_path / "a.zip", series()))
    assert (volume.modality, volume.window_center, volume.window_width) == ("CT", 300, 1500)
    assert canonical_array(volume).dtype == np.int16


def test_slope_and_intercept_are_those_of_each_slice(bring: Bring, tmp_path: Path) -> None:
    images = series(Modality="MR")
    images.sort(key=lambda image: image.ImagePositionPatient[2])
    for k, image in enumerate(images):
        image.RescaleSlope, image.RescaleIntercept = 0.5 * (k + 1), k
    volume = bring(zipped(tmp_path / "a.zip", images))
    for k, image in enumerate(images):
        np.testing.assert_allclose(canonical_array(volume)[k], image.pixel_array * 0.5 * (k + 1) + k)
    assert volume.modality == "MR"


@pytest.mark.parametrize("syntax", [JPEGLSLossless, RLELossless])
def test_compressed_slices_are_decoded(bring: Bring, tmp_path: Path, syntax: pydicom.uid.UID) -> None:
    images = series()
    plain = bring(zipped(tmp_path / "plain.zip", images))
    for image in images:
        image.compress(syntax, generate_instance_uid=False)
    packed = bring(zipped(tmp_path / "packed.zip", images))
    np.testing.assert_array_equal(canonical_array(packed), canonical_array(plain))


def test_a_tilted_gantry_shears_the_grid_and_is_said(bring: Bring, tmp_path: Path) -> None:
    volume = bring(zipped(tmp_path / "a.zip", series(shear_mm=1.0)))
    assert "tilted by 18.4°" in volume.note  # atan(1 / 3)
    np.testing.assert_allclose((np.array(volume.affine) @ (0, 0, 4, 1))[:3], [10, -24, 42])


def test_scouts_and_images_that_are_there_twice_are_left_out_and_said(bring: Bring, tmp_path: Path) -> None:
    images = series()
    volume = bring(zipped(tmp_path / "a.zip", [*images, images[0], *series(count=1)]))
    assert volume.shape == (5, 6, 7)
    assert "1 images were there twice" in volume.note
    assert "1 with single images were left out" in volume.note


def test_nothing_of_the_patient_is_kept(bring: Bring, tmp_path: Path, project: Project) -> None:
    volume = bring(zipped(tmp_path / f"{SECRET}.zip", series()))
    assert volume.case.name.startswith("CT axial ")
    for file in settings.MEDIA_ROOT.rglob("*"):
        assert SECRET.lower() not in file.name.lower()
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    assert SECRET not in _database()


def test_nothing_of_the_patient_is_kept_of_a_refused_file(bring: Bring, tmp_path: Path, project: Project) -> None:
    with pytest.raises(DomainError) as refusal:
        bring(zipped(tmp_path / f"{SECRET}.zip", series(BurnedInAnnotation="YES")))
    assert "burned in" in refusal.value.sentence
    assert Upload.objects.get(project=project).state == UploadState.FAILED
    assert SECRET not in _database()


def _database() -> str:
    out = io.StringIO()
    call_command("dumpdata", stdout=out)
    return out.getvalue()


def _names(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return path


def _cut_zip(path: Path) -> Path:
    content = zipped(path, series()).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def _bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("IM0", bytes(2 * 10**7))
    return path


def _uneven() -> list[Dataset]:
    images = series()
    images[0].ImagePositionPatient = [-10, 20, 34.1]
    return images


def _without_the_middle(images: list[Dataset]) -> list[Dataset]:
    return [image for image in images if image.ImagePositionPatient[2] != 36]


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "cut": (_cut_zip, "damaged or was not copied"),
    "outside": (lambda path: _names(path, "../../a"), "outside of its own folder"),
    "absolute": (lambda path: _names(path, "/etc/a"), "outside of its own folder"),
    "no images": (lambda path: _names(path, "readme.txt"), "holds no DICOM images"),
    "bomb": (_bomb, "larger than what can be imported"),
    "missing slice": (lambda path: zipped(path, _without_the_middle(series())), "1 slices are missing"),
    "uneven": (lambda path: zipped(path, _uneven()), "unevenly spaced"),
    "two series": (lambda path: zipped(path, [*series(), *series(SAGITTAL)]), "holds 2 series"),
    "over time": (
        lambda path: zipped(path, (one := series()) + series(SeriesInstanceUID=one[0].SeriesInstanceUID)),
        "at the same place",
    ),
    "one image": (lambda path: zipped(path, series(count=1)), "single images only"),
    "multi-frame": (lambda path: zipped(path, series(NumberOfFrames=3)), "multi-frame"),
    "colour": (lambda path: zipped(path, series(SamplesPerPixel=3)), "in colour"),
    "voxels cut": (lambda path: zipped(path, series(PixelData=b"12")), "could not be decoded"),
    "no voxel size": (lambda path: zipped(path, series(PixelSpacing=[0, 0])), "how large their voxels"),
    "lying sizes": (lambda path: zipped(path, series(Rows=60000, Columns=60000)), "up to"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gets_a_sentence_and_leaves_nothing(
    name: str, bring: Bring, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MAX_VOXELS", 10**6)
    make, words = BROKEN[name]
    with pytest.raises(DomainError, match=words):
        bring(make(tmp_path / "a.zip"))
    assert not Case.objects.filter(project=project).exists()
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    assert not list((settings.MEDIA_ROOT / "volumes").glob("*"))
