"""Whether going where the model is least sure saves prompts: the same robot, sent to slices in four ways.

    python -m segmentation_engine.evaluation.look_next --data DIR --out docs [--cases 3] [--looks 8]

Everybody begins with one point a label. Then the robot looks at one slice after the other and sets one point for each
label with an error there that a person would notice, at the deepest place of the largest. Which slice is next:

- least sure: the one with the least confidence in a label, of those not looked at since their labels changed;
- unsure and far: the one with the greatest product of doubt (1 - that confidence) and distance to the nearest slice
  that was looked at;
- evenly spaced: the middle of the longest stretch that was not looked at, from the first to the last labelled slice;
- most wrong: the one with most wrong voxels, which only the truth knows.

Writes look_next.md.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from tqdm import tqdm

from segmentation_engine.engine import Engine, load_engine
from segmentation_engine.evaluation.cases import SET_NAMES, Case, case_names, load_case
from segmentation_engine.evaluation.interactive import Robot
from segmentation_engine.evaluation.metrics import Mask, dice
from segmentation_engine.evaluation.robot import correction_round
from segmentation_engine.prompts import Prompt
from segmentation_engine.session import Session
from segmentation_engine.training.data.prepare import data_root

LabelVolume = npt.NDArray[np.uint8]
NOTICED = 0.1  # an error in one piece of at least this share of the label's area on the slice
Way = Literal["least sure", "unsure and far", "evenly spaced", "most wrong"]


@dataclass(frozen=True)
class Look:
    """How good the labels of a case are after so many looks."""

    set_name: str
    way: Way
    number: int  # 0: after the first points alone
    points: int  # said so far
    dice: float  # mean over the labels of the case


def least_sure(confidence: dict[int, dict[int, float]], looked_at: set[int]) -> int | None:
    """Of slices (z -> label -> confidence) that were not looked at, the one least sure of a label; None if all were."""
    left = {z: min(sure.values()) for z, sure in confidence.items() if sure and z not in looked_at}
    return min(left, key=lambda z: (left[z], z)) if left else None


def unsure_and_far(confidence: dict[int, dict[int, float]], looked_at: set[int]) -> int | None:
    """Of slices (z -> label -> confidence), the one with the greatest product of doubt in a label and distance to the
    nearest slice that was looked at; None if all were."""
    far = {z: min((abs(z - seen) for seen in looked_at), default=1) for z in confidence}
    worth = {z: far[z] * (1 - min(sure.values())) for z, sure in confidence.items() if sure and far[z]}
    return max(worth, key=lambda z: (worth[z], -z)) if worth else None


def evenly_spaced(labels: LabelVolume, looked_at: set[int]) -> int | None:
    """The middle of the longest stretch of labelled slices (Z, Y, X) that were not looked at; None if all were."""
    labelled = np.flatnonzero(labels.any((1, 2)))
    if not len(labelled):
        return None
    borders = sorted({int(labelled[0]) - 1, int(labelled[-1]) + 1, *looked_at})
    stretches = [
        (after - before, before)
        for before, after in itertools.pairwise(borders)
        if after - before > 1 and labelled[0] <= (before + after) // 2 <= labelled[-1]
    ]
    if not stretches:
        return None
    length, before = max(stretches, key=lambda stretch: (stretch[0], -stretch[1]))
    return before + length // 2


def most_wrong(truth: LabelVolume, found: LabelVolume) -> int | None:
    """The slice with most wrong voxels; None if there is none."""
    wrong = (truth != found).sum((1, 2))
    return int(wrong.argmax()) if wrong.any() else None


def points_on(z: int, truth: LabelVolume, found: LabelVolume, case: Case) -> list[Prompt]:
    """What the robot says after a look at one slice: nothing where all is nearly right."""
    present = np.union1d(np.unique(truth[z]), np.unique(found[z]))
    labels = [int(label) for label in present if label and noticeable(truth[z] == label, found[z] == label)]
    said = correction_round(truth[z : z + 1], found[z : z + 1], labels, case.spacing_mm)
    return [
        Prompt.point(prompt.label, (z, *map(int, prompt.voxels[0][1:])), positive=prompt.positive) for prompt in said
    ]


def noticeable(truth: Mask, found: Mask) -> bool:
    """Whether the largest piece in which a label's masks (Y, X) differ is a good part of the label."""
    pieces, _ = ndimage.label(truth != found, np.ones((3, 3)))
    largest = int(np.bincount(pieces.ravel())[1:].max(initial=0))
    return largest >= NOTICED * max(int(truth.sum()), int(found.sum()), 1)


