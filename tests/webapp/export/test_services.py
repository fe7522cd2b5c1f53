"""An export from being asked for to the ZIP, also when workers die or fail on the way."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.annotation import services as annotations
from webapp.annotation import sweeper
from webapp.annotation.models import Annotation
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.export import services
from webapp.export.models import Export, ExportState
from webapp.export.options import Format, Split, Wanted, wanted_from
from webapp.export.selectors import export_for, finished_export_for
from webapp.projects.permissions import Action
from webapp.projects.services import create_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]
ALL = Wanted(tuple(Format), split=Split(100, 0, 0))


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What would go to the broker; the test runs it itself."""
    found: list[int] = []
    monkeypatch.setattr(services, "_enqueue", found.append)
    return found


@pytest.fixture
def world(redis_server: str) -> World:
    """A case with one click by Ben at revision 1, whose run is done: a square of liver on slices 3 and 4."""
    made = make_world()
    annotations.add_prompt(made.ben, made.annotation.pk, made.point(3, 5, 6))
    store_run(made.annotation, {3: 1, 4: 1})
    return made


def _written(world: World, wanted: Wanted = ALL) -> Export:
    export = services.request_export(world.ada, world.project, wanted)
    services.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == ExportState.READY, export.sentence
    return export


def _manifest(export: Export) -> Any:
    with zipfile.ZipFile(export.path) as packed:
        return json.loads(packed.read("manifest.json"))


