"""What people bring, good and bad, read by the real bounded process."""

import gzip
import json
import struct
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from django.conf import settings
from numpy.typing import NDArray

from tests.conftest import two_balls
from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.projects.models import Case, Project
from webapp.volumes import services
from webapp.volumes.arrays import canonical_array
from webapp.volumes.models import Modality, Upload, UploadState, Volume
from webapp.volumes.selectors import target_volume

Bring = Callable[[Path], Volume]


@pytest.fixture
def bring(project: Project, manager: User, clean_media: None) -> Bring:
    return lambda path: target_volume(services.import_file(manager, project, path))


@pytest.fixture
def refused(bring: Bring, project: Project) -> Callable[[Path], str]:
    """Bring a file that must be refused, see that nothing is left of it, and return the sentence."""

    def sentence(path: Path) -> str:
        with pytest.raises(DomainError) as refusal:
            bring(path)
        assert not Case.objects.filter(project=project).exists()
        assert not Volume.objects.exists()
        assert list(settings.UPLOADS_DIR.iterdir()) == []
        assert not list((settings.MEDIA_ROOT / "volumes").glob("*"))
        return refusal.value.sentence

    return sentence


def written(path: Path, image: NDArray[np.generic], **fields: object) -> Path:
    """A NIfTI-1 file of the array (X, Y, Z, …) whose header fields are then overwritten."""
    header = nib.Nifti1Header()
    header.set_data_dtype(image.dtype)
    header.set_data_shape(image.shape)
    header["pixdim"][1:4] = 1
    header["vox_offset"], header["magic"] = 352, b"n+1"
    for name, value in fields.items():
        header[name] = value
    body = header.binaryblock + b"\0\0\0\0" + image.tobytes(order="F")
    path.write_bytes(gzip.compress(body) if path.name.endswith(".gz") else body)
    return path


@pytest.mark.parametrize("kind", ["u1", "i1", "<i2", ">i2", "u2", "i4", "u4", "i8", "f4", ">f4", "f8"])
def test_real_values_are_kept_whatever_the_voxels_are_stored_as(bring: Bring, tmp_path: Path, kind: str) -> None:
    image = np.arange(5 * 4 * 3).reshape(5, 4, 3).astype(kind)  # (X, Y, Z)
    path = tmp_path / "scan.nii"
    header = nib.Nifti1Header(endianness=">" if kind.startswith(">") else "<")
    header.set_data_dtype(image.dtype)
    nib.save(nib.Nifti1Image(image, np.eye(4), header, dtype=image.dtype), path)
    volume = bring(path)
    np.testing.assert_array_equal(canonical_array(volume), image.T.astype(np.float64))


def test_slope_and_intercept_are_applied(bring: Bring, tmp_path: Path) -> None:
    image = np.arange(24, dtype=np.int16).reshape(4, 3, 2)
    volume = bring(written(tmp_path / "scan.nii.gz", image, scl_slope=0.5, scl_inter=-10))
    np.testing.assert_allclose(canonical_array(volume), image.T * 0.5 - 10)


