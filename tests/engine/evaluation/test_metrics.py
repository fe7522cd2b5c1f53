import numpy as np
import pytest

from segmentation_engine.evaluation.metrics import bootstrap_interval, dice, hausdorff95, surface_dice, tolerance


def block(start: int, stop: int) -> np.ndarray:
    mask = np.zeros((5, 8, 20), bool)
    mask[1:4, 2:6, start:stop] = True
    return mask


def test_dice_of_half_overlapping_blocks_is_a_half() -> None:
    assert dice(block(2, 6), block(4, 8)) == pytest.approx(0.5)


def test_dice_of_two_empty_masks_is_one_and_of_one_empty_mask_is_zero() -> None:
    empty = np.zeros((5, 8, 20), bool)
    assert dice(empty, empty) == 1.0
    assert dice(block(2, 6), empty) == 0.0
    assert surface_dice(block(2, 6), empty, (1, 1, 1), 2.0) == 0.0
    assert np.isnan(hausdorff95(block(2, 6), empty, (1, 1, 1)))


def test_a_shift_by_two_voxels_of_three_millimetres_is_six_millimetres_off() -> None:
    assert hausdorff95(block(2, 6), block(4, 8), (1, 1, 3)) == pytest.approx(6.0)


def test_surface_dice_forgives_what_is_within_the_tolerance_and_only_that() -> None:
    line, shifted = np.zeros((1, 1, 20), bool), np.zeros((1, 1, 20), bool)
    line[0, 0, 4:8], shifted[0, 0, 6:10] = True, True  # thin: every voxel is border; 2 of 4 are shared on each side
    assert surface_dice(line, shifted, (1, 1, 1), 0.5) == pytest.approx(4 / 8)
    assert surface_dice(line, shifted, (1, 1, 1), 1.0) == pytest.approx(6 / 8)
    assert surface_dice(line, shifted, (1, 1, 1), 2.0) == pytest.approx(1.0)


def test_the_tolerance_is_two_millimetres_or_a_coarser_voxel_of_the_plane() -> None:
    assert tolerance((10, 1.5, 1.5)) == 2.0
    assert tolerance((1, 3.0, 3.0)) == 3.0


def test_the_bootstrap_interval_holds_the_mean_and_narrows_with_more_cases() -> None:
    few, many = bootstrap_interval([0.2, 0.8, 0.5]), bootstrap_interval([0.2, 0.8, 0.5] * 30)
    assert few[0] < 0.5 < few[1]
    assert many[1] - many[0] < few[1] - few[0]
