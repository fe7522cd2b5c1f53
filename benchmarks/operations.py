"""How long operations on whole labels take, and how much memory they need besides the volume.

    .venv/bin/python -m benchmarks.operations

Writes its section of docs/performance.md.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from benchmarks import page
from webapp.annotation.operations import parameters, sentences
from webapp.annotation.operations.performing import Scene, perform

SHAPES = ((100, 256, 256), (300, 512, 512))
SPACING_MM = (2.0, 0.8, 0.8)
ISLANDS = 200
ASKED: tuple[dict[str, Any], ...] = (
    {"name": "keep_largest"},
    {"name": "remove_small", "smaller_than_mm3": 100},
    {"name": "split_islands", "others": [3]},
    {"name": "fill_between"},
    {"name": "fill_holes"},
    {"name": "smooth", "method": "median", "mm": 2},
    {"name": "smooth", "method": "gaussian", "mm": 2},
    {"name": "smooth_together", "others": [2], "mm": 2},
    {"name": "margin", "mm": 5},
    {"name": "margin", "mm": -5},
    {"name": "hollow", "mm": 5},
    {"name": "combine", "how": "subtract", "others": [2], "mm": 5},
    {"name": "threshold", "low": 0, "high": 100},
)


def scene(shape: tuple[int, int, int]) -> Scene:
    """Two ellipsoids side by side that fill a tenth of the volume each, with holes, islands, and slices left out."""
    rng = np.random.default_rng(0)
    labels = np.zeros(shape, np.uint8)
    rows, columns = (np.linspace(-1, 1, extent, dtype=np.float32) for extent in shape[1:])
    for z, height in enumerate(np.linspace(-1, 1, shape[0])):
        flat = (height / 0.8) ** 2 + (rows[:, None] / 0.7) ** 2
        for value, middle in ((1, -0.36), (2, 0.36)):
            labels[z][flat + ((columns - middle) / 0.36) ** 2 < 1] = value
    for places, value in ((_somewhere(rng, shape), 0), (_somewhere(rng, shape), 1)):
        for z, y, x in places:
            labels[z : z + 2, y : y + 3, x : x + 3] = value
    labels[5::10][labels[5::10] == 1] = 0
    image = rng.integers(-200, 200, shape, np.int16)
    return Scene(labels, image, SPACING_MM)


def _somewhere(rng: np.random.Generator, shape: tuple[int, int, int]) -> npt.NDArray[np.int64]:
    return rng.integers(0, shape, (ISLANDS, 3))


def measured(asked: dict[str, Any], seen: Scene) -> tuple[float, float]:
    """Seconds, and MiB at most besides what was there before; in a process of its own, whose peak is this work's."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(asked, seen, sender))
    process.start()
    seconds, mebibytes = receiver.recv()
    process.join()
    return seconds, mebibytes


def _measure(asked: dict[str, Any], seen: Scene, answer: Any) -> None:
    operation = parameters.parsed({"label": 1, **asked})
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    perform(operation, seen)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    answer.send((seconds, (peak - before) / 2**20))


def _said(asked: dict[str, Any]) -> str:
    rest = ", ".join(f"{value} mm" if name == "mm" else str(value) for name, value in asked.items() if name in _TOLD)
    return sentences.NAMES[asked["name"]] + (f" ({rest})" if rest else "")


_TOLD = ("method", "how", "mm")


def section(load: float, rows: list[list[str]]) -> str:
    """The section of docs/performance.md."""
    sizes = [f"{y} x {x} x {z}" for z, y, x in SHAPES]
    megabytes = [f"{int(np.prod(shape)) / 2**20:.0f}" for shape in SHAPES]
    heads = ["operation", *(f"{size}: {unit}" for size in sizes for unit in ("s", "MiB"))]
    return f"""## Operations on whole labels
Made by `python -m benchmarks.operations` on {page.machine(load)}.
The arithmetic alone, on a label that fills about a tenth of the volume, with holes and islands, and every tenth slice
left out; spacing {" x ".join(map(str, SPACING_MM))} mm. MiB: the most that was needed at a time besides the volume; the
new labels among it are one byte a voxel ({" and ".join(megabytes)} MiB).

{page.table(heads, rows)}
"""


def main() -> None:
    """Measure everything, print it, and write it."""
    load = os.getloadavg()[0]
    rows = [[_said(asked)] for asked in ASKED]
    for shape in SHAPES:
        seen = scene(shape)
        for asked, row in zip(ASKED, rows, strict=True):
            seconds, mebibytes = measured(asked, seen)
            row += [f"{seconds:.2f}", f"{mebibytes:.0f}"]
            print(row)
    page.write_section("operations", section(load, rows))


if __name__ == "__main__":
    main()
