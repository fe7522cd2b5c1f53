"""What a list of edits means, whatever the order and the interruptions in which it is computed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segmentation_engine import Engine, Features, Prompt, Session, SliceResult, load_engine, propagation
from segmentation_engine.decoding import ENDED_AFTER_SLICES
from tests.engine.conftest import SHAPE, SPACING_MM

LABELS = 3
# Of the labelled voxels, at most this share may differ from recomputing everything after each edit.
STATED_TOLERANCE = 0.03
FEW = settings(max_examples=6, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])

Edit = list[Prompt]
Labels = npt.NDArray[np.uint8]

voxels = st.tuples(*(st.integers(0, extent - 1) for extent in SHAPE))
points = st.builds(Prompt.point, st.integers(1, LABELS), voxels, st.sampled_from([True, True, True, False]))
edits = st.lists(st.lists(points, min_size=1, max_size=2), min_size=1, max_size=4)
cuts = st.lists(st.integers(0, 9), max_size=12)
wishes = st.lists(st.one_of(st.none(), st.integers(0, SHAPE[0] - 1)), min_size=4, max_size=4)


def finished(session: Session, first: int | None = None) -> list[SliceResult]:
    return list(session.propagate(first=first))


def after_each(session: Session, said: Sequence[Edit], firsts: Sequence[int | None] = (None,) * 9) -> Labels:
    """The labels when every edit is carried out to its end before the next one."""
    for edit, first in zip(said, firsts, strict=False):
        session.add(edit)
        finished(session, first)
    return session.labels


@pytest.fixture(scope="module")
def trained() -> Engine:
    """The bundled weights: that states settle is learned, random ones never do."""
    return load_engine()


@pytest.fixture(scope="module")
def trained_features(trained: Engine, image: npt.NDArray[np.float32]) -> Features:
    return trained.encode(image, SPACING_MM)


@settings(FEW, max_examples=4)
@given(said=edits)
def test_a_ripple_that_stops_early_equals_recomputing_everything(
    trained: Engine, trained_features: Features, said: list[Edit]
) -> None:
    rippled = after_each(trained.session(trained_features, LABELS), said)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(propagation, "PRIOR_TOLERANCE", 0.0)
        patch.setattr(propagation, "CENTROID_TOLERANCE", 0.0)
        everything = after_each(trained.session(trained_features, LABELS), said)
    labelled = int(np.count_nonzero(everything | rippled))
    assert np.count_nonzero(rippled != everything) <= max(10, STATED_TOLERANCE * labelled)


@FEW
@given(said=edits, firsts=wishes)
def test_what_is_wanted_first_never_changes_the_result(
    engine: Engine, features: Features, said: list[Edit], firsts: list[int | None]
) -> None:
    expected = after_each(engine.session(features, LABELS), said)
    assert np.array_equal(after_each(engine.session(features, LABELS), said, firsts), expected)


@FEW
@given(said=edits, stops=cuts)
def test_closing_the_generator_at_any_slice_and_going_on_changes_nothing(
    engine: Engine, features: Features, said: list[Edit], stops: list[int]
) -> None:
    whole, broken = engine.session(features, LABELS), engine.session(features, LABELS)
    for edit in said:
        whole.add(edit)
        broken.add(edit)
        expected = [result.state for result in finished(whole)]
        given_so_far = []
        for stop in stops:
            results = broken.propagate()
            given_so_far += [result.state for result in itertools.islice(results, stop)]
            results.close()
        given_so_far += [result.state for result in finished(broken)]
        assert sorted(given_so_far) == sorted(expected)
    assert np.array_equal(broken.labels, whole.labels)


class Stored:
    """What a database keeps of a session: the newest bytes of each slice, and the progress as JSON."""

    def __init__(self) -> None:
        self.slices: dict[int, bytes] = {}
        self.progress = "null"

    def save(self, session: Session, results: Iterator[SliceResult]) -> None:
        for result in results:
            self.slices[result.z] = result.state
            self.progress = json.dumps(session.progress())

    def resumed(self, engine: Engine, features: Features, said: Sequence[Edit]) -> Session:
        progress = json.loads(self.progress)
        return engine.session(features, LABELS, edits=said, slices=self.slices.get, progress=progress)


@FEW
@given(said=edits, stops=cuts)
def test_a_session_resumed_from_stored_slices_is_identical_to_one_that_never_stopped(
    engine: Engine, features: Features, said: list[Edit], stops: list[int]
) -> None:
    whole = engine.session(features, LABELS)
    stored = Stored()
    for count in range(1, len(said) + 1):
        whole.add(said[count - 1])
        finished(whole)
        for stop in stops:
            session = stored.resumed(engine, features, said[:count])
            stored.save(session, itertools.islice(session.propagate(), stop))
        session = stored.resumed(engine, features, said[:count])
        stored.save(session, session.propagate())
        assert np.array_equal(session.labels, whole.labels)
    expected = {z: whole.state(z) for z in range(SHAPE[0])}
    assert {z: session.state(z) for z in range(SHAPE[0])} == expected


@FEW
@given(said=edits, stops=st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_undo_and_redo_restore_every_level_exactly_without_inference(
    engine: Engine, features: Features, said: list[Edit], stops: list[int]
) -> None:
    session = engine.session(features, LABELS)
    seen = [(session.labels, session.progress())]
    for edit, stop in zip(said, stops, strict=False):
        session.add(edit)
        for _ in itertools.islice(session.propagate(), stop):
            pass
        finished(session)
        seen.append((session.labels, session.progress()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(engine._net), "decode", None)  # any inference would fail
        for labels, progress in reversed(seen[:-1]):
            session.undo()
            assert np.array_equal(session.labels, labels)
            assert session.progress() == progress
        for labels, progress in seen[1:]:
            session.redo()
            assert np.array_equal(session.labels, labels)
            assert session.progress() == progress


def test_undo_in_the_middle_of_an_edit_of_two_slices_and_redo_end_as_if_nothing_had_been(
    engine: Engine, features: Features
) -> None:
    edit = [Prompt.point(1, (3, 10, 8)), Prompt.point(1, (9, 10, 8))]
    expected = after_each(engine.session(features, LABELS), [edit])
    session = engine.session(features, LABELS)
    session.add(edit)
    next(session.propagate())
    session.undo()
    assert not session.labels.any()
    session.redo()
    finished(session)
    assert np.array_equal(session.labels, expected)


def test_undo_of_an_edit_that_waits_leaves_the_one_that_is_half_done(engine: Engine, features: Features) -> None:
    edit = [Prompt.point(1, (3, 10, 8)), Prompt.point(1, (9, 10, 8))]
    expected = after_each(engine.session(features, LABELS), [edit])
    session = engine.session(features, LABELS)
    session.add(edit)
    next(session.propagate())
    session.add(Prompt.point(2, (5, 20, 15)))
    session.undo()
    finished(session)
    assert np.array_equal(session.labels, expected)
    session.undo()
    assert not session.labels.any()


@settings(FEW, max_examples=4)
@given(said=edits)
def test_undo_in_a_resumed_session_goes_back_beyond_where_it_was_resumed(
    trained: Engine, trained_features: Features, said: list[Edit]
) -> None:
    session, stored = trained.session(trained_features, LABELS), Stored()
    expected = [session.labels]
    for edit in said:
        session.add(edit)
        stored.save(session, session.propagate())
        expected.append(session.labels)
    resumed = stored.resumed(trained, trained_features, said)
    for labels in reversed(expected[:-1]):
        resumed.undo()
        finished(resumed)
        labelled = int(np.count_nonzero(resumed.labels | labels))
        assert np.count_nonzero(resumed.labels != labels) <= max(10, STATED_TOLERANCE * labelled)
    with pytest.raises(ValueError, match="nothing to undo"):
        resumed.undo()
    for _ in said:
        resumed.redo()
    assert finished(resumed) == []
    assert np.array_equal(resumed.labels, expected[-1])


def test_redo_after_undo_beyond_the_resume_point_needs_no_inference(engine: Engine, features: Features) -> None:
    said = [[Prompt.point(1, (5, 10, 8))], [Prompt.point(2, (9, 18, 14))]]
    session, stored = engine.session(features, LABELS), Stored()
    for edit in said:
        session.add(edit)
        stored.save(session, session.propagate())
    resumed = stored.resumed(engine, features, said)
    resumed.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(engine._net), "decode", None)  # any inference would fail
        resumed.redo()
        assert finished(resumed) == []
        assert np.array_equal(resumed.labels, session.labels)


def test_there_is_nothing_to_undo_or_redo_at_first(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    with pytest.raises(ValueError, match="nothing to undo"):
        session.undo()
    with pytest.raises(ValueError, match="nothing to redo"):
        session.redo()


def test_something_new_after_undo_ends_redo(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    session.add(Prompt.point(1, (5, 10, 8)))
    session.undo()
    session.add(Prompt.point(2, (5, 10, 8)))
    with pytest.raises(ValueError, match="nothing to redo"):
        session.redo()


def test_the_prompted_slice_comes_first_and_the_wanted_direction_next(engine: Engine, features: Features) -> None:
    for first, then in ((0, 6), (13, 8)):
        session = engine.session(features, LABELS)
        session.add(Prompt.point(1, (7, 10, 8)))
        results = finished(session, first)
        assert results[0].z == 7
        assert results[0].trust == "prompted"
        assert results[1].z == then
        assert results[1].trust == "model"


def test_labels_are_complete_and_agree_with_the_slices_that_were_given(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    assert session.labels.shape == SHAPE
    given_slices = np.zeros(SHAPE, np.uint8)
    for label, voxel in ((1, (5, 10, 8)), (2, (9, 18, 14)), (3, (2, 4, 4))):
        session.add(Prompt.point(label, voxel))
        for result in finished(session):
            given_slices[result.z] = result.labels
    assert np.array_equal(session.labels, given_slices)
    assert given_slices.any()
    assert session.remaining == 0


def test_remaining_is_never_less_than_what_still_comes(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    for voxel in ((5, 10, 8), (12, 10, 8)):
        session.add([Prompt.point(1, voxel), Prompt.point(2, (6, 18, 14))])
        remaining = [session.remaining]
        for _ in session.propagate():
            remaining.append(session.remaining)
        assert all(left >= len(remaining) - 1 - done for done, left in enumerate(remaining))
        assert session.remaining == 0


def test_labels_may_be_added_later_up_to_the_last_one(engine: Engine, features: Features) -> None:
    session = engine.session(features, 1)
    session.add(Prompt.point(254, (5, 10, 8)))
    assert session.num_labels == 254
    results = finished(session)
    assert set(results[0].confidence) == {254}
    assert set(np.unique(session.labels)) <= {0, 254}


def test_a_label_that_is_only_said_not_to_be_somewhere_is_nowhere(engine: Engine, features: Features) -> None:
    session = engine.session(features, 1)
    session.add(Prompt.point(1, (5, 10, 8), positive=False))
    finished(session)
    assert not session.labels.any()


def test_a_painted_slice_is_kept_exactly_whatever_is_said_next_to_it(engine: Engine, features: Features) -> None:
    painted = np.full(SHAPE[1:], 255, np.uint8)
    painted[2:12, 3:15] = 0
    painted[4:9, 5:11] = 2
    session = engine.session(features, LABELS)
    session.add(Prompt.mask(6, painted))
    results = finished(session)
    assert results[0].trust == "painted"
    session.add(Prompt.point(1, (7, 6, 8)))
    session.add(Prompt.point(1, (5, 20, 4)))
    finished(session)
    kept = painted != 255
    assert np.array_equal(session.labels[6][kept], painted[kept])


@pytest.mark.parametrize(
    "prompt",
    [
        Prompt.scribble(1, [(4, 8, 8), (4, 9, 8), (5, 9, 9)]),
        Prompt.lasso(2, [(7, y, x) for y in range(16, 21) for x in range(12, 17)]),
        Prompt.box(1, (4, 6, 4), (8, 14, 12)),
        Prompt.box(2, (6, 15, 12), (12, 22, 13)),
    ],
    ids=["scribble", "lasso", "box", "flat box across slices"],
)
def test_prompts_of_other_kinds_reach_their_slices(engine: Engine, features: Features, prompt: Prompt) -> None:
    session = engine.session(features, LABELS)
    session.add(prompt)
    results = finished(session)
    prompted = {result.z for result in results if result.trust == "prompted"}
    assert prompted == set(prompt.slices)
    assert prompt.label in session.labels


@pytest.mark.parametrize("voxel", [(-1, 0, 0), (0, -1, 0), (SHAPE[0], 0, 0), (0, 0, SHAPE[2])])
def test_a_prompt_outside_the_volume_is_refused_and_changes_nothing(
    engine: Engine, features: Features, voxel: tuple[int, int, int]
) -> None:
    session = engine.session(features, LABELS)
    with pytest.raises(ValueError, match="outside the volume"):
        session.add([Prompt.point(1, (1, 1, 1)), Prompt.point(1, voxel)])
    assert finished(session) == []


def test_progress_that_does_not_fit_the_edits_is_refused(engine: Engine, features: Features) -> None:
    with pytest.raises(ValueError, match="ahead of the prompts"):
        engine.session(features, LABELS, progress={"applied": 1, "anchoring": [], "fronts": []})
    with pytest.raises(ValueError, match="damaged"):
        engine.session(features, LABELS, progress={"applied": 0})


def test_a_damaged_stored_slice_is_refused(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS, slices=lambda z: b"\x01nonsense")
    session.add(Prompt.point(1, (5, 10, 8)))
    with pytest.raises(ValueError, match="stored slice"):
        finished(session)


def test_the_number_of_threads_changes_nothing(trained: Engine, trained_features: Features) -> None:
    said = [[Prompt.point(1, (5, 10, 8)), Prompt.point(2, (9, 18, 14))], [Prompt.point(1, (8, 12, 9))]]
    states = []
    before = torch.get_num_threads()
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        session = trained.session(trained_features, LABELS)
        after_each(session, said)
        states.append([session.state(z) for z in range(SHAPE[0])])
    torch.set_num_threads(before)
    assert states[0] == states[1] == states[2]


def test_a_label_that_the_user_lets_end_is_carried_no_further(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    session.add(Prompt.point(1, (6, 12, 10)))
    finished(session)
    assert (session.labels[9:] == 1).any()
    session.add(Prompt.end(1, 8, towards=1))
    finished(session)
    ended = session.labels
    assert (ended[8] == 1).any()
    assert not (ended[9:] == 1).any()
    session.undo()
    finished(session)
    assert (session.labels[9:] == 1).any()


def test_an_end_holds_for_passes_of_both_directions_and_for_later_edits(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    session.add(Prompt.end(1, 8, towards=1))
    session.add(Prompt.point(1, (11, 12, 10)))
    finished(session)
    assert (session.labels[11] == 1).any()
    assert not (session.labels[:9] == 1).any()
    session.add(Prompt.point(2, (6, 12, 10)))
    finished(session)
    assert (session.labels[9:] == 2).any()
    assert not (session.labels[:9] == 1).any()


def test_a_label_ends_up_or_down() -> None:
    with pytest.raises(ValueError, match="higher"):
        Prompt.end(1, 3, towards=0)


def test_a_locked_slice_stays_as_it_is_until_it_is_unlocked(engine: Engine, features: Features) -> None:
    session, free = engine.session(features, LABELS), engine.session(features, LABELS)
    first, second = [Prompt.point(1, (6, 12, 10))], [Prompt.mask(6, np.zeros(SHAPE[1:], np.uint8))]
    after_each(session, [first])
    kept = session.labels[7].copy()
    after_each(session, [[Prompt.lock(7)], second])
    assert np.array_equal(session.labels[7], kept)
    assert kept.any()
    assert not session.labels[5].any()
    after_each(session, [[Prompt.lock(7, locked=False)]])
    unlocked, never_locked = session.labels[7], after_each(free, [first, second])[7]
    assert not np.array_equal(never_locked, kept)
    assert (unlocked != never_locked).mean() < STATED_TOLERANCE


def test_a_label_that_is_painted_over_wholly_is_carried_no_further(engine: Engine, features: Features) -> None:
    session = engine.session(features, LABELS)
    session.add(Prompt.point(1, (6, 12, 10)))
    finished(session)
    assert (session.labels[9] == 1).any()
    session.add(Prompt.mask(9, np.zeros(SHAPE[1:], np.uint8)))
    finished(session)
    assert not (session.labels[9:] == 1).any()
    assert (session.labels[8] == 1).any()


def test_a_pass_ends_with_its_object_not_with_the_volume(trained: Engine) -> None:
    image = np.random.default_rng(0).normal(0, 10, (60, 64, 64)).astype(np.float32)
    image[26:34, 20:44, 20:44] += 400
    session = trained.session(trained.encode(image, (2.0, 1.0, 1.0)), 1)
    session.add(Prompt.point(1, (30, 32, 32)))
    results = finished(session)
    shown = np.flatnonzero((session.labels == 1).any(axis=(1, 2)))
    assert 30 in shown
    first, last = min(result.z for result in results), max(result.z for result in results)
    assert shown.min() - first < ENDED_AFTER_SLICES
    assert last - shown.max() < ENDED_AFTER_SLICES
