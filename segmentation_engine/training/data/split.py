"""Which subjects train and which are held out: decided once, committed, never by chance at run time."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from segmentation_engine.training.data.catalogue import TRAINING_SETS, cases_of, subject_of

Part = Literal["train", "held_out"]
SPLIT_FILE = Path(__file__).with_name("split.json")
SPLIT_SEED = 20240617
LARGEST_UNSPLIT = 3


def make_split(root: Path) -> dict[str, dict[Part, list[str]]]:
    """Subjects of each set of more than three images: a random fifth (at least one) is held out."""
    split: dict[str, dict[Part, list[str]]] = {}
    for training_set in TRAINING_SETS:
        cases = cases_of(root, training_set)
        subjects = sorted({subject_of(training_set.name, case) for case in cases})
        held_out: set[str] = set()
        if len(cases) > LARGEST_UNSPLIT and training_set.kind != "label_maps":
            rng = np.random.default_rng([SPLIT_SEED, len(subjects)])
            held_out = set(rng.permutation(subjects)[: max(1, round(len(subjects) / 5))].tolist())
        split[training_set.name] = {
            "train": [subject for subject in subjects if subject not in held_out],
            "held_out": sorted(held_out),
        }
    return split


@cache
def load_split() -> dict[str, dict[Part, frozenset[str]]]:
    raw = json.loads(SPLIT_FILE.read_text())
    return {name: {part: frozenset(subjects) for part, subjects in parts.items()} for name, parts in raw.items()}


def part_of(set_name: str, case: str) -> Part | None:
    """The side that a case is on; None for a subject that the committed split does not know (never trained on)."""
    subject = subject_of(set_name, case)
    for part, subjects in load_split().get(set_name, {}).items():
        if subject in subjects:
            return part
    return None


def cases_in(root: Path, set_name: str, part: Part) -> list[str]:
    """Case names on disk of one side of a set."""
    training_set = next(s for s in TRAINING_SETS if s.name == set_name)
    return [case for case in cases_of(root, training_set) if part_of(set_name, case) == part]


def write_split(root: Path) -> None:
    SPLIT_FILE.write_text(json.dumps(make_split(root), indent=1) + "\n")
