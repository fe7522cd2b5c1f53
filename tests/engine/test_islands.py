import numpy as np
import torch

from segmentation_engine.islands import REFUSED, islands, support, without_islands
from segmentation_engine.model import Carried, Guidance

CELLS = 4


def two_pieces() -> np.ndarray:
    mask = np.zeros((16, 16), bool)
    mask[1:4, 1:4] = mask[10:13, 10:13] = True
    return mask


def nothing() -> np.ndarray:
    return np.zeros((16, 16), bool)


def test_a_piece_that_nothing_speaks_for_is_an_island() -> None:
    touched = nothing()
    touched[2, 2] = True
    alone = islands(two_pieces(), touched)
    assert alone.sum() == 9
    assert alone[10:13, 10:13].all()


def test_several_pieces_stay_where_each_is_spoken_for() -> None:
    touched = nothing()
    touched[2, 2] = touched[11, 11] = True
    assert not islands(two_pieces(), touched).any()


def test_if_nothing_speaks_for_any_piece_all_of_them_stay() -> None:
    touched = nothing()
    touched[6, 6] = True
    assert not islands(two_pieces(), touched).any()


def test_the_scores_refuse_an_islands_label_and_leave_the_rest_as_it_was() -> None:
    logits = torch.zeros(2, 16, 16)
    logits[1] = torch.from_numpy(np.where(two_pieces(), 5.0, -5.0))
    touched = torch.from_numpy(nothing())[None].clone()
    touched[0, 2, 2] = True
    kept = without_islands(logits, (logits[1] > 0).long(), touched)
    assert (kept[1, 10:13, 10:13] == REFUSED).all()
    kept[1, 10:13, 10:13] = logits[1, 10:13, 10:13]
    assert torch.equal(kept, logits)


def test_a_label_is_supported_at_its_prompt_and_around_the_neighbours_mask_if_it_is_known() -> None:
    yes = torch.ones(1, 2, dtype=torch.bool)
    none, memory = torch.zeros(1, 2), torch.zeros(1, 2, 2, 8)
    positive, prior = torch.zeros(1, 2, CELLS, CELLS), torch.zeros(1, 2, CELLS, CELLS)
    positive[0, 0, 0, 0] = 1.0
    prior[0, :, 3, 3] = 0.9
    known = torch.tensor([[False, True]])
    guidance = Guidance(yes, torch.full((1, 2), -1), positive, torch.zeros_like(positive), yes)
    found = support(guidance, Carried(memory, memory, prior, known, none, none, none))
    wanted = torch.zeros(2, 16, 16, dtype=torch.bool)
    wanted[0, :8, :8] = True  # the prompted cell and one more to each side
    wanted[1, 8:, 8:] = True
    assert torch.equal(found, wanted)
