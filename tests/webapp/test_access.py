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
from webapp.annotation.models import LabelMap
from webapp.annotation.services import annotation_of
from webapp.export.models import Export
from webapp.export.options import Format, Wanted
from webapp.projects.invitations import invite
from webapp.projects.models import Label
from webapp.projects.permissions import Role
from webapp.review.services import remark
from webapp.volumes.models import Upload, Volume

# Logging in, the page behind an invitation's secret link, and the API's own root, a page for nobody.
OPEN_TO_ALL = re.compile(r"^accounts/|^join/|^api/$")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CHANGING = ("POST", "PUT", "PATCH", "DELETE")
# What a viewer may ask for with a changing method: masks leave, nothing in the project changes.
OPEN_TO_VIEWERS = {("api/projects/<int:project_id>/exports", "POST")}
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
        "label_map_id": LabelMap.objects.create(annotation=annotation_of(volume.case), user=manager, name="a.nii").pk,
        "volume_id": volume.pk,
        "label_id": labels[0].pk,
        "upload_id": upload.pk,
        "annotation_id": annotation_of(volume.case).pk,
        "z": 0,
        "remark_id": remark(manager, annotation_of(volume.case).pk, (0, 0, 0), "Look here").pk,
        "user_id": manager.pk,
        "export_id": export.pk,
        "invitation_id": invite(manager, volume.case.project, Role.ANNOTATOR)[0].pk,
    }


# Bodies that are right, by the last word of an address: malformed requests are refused before anything else.
BODIES = {
    "exports": {"formats": ["csv"]},
    "decisions": {"step": "submit"},
    "assignee": {"user": None},
    "remarks": {"voxel": [0, 0, 0], "text": "Look here"},
    "replies": {"text": "Done"},
    "resolution": {"resolved": True},
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
        body = json.dumps(BODIES.get(address.rsplit("/", 1)[1], {"name": "Kidney"}))
        return client.generic(method, address, body, content_type="application/json").status_code
    return client.generic(method, address + query).status_code


def test_there_is_something_to_test() -> None:
    assert any(path.startswith("api/") for path in WITH_THINGS)
    assert any(path.startswith("cases/") for path in WITH_THINGS)


def _answers(
    client: Client, numbers: dict[str, int], patterns: list[str], methods: tuple[str, ...] = METHODS
) -> dict[tuple[str, str], int]:
    """The status of every address with every method, by pattern and method."""
    asked = ((pattern, method) for pattern in patterns for method in methods)
    return {(pattern, method): _ask(client, method, Address(pattern).of(numbers)) for pattern, method in asked}


def test_nobody_gets_in_without_a_login(client: Client, numbers: dict[str, int]) -> None:
    answers = _answers(client, numbers, ADDRESSES)
    refused = {True: {401, 405}, False: {302}}
    assert {at: status for at, status in answers.items() if status not in refused[at[0].startswith("api/")]} == {}


def test_an_outsider_gets_nothing(client: Client, outsider: User, numbers: dict[str, int]) -> None:
    client.force_login(outsider)
    answers = _answers(client, numbers, WITH_THINGS)
    assert {at: status for at, status in answers.items() if status not in REFUSED_AS_OUTSIDER} == {}


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


def test_a_viewer_changes_nothing(client: Client, viewer: User, numbers: dict[str, int]) -> None:
    client.force_login(viewer)
    answers = _answers(client, numbers, WITH_THINGS, CHANGING)
    got_in = {at for at, status in answers.items() if status not in {403, 405}}
    assert got_in == OPEN_TO_VIEWERS


def test_a_form_without_its_token_is_refused(manager: User, volume: Volume) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(manager)
    body = json.dumps({"name": "Kidney"})
    url = f"/api/projects/{volume.case.project_id}/labels"
    assert client.post(url, body, content_type="application/json").status_code == 403
    assert client.post("/", {"name": "New"}).status_code == 403
