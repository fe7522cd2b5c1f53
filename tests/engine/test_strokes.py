"""What is drawn by hand changes its own voxels, stays, and is carried on only when that is asked for."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from segmentation_engine import Engine, Features, Prompt, Session, SliceResult
from segmentation_engine.stroke import Stroke
from tests.engine.conftest import SHAPE

Labels = npt.NDArray[np.uint8]
SQUARE = np.ones((4, 5), bool)
NONE_YET = np.zeros(SHAPE[1:], np.uint8)


def finished(session: Session) -> list[SliceResult]:
    return list(session.propagate())


def with_a_click(engine: Engine, features: Features) -> Session:
    session = engine.session(features, num_labels=2)
    session.add(Prompt.point(1, (5, 9, 8)))
    finished(session)
    return session


def drawn(labels: Labels, z: int, value: int, row: int, column: int) -> Labels:
    """The volume with the square drawn by hand, as one would on paper."""
    expected = labels.copy()
    expected[z, row : row + 4, column : column + 5] = value
    return expected


def test_a_stroke_lies_on_its_pixels_and_spares_what_it_shall() -> None:
    inside = np.array([[True, False], [True, True]])
    labels = np.array([[1, 1, 1], [1, 1, 1], [2, 2, 2]], np.uint8)
    stroke = Stroke((1, 1), inside, 3)
    assert stroke.on(labels).tolist() == [[1, 1, 1], [1, 3, 1], [2, 3, 3]]
    assert stroke.on(labels, spared=[2]).tolist() == [[1, 1, 1], [1, 3, 1], [2, 2, 2]]
    assert labels.max() == 2, "the labels it was put on are not changed"
    assert stroke.fits((3, 3))
    assert not stroke.fits((3, 2))


@pytest.mark.parametrize("value", [0, 2])
def test_a_stroke_changes_its_own_voxels_and_no_other(engine: Engine, features: Features, value: int) -> None:
    session = with_a_click(engine, features)
    before = session.labels
    assert (before[5, 8:12, 6:11] != value).any()
    session.add(Prompt.stroke(5, value, (8, 6), SQUARE))
    (result,) = finished(session)
    assert (result.z, result.trust, result.changed) == (5, "painted", True)
    np.testing.assert_array_equal(session.labels, drawn(before, 5, value, 8, 6))


def test_a_stroke_on_nothing_needs_no_model(engine: Engine, features: Features) -> None:
    session = engine.session(features, num_labels=1)
    session.add(Prompt.stroke(3, 2, (0, 0), SQUARE))
    (result,) = finished(session)
    np.testing.assert_array_equal(result.labels, drawn(NONE_YET[None], 0, 2, 0, 0)[0])
    assert result.confidence == {2: 1.0}


def test_a_slice_that_was_drawn_on_stays_whatever_is_said_elsewhere(engine: Engine, features: Features) -> None:
    session = with_a_click(engine, features)
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    finished(session)
    kept = session.labels[5] != 0
    before = session.labels[5]
    session.add(Prompt.point(1, (8, 10, 9)))
    finished(session)
    np.testing.assert_array_equal(session.labels[5][kept], before[kept])


def test_the_strokes_own_voxels_stay_when_their_label_is_prompted_on_the_slice(
    engine: Engine, features: Features
) -> None:
    session = with_a_click(engine, features)
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    session.add(Prompt.point(2, (5, 18, 14)))
    finished(session)
    assert (session.labels[5, 8:12, 6:11] == 2).all()


def test_later_strokes_lie_over_earlier_ones(engine: Engine, features: Features) -> None:
    session = with_a_click(engine, features)
    for value, column in ((2, 6), (1, 8), (0, 9)):
        session.add(Prompt.stroke(5, value, (8, column), SQUARE))
    finished(session)
    assert session.labels[5, 8, 6:14].tolist() == [2, 2, 1, 0, 0, 0, 0, 0]


def test_what_was_drawn_is_carried_on_when_that_is_said_and_the_slice_stays_as_drawn(
    engine: Engine, features: Features
) -> None:
    session = engine.session(features, num_labels=1)
    session.add(Prompt.stroke(5, 1, (8, 6), SQUARE))
    finished(session)
    session.add(Prompt.carry(5))
    results = finished(session)
    assert len({result.z for result in results}) > 1
    np.testing.assert_array_equal(session.labels[5], drawn(NONE_YET[None], 0, 1, 8, 6)[0])
    assert (session.labels[[4, 6]] == 1).any()
    assert {result.z: result.trust for result in results}[5] == "painted"


def test_drawing_and_carrying_on_in_one_edit_is_the_same_as_in_two(engine: Engine, features: Features) -> None:
    apart, together = (engine.session(features, num_labels=1) for _ in range(2))
    stroke, carry = Prompt.stroke(5, 1, (8, 6), SQUARE), Prompt.carry(5)
    apart.add(stroke)
    apart.add(carry)
    together.add([stroke, carry])
    for session in (apart, together):
        finished(session)
    np.testing.assert_array_equal(apart.labels, together.labels)


def test_carrying_on_a_slice_on_which_nothing_is_drawn_changes_nothing(engine: Engine, features: Features) -> None:
    session = with_a_click(engine, features)
    before = session.labels
    session.add(Prompt.carry(9))
    finished(session)
    np.testing.assert_array_equal(session.labels, before)


def test_a_stroke_is_undone_and_redone(engine: Engine, features: Features) -> None:
    session = with_a_click(engine, features)
    before = session.labels
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    finished(session)
    after = session.labels
    session.undo()
    np.testing.assert_array_equal(session.labels, before)
    session.redo()
    np.testing.assert_array_equal(session.labels, after)


@pytest.mark.parametrize("cut", range(0, 30, 3))
def test_a_session_that_is_resumed_goes_on_as_if_it_had_never_stopped(
    engine: Engine, features: Features, cut: int
) -> None:
    said = [
        [Prompt.point(1, (5, 9, 8))],
        [Prompt.stroke(4, 2, (8, 6), SQUARE), Prompt.stroke(5, 2, (8, 6), SQUARE)],
        [Prompt.carry(4)],
        [Prompt.point(1, (9, 9, 8))],
        [Prompt.stroke(5, 0, (9, 6), SQUARE)],
    ]
    whole = engine.session(features, num_labels=2, edits=said)
    finished(whole)
    stopped = engine.session(features, num_labels=2, edits=said)
    kept = {result.z: result.state for result in itertools.islice(stopped.propagate(), cut)}
    resumed = engine.session(features, num_labels=2, edits=said, slices=kept.get, progress=stopped.progress())
    finished(resumed)
    np.testing.assert_array_equal(resumed.labels, whole.labels)


def test_a_stroke_outside_the_volume_is_refused(engine: Engine, features: Features) -> None:
    session = engine.session(features, num_labels=1)
    for place in ((5, (SHAPE[1] - 3, 0)), (SHAPE[0], (0, 0)), (5, (0, -1))):
        with pytest.raises(ValueError, match="outside"):
            session.add(Prompt.stroke(place[0], 1, place[1], SQUARE))
