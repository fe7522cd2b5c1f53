"""Whether confidence means what it says: the model's own against the true Dice, slice by slice.

    python -m segmentation_engine.evaluation.calibration --data DIR --out docs [--cases 3] [--rounds 3]

The robot prompts as in the evaluation. After each round every slice and label that the model has an opinion of, and
that is not prompted, gives one sample. Writes calibration.md and calibration.png.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr
from tqdm import tqdm

from segmentation_engine.engine import Engine, load_engine
from segmentation_engine.evaluation.cases import SET_NAMES, Case, case_names, load_case
from segmentation_engine.evaluation.interactive import Robot
from segmentation_engine.evaluation.metrics import dice
from segmentation_engine.training.data.prepare import data_root
from segmentation_engine.types import SliceResult

BINS = 10
BAD_DICE = 0.5
LOOKED_AT = 0.1


@dataclass(frozen=True)
class Sample:
    """One label on one slice after one round."""

    set_name: str
    confidence: float
    dice: float  # 1 where the label is rightly absent


@dataclass(frozen=True)
class Bin:
    """Samples of similar confidence."""

    low: float
    high: float
    count: int
    confidence: float
    dice: float


def samples_of(engine: Engine, case: Case, rounds: int) -> Iterator[Sample]:
    """Play the robot on a case, and compare confidence and truth after each round."""
    robot = Robot()
    values = robot.values(case)
    truth = np.zeros(case.truth.shape, np.uint8)
    for number, value in enumerate(values, start=1):
        truth[case.truth == value] = number
    if not values:
        return
    features = engine.encode(case.image, case.spacing_mm)
    session = engine.session(features, num_labels=len(values))
    newest: dict[int, SliceResult] = {}
    found = np.zeros_like(truth)
    for number in range(1, rounds + 1):
        prompts = robot.prompts(case, truth, found, number)
        if prompts:
            session.add(prompts)
            newest |= {result.z: result for result in session.propagate()}
        found = session.labels
        yield from compared(case.set_name, truth, newest.values())


def compared(set_name: str, truth: npt.NDArray[np.uint8], results: Iterable[SliceResult]) -> Iterator[Sample]:
    """Samples of slices that were not prompted; ``truth`` (Z, Y, X)."""
    for result in results:
        if result.trust == "model":
            for label, sure in result.confidence.items():
                yield Sample(set_name, sure, dice(truth[result.z] == label, result.labels == label))


def reliability(samples: Sequence[Sample]) -> list[Bin]:
    """Ten bins of confidence; empty ones are left out."""
    confidence = np.array([sample.confidence for sample in samples])
    truth = np.array([sample.dice for sample in samples])
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for number in range(BINS):
        here = place == number
        if here.any():
            means = float(confidence[here].mean()), float(truth[here].mean())
            bins.append(Bin(number / BINS, (number + 1) / BINS, int(here.sum()), *means))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """Mean distance between confidence and Dice, weighed by the number of samples."""
    return sum(entry.count * abs(entry.confidence - entry.dice) for entry in bins) / sum(entry.count for entry in bins)


def found_by_looking(samples: Sequence[Sample]) -> tuple[float, float]:
    """Share of bad slices (Dice below 0.5) among the tenth of least confidence, and among all."""
    ordered = sorted(samples, key=lambda sample: sample.confidence)
    least = ordered[: max(1, round(LOOKED_AT * len(ordered)))]
    shares = [sum(sample.dice < BAD_DICE for sample in some) / len(some) for some in (least, ordered)]
    return shares[0], shares[1]


def markdown(samples: Sequence[Sample], engine: Engine, given: argparse.Namespace) -> str:
    """calibration.md."""
    bins = reliability(samples)
    least, every = found_by_looking(samples)
    rank = spearmanr([sample.confidence for sample in samples], [sample.dice for sample in samples]).statistic
    rows = "\n".join(
        f"| {entry.low:.1f} to {entry.high:.1f} | {entry.count} | {entry.confidence:.2f} | {entry.dice:.2f} |"
        for entry in bins
    )
    sets = ", ".join(f"`{name}`" for name in dict.fromkeys(sample.set_name for sample in samples))
    return f"""# Calibration

Made by `python -m segmentation_engine.evaluation.calibration` with the checkpoint `{engine.model_hash}`:
{given.rounds} rounds of the robot on at most {given.cases} cases a set, seed {given.seed}
({sets}).
One sample is one label on one slice after one round; slices that are prompted are left out. A label that is rightly
absent has Dice 1.

| confidence | samples | mean confidence | mean Dice |
| --- | ---: | ---: | ---: |
{rows}

Expected calibration error: {calibration_error(bins):.3f}.
Rank correlation (Spearman) of confidence and Dice: {rank:.2f}.
Of the tenth of slices with the least confidence {least:.0%} are bad (Dice below {BAD_DICE}), of all {every:.0%}:
where "Look here next" leads, there is something to see {least / max(every, 1e-9):.1f} times as often as elsewhere.

![Confidence and Dice](calibration.png)
"""


def plot(bins: Sequence[Bin], path: Path) -> None:
    """The reliability diagram: bars are mean Dice, the line is where they would reach if confidence were exact."""
    figure, axes = plt.subplots(figsize=(4.5, 4), layout="constrained")
    axes.bar([entry.low for entry in bins], [entry.dice for entry in bins], 1 / BINS, align="edge", color="#56b4e9")
    axes.plot([entry.confidence for entry in bins], [entry.confidence for entry in bins], "k.--", lw=1)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="mean Dice of the slice")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="folder with train/ and evaluate/ (else S2V_TRAINING_DATA)")
    parser.add_argument("--checkpoint", type=Path, help="weights to judge (else the bundled ones)")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--cases", type=int, default=3, help="at most so many a set, drawn by --seed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", default=list(SET_NAMES), choices=SET_NAMES)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


def calibrate(given: argparse.Namespace, engine: Engine, root: Path) -> list[Sample]:
    """Play all cases and write the report."""
    wanted = [(name, case) for name in given.sets for case in case_names(root, name, given.cases, given.seed)]
    samples: list[Sample] = []
    for set_name, case in tqdm(wanted, unit="case"):
        samples += samples_of(engine, load_case(root, set_name, case), given.rounds)
    if not samples:
        raise ValueError("There is nothing to judge: no case has a label that is large enough.")
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "calibration.md").write_text(markdown(samples, engine, given))
    plot(reliability(samples), given.out / "calibration.png")
    return samples


def main() -> None:
    matplotlib.use("Agg")
    given = arguments()
    try:
        calibrate(given, load_engine(given.checkpoint, threads=given.threads), data_root(given.data))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
