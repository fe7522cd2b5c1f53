"""NRRD and MetaImage, written by SimpleITK (an independent program) and read by the real bounded process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from django.conf import settings

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.projects.models import Case, Project
from webapp.volumes import services
from webapp.volumes.arrays import canonical_array
from webapp.volumes.models import Volume
from webapp.volumes.selectors import target_volume

ENDINGS = ("nrrd", "mha")
# Axes that are neither the patient's nor at a simple angle to them.
DIRECTION = (0.0, 0.6, 0.8, 1.0, 0.0, 0.0, 0.0, 0.8, -0.6)


@pytest.fixture
def bring(project: Project, manager: User, clean_media: None) -> Callable[[Path], Volume]:
    return lambda path: target_volume(services.import_file(manager, project, path))


def written(path: Path, kind: str = "int16", compressed: bool = False) -> Path:
    values = np.random.default_rng(0).integers(0, 120, (4, 5, 6)).astype(kind)  # (Z, Y, X)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.75, 3.0))
    image.SetOrigin((-10.0, 20.0, 30.0))
    image.SetDirection(DIRECTION)
    sitk.WriteImage(image, str(path), compressed)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("kind", ["uint8", "int16", "uint16", "int32", "float32", "float64"])
@pytest.mark.parametrize("compressed", [False, True])
def test_values_keep_their_axes_and_every_voxel_its_place(
    bring: Callable[[Path], Volume], tmp_path: Path, ending: str, kind: str, compressed: bool
) -> None:
    path = written(tmp_path / f"scan.{ending}", kind, compressed)
    volume = bring(path)
    image = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(canonical_array(volume), sitk.GetArrayFromImage(image))
    assert volume.shape == (4, 5, 6)
    assert volume.spacing_mm == pytest.approx((3.0, 0.75, 0.5))
    for voxel in ((0, 0, 0), (5, 0, 0), (0, 4, 0), (0, 0, 3), (2, 3, 1)):
        left, posterior, superior = image.TransformIndexToPhysicalPoint(voxel)
        place = np.array(volume.affine) @ (*voxel, 1)
        assert place[:3] == pytest.approx((-left, -posterior, superior))
    assert volume.case.name == "scan"


def test_a_nrrd_file_in_ras_lies_where_it_says(bring: Callable[[Path], Volume], tmp_path: Path) -> None:
    path = tmp_path / "scan.nrrd"
    header = (
        "NRRD0004\ntype: uint8\ndimension: 3\nspace: right-anterior-superior\nsizes: 2 2 2\n"
        "space directions: (1,0,0) (0,2,0) (0,0,3)\nspace origin: (7,8,9)\nencoding: raw\n\n"
    )
    path.write_bytes(header.encode() + bytes(range(8)))
    volume = bring(path)
    np.testing.assert_allclose(volume.affine, [[1, 0, 0, 7], [0, 2, 0, 8], [0, 0, 3, 9], [0, 0, 0, 1]])
    assert volume.note == ""


def _replaced(path: Path, old: bytes, new: bytes) -> Path:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new))
    return path


def _cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def _colour(path: Path) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.uint8), isVector=True), str(path))
    return path


def _flat(path: Path) -> Path:
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((5, 6), np.uint8)), str(path))
    return path


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "NRRD cut": (lambda folder: _cut(written(folder / "a.nrrd"), 0.9), "breaks off"),
    "NRRD gzip cut": (lambda folder: _cut(written(folder / "a.nrrd", compressed=True), 0.9), "breaks off"),
    "MHA cut": (lambda folder: _cut(written(folder / "a.mha"), 0.9), "breaks off"),
    "MHA gzip cut": (lambda folder: _cut(written(folder / "a.mha", compressed=True), 0.9), "breaks off"),
    "NRRD header cut": (lambda folder: _cut(written(folder / "a.nrrd"), 0.1), "within its header"),
    "MHA header cut": (lambda folder: _cut(written(folder / "a.mha"), 0.1), "within its header"),
    "NRRD colour": (lambda folder: _colour(folder / "a.nrrd"), "one grey value"),
    "MHA colour": (lambda folder: _colour(folder / "a.mha"), "one grey value"),
    "flat": (lambda folder: _flat(folder / "a.mha"), "2 dimensions"),
    "NRRD too large": (
        lambda folder: _replaced(written(folder / "a.nrrd"), b"sizes: 6 5 4", b"sizes: 90000 90000 9000"),
        "up to",
    ),
    "MHA too large": (
        lambda folder: _replaced(written(folder / "a.mha"), b"DimSize = 6 5 4", b"DimSize = 90000 90000 9000"),
        "up to",
    ),
    "NRRD nonsense": (
        lambda folder: _replaced(written(folder / "a.nrrd"), b"type: short", b"type: shirt"),
        "header is damaged",
    ),
    "NRRD that names another file": (
        lambda folder: _replaced(
            written(folder / "a.nrrd"), b"encoding: raw", b"encoding: raw\ndata file: /etc/hostname"
        ),
        "another file",
    ),
    "MHA that names another file": (
        lambda folder: _replaced(written(folder / "a.mha"), b"= LOCAL", b"= /etc/hostname"),
        "header of a pair",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gets_a_sentence_and_leaves_nothing(
    name: str, bring: Callable[[Path], Volume], project: Project, tmp_path: Path
) -> None:
    make, words = BROKEN[name]
    with pytest.raises(DomainError, match=words):
        bring(make(tmp_path))
    assert not Case.objects.filter(project=project).exists()
    assert list(settings.UPLOADS_DIR.iterdir()) == []
    assert not list((settings.MEDIA_ROOT / "volumes").glob("*"))
