"""The history of an annotation: sittings, versions, and what changed between two of them."""

from __future__ import annotations

import datetime
import io
import uuid

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.annotation import services as drawing
from webapp.annotation.models import Annotation, Edit
from webapp.insight.comparing import LabelChange, compare
from webapp.insight.history import Decided, Given, Sitting, timeline, versions
from webapp.insight.working_time import active_seconds
from webapp.review import services as review
from webapp.review.transitions import Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
NINE = datetime.datetime(2026, 5, 4, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture
def world(clean_media: None) -> World:
    """Ben's prompt painted slices 3 and 4, Ada's gave slice 4 another label and painted slice 5."""
    made = make_world()
    drawing.add_prompt(made.ben, made.annotation.pk, made.point(3, 10, 11))
    store_run(made.annotation, {3: 1, 4: 1})
    drawing.add_prompt(made.ada, made.annotation.pk, made.point(4, 10, 11, label=2))
    store_run(made.annotation, {4: 2, 5: 2})
    made.annotation.refresh_from_db()
    return made


def at(minutes: float) -> datetime.datetime:
    return NINE + datetime.timedelta(minutes=minutes)


def test_gaps_of_more_than_five_minutes_are_no_work() -> None:
    assert active_seconds([at(0), at(2), at(7), at(12.5), at(13)]) == (2 + 5 + 0.5) * 60
    assert active_seconds([at(3)]) == 0


def test_edits_are_gathered_by_person_and_by_long_pauses_and_decisions_stand_between_them(world: World) -> None:
    for n in range(3):
        drawing.add_prompt(world.ada, world.annotation.pk, world.point(4 + n, 10, 11))
    for edit, minutes in zip(Edit.objects.order_by("id"), (0, 10, 12, 60, 61), strict=True):
        Edit.objects.filter(pk=edit.pk).update(created=at(minutes))
    store_run(world.annotation, {6: 1})
    review.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    seen = [(type(entry), getattr(entry, "revision", None)) for entry in timeline(world.annotation)]
    assert seen == [(Given, None), (Decided, None), (Sitting, 5), (Sitting, 3), (Sitting, 1)]
    sitting = timeline(world.annotation)[-2]
    assert isinstance(sitting, Sitting)
    assert (sitting.user, sitting.minutes, sitting.counts) == (world.ada, 2.0, [("point", 2)])


def test_versions_are_what_was_decided_on_and_the_end_of_every_sitting(world: World) -> None:
    review.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    annotation = Annotation.objects.get(pk=world.annotation.pk)
    named = {version.revision: version.name for version in versions(annotation, timeline(annotation))}
    assert named == {2: "now", 1: f"work of {world.ben.name}", 0: "before the first edit"}


def test_changes_are_counted_by_label_and_by_slice(world: World) -> None:
    changes = compare(world.annotation, 1, 2)
    assert changes.slices == (0, 0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 0)
    assert changes.labels == (LabelChange(1, 18, 9, 9), LabelChange(2, 0, 18, 0))
    assert changes.labels[0].dice == pytest.approx(2 * 9 / 27)
    assert compare(world.annotation, 0, 1).labels == (LabelChange(1, 0, 18, 0),)
    assert compare(world.annotation, 2, 2).voxels == 0


def test_the_pages_show_the_history_and_restore_a_version(world: World, client: Client) -> None:
    client.force_login(world.ben)
    page = client.get(f"/annotations/{world.annotation.pk}/history/").content.decode()
    assert "1 × point" in page
    compared = client.get(f"/annotations/{world.annotation.pk}/compare/?first=1&second=2").content.decode()
    assert "18 voxels on 2 slices differ" in compared
    client.post(f"/annotations/{world.annotation.pk}/restore", {"revision": "1"})
    assert compare(Annotation.objects.get(pk=world.annotation.pk), 1, 3).voxels == 0
    drawing.undo(world.ben, world.annotation.pk, uuid.uuid4())
    client.force_login(world.eve)
    assert "Restore version" not in client.get(f"/annotations/{world.annotation.pk}/history/").content.decode()
    assert client.post(f"/annotations/{world.annotation.pk}/restore", {"revision": "1"}).status_code == 403


def test_a_picture_of_the_difference_colours_what_differs_and_nothing_else(world: World, client: Client) -> None:
    client.force_login(world.eve)
    address = f"/api/annotations/{world.annotation.pk}/slices/5.png?revision=2"

    def pixels(query: str) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(client.get(address + query).content)), np.int64)

    difference, same = pixels("&against=1"), pixels("&against=2")
    coloured = (difference != same).any(axis=2)
    rows, columns = np.flatnonzero(coloured.any(1)), np.flatnonzero(coloured.any(0))
    scale = 512 / 48  # 48 rows and 40 columns of a millimetre; they run to the front and to the right: both are turned
    assert coloured[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
    assert (rows[0] / scale, rows[-1] / scale) == pytest.approx((48 - 7, 48 - 4), abs=0.15)
    assert (columns[0] / scale, columns[-1] / scale) == pytest.approx((40 - 8, 40 - 5), abs=0.15)
    assert client.get(f"/api/annotations/{world.annotation.pk}/slices/12.png").status_code == 404