def test_nifti_2_is_read(bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "scan.nii.gz"
    nib.save(nib.Nifti2Image(two_balls().T, np.diag([2.0, 2, 5, 1])), path)
    volume = bring(path)
    assert volume.shape == (12, 32, 32)
    assert volume.spacing_mm == (5, 2, 2)


@pytest.mark.parametrize("low_high", [(-1024, 3071), (0, 60000), (-5.5, 2e-3), (7, 7), (-1e30, 1e30)])
def test_the_browser_gets_values_within_half_a_step(
    bring: Bring, tmp_path: Path, low_high: tuple[float, float]
) -> None:
    image = np.linspace(*low_high, 600).reshape(10, 10, 6).astype(np.float32)
    volume = bring(written(tmp_path / "scan.nii", image))
    shown = np.fromfile(volume.display_path, "<i2").reshape(volume.shape) * volume.scale + volume.offset
    assert np.abs(shown - canonical_array(volume)).max() <= 0.51 * volume.scale * (1 + 1e-3)


def test_a_few_extreme_voxels_do_not_take_all_the_grey_levels(bring: Bring, tmp_path: Path) -> None:
    image = np.random.default_rng(1).uniform(0, 1, (20, 20, 20)).astype(np.float32)
    image[3, 3, 3] = 1e9
    volume = bring(written(tmp_path / "scan.nii", image))
    assert volume.scale < 1e-3
    assert volume.value_high == pytest.approx(1e9)


def test_one_volume_with_a_fourth_axis_and_a_single_slice_are_volumes(bring: Bring, tmp_path: Path) -> None:
    assert bring(written(tmp_path / "a.nii", np.ones((4, 3, 2, 1), np.int16))).shape == (2, 3, 4)
    assert bring(written(tmp_path / "b.nii", np.arange(12, dtype=np.int16).reshape(4, 3))).shape == (1, 3, 4)


def test_voxels_without_a_value_get_the_lowest_and_a_note(bring: Bring, tmp_path: Path) -> None:
    image = np.arange(24, dtype=np.float32).reshape(4, 3, 2) + 5
    image[0, 0, 0], image[1, 1, 1] = np.nan, np.inf
    volume = bring(written(tmp_path / "scan.nii", image))
    assert canonical_array(volume)[0, 0, 0] == canonical_array(volume)[1, 1, 1] == volume.value_low == 6
    assert "2 voxels" in volume.note


def test_hounsfield_units_are_taken_for_ct_and_shown_as_soft_tissue(bring: Bring, tmp_path: Path) -> None:
    volume = bring(written(tmp_path / "ct.nii", np.linspace(-1024, 1500, 1000).reshape(10, 10, 10).astype(np.int16)))
    assert (volume.modality, volume.window_center, volume.window_width) == (Modality.CT, 40, 400)


def test_a_thumbnail_is_drawn_in_the_right_proportions(volume: Volume) -> None:
    content = volume.thumbnail_path.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (128, 128)


def test_an_unusable_sform_gives_way_to_the_qform(bring: Bring, tmp_path: Path) -> None:
    image = np.ones((4, 3, 2), np.int16)
    path = written(tmp_path / "scan.nii", image, sform_code=1, qform_code=1, qoffset_x=7)
    assert bring(path).affine[0][3] == 7
    assert "sform" in bring(path).note


BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (lambda folder: _bytes(folder / "a.nii", b""), "empty"),
    "an empty gzip": (lambda folder: _bytes(folder / "a.nii.gz", gzip.compress(b"")), "too short"),
    "text": (lambda folder: _bytes(folder / "a.nii", b"hello " * 200), "not a NIfTI"),
    "no magic": (lambda folder: written(folder / "a.nii", _zeros(), magic=b"abc"), "lacks the NIfTI mark"),
    "half a pair": (lambda folder: written(folder / "a.nii", _zeros(), magic=b"ni1"), "pair"),
    "truncated": (lambda folder: _cut(written(folder / "a.nii", _zeros()), 0.9), "breaks off"),
    "truncated gzip": (lambda folder: _cut(written(folder / "a.nii.gz", _noise()), 0.6), "breaks off"),
    "bad gzip": (lambda folder: _flip(written(folder / "a.nii.gz", _noise())), "damaged"),
    "colour": (lambda folder: written(folder / "a.nii", _zeros(), datatype=128), "colour"),
    "complex": (lambda folder: written(folder / "a.nii", _zeros(), datatype=32), "complex"),
    "unknown type": (lambda folder: written(folder / "a.nii", _zeros(), datatype=99), "unknown"),
    "a time series": (lambda folder: written(folder / "a.nii", np.zeros((4, 4, 4, 9), np.int16)), "9 volumes"),
    "10^12 voxels": (
        lambda folder: written(folder / "a.nii", _zeros(), dim=[3, 10000, 10000, 10000, 1, 1, 1, 1]),
        "up to",
    ),
    "negative size": (lambda folder: written(folder / "a.nii", _zeros(), dim=[3, -4, 4, 4, 1, 1, 1, 1]), "cannot be"),
    "99 dimensions": (
        lambda folder: written(folder / "a.nii", _zeros(), dim=[99, 4, 4, 4, 1, 1, 1, 1]),
        "99 dimensions",
    ),
    "voxels nowhere": (lambda folder: written(folder / "a.nii", _zeros(), vox_offset=1e30), "begin"),
    "no voxel size": (
        lambda folder: written(folder / "a.nii", _zeros(), pixdim=[1, np.nan, 1, 1, 1, 1, 1, 1]),
        "how large",
    ),
    "only NaN": (lambda folder: written(folder / "a.nii", np.full((4, 4, 4), np.nan, np.float32)), "no values"),
    "another kind of file": (lambda folder: _bytes(folder / "a.png", b"PNG"), "must end in"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gets_a_sentence_and_leaves_nothing(
    name: str, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    make, words = BROKEN[name]
    assert words in refused(make(tmp_path))


def test_a_zip_bomb_is_not_unpacked(
    refused: Callable[[Path], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MAX_VOXELS", 10**6)
    path = written(tmp_path / "bomb.nii.gz", np.zeros((256, 256, 256), np.uint8))
    assert path.stat().st_size < 100_000
    assert "up to 1,000,000 voxels" in refused(path)


def test_an_import_that_takes_too_long_is_ended(
    refused: Callable[[Path], str], nifti_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IMPORT_SECONDS", 0)
    assert "longer than 0 seconds" in refused(nifti_file())


def test_an_import_that_takes_too_much_memory_is_ended(
    refused: Callable[[Path], str], nifti_file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IMPORT_MEMORY_BYTES", 30 * 2**20)
    sentence = refused(nifti_file())  # the limit is met by the reader or by the interpreter that starts it
    assert "more memory than" in sentence or "far too large" in sentence


def test_an_import_whose_worker_died_starts_over(
    project: Project, manager: User, nifti_file: Callable[..., Path], clean_media: None
) -> None:
    upload = Upload.objects.create(project=project, user=manager, name="scan.nii.gz", size_bytes=1)
    upload.folder.mkdir()
    (upload.folder / services.SOURCE).write_bytes(nifti_file().read_bytes())
    assert services._claim(upload.pk)
    services.import_upload(upload.pk)  # somebody else's, as long as the lease lasts
    upload.refresh_from_db()
    assert upload.state == UploadState.IMPORTING
    Upload.objects.filter(pk=upload.pk).update(lease_until="2020-01-01T00:00:00Z")
    services.import_upload(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.progress) == (UploadState.READY, 1.0)
    services.import_upload(upload.pk)
    assert Case.objects.count() == 1


def test_a_file_that_the_project_has_already_is_said_to_be_there(bring: Bring, tmp_path: Path) -> None:
    first = bring(written(tmp_path / "first.nii", _zeros()))
    second = bring(written(tmp_path / "again.nii", _zeros()))
    other = bring(written(tmp_path / "other.nii", _noise()))
    assert (first.note, other.note) == ("", "")
    assert second.note == "The same file is in this project already, as “first”."


def test_names_lose_their_folders_and_control_characters() -> None:
    assert services.clean_name("../../etc/\x00pass\nwd.nii") == "passwd.nii"
    assert services.clean_name("C:\\scans\\a.nii") == "a.nii"


def _bytes(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _zeros() -> NDArray[np.int16]:
    return np.zeros((4, 4, 4), np.int16)


def _noise() -> NDArray[np.int16]:
    return np.random.default_rng(0).integers(0, 1000, (16, 16, 16), dtype=np.int16)


def _cut(path: Path, share: float) -> Path:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def _flip(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))
    return path


def test_facts_are_plain_json(volume: Volume) -> None:
    assert json.loads(json.dumps(volume.affine))[2][2] == 3