def test_an_export_that_is_asked_for_is_queued_once_it_is_kept(
    world: World, queued: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        export = services.request_export(world.ada, world.project, ALL)
        assert queued == []
    assert queued == [export.pk]
    assert export.state == ExportState.QUEUED
    assert export.contents == [{"annotation": world.annotation.pk, "revision": 1}]


def test_a_worker_turns_it_into_a_zip_with_a_checksum(world: World) -> None:
    export = _written(world)
    assert export.progress == 1
    assert export.size_bytes == export.path.stat().st_size
    assert export.sha256 == hashlib.sha256(export.path.read_bytes()).hexdigest()
    assert [path.name for path in export.folder.iterdir()] == ["export.zip"]


def test_the_same_revisions_are_the_same_bytes(world: World) -> None:
    assert _written(world).path.read_bytes() == _written(world).path.read_bytes()


def test_what_is_drawn_after_asking_is_not_in_it(world: World) -> None:
    before = _written(world)
    export = services.request_export(world.ada, world.project, ALL)
    annotations.add_prompt(world.ben, world.annotation.pk, world.point(7, 5, 6, label=2))
    annotations.undo(world.ben, world.annotation.pk, world.point(0, 0, 0).request)
    store_run(world.annotation, {7: 2})
    services.write_export(export.pk)
    assert export.path.read_bytes() == before.path.read_bytes()


def test_a_revision_that_is_still_computed_is_not_taken(world: World) -> None:
    annotations.add_prompt(world.ben, world.annotation.pk, world.point(7, 5, 6))
    store_run(world.annotation, {7: 1}, done=False)
    case = _manifest(_written(world))["cases"][0]
    assert case["revision"] == 1
    assert case["voxels"] == {"1": 18}


def test_the_manifest_tells_who_did_what_and_when(world: World) -> None:
    annotations.add_prompt(world.ada, world.annotation.pk, world.point(8, 5, 6, label=2, positive=False))
    annotations.undo(world.ada, world.annotation.pk, world.point(0, 0, 0).request)
    store_run(world.annotation, {5: 1})
    case = _manifest(_written(world))["cases"][0]
    assert case["annotation"] == world.annotation.pk
    assert (case["revision"], case["part"]) == (3, "train")
    first, second, third = case["log"]
    assert (first["who"], first["kind"], first["label"]) == (world.ben.username, "point", 1)
    assert first["payload"] == {"positive": True, "voxels": [[3, 5, 6]]}
    assert [entry["taken_back"] for entry in (first, second, third)] == [False, True, False]
    assert (third["kind"], third["payload"]) == ("undo", {"edit": second["edit"]})
    assert first["when"] == world.annotation.edits.first().created.isoformat()


def test_the_manifest_names_the_models_and_the_labels(world: World) -> None:
    world.annotation.runs.update(model_hash="abc123")
    told = _manifest(_written(world))
    assert told["cases"][0]["models"] == ["abc123"]
    assert [(label["value"], label["name"]) for label in told["about"]["labels"]] == [(1, "Liver"), (2, "Spleen")]
    assert told["about"]["product"]["version"]


def test_a_retired_label_stays_as_long_as_a_mask_has_it(world: World) -> None:
    world.project.labels.update(retired_at=timezone.now())
    told = _manifest(_written(world))
    assert [(label["name"], label["retired"]) for label in told["about"]["labels"]] == [("Liver", True)]


def test_cases_of_the_same_name_do_not_overwrite_each_other(world: World) -> None:
    from tests.webapp.annotation.world import make_volume
    from tests.webapp.export.drawn import paint

    case = create_case(world.project, world.case.name.upper() + "!")
    make_volume(case, np.zeros((12, 48, 40), np.int16))
    paint(annotations.annotation_of(case), np.ones((12, 48, 40), np.uint8))
    keys = [told["key"] for told in _manifest(_written(world))["cases"]]
    assert len({key.lower() for key in keys}) == 2


def test_a_project_without_labels_drawn_says_so(world: World) -> None:
    Annotation.objects.all().delete()
    with pytest.raises(DomainError, match="nothing to export"):
        services.request_export(world.ada, world.project, ALL)
    assert not Export.objects.exists()


def test_a_finished_export_is_not_written_again(world: World) -> None:
    export = _written(world)
    before = export.path.stat().st_mtime_ns
    services.write_export(export.pk)
    assert export.path.stat().st_mtime_ns == before


def test_what_a_killed_worker_left_is_taken_up(world: World, queued: list[int]) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    assert services._claim(export.pk) == 1  # and then it is killed
    export.folder.mkdir(parents=True)
    (export.folder / "1.part").write_bytes(b"half of it")
    assert services.enqueue_abandoned_exports() == 0, "its lease still holds"
    services.write_export(export.pk)
    assert not export.path.exists()
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.enqueue_abandoned_exports() == 1
    assert services.enqueue_abandoned_exports() == 0, "it is in the queue"
    assert queued == [export.pk]
    services.write_export(export.pk)
    export.refresh_from_db()
    assert (export.state, export.attempt) == (ExportState.READY, 2)
    assert [path.name for path in export.folder.iterdir()] == ["export.zip"]


def test_a_message_that_the_broker_lost_is_sent_again(world: World, queued: list[int]) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    Export.objects.update(created=timezone.now() - timedelta(minutes=2))
    assert services.enqueue_abandoned_exports() == 1
    assert queued == [export.pk]


def test_the_sweeper_looks_after_exports(world: World, queued: list[int]) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    Export.objects.update(created=timezone.now() - timedelta(minutes=2))
    sweeper.sweep_background()
    assert queued == [export.pk]


def test_a_worker_that_was_given_up_cannot_finish(world: World) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    assert services._claim(export.pk) == 1
    Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services._claim(export.pk) == 2
    with pytest.raises(services.TakenOverError):
        services._write(export, attempt=1)
    assert not export.path.exists()


def test_an_export_that_kills_its_workers_ends_with_a_sentence(world: World) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    for _ in range(services.MOST_ATTEMPTS):
        assert services._claim(export.pk)
        Export.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    services.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert "broke off 3 times" in export.sentence


def test_a_volume_whose_file_is_gone_fails_with_a_sentence_and_leaves_nothing(world: World) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    world.case.volumes.get().canonical_path.unlink()
    services.write_export(export.pk)
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert "went wrong" in export.sentence
    assert not export.folder.exists()


def test_removing_takes_the_file_off_the_disk(world: World, django_capture_on_commit_callbacks: Any) -> None:
    export = _written(world)
    with django_capture_on_commit_callbacks(execute=True):
        services.remove_export(export)
    assert not export.folder.exists()
    assert not Export.objects.exists()


def test_one_that_is_being_written_is_not_removed(world: World) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    services._claim(export.pk)
    with pytest.raises(ConflictError):
        services.remove_export(export)
    assert Export.objects.filter(pk=export.pk).exists()


def test_members_reach_an_export_and_nobody_else(world: World) -> None:
    export = _written(world)
    for member in (world.ada, world.ben, world.eve):
        assert export_for(member, export.pk) == export
    with pytest.raises(NotFoundError):
        export_for(world.mallory, export.pk)
    with pytest.raises(ForbiddenError):
        export_for(world.ben, export.pk, Action.MANAGE)


def test_there_is_nothing_to_download_before_it_is_written(world: World) -> None:
    export = services.request_export(world.ada, world.project, ALL)
    with pytest.raises(ConflictError):
        finished_export_for(world.ada, export.pk)


@pytest.mark.parametrize(
    "plain",
    [
        {"formats": []},
        {"formats": ["doc"]},
        {},
        {"formats": ["nifti"], "selection": "some"},
        {"formats": ["nifti"], "split": {"train": 50, "val": 20, "test": 20}},
        {"formats": ["nifti"], "split": {"train": 0, "val": 50, "test": 50}},
        {"formats": ["nifti"], "split": {"train": 120, "val": -20, "test": 0}},
        {"formats": ["nifti"], "split": {"train": 100, "val": 0, "test": 0, "seed": -1}},
    ],
)
def test_a_choice_that_makes_no_sense_gets_a_sentence(plain: dict[str, object]) -> None:
    with pytest.raises(DomainError):
        wanted_from(plain)


def test_a_choice_survives_the_database() -> None:
    wanted = Wanted((Format.NIFTI, Format.CSV), split=Split(70, 20, 10, seed=5))
    assert wanted_from(json.loads(json.dumps(wanted.as_json()))) == wanted
    assert wanted_from({"formats": ["csv", "nifti", "csv"]}).formats == (Format.NIFTI, Format.CSV)
