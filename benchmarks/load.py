"""Several annotators at once: real sockets, web server, workers and sweeper; each works on a case of their own.

    .venv/bin/python -m benchmarks.load [--annotators 1 2 4 8] [--workers 1 2] [--clicks 10]

The cases hold the demo's brain, cropped. Each annotator clicks on one structure after another, looks for a moment as
soon as the first slice has come, and clicks again, whether the rest is done or not. Writes its section of
docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nibabel as nib
import numpy as np
import numpy.typing as npt
import psutil

from benchmarks import page
from benchmarks.click_latency import CLICKS
from benchmarks.servers import own_servers

if TYPE_CHECKING:
    from tests.webapp.annotation.running_server import RunningServer
    from tests.webapp.annotation.world import World

LOW = (20, 60, 34)  # of the crop, in voxels (z, y, x) of the demo
SHAPE = (90, 128, 128)
LABELS = 7
LOOK_SECONDS = (0.8, 1.6)
DONE_SECONDS = 300.0


@dataclass(frozen=True)
class Measured:
    """One round: so many annotators with so many workers."""

    annotators: int
    workers: int
    first_ms: list[list[float]]  # of each annotator, of each click
    slices: int
    seconds: float

    def cells(self) -> list[str]:
        every = [value for values in self.first_ms for value in values]
        medians = [float(np.median(values)) for values in self.first_ms]
        numbers = (
            f"{np.percentile(every, 50):.0f}",
            f"{np.percentile(every, 95):.0f}",
            f"{max(every):.0f}",
            f"{max(medians) / min(medians):.1f}",
            f"{self.slices / self.seconds:.0f}",
        )
        return [str(self.annotators), str(self.workers), *numbers]


def brain() -> npt.NDArray[np.int16]:
    """The demo's image (Z, Y, X), cropped."""
    from webapp.demo.brain import image_file

    image = np.asarray(nib.load(image_file()).dataobj).T  # type: ignore[attr-defined]
    box = tuple(slice(low, low + extent) for low, extent in zip(LOW, SHAPE, strict=True))
    return image[box].astype(np.int16)


def prepared(count: int) -> list[World]:
    """So many cases with labels, their features made."""
    from tests.webapp.annotation.world import make_volume, make_world
    from webapp.projects import services as projects
    from webapp.volumes import encoding

    image, worlds = brain(), []
    for _ in range(count):
        world = make_world((4, 8, 8))
        for number in range(3, LABELS + 1):
            projects.add_label(world.project, f"Structure {number}")
        world.case.volumes.all().delete()
        volume = make_volume(world.case, image)
        axis = world.annotation.axis
        encoding.encode_features(volume, axis, 0, lambda _done, _total: None, lambda: False)
        worlds.append(world)
    return worlds


async def annotate(server: RunningServer, world: World, cookie: str, clicks: int, seed: int) -> tuple[list[float], int]:
    """One annotator's work: milliseconds to the first slice of each click, and how many slices came."""
    from tests.webapp.annotation.tab import Tab

    chance = random.Random(seed)
    tab = await Tab.over_the_network(server.socket_address, world.annotation.pk, cookie, server.http_address)
    await tab.until_synced()
    await asyncio.sleep(chance.uniform(0, LOOK_SECONDS[1]))
    first_ms = []
    for voxel, label in CLICKS[:clicks]:
        here = tuple(at - low for at, low in zip(voxel, LOW, strict=True))
        began = time.perf_counter()
        answer = await tab.answer_to(await tab.click(*here, label=label))
        if answer["type"] != "ack":
            raise RuntimeError(f"A click was refused: {answer['sentence']}")
        revision = answer["revision"]
        await tab.until(lambda: any(frame.revision >= revision for _, frame in tab.arrivals[-64:]), DONE_SECONDS)  # noqa: B023
        first = next(moment for moment, frame in tab.arrivals if frame.revision >= revision)
        first_ms.append(1000 * (first - began))
        await _looked(tab, chance.uniform(*LOOK_SECONDS))
    await tab.until_run("done", revision, DONE_SECONDS)
    await tab.close()
    return first_ms, len(tab.arrivals)


async def _looked(tab: object, seconds: float) -> None:
    """Take in what comes meanwhile, as a browser does."""
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        try:
            await tab.take_one(left)  # type: ignore[attr-defined]
        except TimeoutError:
            return


def measured(annotators: int, workers: int, clicks: int) -> Measured:
    """Start the servers, let everybody work, stop them."""
    from django.conf import settings

    from tests.webapp.annotation.running_server import RunningServer
    from tests.webapp.annotation.tab import session_cookie

    worlds = prepared(annotators)
    cookies = [session_cookie(world.ben) for world in worlds]
    with (
        tempfile.TemporaryDirectory() as logs,
        RunningServer(Path(logs), Path(settings.CHECKPOINT), shards=workers) as server,
    ):
        for number in range(1, workers):
            server.start_worker(f"interactive-{number}")
            server.wait_for_log(f"interactive-{number}", "ready")
        began = time.perf_counter()

        async def everybody() -> list[tuple[list[float], int]]:
            jobs = [
                annotate(server, world, cookie, clicks, seed)
                for seed, (world, cookie) in enumerate(zip(worlds, cookies, strict=True))
            ]
            return await asyncio.gather(*jobs)

        results = asyncio.run(everybody())
        seconds = time.perf_counter() - began
    return Measured(annotators, workers, [first for first, _ in results], sum(count for _, count in results), seconds)


def section(load: float, clicks: int, rounds: Sequence[Measured]) -> str:
    """The text of the section."""
    heads = ["annotators", "workers", "p50 ms", "p95 ms", "longest ms", "slowest / fastest", "slices/s"]
    return f"""## Load
Made by `python -m benchmarks.load` on {page.machine(load)}.
Simulated annotators over real sockets, each on a case of their own ({SHAPE[0]} slices of {SHAPE[1]} x {SHAPE[2]}
pixels of the demo, features made before): {clicks} clicks each on {LABELS} structures, {LOOK_SECONDS[0]} to
{LOOK_SECONDS[1]} s after the first slice of the one before. Milliseconds from sending a click to its first slice; the
servers and all annotators share the cores, each worker computes on one. "Slowest / fastest" compares the medians of two
annotators.

{page.table(heads, [entry.cells() for entry in rounds])}
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clicks", type=int, default=10, choices=range(1, len(CLICKS) + 1), metavar="N")
    given = parser.parse_args()
    load = psutil.getloadavg()[0]
    rounds = []
    with own_servers():
        for workers in given.workers:
            for annotators in given.annotators:
                if workers <= annotators:
                    rounds.append(measured(annotators, workers, given.clicks))
                    print(rounds[-1].cells(), flush=True)
    page.write_section("load", section(load, given.clicks, rounds))
    print(f"Written: {page.PAGE}")


if __name__ == "__main__":
    main()
