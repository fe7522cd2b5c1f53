"""`python -m segmentation_engine.evaluation --data DIR --out docs`: tables of automatic and interactive mode."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import get_args

import matplotlib
import numpy as np
from tqdm import tqdm

from segmentation_engine.engine import Engine, load_engine
from segmentation_engine.evaluation import automatic
from segmentation_engine.evaluation.cases import SCRIBBLED_SET, SET_NAMES, Case, case_names, load_case
from segmentation_engine.evaluation.interactive import Method, Prompting, Robot, engine_answers, peer_answers, play
from segmentation_engine.evaluation.peers import PEERS
from segmentation_engine.evaluation.report import write_report
from segmentation_engine.evaluation.robot import JITTER_MM
from segmentation_engine.evaluation.store import Done, Store, resumed_store
from segmentation_engine.training.data.prepare import data_root

CLICKS = ("exact", "jittered", "scribbles")
LEARNED = "S2VNet"


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./s2v evaluate", description=__doc__)
    parser.add_argument("--data", help="folder with train/ and evaluate/ (else S2V_TRAINING_DATA)")
    parser.add_argument("--checkpoint", type=Path, help="weights to judge (else the bundled ones)")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder for evaluation.md, .png and .json")
    parser.add_argument("--cases", type=int, help="at most so many cases a set, drawn by --seed")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--sets", nargs="+", default=list(SET_NAMES), choices=SET_NAMES)
    parser.add_argument(
        "--clicks", nargs="+", default=["exact"], choices=CLICKS,
        help=f"points at the deepest place, points of a human-like hand, a human's scribbles ({SCRIBBLED_SET} only)",
    )  # fmt: skip
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=tuple(PEERS), help="none: just --peers")
    parser.add_argument("--resume", action="store_true", help="go on from evaluation.json in --out")
    parser.add_argument("--masks", type=Path, help="folder for the last masks of each case (.npz), to look at")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(given)


def promptings(clicks: list[str], set_name: str) -> list[Prompting]:
    """Kinds of prompting to play on a set; scribbles are two of them, on the set that has them."""
    wanted: list[Prompting] = []
    for kind in get_args(Prompting):
        scribbled = kind.startswith("scribbles")
        if kind.split("-")[0] in clicks and (set_name == SCRIBBLED_SET or not scribbled):
            wanted.append(kind)
    return wanted


def settings_of(given: argparse.Namespace, engine: Engine) -> dict[str, object]:
    """What must be alike for results to stand in one table. Sets, clicks and peers may be added later."""
    return {
        "model": engine.model_hash,
        "rounds": given.rounds,
        "cases": given.cases,
        "seed": given.seed,
        "jitter_mm": JITTER_MM,
    }


def planned(given: argparse.Namespace, root: Path) -> Iterator[Done]:
    """Everything that is to be measured: what belongs to one case stands together."""
    for set_name in given.sets:
        for name in case_names(root, set_name, given.cases, given.seed):
            if set_name in automatic.AUTOMATIC_CLASSES:
                yield set_name, name, automatic.METHOD, automatic.PROMPTING
            for prompting in promptings(given.clicks, set_name):
                for method in (LEARNED, *given.peers):
                    yield set_name, name, method, prompting


def evaluate(given: argparse.Namespace, engine: Engine, root: Path) -> Store:
    """Measure what is missing, store it after every case and method; the report follows after every case."""
    settings = settings_of(given, engine)
    store = resumed_store(given.out, settings) if given.resume else Store(given.out, settings)
    methods: dict[str, Method] = {name: peer_answers(name) for name in given.peers}
    methods[LEARNED] = lambda case, labels: engine_answers(engine, case, labels)
    loaded = lru_cache(maxsize=1)(load_case)
    todo = [key for key in planned(given, root) if key not in store.done]
    reported = None
    with tqdm(todo, unit="game") as bar:
        for key in bar:
            set_name, name, method, prompting = key
            bar.set_postfix_str(f"{set_name} {name} {method} {prompting}")
            if reported not in (None, (set_name, name)):
                write_report(store)
            reported = (set_name, name)
            case = loaded(root, set_name, name)
            if prompting == automatic.PROMPTING:
                store.add(key, automatic.score_automatic(engine, case))
                continue
            robot = Robot(next(kind for kind in get_args(Prompting) if kind == prompting), given.seed)
            scores, found = play(case, method, methods[method], given.rounds, robot)
            if given.masks:
                keep_masks(given.masks, case, f"{method}-{prompting}", found)
            store.add(key, scores)
    write_report(store)
    return store


def keep_masks(folder: Path, case: Case, what: str, found: np.ndarray) -> None:
    """The masks of the last round, labels numbered 1.. in the order of their values."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / f"{case.set_name}-{case.name}-{what}.npz", found=found)


def main() -> None:
    matplotlib.use("Agg")
    given = arguments()
    try:
        evaluate(given, load_engine(given.checkpoint, threads=given.threads), data_root(given.data))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