class Game:
    """One case, one way of looking, and what is known of its slices."""

    def __init__(self, session: Session, case: Case, truth: LabelVolume, way: Way) -> None:
        self.session, self.case, self.truth, self.way = session, case, truth, way
        self.confidence: dict[int, dict[int, float]] = {}
        self.looked_at: set[int] = set()
        self.points = 0

    def say(self, prompts: list[Prompt]) -> None:
        """Carry the prompts out; a slice whose labels change is worth another look."""
        self.points += len(prompts)
        self.session.add(prompts)
        for result in self.session.propagate(first=prompts[0].slices[0]):
            self.confidence[result.z] = dict(result.confidence)
            if result.changed and self.way == "least sure":
                self.looked_at.discard(result.z)

    def look(self) -> None:
        """Go to the next slice and say what is wrong there."""
        found = self.session.labels
        z = self._next(found)
        if z is None:
            return
        prompts = points_on(z, self.truth, found, self.case)
        if prompts:
            self.say(prompts)
        self.looked_at.add(z)

    def _next(self, found: LabelVolume) -> int | None:
        if self.way == "least sure":
            return least_sure(self.confidence, self.looked_at)
        if self.way == "unsure and far":
            return unsure_and_far(self.confidence, self.looked_at)
        if self.way == "evenly spaced":
            return evenly_spaced(found, self.looked_at)
        return most_wrong(self.truth, found)

    def score(self, number: int) -> Look:
        labels = range(1, int(self.truth.max()) + 1)
        found = self.session.labels
        mean = float(np.mean([dice(self.truth == label, found == label) for label in labels]))
        return Look(self.case.set_name, self.way, number, self.points, mean)


def looks_at(engine: Engine, case: Case, looks: int) -> Iterator[Look]:
    """All ways on one case, from the same first points."""
    robot = Robot()
    truth = np.zeros(case.truth.shape, np.uint8)
    for number, value in enumerate(robot.values(case), start=1):
        truth[case.truth == value] = number
    if not truth.any():
        return
    features = engine.encode(case.image, case.spacing_mm)
    first = robot.prompts(case, truth, np.zeros_like(truth), 1)
    for way in get_args(Way):
        game = Game(engine.session(features, num_labels=int(truth.max())), case, truth, way)
        game.say(first)
        game.looked_at |= {z for prompt in first for z in prompt.slices}
        yield game.score(0)
        for number in range(1, looks + 1):
            game.look()
            yield game.score(number)


def markdown(played: Sequence[Look], engine: Engine, given: argparse.Namespace) -> str:
    """look_next.md: mean over the data sets."""
    sets = list(dict.fromkeys(look.set_name for look in played))
    rows = []
    for way in get_args(Way):
        cells = []
        for number in range(given.looks + 1):
            here = [look for look in played if look.way == way and look.number == number]
            quality = np.mean([np.mean([look.dice for look in here if look.set_name == name]) for name in sets])
            points = np.mean([np.mean([look.points for look in here if look.set_name == name]) for name in sets])
            cells.append(f"{quality:.3f} ({points:.1f})")
        rows.append(f"| {way} | {' | '.join(cells)} |")
    head = " | ".join(str(number) for number in range(given.looks + 1))
    return f"""# Where to look next

Made by `python -m segmentation_engine.evaluation.look_next` with the checkpoint `{engine.model_hash}`:
at most {given.cases} cases of each set ({", ".join(f"`{name}`" for name in sets)}), seed {given.seed}.
One point a label first, then one slice after the other is looked at, and every label gets a point that is wrong there
in one piece of at least {NOTICED:.0%} of its area. Which slice is "most wrong" only the truth knows. Mean Dice over the
sets, and in brackets the points said so far, after so many looks:

| slice that is looked at | {head} |
| --- |{" ---: |" * (given.looks + 1)}
{chr(10).join(rows)}
"""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder with train/ and evaluate/ (else S2V_TRAINING_DATA)")
    parser.add_argument("--checkpoint", type=Path, help="weights to judge (else the bundled ones)")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--cases", type=int, default=3, help="at most so many a set, drawn by --seed")
    parser.add_argument("--looks", type=int, default=8)
    parser.add_argument("--sets", nargs="+", default=list(SET_NAMES), choices=SET_NAMES)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


def measure(given: argparse.Namespace, engine: Engine, root: Path) -> list[Look]:
    """Play all cases and write the report."""
    wanted = [(name, case) for name in given.sets for case in case_names(root, name, given.cases, given.seed)]
    played: list[Look] = []
    for set_name, case in tqdm(wanted, unit="case"):
        played += looks_at(engine, load_case(root, set_name, case), given.looks)
    if not played:
        raise ValueError("There is nothing to judge: no case has a label that is large enough.")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "look_next.md").write_text(markdown(played, engine, given))
    return played


def main() -> None:
    given = arguments()
    try:
        measure(given, load_engine(given.checkpoint, threads=given.threads), data_root(given.data))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
