import numpy as np
import pytest

from segmentation_engine.training.data.prepare import split_into_parts
from segmentation_engine.training.data.visibility import separability, with_visibility


def square() -> np.ndarray:
    labels = np.zeros((1, 12, 12), np.int32)
    labels[0, 4:8, 4:8] = 1
    return labels


def test_values_that_a_threshold_parts_are_fully_separable_and_equal_ones_not_at_all() -> None:
    assert separability(np.array([3.0, 4.0]), np.array([1.0, 2.0])) == 1.0
    assert separability(np.array([1.0, 2.0]), np.array([3.0, 4.0])) == 1.0
    assert separability(np.array([1.0, 1.0]), np.array([1.0])) == 0.0


def test_of_four_pairs_three_in_order_and_one_not_is_a_half() -> None:
    assert separability(np.array([2.0, 4.0]), np.array([1.0, 3.0])) == pytest.approx(0.5)


def test_a_bright_square_on_a_dark_ground_is_visible_and_one_of_the_same_grey_is_not() -> None:
    labels = square()
    parts, table = split_into_parts(labels)
    assert with_visibility(table, parts, labels.astype(np.float32))[0].visibility == 1.0
    assert with_visibility(table, parts, np.zeros(labels.shape, np.float32))[0].visibility == 0.0


def test_what_lies_far_from_the_edge_does_not_count() -> None:
    labels = square()
    parts, table = split_into_parts(labels)
    image = np.zeros(labels.shape, np.float32)
    image[0, 0] = image[0, 11] = 5.0
    assert with_visibility(table, parts, image)[0].visibility == 0.0


def test_a_structure_without_any_surroundings_counts_as_visible() -> None:
    assert separability(np.array([1.0]), np.array([])) == 1.0
