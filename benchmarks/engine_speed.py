"""How fast the engine is by itself: encoding, one decoded slice, a click and its ripple, on a volume of 256 x 256.

python -m benchmarks.engine_speed [--checkpoint FILE] [--slices 100] [--threads N]
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import numpy.typing as npt
import torch

from segmentation_engine import Engine, Features, Prompt, load_engine

SIDE = 256
LABEL_COUNTS = (1, 3, 8, 16)


def balls(slices: int, count: int) -> tuple[npt.NDArray[np.int16], list[tuple[int, int, int]]]:
    """A volume (Z, 256, 256) with ``count`` balls of their own brightness, and their centres (z, y, x)."""
    random = np.random.default_rng(0)
    image = random.normal(0, 20, (slices, SIDE, SIDE))
    z, y, x = np.ogrid[:slices, :SIDE, :SIDE]
    centres = [(slices // 2, 32 + 64 * (place // 4), 32 + 64 * (place % 4)) for place in range(count)]
    for place, (cz, cy, cx) in enumerate(centres):
        inside = ((z - cz) / (slices / 2)) ** 2 + ((y - cy) / 26) ** 2 + ((x - cx) / 26) ** 2 < 1
        image += inside * (100 + 20 * place)
    return image.astype(np.int16), centres


def ripple(engine: Engine, features: Features, centres: list[tuple[int, int, int]]) -> tuple[float, float, int]:
    """One edit with a point per label: ms to the first slice, ms to the last, and how many slices changed."""
    session = engine.session(features, len(centres))
    start = time.perf_counter()
    session.add([Prompt.point(label, centre) for label, centre in enumerate(centres, start=1)])
    arrived = [time.perf_counter() - start for _ in session.propagate()]
    return 1000 * arrived[0], 1000 * arrived[-1], len(arrived)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint")
    parser.add_argument("--slices", type=int, default=100)
    parser.add_argument("--threads", type=int)
    given = parser.parse_args()
    engine = load_engine(given.checkpoint, threads=given.threads)
    image, centres = balls(given.slices, max(LABEL_COUNTS))
    features = engine.encode(image, (2.0, 1.0, 1.0))
    start = time.perf_counter()
    list(features.fill())
    encoding = 1000 * (time.perf_counter() - start) / given.slices
    print(f"{torch.get_num_threads()} threads, {engine.device}; encoding {encoding:.1f} ms a slice")
    print("labels  first slice ms  all slices ms  slices  ms a slice")
    for count in LABEL_COUNTS:
        ripple(engine, features, centres[:count])
        first, whole, slices = ripple(engine, features, centres[:count])
        print(f"{count:6d}  {first:14.1f}  {whole:13.0f}  {slices:6d}  {whole / slices:10.1f}")


if __name__ == "__main__":
    main()
