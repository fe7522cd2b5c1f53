"""The label map lies exactly where the image lay, as programs that we did not write see it."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from django.test import Client
from numpy.typing import NDArray

from tests.conftest import two_balls
from tests.streamed import body_of
from tests.webapp.export.drawn import paint
from webapp.accounts.models import User
from webapp.annotation.services import annotation_of
from webapp.projects.models import Project
from webapp.volumes.models import Volume
from webapp.volumes.services import import_file

SHAPE = (6, 9, 7)  # (Z, Y, X)


def _rotation() -> NDArray[np.float64]:
    a, b = 0.3, -0.2
    around_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return np.asarray(around_z @ around_x)


def _affine(directions: object, spacing: tuple[float, float, float] = (0.8, 1.1, 2.5)) -> NDArray[np.float64]:
    affine = np.eye(4)
    affine[:3, :3] = np.asarray(directions) * np.array(spacing)
    affine[:3, 3] = (-31.5, 12.25, 100)
    return affine


ORIENTATIONS = {
    "RAS": _affine(np.eye(3)),
    "LAS": _affine(np.diag([-1, 1, 1])),
    "LPS": _affine(np.diag([-1, -1, 1])),
    "oblique": _affine(_rotation()),
    "permuted": _affine([[0, 0, 1], [-1, 0, 0], [0, -1, 0]]),
}


def _image(form: str, affine: NDArray[np.float64]) -> nib.Nifti1Image:
    kind = nib.Nifti2Image if form == "NIfTI-2" else nib.Nifti1Image
    image = kind(two_balls(SHAPE).T, affine)
    image.set_sform(None if form == "qform" else affine, code=0 if form == "qform" else 1)
    image.set_qform(None if form == "sform" else affine, code=0 if form == "sform" else 1)
    image.header.set_xyzt_units("mm", "sec")
    return image


@pytest.mark.parametrize("form", ["sform", "qform", "both", "NIfTI-2"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_labels_lie_on_the_original_grid(
    orientation: str, form: str, tmp_path: Path, project: Project, manager: User, client: Client, clean_media: None
) -> None:
    source = tmp_path / "scan.nii.gz"
    nib.save(_image(form, ORIENTATIONS[orientation]), source)
    case = import_file(manager, project, source)
    annotation = annotation_of(case)
    labels = np.zeros(SHAPE, np.uint8)
    labels[1:4, 2:6, 3:6] = 1
    labels[3:5, 0:2, 1:3] = 254
    paint(annotation, labels)
    client.force_login(manager)
    answer = client.get(f"/api/annotations/{annotation.pk}/export.nii.gz")
    exported = tmp_path / "labels.nii.gz"
    exported.write_bytes(body_of(answer))

    before, after = nib.load(source), nib.load(exported)
    assert after.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(after.dataobj), labels.T)
    np.testing.assert_allclose(after.affine, before.affine, atol=1e-5)
    for field in ("sform_code", "qform_code", "xyzt_units", "pixdim"):
        np.testing.assert_array_equal(after.header[field], before.header[field])

    if form == "NIfTI-2":
        return  # SimpleITK reads NIfTI-1 alone
    image, mask = sitk.ReadImage(str(source)), sitk.ReadImage(str(exported))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(mask), labels)
    for get in ("GetOrigin", "GetSpacing", "GetDirection", "GetSize"):
        np.testing.assert_allclose(getattr(mask, get)(), getattr(image, get)(), atol=1e-5)


def test_the_download_is_named_after_the_case(volume: Volume, manager: User, client: Client) -> None:
    annotation = annotation_of(volume.case)
    client.force_login(manager)
    answer = client.get(f"/api/annotations/{annotation.pk}/export.nii.gz")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="scan_labels.nii.gz"'
    assert answer.headers["Content-Type"] == "application/gzip"


def test_equal_labels_are_equal_files(
    volume: Volume, manager: User, client: Client, nifti_file: Callable[..., Path]
) -> None:
    annotation = annotation_of(volume.case)
    client.force_login(manager)
    first, second = (body_of(client.get(f"/api/annotations/{annotation.pk}/export.nii.gz")) for _ in range(2))
    assert first == second
