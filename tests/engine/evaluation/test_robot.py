import numpy as np
import pytest

from segmentation_engine.evaluation.robot import Hand, chosen_labels, correction_round, deepest, first_round
from segmentation_engine.prompts import Prompt
from tests.engine.evaluation.blocks import SPACING, two_blocks

JITTERED = Hand("jittered", seed=0, case="made/blocks")


def at(prompt: Prompt) -> tuple[int, ...]:
    return tuple(int(v) for v in prompt.voxels[0])


def test_the_first_point_is_the_deepest_of_the_largest_slice() -> None:
    prompts = first_round(two_blocks(), [1, 2], SPACING)
    assert at(prompts[0]) == (3, 6, 6)
    assert at(prompts[1]) == (2, 17, 16)
    assert all(prompt.positive for prompt in prompts)


def test_an_object_at_the_rim_of_the_volume_is_not_deepest_at_the_rim() -> None:
    mask = np.zeros((9, 9), bool)
    mask[:, :5] = True
    assert deepest(mask, (1.0, 1.0))[1] == 2


def test_a_missed_part_gets_a_positive_point_inside_it() -> None:
    truth = two_blocks()
    found = np.where(truth == 1, 0, truth).astype(np.uint8)
    (prompt,) = correction_round(truth, found, [1, 2], SPACING)
    assert prompt.labels == (1,)
    assert prompt.positive
    assert truth[at(prompt)] == 1


def test_too_much_gets_the_label_that_belongs_there_or_a_negative_point_on_background() -> None:
    truth = two_blocks()
    swallowed = np.where(truth == 2, 1, truth).astype(np.uint8)
    (prompt,) = correction_round(truth, swallowed, [1], SPACING)
    assert (prompt.labels, prompt.positive) == ((2,), True)
    leaked = truth.copy()
    leaked[7, 10:20, 2:8] = 1
    (prompt,) = correction_round(truth, leaked, [1], SPACING)
    assert (prompt.labels, prompt.positive) == ((1,), False)
    assert truth[at(prompt)] == 0


def test_what_is_right_gets_no_point() -> None:
    assert correction_round(two_blocks(), two_blocks(), [1, 2], SPACING) == []


def test_at_most_four_labels_of_two_hundred_voxels_are_played_and_always_the_same() -> None:
    truth = np.zeros((8, 10, 100), np.uint8)
    for label in range(1, 8):
        truth[:, :5, 10 * label : 10 * label + 5] = label
    truth[0, 9, :50] = 9
    chosen = chosen_labels(truth, seed=3)
    assert len(chosen) == 4
    assert 9 not in chosen
    assert chosen == chosen_labels(truth, seed=3)


def test_the_largest_error_is_that_of_most_voxels_and_its_depth_is_in_millimetres() -> None:
    truth = np.zeros((9, 20, 20), np.uint8)
    truth[0:9, 2:5, 2:5] = 1  # 81 voxels, 3 wide
    truth[4, 10:18, 10:18] = 1  # 64 voxels, one thick slice
    (prompt,) = correction_round(truth, np.zeros_like(truth), [1], (1.0, 1.0, 1.0))
    assert at(prompt)[1:] == (3, 3)
    wide = np.zeros((3, 9, 9), bool)
    wide[:, 3:8, 1:8] = True
    assert deepest(wide, (0.1, 1.0, 1.0))[0] == 1
    assert deepest(wide, (10.0, 1.0, 1.0))[1:] == (5, 3)  # slices are far apart: only the plane counts


def test_where_two_labels_are_wrong_at_one_place_one_point_says_it_for_both() -> None:
    truth = two_blocks()
    swallowed = np.where(truth == 2, 1, truth).astype(np.uint8)
    (prompt,) = correction_round(truth, swallowed, [1, 2], SPACING)
    assert (prompt.labels, prompt.positive) == ((2,), True)


def test_a_jittered_first_point_lies_deep_in_a_large_slice_but_not_always_at_the_same_place() -> None:
    truth = two_blocks()
    points = {JITTERED.first_point(truth == 2, label, SPACING) for label in range(40)}
    assert len(points) > 15
    assert all(truth[point] == 2 for point in points)
    assert {z for z, _, _ in points} == {2, 3, 4, 5, 6}
    # 7 x 7 pixels: the greatest depth is 4 px, so that a point is at least 2 px deep.
    assert all(15 <= y <= 19 and 14 <= x <= 18 for _, y, x in points)


def test_a_jittered_correction_scatters_around_the_deepest_place_within_the_error() -> None:
    error = np.zeros((21, 41, 41), bool)
    error[2:19, 12:29, 12:29] = True
    points = np.array([JITTERED.correction_point(error, 2, label, (1.0, 1.0, 1.0)) for label in range(300)])
    assert error[tuple(points.T)].all()
    assert points.mean(axis=0) == pytest.approx([10, 20, 20], abs=0.8)
    assert points.std(axis=0) == pytest.approx([3, 3, 3], abs=0.6)


def test_an_error_of_one_voxel_is_hit_by_any_hand() -> None:
    error = np.ones((1, 1, 1), bool)
    assert JITTERED.correction_point(error, 2, 1, (50.0, 50.0, 50.0)) == (0, 0, 0)


def test_the_same_state_gets_the_same_jittered_point_and_another_case_or_seed_another_one() -> None:
    truth = two_blocks()
    hands = [JITTERED, JITTERED, Hand("jittered", 1, "made/blocks"), Hand("jittered", 0, "made/others")]
    said = [[at(p) for p in first_round(truth, [1, 2], SPACING, hand)] for hand in hands]
    assert said[0] == said[1]
    assert said[0] != said[2]
    assert said[0] != said[3]
