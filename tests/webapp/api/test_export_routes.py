"""Exports over the API and on their page, as manager, teammate and outsider."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from django.test import Client

from tests.streamed import body_of
from tests.webapp.export.drawn import paint
from webapp.accounts.models import User
from webapp.annotation.services import annotation_of
from webapp.export import services
from webapp.export.models import Export
from webapp.projects.models import Label, Project
from webapp.volumes.models import Volume


@pytest.fixture
def drawn(volume: Volume, labels: list[Label]) -> Project:
    """The project with a label drawn in its case."""
    mask = np.zeros(volume.shape, np.uint8)
    mask[3:6, 4:10, 5:15] = 1
    paint(annotation_of(volume.case), mask)
    return volume.case.project


def _ask(client: Client, project: Project, **wanted: object) -> Any:
    body = json.dumps({"formats": ["nifti", "csv"], **wanted})
    return client.post(f"/api/projects/{project.pk}/exports", body, content_type="application/json")


def test_an_export_is_asked_for_followed_and_downloaded_twice(client: Client, drawn: Project, annotator: User) -> None:
    client.force_login(annotator)
    answer = _ask(client, drawn)
    assert answer.status_code == 202
    number = answer.json()["id"]
    assert client.get(f"/api/exports/{number}").json()["state"] == "queued"
    assert client.get(f"/api/exports/{number}/file.zip").status_code == 409
    services.write_export(number)
    (state,) = client.get(f"/api/projects/{drawn.pk}/exports").json()
    assert (state["id"], state["state"], state["progress"]) == (number, "ready", 1.0)
    for _ in range(2):
        download = client.get(f"/api/exports/{number}/file.zip")
        content = body_of(download)
        assert download.headers["Content-Disposition"] == f'attachment; filename="Livers_export_{number}.zip"'
        assert download.headers["Content-Length"] == str(len(content))
        assert hashlib.sha256(content).hexdigest() == state["sha256"]
    assert "labels/scan.nii.gz" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@pytest.mark.parametrize(
    "wanted", [{"formats": []}, {"formats": ["pdf"]}, {"split": {"train": 1, "val": 1, "test": 1}}, {"who": 1}]
)
def test_a_choice_that_cannot_be_gets_a_sentence(
    client: Client, drawn: Project, manager: User, wanted: dict[str, object]
) -> None:
    client.force_login(manager)
    answer = _ask(client, drawn, **wanted)
    assert answer.status_code in {400, 422}
    assert answer.json()["sentence"]
    assert not Export.objects.exists()


def test_managers_alone_remove(client: Client, drawn: Project, manager: User, annotator: User) -> None:
    client.force_login(manager)
    number = _ask(client, drawn).json()["id"]
    client.force_login(annotator)
    assert client.delete(f"/api/exports/{number}").status_code == 403
    client.force_login(manager)
    assert client.delete(f"/api/exports/{number}").status_code == 204
    assert client.get(f"/api/exports/{number}").status_code == 404


def test_an_outsider_finds_no_export(client: Client, drawn: Project, manager: User, outsider: User) -> None:
    client.force_login(manager)
    number = _ask(client, drawn).json()["id"]
    services.write_export(number)
    client.force_login(outsider)
    for address in (f"/api/exports/{number}", f"/api/exports/{number}/file.zip", f"/projects/{drawn.pk}/exports/"):
        assert client.get(address).status_code == 404
    assert _ask(client, drawn).status_code == 404


def test_the_page_lists_exports_with_their_state(client: Client, drawn: Project, manager: User) -> None:
    client.force_login(manager)
    ready = _ask(client, drawn).json()["id"]
    services.write_export(ready)
    failed = _ask(client, drawn).json()["id"]
    Export.objects.filter(pk=failed).update(state="failed", sentence="The disk is full.")
    page = client.get(f"/projects/{drawn.pk}/exports/").content.decode()
    assert f"/api/exports/{ready}/file.zip" in page
    assert f"/api/exports/{failed}/file.zip" not in page
    assert "The disk is full." in page
    assert f'href="/projects/{drawn.pk}/exports/"' in client.get(f"/projects/{drawn.pk}/").content.decode()
