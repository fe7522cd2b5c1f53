import torch
from torch import Tensor

from segmentation_engine.model.along_image import Seeds, along_image, largest_of_others, seeds

CELLS = 16


def empty() -> Tensor:
    return torch.zeros(1, 1, CELLS, CELLS)


def block(first: int, last: int) -> Tensor:
    """A square of ones, `first` to `last` inclusive on both axes."""
    maps = empty()
    maps[..., first : last + 1, first : last + 1] = 1
    return maps


def at(row: int, column: int) -> Tensor:
    maps = empty()
    maps[..., row, column] = 1
    return maps


KNOWN = torch.ones(1, 1, 1, 1)


def test_the_neighbours_mask_is_inside_but_for_its_rim_and_outside_beyond_three_cells() -> None:
    found = seeds(empty(), empty(), block(5, 10), KNOWN)
    assert torch.equal(found.inside, block(6, 9))
    assert torch.equal(found.outside, 1 - block(2, 13))
    assert not found.contradicted.any()


def test_a_point_within_the_neighbours_mask_contradicts_nothing() -> None:
    found = seeds(at(7, 7), empty(), block(5, 10), KNOWN)
    assert torch.equal(found.outside, 1 - block(2, 13))
    assert not found.contradicted.any()


def test_a_point_on_what_the_neighbours_mask_left_out_takes_its_outside_away() -> None:
    found = seeds(at(14, 14), empty(), block(5, 10), KNOWN)
    assert found.contradicted.tolist() == [[True]]
    assert not found.outside.any()
    assert torch.equal(found.inside, torch.maximum(block(6, 9), at(14, 14)))


def test_a_negative_point_within_the_neighbours_mask_makes_its_core_one_cell_smaller() -> None:
    found = seeds(empty(), at(10, 10), block(5, 10), KNOWN)
    assert found.contradicted.tolist() == [[True]]
    assert torch.equal(found.inside, block(7, 8))
    assert torch.equal(found.outside, torch.maximum(1 - block(2, 13), at(10, 10)))


def test_only_the_label_that_a_prompt_speaks_of_is_doubted() -> None:
    positive = torch.cat([at(14, 14), empty()], 1)
    prior = torch.cat([block(2, 5), block(8, 12)], 1)
    found = seeds(positive, torch.zeros_like(positive), prior, torch.ones(1, 2, 1, 1))
    assert found.contradicted.tolist() == [[True, False]]
    assert not found.outside[0, 0].any()
    assert found.outside[0, 1].any()


def test_without_a_neighbour_there_is_nothing_to_contradict() -> None:
    found = seeds(at(7, 7), at(3, 3), empty(), torch.zeros(1, 1, 1, 1))
    assert not found.contradicted.any()
    assert torch.equal(found.inside, at(7, 7))
    assert torch.equal(found.outside, at(3, 3))


def test_the_nearer_seed_along_the_image_wins_and_a_step_in_grey_keeps_it_from_going_on() -> None:
    image = empty()
    image[..., 8:] = 1.0
    found = Seeds(at(7, 7), at(7, 13), torch.zeros(1, 1, dtype=torch.bool))
    nearer = along_image(found, found.inside, image).nearer[0, 0]
    assert (nearer[7, 4:8] > 0).all(), "at most 3 cells from the point and 4 from the frame"
    assert (nearer[7, 1:4] < 0).all(), "nearer to the frame"
    assert (nearer[:, 8:] < 0).all(), "beyond the step, even right beside the point"


def test_of_the_other_labels_the_largest_counts() -> None:
    values = torch.tensor([3.0, 5.0, 4.0]).reshape(1, 3, 1, 1)
    assert largest_of_others(values).flatten().tolist() == [5.0, 4.0, 5.0]
    assert largest_of_others(values[:, :1]).flatten().tolist() == [0.0]
