import numpy as np
import pytest

from segmentation_engine.evaluation.score import Score
from segmentation_engine.evaluation.summary import Group, grouped

NAN = float("nan")


def score(case: str, label: int, number: int, dice: float, hd95_mm: float = 1.0, prompts: int = 2) -> Score:
    return Score("S2VNet", "exact", "made", case, label, number, dice, dice / 2, hd95_mm, 0.5, prompts)


def rounds(case: str, label: int, values: list[float]) -> list[Score]:
    return [score(case, label, number, value) for number, value in enumerate(values, start=1)]


def test_a_case_counts_once_however_many_labels_it_has() -> None:
    group = Group([score("a", 1, 1, 0.2), score("a", 2, 1, 0.4), score("b", 1, 1, 0.9)])
    assert group.cases == 2
    assert group.mean("dice", 1).value == pytest.approx((0.3 + 0.9) / 2)
    assert group.mean("surface_dice", 1).value == pytest.approx((0.15 + 0.45) / 2)


def test_distances_are_averaged_where_they_are_defined_and_counted_where_they_are_not() -> None:
    group = Group(
        [score("a", 1, 1, 0.2, 4), score("a", 2, 1, 0, NAN), score("b", 1, 1, 0, NAN), score("c", 1, 1, 1, 8)]
    )
    assert group.distance(1).mean_mm == pytest.approx(6.0)
    assert group.distance(1).undefined == pytest.approx(0.5)
    assert np.isnan(Group([score("b", 1, 1, 0, NAN)]).distance(1).mean_mm)


def test_the_area_is_the_mean_over_cases_of_the_mean_over_labels() -> None:
    group = Group([*rounds("a", 1, [0, 1]), *rounds("a", 2, [1, 1]), *rounds("b", 1, [0.2, 0.2])])
    assert group.area("dice") == pytest.approx(((0.5 + 1.0) / 2 + 0.2) / 2)


def test_labels_that_never_get_there_lower_the_share_and_leave_the_mean_rounds_alone() -> None:
    scores = [*rounds("a", 1, [0.5, 0.86, 0.9]), *rounds("a", 2, [0.9, 0.9, 0.9]), *rounds("b", 1, [0.1, 0.2, 0.3])]
    reached = Group(scores).reached(0.85)
    assert reached.share == pytest.approx(2 / 3)
    assert reached.mean_rounds == pytest.approx(1.5)
    assert np.isnan(Group(scores).reached(0.99).mean_rounds)


def test_the_time_of_a_round_is_shared_by_its_prompts_and_not_counted_for_every_label() -> None:
    group = Group([score("a", label, number, 0.5, prompts=4) for label in (1, 2) for number in (1, 2)])
    assert group.seconds_a_prompt() == pytest.approx(1.0 / 8)
    assert group.seconds_a_case() == pytest.approx(1.0)


def test_what_nobody_prompted_has_no_time_a_prompt() -> None:
    assert np.isnan(Group([score("a", 1, 1, 1.0, prompts=0)]).seconds_a_prompt())


def test_groups_stand_by_prompting_set_and_method() -> None:
    other = Score("geodesic", "exact", "made", "a", 1, 1, 0.5, 0.5, 1.0, 0.5, 1)
    assert list(grouped([other, score("a", 1, 1, 0.5)])) == [("exact", "made", "S2VNet"), ("exact", "made", "geodesic")]
