import torch

from segmentation_engine.model.presence import dice_optimal_shift


def test_where_a_dice_of_eight_tenths_is_expected_pixels_from_four_tenths_on_are_taken() -> None:
    shift = dice_optimal_shift(torch.logit(torch.tensor([[0.8]])), torch.tensor([[False]]))
    least = torch.logit(torch.tensor([[0.4]])) + shift
    assert torch.allclose(least, torch.zeros(1, 1), atol=1e-6), "a pixel of probability 0.4 stands on the border"


def test_what_the_neighbour_knows_is_cut_at_one_half() -> None:
    shift = dice_optimal_shift(torch.zeros(1, 2), torch.tensor([[True, False]]))
    assert shift[0, 0] == 0
    assert shift[0, 1] > 0


def test_a_hopeless_mask_does_not_flood_the_slice() -> None:
    shift = dice_optimal_shift(torch.full((1, 1), -50.0), torch.tensor([[False]]))
    assert torch.allclose(shift, -torch.logit(torch.tensor([[0.05]])))
