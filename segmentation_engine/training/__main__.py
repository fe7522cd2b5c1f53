"""``python -m segmentation_engine.training --data DIR --run DIR --hours H``: train, or go on after a stop."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from segmentation_engine.training.allocation import keep_freed_memory
from segmentation_engine.training.loop import TrainingOptions, train


def parse(arguments: list[str] | None = None) -> TrainingOptions:
    """Command line -> options; the data's folder may come from S2V_TRAINING_DATA."""
    parser = argparse.ArgumentParser(prog="python -m segmentation_engine.training", description=__doc__)
    data = os.environ.get("S2V_TRAINING_DATA")
    parser.add_argument("--data", type=Path, default=data, required=data is None, help="folder of the data sets")
    parser.add_argument("--run", type=Path, required=True, help="the run's folder; an existing run goes on")
    parser.add_argument("--hours", type=float, required=True, help="the learning rate falls to its end by then")
    parser.add_argument("--start-from", type=Path, help="weights to begin a new run with (.safetensors)")
    parser.add_argument("--peak-rate", type=float, default=TrainingOptions.peak_rate)
    parser.add_argument("--slices-per-batch", type=int, default=TrainingOptions.slices_per_batch)
    parser.add_argument(
        "--varied-share", type=float, default=TrainingOptions.varied_share, help="share of the clips that is augmented"
    )
    parser.add_argument("--seed", type=int, default=TrainingOptions.seed)
    parser.add_argument("--workers", type=int, default=TrainingOptions.workers, help="processes that make clips")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--save-minutes", type=float, default=TrainingOptions.save_minutes)
    parser.add_argument("--validate-minutes", type=float, default=TrainingOptions.validate_minutes)
    parser.add_argument("--most-iterations", type=int, default=None)
    return TrainingOptions(**vars(parser.parse_args(arguments)))


def main() -> None:
    options = parse()
    # Clips come in many lengths; oneDNN must keep a compiled kernel for each layer and length, or builds them anew.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "8192")
    keep_freed_memory()
    options.run.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr), logging.FileHandler(options.run / "log.txt")]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    train(options)


if __name__ == "__main__":
    main()
