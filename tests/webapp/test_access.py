"""Who gets what at every address. The list comes from the resolver: a new page or route is covered by itself, and
one whose parameters are not known here fails until it is."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from webapp.accounts.models import User
from webapp.annotation.services import annotation_of
from webapp.export.models import Export
from webapp.export.options import Format, Wanted
from webapp.projects.models import Label
from webapp.volumes.models import Upload, Volume

OPEN_TO_ALL = re.compile(r"^accounts/|^api/$")  # the API's own root is a page for nobody
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What a member may see by asking without parameters; 2xx to 4xx, but neither "log in" nor "no such thing".
REFUSED_AS_OUTSIDER = {404, 405}


@dataclass(frozen=True)
class Address:
    pattern: str

    def of(self, numbers: dict[str, int]) -> str:
        """The address with the numbers of real things in it."""
        return "/" + re.sub(r"<int:(\w+)>", lambda found: str(numbers[found[1]]), self.pattern)


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, path)
        elif isinstance(entry, URLPattern):
            yield path


ADDRESSES = sorted({path for path in _patterns(get_resolver()) if not OPEN_TO_ALL.match(path)})
WITH_THINGS = [path for path in ADDRESSES if "<" in path]


@pytest.fixture
def numbers(volume: Volume, labels: list[Label], manager: User) -> dict[str, int]:
    upload = Upload.objects.create(project=volume.case.project, user=manager, name="a.nii", size_bytes=1)
    wanted = Wanted((Format.CSV,)).as_json()
    export = Export.objects.create(project=volume.case.project, user=manager, wanted=wanted, contents=[])
    return {
        "project_id": volume.case.project_id,
        "case_id": volume.case_id,
        "volume_id": volume.pk,
        "label_id": labels[0].pk,
        "upload_id": upload.pk,
        "annotation_id": annotation_of(volume.case).pk,
        "user_id": manager.pk,
        "export_id": export.pk,
    }


def _ask(client: Client, method: str, address: str) -> int:
    """The status; with a body and parameters that would be right for a member."""
    query = "?start=0&stop=1" if address.endswith("/voxels") else ""
    if address.endswith("/uploads"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return (
            client.post(address, {"file": SimpleUploadedFile("a.nii", b"x")}).status_code if method == "POST" else 405
        )
    if address.startswith("/api/") and method != "GET":
        body = json.dumps({"formats": ["csv"]} if address.endswith("/exports") else {"name": "Kidney"})
        return client.generic(method, address, body, content_type="application/json").status_code
    return client.generic(method, address + query).status_code


def test_there_is_something_to_test() -> None:
    assert any(path.startswith("api/") for path in WITH_THINGS)
    assert any(path.startswith("cases/") for path in WITH_THINGS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", ADDRESSES)
def test_nobody_gets_in_without_a_login(pattern: str, method: str, client: Client, numbers: dict[str, int]) -> None:
    address = Address(pattern).of(numbers)
    answer = _ask(client, method, address)
    assert answer in ({401, 405} if pattern.startswith("api/") else {302})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pattern", WITH_THINGS)
def test_an_outsider_gets_nothing(
    pattern: str, method: str, client: Client, outsider: User, numbers: dict[str, int]
) -> None:
    client.force_login(outsider)
    assert _ask(client, method, Address(pattern).of(numbers)) in REFUSED_AS_OUTSIDER


@pytest.mark.parametrize("pattern", WITH_THINGS)
def test_what_an_outsider_is_refused_exists_for_a_member(
    pattern: str, client: Client, manager: User, numbers: dict[str, int]
) -> None:
    client.force_login(manager)
    answers = {_ask(client, method, Address(pattern).of(numbers)) for method in METHODS} - {405}
    assert answers
    assert not answers & {401, 403, 404, 500}


def test_an_id_that_never_was_looks_like_one_of_somebody_else(client: Client, outsider: User, volume: Volume) -> None:
    client.force_login(outsider)
    foreign = client.get(f"/api/volumes/{volume.pk}/voxels?start=0&stop=1")
    never = client.get("/api/volumes/987654/voxels?start=0&stop=1")
    assert foreign.status_code == never.status_code == 404
    assert foreign.json() == {"sentence": "There is no such project."} or foreign.json() == never.json()


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("POST", "/api/projects/{project_id}/labels"),
        ("PATCH", "/api/labels/{label_id}"),
        ("POST", "/api/projects/{project_id}/uploads"),
        ("DELETE", "/api/exports/{export_id}"),
        ("POST", "/projects/{project_id}/members"),
        ("POST", "/projects/{project_id}/members/{user_id}/remove"),
    ],
)
def test_a_viewer_changes_nothing(
    method: str, address: str, client: Client, viewer: User, numbers: dict[str, int]
) -> None:
    client.force_login(viewer)
    assert _ask(client, method, address.format(**numbers)) == 403


def test_a_form_without_its_token_is_refused(manager: User, volume: Volume) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    body = json.dumps({"name": "Kidney"})
    url = f"/api/projects/{volume.case.project_id}/labels"
    assert client.post(url, body, content_type="application/json").status_code == 403
    assert client.post("/", {"name": "New"}).status_code == 403
