"""Labels that are made anew from outside: they stay as drawn, guide later prompts, and come back on undo."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from segmentation_engine import Engine, Features, Prompt, Session, load_engine
from tests.engine.conftest import SHAPE, SPACING_MM

Labels = npt.NDArray[np.uint8]
FIRST, SECOND = Prompt.point(1, (6, 10, 8)), Prompt.point(2, (9, 18, 14))
BLOCK = (slice(4, 9), slice(14, 20), slice(2, 9))


@pytest.fixture(scope="module")
def trained() -> Engine:
    """The bundled weights."""
    return load_engine()


@pytest.fixture(scope="module")
def trained_features(trained: Engine, image: npt.NDArray[np.float32]) -> Features:
    return trained.encode(image, SPACING_MM)


@pytest.fixture
def session(trained: Engine, trained_features: Features) -> Session:
    """Two labels, computed to their end."""
    session = trained.session(trained_features, num_labels=2)
    session.add(FIRST)
    _finish(session)
    assert (session.labels == 1).sum() > 50
    return session


def _finish(session: Session) -> None:
    for _ in session.propagate():
        pass


def _with_block(labels: Labels) -> Labels:
    """Label 1 in a block, and nowhere else on its slices."""
    new = labels.copy()
    new[BLOCK[0]][new[BLOCK[0]] == 1] = 0
    new[BLOCK] = 1
    return new


def _redraw(session: Session, change: Callable[[Labels], Labels]) -> list[int]:
    session.add(Prompt.redraw())
    _finish(session)
    return [result.z for result in session.redraw(change(session.labels), "interpolated")]


def test_what_is_drawn_is_shown_exactly_on_the_slices_that_change_and_nothing_else_moves(session: Session) -> None:
    before = session.labels
    wanted = _with_block(before)
    changed = _redraw(session, lambda labels: wanted)
    assert changed == np.flatnonzero((wanted != before).any((1, 2))).tolist() == [4, 5, 6, 7, 8]
    assert (session.labels == wanted).all()
    assert not session.redraw_due
    assert session.remaining == 0


def test_a_redrawing_waits_until_all_before_it_is_done(trained: Engine, trained_features: Features) -> None:
    whole = trained.session(trained_features, num_labels=2)
    whole.add(FIRST)
    _finish(whole)
    hurried = trained.session(trained_features, num_labels=2)
    for edit in (FIRST, Prompt.redraw(), SECOND):
        hurried.add(edit)
    assert not hurried.redraw_due
    with pytest.raises(ValueError, match="No redrawing is due"):
        hurried.redraw(whole.labels, "painted")
    _finish(hurried)
    assert hurried.redraw_due
    assert (hurried.labels == whole.labels).all()
    hurried.redraw(_with_block(hurried.labels), "painted")
    _finish(hurried)
    assert (hurried.labels == 2).any()


def test_a_front_of_another_label_leaves_what_was_drawn(session: Session) -> None:
    wanted = _with_block(session.labels)
    _redraw(session, lambda labels: wanted)
    session.add(SECOND)
    _finish(session)
    drawn = session.labels[4:9]
    assert ((drawn == 1) == (wanted[4:9] == 1)).all()
    assert (drawn == 2).any(), "the other label passes through all the same"


def test_a_prompt_of_the_same_label_elsewhere_leaves_what_was_drawn(session: Session) -> None:
    wanted = _with_block(session.labels)
    _redraw(session, lambda labels: wanted)
    session.add(Prompt.point(1, (11, 10, 8)))
    _finish(session)
    assert ((session.labels[4:9] == 1) == (wanted[4:9] == 1)).all()


def test_a_prompt_on_a_drawn_slice_is_obeyed_there_and_leaves_the_others(session: Session) -> None:
    wanted = _with_block(session.labels)
    _redraw(session, lambda labels: wanted)
    session.add(Prompt.point(1, (6, 10, 8)))
    _finish(session)
    assert session.labels[6, 10, 8] == 1
    others = [4, 5, 7, 8]
    assert ((session.labels[others] == 1) == (wanted[others] == 1)).all()


def test_a_voxel_claimed_for_another_label_is_given_to_it(session: Session) -> None:
    _redraw(session, _with_block)
    session.add(Prompt.point(2, (6, 17, 5)))
    _finish(session)
    assert session.labels[6, 17, 5] == 2


def test_painting_on_a_drawn_slice_adds_to_it_and_the_rest_stays(session: Session) -> None:
    wanted = _with_block(session.labels)
    _redraw(session, lambda labels: wanted)
    painted = np.full(SHAPE[1:], 255, np.uint8)
    painted[14:17, 2:5] = 0
    painted[20:22, 2:5] = 1
    session.add(Prompt.mask(6, painted))
    _finish(session)
    expected = np.where(painted == 255, wanted[6], painted)
    assert ((session.labels[6] == 1) == (expected == 1)).all()
    session.add(SECOND)
    _finish(session)
    assert ((session.labels[6] == 1) == (expected == 1)).all()


def test_what_was_painted_before_does_not_come_back_through_a_redrawing(session: Session) -> None:
    painted = np.full(SHAPE[1:], 255, np.uint8)
    painted[2:5, 12:17] = 1
    session.add(Prompt.mask(6, painted))
    _finish(session)
    assert (session.labels[6, 2:5, 12:17] == 1).all()
    wanted = _with_block(session.labels)
    _redraw(session, lambda labels: wanted)
    session.add(SECOND)
    _finish(session)
    assert not (session.labels[6, 2:5, 12:17] == 1).any()


def test_a_locked_slice_is_not_redrawn(session: Session) -> None:
    session.add(Prompt.lock(5))
    _finish(session)
    before = session.labels
    assert _redraw(session, _with_block) == [4, 6, 7, 8]
    assert (session.labels[5] == before[5]).all()


def test_another_process_goes_on_exactly_from_what_was_stored(
    session: Session, trained: Engine, trained_features: Features
) -> None:
    _redraw(session, _with_block)
    stored = {z: session.state(z) for z in range(SHAPE[0])}
    said = [[FIRST], [Prompt.redraw()]]
    progress = json.loads(json.dumps(session.progress()))
    resumed = trained.session(trained_features, num_labels=2, edits=said, slices=stored.get, progress=progress)
    for one in (session, resumed):
        one.add(SECOND)
        _finish(one)
        one.add(Prompt.point(1, (6, 10, 8)))
        _finish(one)
    assert (resumed.labels == session.labels).all()
    assert {z: session.state(z) for z in range(SHAPE[0])} == {z: resumed.state(z) for z in range(SHAPE[0])}


def test_undo_and_redo_bring_back_what_was_there(session: Session) -> None:
    before = session.labels
    _redraw(session, _with_block)
    after = session.labels
    session.undo()
    assert (session.labels == before).all()
    session.redo()
    assert (session.labels == after).all()


def test_what_lies_behind_a_slice_on_which_a_label_was_drawn_away_stays(session: Session) -> None:
    assert (session.labels[4:7] == 1).any((1, 2)).all()

    def emptied(labels: Labels) -> Labels:
        new = labels.copy()
        new[5] = 0
        return new

    _redraw(session, emptied)
    session.add(SECOND)
    _finish(session)
    assert [bool((session.labels[z] == 1).any()) for z in (4, 5, 6)] == [True, False, True]


def test_where_labels_were_prompted_or_drawn_is_told_but_not_where_they_were_filled_in(session: Session) -> None:
    assert session.said() == {1: [6]}
    session.add(Prompt.redraw())
    _finish(session)
    session.redraw(_with_block(session.labels), "interpolated")
    assert session.said() == {1: [6]}
    session.add(Prompt.redraw())
    new = session.labels
    new[4, 0, 0] = 1
    session.redraw(new, "painted")
    assert session.said() == {1: [4, 6]}


def test_new_labels_that_do_not_fit_the_volume_are_refused(session: Session) -> None:
    session.add(Prompt.redraw())
    _finish(session)
    with pytest.raises(ValueError, match="The new labels are"):
        session.redraw(session.labels[1:], "painted")
    with pytest.raises(ValueError, match="by itself"):
        session.add([Prompt.redraw(), FIRST])
