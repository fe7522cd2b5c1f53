import pytest

from segmentation_engine.evaluation.curves import area_under_curve, rounds_to_reach


def test_the_area_is_that_of_the_trapezoids_over_their_width() -> None:
    assert area_under_curve([0.0, 1.0]) == pytest.approx(0.5)
    assert area_under_curve([0.2, 0.6, 0.8]) == pytest.approx((0.4 + 0.7) / 2)


def test_a_level_curve_has_its_level_as_area_however_long_it_is() -> None:
    assert area_under_curve([0.7]) == pytest.approx(0.7)
    assert area_under_curve([0.7] * 10) == pytest.approx(0.7)


def test_the_first_round_at_the_level_counts_even_if_it_is_lost_again() -> None:
    assert rounds_to_reach([0.5, 0.85, 0.8], 0.85) == 2
    assert rounds_to_reach([0.9], 0.85) == 1
    assert rounds_to_reach([0.5, 0.84], 0.85) is None
