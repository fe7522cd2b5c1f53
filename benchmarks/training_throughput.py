"""How many slices of 128 x 128 a second the training makes and learns from on this machine.

``python -m benchmarks.training_throughput --data DIR [--threads N] [--batches N]`` prints how fast one process makes
clips, how fast clips that lie ready are learned from, and the times to encode and decode one 256 x 256 slice.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from segmentation_engine.model import Guidance, S2VNet, S2VNetConfig, for_inference
from segmentation_engine.training.data import BatchShape, ClipDataset, class_names
from segmentation_engine.training.loop import Place, Trainer, TrainingOptions

_WARM_UP = 3


def clip_and_step_rates(data: Path, cache: Path | None, batches: int) -> tuple[float, float]:
    """Slices a second of (making clips, learning from them)."""
    with tempfile.TemporaryDirectory() as folder:
        options = TrainingOptions(data=data, run=Path(folder), hours=1.0)
        dataset = ClipDataset(data, cache or Path(folder) / "prepared", shape=BatchShape(options.slices_per_batch))
        start = time.perf_counter()
        clips = [dataset.batch(number) for number in range(batches)]
        making = time.perf_counter() - start
        config = replace(S2VNetConfig(), classes=tuple(class_names()))
        trainer = Trainer(options, config, Place(0, 1, torch.device("cpu")))
        for clip in clips:  # every length of clip has its own compiled kernels
            trainer.step(clip)
        start = time.perf_counter()
        for clip in clips:
            trainer.step(clip)
        learning = time.perf_counter() - start
    slices = sum(clip.labels.shape[0] * clip.labels.shape[1] for clip in clips)
    return slices / making, slices / learning


@torch.no_grad()
def slice_times_ms(side_px: int = 256, slots: int = 3, streams: int = 2) -> tuple[float, float]:
    """Milliseconds to encode one slice, and to decode one slice of each stream, as the session does."""
    net = for_inference(S2VNet(S2VNetConfig()))
    images = torch.randn(streams, 3, side_px, side_px)
    cells = side_px // 4
    empty = torch.zeros(streams, slots, cells, cells)
    here = torch.ones(streams, slots, dtype=torch.bool)
    guided = Guidance(here, torch.full((streams, slots), -1), empty, empty, here)
    carried = net.empty_carried(streams, slots, cells, cells)
    with torch.autocast("cpu", torch.bfloat16):
        pyramid = net.encode(images)
        encode = _mean_ms(lambda: net.encode(images[:1]))
        decode = _mean_ms(lambda: net.decode(pyramid, images[:, 1:2], guided, carried))
    return encode, decode


def _mean_ms(action: Callable[[], object], repeats: int = 20) -> float:
    for _ in range(_WARM_UP):
        action()
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) * 1000 / repeats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=None, help="folder of prepared volumes, to save preparing them")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--batches", type=int, default=12)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    making, learning = clip_and_step_rates(arguments.data, arguments.cache, arguments.batches)
    encode, decode = slice_times_ms()
    print(f"making clips, one process: {making:.0f} slices/s")
    print(f"learning, {torch.get_num_threads()} threads: {learning:.0f} slices/s")
    print(f"256 x 256: encode {encode:.1f} ms a slice, decode {decode:.1f} ms for two streams of three labels")


if __name__ == "__main__":
    main()
