"""Locked labels and slices stay, whatever is said; locks are edits among the others."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation_engine import Engine, Features, Prompt, Session, SliceResult
from segmentation_engine.locking import locked_labels, spared

SQUARE = np.ones((4, 5), bool)


@pytest.fixture
def session(engine: Engine, features: Features) -> Session:
    session = engine.session(features, num_labels=2)
    session.add(Prompt.point(1, (5, 9, 8)))
    finished(session)
    return session


def finished(session: Session) -> list[SliceResult]:
    return list(session.propagate())


def test_no_voxel_of_a_locked_label_is_lost_or_gained_by_hand() -> None:
    before = np.array([[1, 1, 2, 2, 0, 0]], np.uint8)
    after = np.array([[1, 2, 1, 2, 1, 2]], np.uint8)
    assert spared(before, after, [1]).tolist() == [[1, 1, 2, 2, 0, 2]]
    assert spared(before, after, []).tolist() == after.tolist()


def test_the_last_word_on_a_label_counts() -> None:
    said = [(Prompt.lock_label(1),), (Prompt.lock_label(2),), (Prompt.lock_label(1, False),)]
    assert [locked_labels(said[:count]) for count in range(4)] == [(), (1,), (1, 2), (2,)]


def test_a_locked_label_stays_when_another_is_prompted_and_painted_on_it(session: Session) -> None:
    held = session.labels == 1
    assert held.any()
    session.add(Prompt.lock_label(1))
    session.add(Prompt.point(2, (5, 9, 8)))
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    finished(session)
    np.testing.assert_array_equal(session.labels == 1, held)


def test_a_locked_label_gains_nothing_and_an_unlocked_one_does(session: Session) -> None:
    held = session.labels == 1
    session.add(Prompt.stroke(5, 0, (8, 6), SQUARE))
    session.add(Prompt.lock_label(1))
    session.add(Prompt.stroke(5, 1, (8, 6), SQUARE))
    finished(session)
    assert not (session.labels[5, 8:12, 6:11] == 1).any()
    session.add(Prompt.lock_label(1, False))
    session.add(Prompt.stroke(5, 1, (8, 6), SQUARE))
    finished(session)
    assert (session.labels[5, 8:12, 6:11] == 1).all()
    assert held.any()


def test_a_locked_slice_stays_when_it_is_prompted_and_painted(session: Session) -> None:
    before = session.labels[5]
    session.add(Prompt.lock(5))
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    session.add(Prompt.point(2, (5, 18, 14)))
    finished(session)
    np.testing.assert_array_equal(session.labels[5], before)
    session.add(Prompt.lock(5, False))
    finished(session)
    session.add(Prompt.stroke(5, 2, (8, 6), SQUARE))
    finished(session)
    assert (session.labels[5, 8:12, 6:11] == 2).all()


def test_it_does_not_matter_when_a_lock_is_said(engine: Engine, features: Features) -> None:
    said = [Prompt.point(1, (5, 9, 8)), Prompt.lock_label(1), Prompt.point(2, (5, 9, 8)), Prompt.point(1, (9, 9, 8))]
    one_by_one, at_once = (engine.session(features, num_labels=2) for _ in range(2))
    for prompt in said:
        one_by_one.add(prompt)
        finished(one_by_one)
        at_once.add(prompt)
    finished(at_once)
    np.testing.assert_array_equal(one_by_one.labels, at_once.labels)


def test_a_lock_of_a_label_is_an_edit_by_itself(session: Session) -> None:
    with pytest.raises(ValueError, match="by itself"):
        session.add([Prompt.lock_label(1), Prompt.point(1, (5, 9, 8))])
