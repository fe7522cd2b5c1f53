"""What is told of a slice's confidence, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segmentation_engine.decoding import Decoded, doubted, fused_scores
from segmentation_engine.slice_state import LabelState


def seen(*prior: int, distance: int = 1, confidence: float = 0.9) -> LabelState:
    none = np.zeros((1, 2), np.float16)
    return LabelState(none, none, np.array([prior], np.uint8), 0, distance, confidence)


def test_what_the_directions_disagree_about_is_less_sure() -> None:
    # Overlap 2 * 255 / (255 + 510) = 2/3; its fourth root is 0.9036.
    assert doubted({1: 0.8}, {1: seen(255, 0)}, {1: seen(255, 255)}) == {1: pytest.approx(0.7229, abs=1e-4)}
    assert doubted({1: 0.8}, {1: seen(255, 0)}, {1: seen(0, 255)}) == {1: 0.0}


def test_without_a_second_opinion_confidence_stays_as_it_is() -> None:
    one = seen(255, 0)
    assert doubted({1: 0.8, 2: 0.5}, {1: one}, {}) == {1: 0.8, 2: 0.5}
    assert doubted({1: 0.8}, {1: one}, {1: one}) == {1: 0.8}
    assert doubted({1: 0.8}, {1: seen(0, 0)}, {1: seen(0, 0)}) == {1: 0.8}


@pytest.mark.parametrize(("started", "shown"), [(seen(255, distance=19, confidence=0.4), False), (seen(255), True)])
def test_a_doubtful_start_far_back_gives_in_to_a_pass_that_is_sure_that_nothing_is_here(
    started: LabelState, shown: bool
) -> None:
    # Weights: 0.4 / 20 = 0.02 or 0.9 / 2 = 0.45 for what was seen, 0.1 * 0.95 = 0.095 for its absence.
    with_it = Decoded((1,), torch.full((1, 1, 1), 3.0), {1: started}, {1: started.confidence})
    without = Decoded((1,), torch.full((1, 1, 1), -3.0), {}, {1: 0.95})
    _, scores, _ = fused_scores([with_it, without])
    assert bool(scores[0, 0, 0] > 0) == shown
