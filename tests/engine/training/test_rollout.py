import numpy as np
import torch

from segmentation_engine.model import Carried
from segmentation_engine.training.rollout import disturb, painted

ALWAYS, NEVER = 1.0, 0.0


def carried() -> Carried:
    """One clip, two labels, a slice of 8 x 8 pixels: 2 x 2 cells."""
    none = torch.zeros(1, 2)
    memory = torch.zeros(1, 2, 2, 8)
    return Carried(memory, memory, torch.full((1, 2, 2, 2), 0.3), ~none.bool(), none, none, none + 0.6)


def test_a_painted_slice_hands_on_the_share_of_each_cell_that_is_the_label_and_is_trusted_fully() -> None:
    labels = torch.zeros(1, 8, 8, dtype=torch.long)
    labels[0, :4, :4] = 1  # one whole cell
    labels[0, 4:6, 4:] = 2  # half a cell
    handed = painted(carried(), labels, ALWAYS, np.random.default_rng(0))
    assert handed.prior[0, 0].tolist() == [[1.0, 0.0], [0.0, 0.0]]
    assert handed.prior[0, 1].tolist() == [[0.0, 0.0], [0.0, 0.5]]
    assert handed.trust.tolist() == [[1.0, 1.0]]


def test_what_is_not_painted_stays() -> None:
    before = carried()
    handed = painted(before, torch.zeros(1, 8, 8, dtype=torch.long), NEVER, np.random.default_rng(0))
    assert torch.equal(handed.prior, before.prior)
    assert torch.equal(handed.trust, before.trust)


def test_a_disturbed_mask_is_trusted_less() -> None:
    assert torch.allclose(disturb(carried(), ALWAYS, np.random.default_rng(0)).trust, torch.full((1, 2), 0.3))
    assert torch.equal(disturb(carried(), NEVER, np.random.default_rng(0)).trust, carried().trust)
