"""What is told of a slice's confidence, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segmentation_engine.decoding import doubted
from segmentation_engine.slice_state import LabelState


def seen(*prior: int) -> LabelState:
    none = np.zeros((1, 2), np.float16)
    return LabelState(none, none, np.array([prior], np.uint8), absent_for=0, distance=1, confidence=0.9)


def test_what_the_directions_disagree_about_is_less_sure() -> None:
    # Overlap 2 * 255 / (255 + 510) = 2/3; its fourth root is 0.9036.
    assert doubted({1: 0.8}, {1: seen(255, 0)}, {1: seen(255, 255)}) == {1: pytest.approx(0.7229, abs=1e-4)}
    assert doubted({1: 0.8}, {1: seen(255, 0)}, {1: seen(0, 255)}) == {1: 0.0}


def test_without_a_second_opinion_confidence_stays_as_it_is() -> None:
    one = seen(255, 0)
    assert doubted({1: 0.8, 2: 0.5}, {1: one}, {}) == {1: 0.8, 2: 0.5}
    assert doubted({1: 0.8}, {1: one}, {1: one}) == {1: 0.8}
    assert doubted({1: 0.8}, {1: seen(0, 0)}, {1: seen(0, 0)}) == {1: 0.8}
