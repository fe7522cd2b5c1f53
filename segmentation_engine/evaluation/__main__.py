"""`python -m segmentation_engine.evaluation --data DIR --out docs`: tables of automatic and interactive mode."""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from tqdm import tqdm

from segmentation_engine.engine import load_engine
from segmentation_engine.evaluation.automatic import score_automatic
from segmentation_engine.evaluation.cases import SET_NAMES, load_cases
from segmentation_engine.evaluation.interactive import engine_answers, peer_answers, play
from segmentation_engine.evaluation.report import write_report
from segmentation_engine.training.data.prepare import data_root


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m segmentation_engine.evaluation", description=__doc__)
    parser.add_argument("--data", help="folder with train/ and evaluate/ (else S2V_TRAINING_DATA)")
    parser.add_argument("--checkpoint", type=Path, help="weights to judge (else the bundled ones)")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder for evaluation.md, .png and .json")
    parser.add_argument("--cases", type=int, help="at most so many cases a set, drawn by --seed")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--sets", nargs="+", default=list(SET_NAMES), choices=SET_NAMES)
    parser.add_argument("--no-peer", action="store_true", help="leave the classical peer out")
    parser.add_argument("--masks", type=Path, help="folder for the last masks of each case (.npz), to look at")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    matplotlib.use("Agg")
    given = arguments()
    engine = load_engine(given.checkpoint, threads=given.threads)
    methods = {"S2VNet": lambda case, labels: engine_answers(engine, case, labels)}
    if not given.no_peer:
        methods["geodesic distance"] = peer_answers
    scores = []
    for set_name in given.sets:
        for case in tqdm(load_cases(data_root(given.data), set_name, given.cases, given.seed), desc=set_name):
            if set_name == "hippocampus":
                scores += score_automatic(engine, case)
            for method, start in methods.items():
                gained, found = play(case, method, start, given.rounds)
                scores += gained
                if given.masks:
                    given.masks.mkdir(parents=True, exist_ok=True)
                    np.savez_compressed(given.masks / f"{set_name}-{case.name}-{method}.npz", found=found)
            write_report(scores, engine.model_hash, given.out)


if __name__ == "__main__":
    main()
