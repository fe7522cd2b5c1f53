"""A brought label map on its way into an annotation: page, reading, choice, edit, undo, replay; and who may."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client

from tests.webapp.annotation.world import World, make_world
from webapp.annotation import execution, label_maps, propagation, replaying, selectors, services, slices, waiting
from webapp.annotation.models import Edit, LabelMap, LabelMapState, Run, RunState, Trust
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server", "clean_media")]

SHAPE = (12, 48, 40)


@pytest.fixture
def world(clean_media: None) -> World:
    for kept in (propagation._sessions, propagation._features):
        kept.clear()
    return make_world(SHAPE)


def _made() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    labels = np.zeros(SHAPE, np.uint8)
    labels[3:6, 10:20, 5:15] = 2
    labels[5:9, 30:35, 20:30] = 9
    return labels


def _file(tmp_path: Path) -> bytes:
    path = tmp_path / "made.nii.gz"
    nib.save(nib.Nifti1Image(_made().transpose(2, 1, 0), np.diag([1.0, 1.0, 3.0, 1.0])), path)  # type: ignore[no-untyped-call]
    return path.read_bytes()


def _brought(world: World, content: bytes, name: str = "made.nii.gz") -> LabelMap:
    file = TemporaryUploadedFile(name, "application/gzip", len(content), None)
    file.write(content)
    file.flush()
    label_map = label_maps.bring(world.ben, world.annotation.pk, file)
    label_maps.read(label_map.pk)
    label_map.refresh_from_db()
    return label_map


def _work(world: World) -> Run:
    waiting.broker().flushall()
    run = Run.objects.filter(annotation=world.annotation).latest("revision")
    execution.carry_on(run.pk)
    run.refresh_from_db()
    world.annotation.refresh_from_db()
    return run


def test_it_becomes_the_annotation_is_undone_and_replayed(world: World, tmp_path: Path) -> None:
    label_map = _brought(world, _file(tmp_path))
    assert label_map.state == LabelMapState.READY
    assert label_maps.suggested(label_map) == {1: 2}  # value 2 is the spleen; there is no label 9
    label_maps.take_over(world.ben, label_map.pk, {1: 2, 2: 1}, over_any=False)
    run = _work(world)
    assert run.state == RunState.DONE
    assert run.sentence == "Labels from a file: 500 voxels (1.5 ml) changed on 6 slices"
    expected = np.select([_made() == 2, _made() == 9], [2, 1])
    assert np.array_equal(selectors.label_volume(world.annotation), expected)
    assert dict(slices.current(world.annotation).values_list("z", "trust")) == dict.fromkeys(range(3, 9), Trust.PAINTED)
    assert replaying.replay(world.annotation).identical
    services.undo(world.ben, world.annotation.pk, uuid.uuid4())
    _work(world)
    assert not selectors.label_volume(world.annotation).any()


def test_what_is_labelled_already_stays_unless_it_is_to_be_replaced(world: World, tmp_path: Path) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(6, 14, 12, label=1))
    _work(world)
    before = selectors.label_volume(world.annotation)
    assert (before[_made() == 2] == 1).any()
    label_map = _brought(world, _file(tmp_path))
    label_maps.take_over(world.ben, label_map.pk, {1: 2}, over_any=False)
    _work(world)
    kept = selectors.label_volume(world.annotation)
    assert np.array_equal(kept, np.where((before == 0) & (_made() == 2), 2, before))
    label_maps.take_over(world.ben, label_map.pk, {1: 2}, over_any=True)
    _work(world)
    assert np.array_equal(selectors.label_volume(world.annotation), np.where(_made() == 2, 2, before))


def test_a_new_label_is_made_for_a_name_that_the_project_has_not(world: World, tmp_path: Path) -> None:
    label_map = _brought(world, _file(tmp_path))
    label_maps.take_over(world.ben, label_map.pk, {2: "Lesion"}, over_any=False)
    _work(world)
    lesion = world.project.labels.get(name="Lesion")
    assert np.array_equal(selectors.label_volume(world.annotation) == lesion.value, _made() == 9)


def test_a_file_that_cannot_be_read_ends_as_a_sentence_and_leaves_nothing(world: World) -> None:
    label_map = _brought(world, b"nonsense", "bad.nii")
    assert label_map.state == LabelMapState.FAILED
    assert label_map.sentence == "The file is too short to be a NIfTI image."
    assert not label_map.folder.exists()
    with pytest.raises(ConflictError):
        label_maps.take_over(world.ben, label_map.pk, {1: 1}, over_any=False)


def test_another_image_s_labels_and_retired_ones_are_refused(world: World, tmp_path: Path) -> None:
    label_map = _brought(world, _file(tmp_path))
    with pytest.raises(DomainError, match="at least one"):
        label_maps.take_over(world.ben, label_map.pk, {77: 1}, over_any=False)
    with pytest.raises(DomainError, match="does not exist"):
        label_maps.take_over(world.ben, label_map.pk, {1: 200}, over_any=False)
    assert not Edit.objects.exists()


def test_only_who_may_annotate_brings_and_takes_over(world: World, tmp_path: Path) -> None:
    label_map = _brought(world, _file(tmp_path))
    for person, refused in ((world.eve, ForbiddenError), (world.mallory, NotFoundError)):
        with pytest.raises(refused):
            label_maps.take_over(person, label_map.pk, {1: 1}, over_any=False)
        with pytest.raises(refused):
            label_maps.discard(person, label_map.pk)
    label_maps.take_over(world.ada, label_map.pk, {1: 1}, over_any=False)
    with pytest.raises(ConflictError):
        label_maps.discard(world.ada, label_map.pk)  # a replay needs it


def test_the_socket_takes_no_import(world: World) -> None:
    from pydantic import ValidationError

    from webapp.annotation.messages import AddOperation

    operation = {"name": "import_labels", "label": 1, "others": [], "label_map": 1, "segments": [[1, 1]]}
    with pytest.raises(ValidationError, match="does not match any of the expected tags"):
        AddOperation.model_validate_json(
            json.dumps({"type": "operation.add", "request": str(uuid.uuid4()), "operation": operation})
        )


def test_the_pages_lead_from_the_file_to_the_workspace(world: World, tmp_path: Path, client: Client) -> None:
    client.force_login(world.ben)
    page = f"/annotations/{world.annotation.pk}/labels/"
    answer = client.post(page, {"file": SimpleUploadedFile("made.nii.gz", _file(tmp_path))})
    label_map = LabelMap.objects.get()
    assert answer.headers["Location"] == f"/label-maps/{label_map.pk}/"
    assert "is being read" in client.get(f"/label-maps/{label_map.pk}/").content.decode()
    label_maps.read(label_map.pk)
    assert "new label “Label 9”" in client.get(f"/label-maps/{label_map.pk}/").content.decode()
    answer = client.post(f"/label-maps/{label_map.pk}/", {"becomes_1": "2", "becomes_2": "new", "over": "background"})
    assert answer.headers["Location"] == f"/cases/{world.case.pk}/"
    _work(world)
    assert np.array_equal(selectors.label_volume(world.annotation) > 0, _made() > 0)
    assert "Taken over" in client.get(page).content.decode()


def test_only_who_may_bring_labels_is_offered_it(world: World, client: Client) -> None:
    address = f"/annotations/{world.annotation.pk}/labels/"
    offered = {}
    for person in (world.ben, world.eve):
        client.force_login(person)
        offered[person.pk] = address in client.get(f"/cases/{world.case.pk}/").content.decode()
    assert offered == {world.ben.pk: True, world.eve.pk: False}
