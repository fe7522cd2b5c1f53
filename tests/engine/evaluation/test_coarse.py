import numpy as np
import pytest

from segmentation_engine.evaluation.coarse import coarse_image, coarse_seeds, fine_values, strides_for
from segmentation_engine.evaluation.seeds import UNKNOWN


def test_the_finest_axes_give_way_first() -> None:
    assert strides_for((10, 100, 100), (10.0, 1.0, 1.0), 100_000) == (1, 1, 1)
    assert strides_for((10, 100, 100), (10.0, 1.0, 1.0), 25_000) == (1, 2, 2)
    assert strides_for((10, 100, 100), (10.0, 1.0, 2.0), 50_000) == (1, 2, 1)


def test_a_block_has_the_mean_of_its_voxels_and_the_last_one_repeats_the_rim() -> None:
    image = np.array([[[1, 3, 8]]], np.float32)
    assert coarse_image(image, (1, 1, 2)).tolist() == [[[2, 8]]]


def test_a_block_is_seeded_by_any_voxel_and_labels_win_over_background() -> None:
    seeds = np.array([[[UNKNOWN, 0, 2, 0, UNKNOWN]]], np.int16)
    assert coarse_seeds(seeds, (1, 1, 2)).tolist() == [[[0, 2, UNKNOWN]]]


def test_values_come_back_linearly_between_the_centres_of_blocks() -> None:
    values = np.array([[[0.0, 1.0]]], np.float32)
    assert fine_values(values, (1, 1, 4), (1, 1, 2))[0, 0].tolist() == pytest.approx([0, 0.25, 0.75, 1])


def test_a_stride_of_one_changes_nothing() -> None:
    image = np.random.default_rng(0).random((2, 3, 4), np.float32)
    assert np.allclose(fine_values(coarse_image(image, (1, 1, 1)), image.shape, (1, 1, 1)), image)
