"""How far readers agree, worked out by hand; what is made of their readings, and who may have it made."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from django.test import Client

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.annotation import services as drawing
from webapp.annotation import strokes
from webapp.annotation.models import Annotation, Edit, EditKind
from webapp.errors import ConflictError, DomainError
from webapp.insight import agreement, consensus, consensus_services, services
from webapp.insight.models import ConsensusMethod, ConsensusState, Measurement, MeasurementKind
from webapp.insight.surfaces import agreement_of_surfaces, box_of
from webapp.projects.models import Case
from webapp.review import readings
from webapp.review.services import decide
from webapp.review.transitions import Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


def cube(shape: tuple[int, int, int], low: tuple[int, int, int], side: int) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[tuple(slice(start, start + side) for start in low)] = True
    return mask


def test_surfaces_of_two_voxels_lie_as_far_apart_as_their_centres_in_millimetres() -> None:
    first, second = (cube((5, 5, 5), (z, 2, 2), 1) for z in (1, 3))
    apart = agreement_of_surfaces(first, second, (3.0, 1.0, 1.0))
    assert (apart.nsd, apart.hd95_mm) == (0.0, 6.0)
    assert agreement_of_surfaces(first, second, (1.0, 1.0, 1.0), tolerance_mm=2.0).nsd == 1.0


def test_a_cube_moved_by_a_voxel_has_a_part_of_its_surface_where_the_other_has_none() -> None:
    """3 x 3 x 3 voxels have 26 on their surface (all but the centre). Moved by one along x, 18 of 27 voxels are
    shared; a surface voxel is off the other surface if it lies outside of the other cube (the far face, 9) or in its
    centre (1): 16 of 26 lie on it."""
    first, second = cube((5, 5, 6), (1, 1, 1), 3), cube((5, 5, 6), (1, 1, 2), 3)
    close = agreement_of_surfaces(first, second, (1.0, 1.0, 1.0), tolerance_mm=0.5)
    assert close.nsd == pytest.approx(16 / 26)
    assert close.hd95_mm == pytest.approx(1.0)


def test_what_only_one_has_is_as_far_as_can_be_and_two_empty_masks_agree() -> None:
    some, none = cube((3, 3, 3), (1, 1, 1), 1), np.zeros((3, 3, 3), bool)
    assert agreement_of_surfaces(some, none, (1, 1, 1)).hd95_mm is None
    assert agreement_of_surfaces(some, none, (1, 1, 1)).nsd == 0.0
    assert agreement_of_surfaces(none, none, (1, 1, 1)).nsd == 1.0


def test_the_box_of_a_label_holds_it_in_both_masks() -> None:
    masks = [cube((6, 6, 6), low, 2).astype(np.uint8) for low in ((0, 1, 2), (3, 3, 3))]
    assert box_of(masks, 1) == (slice(0, 5), slice(1, 5), slice(2, 5))


def test_slices_in_dispute_are_listed_by_how_much_is() -> None:
    slices = [0, 4, 6, 0, 2, 30, 9]
    along = [None, 0.5, 0.8, 0.95, 0.9, 0.1, None]
    found = [(r.first, r.last, r.voxels, r.lowest, r.worst) for r in agreement.ranges_of(slices, along)]
    assert found == [(5, 5, 30, 0.1, 5), (1, 2, 10, 0.5, 2)]


@pytest.mark.parametrize("method", list(ConsensusMethod))
def test_a_consensus_is_what_two_of_three_drew(method: ConsensusMethod) -> None:
    masks = [np.zeros((6, 12, 12), np.uint8) for _ in range(3)]
    for mask in masks:
        mask[1:5, 2:8, 2:8] = 1
    masks[0][2, 8, 2:8] = 1  # alone
    for mask in masks[1:]:
        mask[2, 9:11, 3:9] = 2  # two of them
    fused = consensus.fused(masks, method)
    expected = masks[1].copy()
    assert (fused == expected).all()


def test_where_two_readers_differ_the_majority_says_nothing() -> None:
    first, second = np.zeros((1, 2, 2), np.uint8), np.zeros((1, 2, 2), np.uint8)
    first[0, 0] = (1, 1)
    second[0, 0] = (1, 2)
    assert consensus.fused([first, second], ConsensusMethod.MAJORITY).tolist() == [[[1, 0], [0, 0]]]
    assert not consensus.fused([first * 0, second * 0], ConsensusMethod.STAPLE).any()


@pytest.fixture
def world(clean_media: None) -> World:
    """Two readings, handed in: Ben has label 1 on slices 3 and 4, Ada on 4 and label 2 on 5. A square has 9 pixels."""
    made = make_world()
    readings.set_readers(made.project, 2, True)
    for person, painted in ((made.ben, {3: 1, 4: 1}), (made.ada, {4: 1, 5: 2})):
        reading = readings.begin_reading(person, case_of(made), by=person)
        drawing.add_prompt(person, reading.pk, made.point(4, 5, 6))
        store_run(reading, painted)
        decide(person, reading.pk, Step.SUBMIT)
    return made


def case_of(world: World) -> Case:
    return Case.objects.select_related("project").get(pk=world.case.pk)


def measured(world: World) -> Measurement:
    services.look_after_measurements()
    measurement = Measurement.objects.get(kind=MeasurementKind.READERS)
    services.measure(measurement.pk)
    measurement.refresh_from_db()
    return measurement


def test_two_readings_are_compared_by_label_and_along_the_slices(world: World) -> None:
    result = measured(world).result
    assert result["labels"]["1"]["dice"] == pytest.approx(2 * 9 / 27)
    # Of Ben's 18 voxels, all surface, those on slice 3 lie 3 mm from Ada's 9: more than 2 mm.
    assert result["labels"]["1"]["nsd"] == pytest.approx((9 + 9) / 27)
    assert result["labels"]["1"]["hd95_mm"] == pytest.approx(3.0)
    assert (result["labels"]["2"]["dice"], result["labels"]["2"]["hd95_mm"]) == (0.0, None)
    assert result["slices"][3:6] == [9, 0, 9]
    assert result["along"][2:7] == [None, 0.0, 1.0, 0.0, None]


def test_a_reading_that_changed_is_compared_anew_and_the_old_result_is_not_shown(world: World) -> None:
    measured(world)
    pair = agreement.pairs_of(agreement.readings_of(world.case))[0]
    assert agreement.measurement_of(pair) is not None
    Annotation.objects.filter(pk=pair[0].pk).update(revision=5)
    again = agreement.pairs_of(agreement.readings_of(world.case))[0]
    assert agreement.measurement_of(again) is None
    services.look_after_measurements()
    assert Measurement.objects.filter(kind=MeasurementKind.READERS).count() == 2


def test_the_pages_show_agreement_to_who_reviews_alone(world: World, client: Client) -> None:
    measured(world)
    client.force_login(world.ada)
    project, case = f"/projects/{world.project.pk}/agreement/", f"/cases/{world.case.pk}/agreement/"
    assert "0.667" in client.get(project).content.decode()
    page = client.get(case).content.decode()
    assert "Slices to decide on" in page
    first, second = agreement.readings_of(world.case)
    table = client.get(f"{project.rstrip('/')}.csv").content.decode().splitlines()
    assert len(table) == 3  # two labels of one pair
    assert ",readers,1,Liver,0.667,0.667,3.000," in table[1]
    picture = f"/api/annotations/{second.pk}/slices/4.png?against={first.revision}&of={first.pk}"
    assert client.get(picture).status_code == 200
    other = make_world()
    assert (
        client.get(f"/api/annotations/{second.pk}/slices/4.png?against=0&of={other.annotation.pk}").status_code == 404
    )
    client.force_login(world.ben)
    mine = first if first.reader == world.ben else second
    theirs = second if mine is first else first
    assert client.get(f"/api/annotations/{mine.pk}/slices/4.png?against=0&of={theirs.pk}").status_code == 404
    assert {client.get(address).status_code for address in (project, case)} == {403}
    assert client.post(f"/cases/{world.case.pk}/consensus", {"method": "staple"}).status_code == 403
    assert client.post(f"/projects/{world.project.pk}/readers", {"readers": "1"}).status_code == 403


def test_a_consensus_becomes_strokes_of_who_asked_in_the_shared_annotation(world: World) -> None:
    asked = consensus_services.request_consensus(world.ada, case_of(world), ConsensusMethod.MAJORITY)
    with pytest.raises(ConflictError):
        consensus_services.request_consensus(world.ada, case_of(world), ConsensusMethod.STAPLE)
    consensus_services.make_consensus(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.sentence) == (ConsensusState.DONE, "1 strokes of 2 readings.")
    edit = Edit.objects.get(annotation=world.annotation)
    assert (edit.kind, edit.label, edit.user) == (EditKind.MASK, 1, world.ada)
    low, inside = strokes.voxels_of(edit)
    assert (low, inside.shape, inside.all()) == ((4, 4, 5), (1, 3, 3), True)
    drawn = consensus.draw(world.ada, world.annotation, np.zeros((12, 48, 40), np.uint8), uuid.uuid4())
    assert drawn == 0
    with pytest.raises(ConflictError, match="worked on"):
        consensus_services.request_consensus(world.ada, case_of(world), ConsensusMethod.STAPLE)


def test_a_consensus_that_a_killed_worker_left_is_made_once(world: World) -> None:
    asked = consensus_services.request_consensus(world.ada, case_of(world), ConsensusMethod.MAJORITY)
    consensus_services.make_consensus(asked.pk)
    type(asked).objects.filter(pk=asked.pk).update(state=ConsensusState.WAITING)
    consensus_services.make_consensus(asked.pk)
    assert Edit.objects.filter(annotation=world.annotation).count() == 1


def test_one_reading_is_no_consensus(world: World) -> None:
    Annotation.objects.filter(reader=world.ben).update(state="in_progress")
    with pytest.raises(DomainError, match="two readings"):
        consensus_services.request_consensus(world.ada, case_of(world), ConsensusMethod.MAJORITY)


def test_a_mask_that_is_too_long_for_one_edit_is_drawn_in_pieces(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((12, 48, 40), np.uint8)
    labels[2:10, 4:40:2, 3:30:2] = 1
    monkeypatch.setattr(consensus, "MAX_RUNS_TEXT", 3000)
    count = consensus.draw(world.ada, world.annotation, labels, uuid.uuid4())
    assert count > 1
    drawn = np.zeros_like(labels)
    for edit in Edit.objects.filter(annotation=world.annotation):
        (z, y, x), inside = strokes.voxels_of(edit)
        depth, height, width = inside.shape
        drawn[z : z + depth, y : y + height, x : x + width][inside] = 1
    assert (drawn == labels).all()
