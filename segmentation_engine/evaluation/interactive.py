"""Interactive mode with the robot user: the engine and the classical peers on the same cases."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segmentation_engine.engine import Engine
from segmentation_engine.evaluation.cases import Case
from segmentation_engine.evaluation.metrics import dice, hausdorff95, surface_dice, tolerance
from segmentation_engine.evaluation.peers import PEERS
from segmentation_engine.evaluation.robot import Hand, chosen_labels, correction_round, first_round
from segmentation_engine.evaluation.score import Score
from segmentation_engine.evaluation.scribbles import scribble_round
from segmentation_engine.prompts import Prompt

LabelVolume = npt.NDArray[np.uint8]
Answer = Callable[[list[Prompt]], LabelVolume]
Method = Callable[[Case, int], Answer]
Prompting = Literal["exact", "jittered", "scribbles", "scribbles-middle"]


@dataclass(frozen=True)
class Robot:
    """What is said first, and how well later points are hit."""

    prompting: Prompting = "exact"
    seed: int = 0

    def _hand(self, case: Case) -> Hand:
        kind: Literal["exact", "jittered"] = "jittered" if self.prompting == "jittered" else "exact"
        return Hand(kind, self.seed, f"{case.set_name}/{case.name}")

    def values(self, case: Case) -> list[int]:
        """The label values that it plays."""
        return chosen_labels(case.truth, seed=len(case.name))

    def prompts(self, case: Case, truth: LabelVolume, found: LabelVolume, number: int) -> list[Prompt]:
        """What it says in round ``number`` after what was found so far; labels are 1.. in truth and found."""
        labels = list(range(1, int(truth.max()) + 1))
        if number > 1:
            return correction_round(truth, found, labels, case.spacing_mm, self._hand(case), number)
        if self.prompting in ("exact", "jittered"):
            return first_round(truth, labels, case.spacing_mm, self._hand(case))
        if case.scribbles is None:
            raise ValueError(f"Nobody scribbled on {case.set_name}/{case.name}.")
        return scribble_round(case.scribbles, self.values(case), self.prompting == "scribbles-middle")


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


def peer_answers(name: str) -> Method:
    """A classical peer as a method."""
    return lambda case, _labels: PEERS[name](case.image, case.spacing_mm).add


def play(
    case: Case, method: str, start: Method, rounds: int, robot: Robot | None = None
) -> tuple[list[Score], LabelVolume]:
    """All rounds of one case; what the last round left. Labels are numbered 1.. in the order of their values."""
    robot = robot or Robot()
    values = robot.values(case)
    truth = np.zeros(case.truth.shape, np.uint8)
    for number, value in enumerate(values, start=1):
        truth[case.truth == value] = number
    found = np.zeros_like(truth)
    if not values:
        return [], found
    answer, scores = start(case, len(values)), []
    for number in range(1, rounds + 1):
        prompts = robot.prompts(case, truth, found, number)
        began = time.perf_counter()
        found = answer(prompts) if prompts else found
        seconds = time.perf_counter() - began if prompts else 0.0
        for label, value in enumerate(values, start=1):
            measured = measure(truth == label, found == label, case)
            scores.append(
                Score(
                    method, robot.prompting, case.set_name, case.name, value, number, *measured, seconds, len(prompts)
                )
            )
    return scores, found


def measure(wanted: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_], case: Case) -> tuple[float, float, float]:
    """Dice, surface Dice and HD95 (mm) of one label."""
    near = surface_dice(wanted, found, case.spacing_mm, tolerance(case.spacing_mm))
    return dice(wanted, found), near, hausdorff95(wanted, found, case.spacing_mm)
