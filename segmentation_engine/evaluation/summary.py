"""Scores -> figures: means over cases, areas below curves, rounds until a label is good enough."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentation_engine.evaluation.curves import area_under_curve, rounds_to_reach
from segmentation_engine.evaluation.metrics import bootstrap_interval
from segmentation_engine.evaluation.score import Score


@dataclass(frozen=True)
class Mean:
    """A mean over cases (each the mean of its labels) and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Distance:
    """HD95: the mean over the cases where it is defined, and the share of label masks where it is not."""

    mean_mm: float  # nan if it is defined nowhere
    undefined: float


@dataclass(frozen=True)
class Reached:
    """Of all labels the share that reached a Dice, and the mean number of rounds that those took (nan: none did)."""

    share: float
    mean_rounds: float


class Group:
    """The scores of one method on one set with one kind of prompting."""

    def __init__(self, scores: Sequence[Score]) -> None:
        self._scores = scores
        self.rounds = sorted({score.round for score in scores})
        self.cases = len({score.case for score in scores})

    def mean(self, measure: str, number: int) -> Mean:
        """Of "dice" or "surface_dice" after a round."""
        by_case: dict[str, list[float]] = defaultdict(list)
        for score in self._scores:
            if score.round == number:
                by_case[score.case].append(float(getattr(score, measure)))
        values = [float(np.mean(labels)) for labels in by_case.values()]
        return Mean(float(np.mean(values)), *bootstrap_interval(values))

    def distance(self, number: int) -> Distance:
        """HD95 after a round."""
        values = [(score.case, score.hd95_mm) for score in self._scores if score.round == number]
        by_case: dict[str, list[float]] = defaultdict(list)
        for case, value in values:
            if np.isfinite(value):
                by_case[case].append(value)
        undefined = 1 - sum(len(kept) for kept in by_case.values()) / len(values)
        means = [float(np.mean(kept)) for kept in by_case.values()]
        return Distance(float(np.mean(means)) if means else float("nan"), undefined)

    def area(self, measure: str) -> float:
        """Mean over cases of the area below the curve over rounds 1 to the last."""
        areas: dict[str, list[float]] = defaultdict(list)
        for (case, _), values in self._curves(measure).items():
            areas[case].append(area_under_curve(values))
        return float(np.mean([np.mean(labels) for labels in areas.values()]))

    def reached(self, level: float) -> Reached:
        """How many labels of all cases reached a Dice, and how soon."""
        rounds = [rounds_to_reach(values, level) for values in self._curves("dice").values()]
        soon = [number for number in rounds if number is not None]
        return Reached(len(soon) / len(rounds), float(np.mean(soon)) if soon else float("nan"))

    def seconds_a_prompt(self) -> float:
        """Time of all rounds over the number of prompts in them; nan if nothing was prompted."""
        rounds = {(score.case, score.round): (score.seconds, score.prompts) for score in self._scores}
        prompts = sum(count for _, count in rounds.values())
        return sum(seconds for seconds, _ in rounds.values()) / prompts if prompts else float("nan")

    def seconds_a_case(self) -> float:
        """Mean time of a case, all its rounds together."""
        rounds = {(score.case, score.round): score.seconds for score in self._scores}
        return sum(rounds.values()) / self.cases

    def _curves(self, measure: str) -> dict[tuple[str, int], list[float]]:
        """(case, label) -> values by round."""
        curves: dict[tuple[str, int], list[float]] = defaultdict(list)
        for score in sorted(self._scores, key=lambda score: score.round):
            curves[score.case, score.label].append(float(getattr(score, measure)))
        return curves


def grouped(scores: Sequence[Score]) -> dict[tuple[str, str, str], Group]:
    """(prompting, set, method) -> group, in this order."""
    members: dict[tuple[str, str, str], list[Score]] = defaultdict(list)
    for score in scores:
        members[score.prompting, score.set_name, score.method].append(score)
    return {key: Group(members[key]) for key in sorted(members)}
