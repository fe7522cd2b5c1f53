import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.dicom_instances import instances_on
from tests.streamed import body_of
from webapp.accounts.models import User
from webapp.projects.models import Label, Project
from webapp.volumes import services as volume_services
from webapp.volumes.arrays import canonical_array
from webapp.volumes.models import Volume


@pytest.fixture
def member(client: Client, annotator: User) -> Client:
    client.force_login(annotator)
    return client


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What would go to the broker; the test runs it itself."""
    queued: list[int] = []
    monkeypatch.setattr(volume_services, "_enqueue", queued.append)
    return queued


def test_voxels_are_the_slices_asked_for(member: Client, volume: Volume) -> None:
    answer = member.get(f"/api/volumes/{volume.pk}/voxels?start=3&stop=5")
    content = body_of(answer)
    got = np.frombuffer(content, "<i2").reshape(2, 32, 32)
    np.testing.assert_array_equal(got, canonical_array(volume)[3:5])
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Length"] == str(len(content))


@pytest.mark.parametrize("asked", ["start=5&stop=5", "start=-1&stop=2", "start=0&stop=13", "start=a&stop=2", ""])
def test_slices_that_do_not_exist_are_refused_with_a_sentence(member: Client, volume: Volume, asked: str) -> None:
    answer = member.get(f"/api/volumes/{volume.pk}/voxels?{asked}")
    assert answer.status_code in {400, 422}
    assert answer.json()["sentence"]


def test_a_file_that_is_sent_becomes_a_case(
    member: Client, project: Project, nifti_file: Callable[..., Path], at_once: list[int], clean_media: None,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:  # fmt: skip
    with nifti_file().open("rb") as file, django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        answer = member.post(f"/api/projects/{project.pk}/uploads", {"file": file})
    assert answer.status_code == 202
    number = answer.json()["id"]
    assert member.get(f"/api/uploads/{number}").json()["state"] == "queued"
    assert at_once == [number]
    volume_services.import_upload(number)
    state = member.get(f"/api/uploads/{number}").json()
    assert (state["state"], state["progress"]) == ("ready", 1.0)
    assert member.get(f"/cases/{state['case']}/").status_code == 200


def test_the_files_of_a_series_become_one_case_and_their_names_are_not_kept(
    member: Client, project: Project, at_once: list[int], clean_media: None
) -> None:
    images = instances_on(np.diag([-1.0, -1.0, 2.0, 1.0]), (4, 6, 5), PatientName="Zwetschgenbaum")
    files = []
    for number, image in enumerate(images):
        file = io.BytesIO()
        image.save_as(file, enforce_file_format=True)
        files.append(SimpleUploadedFile(f"Zwetschgenbaum {3 - number}", file.getvalue()))
    url = f"/api/projects/{project.pk}/uploads"
    number = member.post(url, {"file": files, "series": "1"}).json()["id"]
    packed = volume_services.Upload.objects.get(pk=number).folder / volume_services.SOURCE
    assert zipfile.ZipFile(packed).namelist() == ["00000", "00001", "00002", "00003"]
    volume_services.import_upload(number)
    volume = Volume.objects.get(case_id=member.get(f"/api/uploads/{number}").json()["case"])
    assert volume.shape == (4, 6, 5)
    assert volume.spacing_mm == (2.0, 1.0, 1.0)
    assert "Zwetschgenbaum" not in f"{volume.name} {volume.original_name} {volume.case.name}"


def test_several_files_are_only_taken_as_a_series(
    member: Client, project: Project, at_once: list[int], clean_media: None
) -> None:
    files = [SimpleUploadedFile(name, b"x") for name in ("a.nii", "b.nii")]
    answer = member.post(f"/api/projects/{project.pk}/uploads", {"file": files})
    assert (answer.status_code, answer.json()["sentence"]) == (400, "Bring one file at a time.")
    assert at_once == []


def test_a_broken_file_tells_why(
    member: Client, project: Project, tmp_path: Path, at_once: list[int], clean_media: None
) -> None:
    path = tmp_path / "broken.nii"
    path.write_bytes(b"nothing like an image" * 40)
    with path.open("rb") as file:
        number = member.post(f"/api/projects/{project.pk}/uploads", {"file": file}).json()["id"]
    volume_services.import_upload(number)
    state = member.get(f"/api/uploads/{number}").json()
    assert (state["state"], state["case"]) == ("failed", None)
    assert "not a NIfTI image" in state["sentence"]


def test_labels_are_added_renamed_and_recoloured(member: Client, project: Project) -> None:
    url = f"/api/projects/{project.pk}/labels"
    made = member.post(url, json.dumps({"name": "Liver"}), content_type="application/json").json()
    assert (made["value"], made["name"]) == (1, "Liver")
    assert re.fullmatch("#[0-9a-f]{6}", made["colour"])
    change = json.dumps({"name": "Left liver", "colour": "#112233"})
    changed = member.patch(f"/api/labels/{made['id']}", change, content_type="application/json").json()
    assert changed == {**made, "name": "Left liver", "colour": "#112233"}


@pytest.mark.parametrize(
    "body", [{"name": ""}, {"name": "x" * 81}, {"name": "a", "colour": "red"}, {"name": "a", "value": 7}, {}, []]
)
def test_a_label_that_cannot_be_gets_a_sentence(member: Client, project: Project, body: object) -> None:
    url = f"/api/projects/{project.pk}/labels"
    answer = member.post(url, json.dumps(body), content_type="application/json")
    assert answer.status_code in {400, 422}
    assert answer.json()["sentence"]
    assert not Label.objects.exists()


def test_the_workspace_page_carries_what_the_front_end_needs(member: Client, volume: Volume) -> None:
    page = member.get(f"/cases/{volume.case_id}/").content.decode()
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', page)
    assert found
    boot = json.loads(found[1])
    assert boot["volume"]["shape"] == [12, 32, 32]
    assert boot["volume"]["spacing_mm"] == [3, 1, 1]
    assert boot["annotation"]["axis"] == 0
    for name in ("voxels", "export"):
        address = boot["urls"][name] + ("?start=0&stop=1" if name == "voxels" else "")
        assert member.get(address).status_code == 200
    assert member.get(boot["urls"]["project"]).status_code == 200
