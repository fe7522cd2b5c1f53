"""Distance along the image, on a picture of two halves."""

from __future__ import annotations

import pytest
import torch

from segmentation_engine.model.geodesic import FARTHEST, STEP_COST, geodesic_distance


def two_halves() -> torch.Tensor:
    image = torch.zeros(1, 1, 6, 6)
    image[..., 3:] = 1.0
    return image


def test_a_step_within_a_region_is_cheap_and_its_border_costs_the_difference_in_grey() -> None:
    seeds = torch.zeros(1, 1, 6, 6)
    seeds[0, 0, 2, 1] = 1.0
    distance = geodesic_distance(seeds, two_halves())[0, 0]
    assert float(distance[2, 1]) == pytest.approx(0.0, abs=1e-5)
    assert float(distance[4, 2]) == pytest.approx(3 * STEP_COST, abs=1e-5)
    assert float(distance[2, 3]) == pytest.approx(1 + 2 * STEP_COST, abs=1e-5)


def test_the_way_leads_around_a_wall() -> None:
    image = torch.zeros(1, 1, 5, 5)
    image[0, 0, :4, 2] = 5.0  # open at the bottom
    seeds = torch.zeros(1, 1, 5, 5)
    seeds[0, 0, 0, 0] = 1.0
    distance = geodesic_distance(seeds, image)[0, 0]
    assert float(distance[0, 4]) == pytest.approx(12 * STEP_COST, abs=1e-5)


def test_nothing_is_near_where_nothing_is_seeded() -> None:
    assert float(geodesic_distance(torch.zeros(1, 2, 6, 6), two_halves()).min()) == pytest.approx(FARTHEST, abs=1e-4)
