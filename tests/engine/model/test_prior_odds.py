import torch

from segmentation_engine.model import Carried, S2VNetConfig
from segmentation_engine.model.assembly import PriorOdds

NO = torch.zeros(1, 1, dtype=torch.bool)
LOGIT = 2.1972246  # of 0.9


def carried(trust: float, known: bool = True) -> Carried:
    """A prior of 0.9 in the left cell and 0.1 in the right one."""
    none = torch.zeros(1, 1)
    memory = torch.zeros(1, 1, 2, 8)
    prior = torch.tensor([0.9, 0.1]).reshape(1, 1, 1, 2)
    return Carried(memory, memory, prior, none.bool() | known, none, none, none + trust)


def said(config: S2VNetConfig, what: Carried, contradicted: torch.Tensor = NO) -> list[float]:
    return [round(value, 4) for value in PriorOdds(config)(what, contradicted).flatten().tolist()]


def test_the_neighbours_log_odds_count_as_far_as_it_is_trusted() -> None:
    config = S2VNetConfig(prior_odds=(-0.5, 1.0))
    assert said(config, carried(1.0)) == [round(0.5 * LOGIT, 4), round(-0.5 * LOGIT, 4)]
    assert said(config, carried(0.75)) == [round(0.25 * LOGIT, 4), round(-0.25 * LOGIT, 4)]


def test_too_little_trust_counts_for_nothing_and_never_against() -> None:
    assert said(S2VNetConfig(prior_odds=(-0.5, 1.0)), carried(0.2)) == [0, 0]


def test_what_is_unknown_or_contradicted_is_not_taken_over() -> None:
    config = S2VNetConfig(prior_odds=(0.5, 0.5))
    assert said(config, carried(1.0, known=False)) == [0, 0]
    assert said(config, carried(1.0), ~NO) == [0, 0]
    assert said(S2VNetConfig(prior_odds=(0.5, 0.5), hand_over=False), carried(1.0)) == [0, 0]
