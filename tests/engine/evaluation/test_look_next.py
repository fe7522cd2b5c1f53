"""Which slice is next, worked by hand, and the whole script on a case of blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentation_engine.engine import load_engine
from segmentation_engine.evaluation import look_next
from segmentation_engine.evaluation.cases import Case
from tests.engine.evaluation.blocks import bright_blocks


def volume(*slices: int) -> np.ndarray:
    labels = np.zeros((9, 4, 4), np.uint8)
    labels[list(slices), 1:3, 1:3] = 1
    return labels


def test_the_least_sure_slice_is_the_one_with_the_least_sure_label_not_yet_looked_at() -> None:
    confidence = {2: {1: 0.9, 2: 0.3}, 3: {1: 0.4}, 4: {1: 0.2}, 5: {}}
    assert look_next.least_sure(confidence, {4}) == 2
    assert look_next.least_sure(confidence, {4, 2}) == 3
    assert look_next.least_sure(confidence, {2, 3, 4}) is None


def test_doubt_counts_more_far_from_what_was_looked_at() -> None:
    confidence = {1: {1: 0.1}, 2: {1: 0.5, 2: 0.9}, 5: {1: 0.8}, 6: {1: 0.6}, 7: {}}
    assert look_next.unsure_and_far(confidence, {2}) == 6  # 0.9, 0, 0.6, 1.6
    assert look_next.unsure_and_far(confidence, {2, 6}) == 1
    assert look_next.unsure_and_far(confidence, {1, 2, 5, 6}) is None


def test_even_looks_halve_the_longest_stretch_of_labelled_slices() -> None:
    labels = volume(1, 2, 3, 4, 5, 6, 7)
    assert look_next.evenly_spaced(labels, {2}) == 5
    assert look_next.evenly_spaced(labels, {2, 5}) == 3
    assert look_next.evenly_spaced(labels, set(range(1, 8))) is None
    assert look_next.evenly_spaced(volume(), set()) is None


def test_the_most_wrong_slice_has_most_wrong_voxels() -> None:
    truth, found = volume(1, 2, 3), volume(1, 2, 3)
    assert look_next.most_wrong(truth, found) is None
    found[2, 1, 1], found[3, 1, 1:3] = 0, 0
    assert look_next.most_wrong(truth, found) == 3


def test_a_look_at_a_slice_says_one_point_a_label_that_is_wrong_there_and_only_there() -> None:
    truth, found = volume(1, 2, 3), volume(2, 3)
    case = Case("made", "one", np.zeros(truth.shape, np.float32), truth, (1.0, 1.0, 1.0), None)
    (missed,) = look_next.points_on(1, truth, found, case)
    assert missed.positive
    assert missed.slices == (1,)
    assert truth[tuple(missed.voxels[0])] == 1
    assert look_next.points_on(2, truth, found, case) == []
    (surplus,) = look_next.points_on(1, found, truth, case)
    assert not surplus.positive


def test_an_error_is_noticed_by_its_largest_piece() -> None:
    truth = np.ones((10, 10), bool)
    specks, piece = truth.copy(), truth.copy()
    specks[::3, ::3], piece[:2, :5] = False, False
    assert not look_next.noticeable(truth, specks)
    assert look_next.noticeable(truth, piece)
    assert not look_next.noticeable(truth, truth)


def test_all_ways_start_from_the_same_points_and_the_table_holds_every_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_next, "case_names", lambda *_: ["blocks"])
    monkeypatch.setattr(look_next, "load_case", lambda *_: bright_blocks())
    given = look_next.arguments(["--out", str(tmp_path), "--sets", "hippocampus", "--looks", "2"])
    played = look_next.measure(given, load_engine(), tmp_path)
    first = [look for look in played if look.number == 0]
    assert len(first) == 4
    assert len({(look.points, look.dice) for look in first}) == 1
    table = (tmp_path / "look_next.md").read_text()
    assert all(
        f"| {way} | {first[0].dice:.3f} " in table
        for way in ("least sure", "unsure and far", "evenly spaced", "most wrong")
    )
