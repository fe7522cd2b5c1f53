"""Interactive mode with the robot user: the engine and the classical peer on the same cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from segmentation_engine.engine import Engine
from segmentation_engine.evaluation.cases import Case
from segmentation_engine.evaluation.geodesic import GeodesicPeer
from segmentation_engine.evaluation.metrics import dice, surface_dice, tolerance
from segmentation_engine.evaluation.robot import chosen_labels, correction_round, first_round
from segmentation_engine.prompts import Prompt

LabelVolume = npt.NDArray[np.uint8]
Answer = Callable[[list[Prompt]], LabelVolume]
REPORTED_ROUNDS = (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Score:
    """One label of one case after one round; mode "automatic" has round 0."""

    method: str
    set_name: str
    case: str
    label: int
    round: int
    dice: float
    surface_dice: float
    seconds: float  # of the round, all labels of the case together

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def engine_answers(engine: Engine, case: Case, labels: int) -> Answer:
    """A session on the case, its features made beforehand."""
    features = engine.encode(case.image, case.spacing_mm)
    for _ in features.fill(order=list(range(case.image.shape[0]))):
        pass
    session = engine.session(features, num_labels=labels)

    def answer(prompts: list[Prompt]) -> LabelVolume:
        session.add(prompts)
        for _ in session.propagate(first=prompts[0].slices[0]):
            pass
        return session.labels

    return answer


def play(case: Case, method: str, start: Callable[[Case, int], Answer], rounds: int) -> tuple[list[Score], LabelVolume]:
    """All rounds of one case; what the last round left. Labels are numbered 1.. in the order of their values."""
    values = chosen_labels(case.truth, seed=len(case.name))
    truth = np.zeros(case.truth.shape, np.uint8)
    for number, value in enumerate(values, start=1):
        truth[case.truth == value] = number
    labels = list(range(1, len(values) + 1))
    found = np.zeros_like(truth)
    if not labels:
        return [], found
    answer, scores = start(case, len(labels)), []
    for number in range(1, rounds + 1):
        prompts = (
            first_round(truth, labels, case.spacing_mm)
            if number == 1
            else correction_round(truth, found, labels, case.spacing_mm)
        )
        began = time.perf_counter()
        found = answer(prompts) if prompts else found
        seconds = time.perf_counter() - began
        if number in REPORTED_ROUNDS:
            scores += _scores(case, method, number, values, truth, found, seconds)
    return scores, found


def _scores(
    case: Case, method: str, number: int, values: list[int], truth: LabelVolume, found: LabelVolume, seconds: float
) -> list[Score]:
    scores = []
    for label, value in enumerate(values, start=1):
        wanted, got = truth == label, found == label
        near = surface_dice(wanted, got, case.spacing_mm, tolerance(case.spacing_mm))
        scores.append(
            Score(method, case.set_name, case.name, value, number, dice(wanted, got), near, seconds)
        )
    return scores


def peer_answers(case: Case, _labels: int) -> Answer:
    return GeodesicPeer(case.image, case.spacing_mm).add
