"""How time grows: with the slices of a volume, the labels and prompts on it, and the revisions that are stored.

    .venv/bin/python -m benchmarks.growth [--threads 1]

Engine times are those of one process without the network; writes its section of docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import psutil

from benchmarks import page
from benchmarks.engine_speed import balls, ripple
from benchmarks.servers import own_servers
from segmentation_engine import Engine, Prompt, Session, load_engine

SLICES = (50, 100, 200, 400)
LABELS = (1, 2, 4, 8, 16)
PROMPTS = (1, 5, 10, 20, 50)
REVISIONS = (1, 10, 50, 200)
SLICES_OF_LABELS = 60
SLICES_A_REVISION = 60
SPACING_MM = (2.0, 1.0, 1.0)
TIMES = 5


@dataclass(frozen=True)
class Point:
    """One click: milliseconds to its first and its last slice, and how many slices came."""

    size: int
    first_ms: float
    last_ms: float
    slices: int

    def cells(self) -> list[str]:
        a_slice = self.last_ms / max(1, self.slices)
        return [str(self.size), f"{self.first_ms:.0f}", f"{self.last_ms:.0f}", str(self.slices), f"{a_slice:.1f}"]


def with_slices(engine: Engine) -> list[Point]:
    """One point on a ball that spans the whole volume."""
    points = []
    for count in SLICES:
        image, centres = balls(count, 1)
        features = engine.encode(image, SPACING_MM)
        list(features.fill())
        points.append(Point(count, *ripple(engine, features, centres)))
    return points


def with_labels(engine: Engine) -> list[Point]:
    """One point on each of so many balls, said in one go."""
    image, centres = balls(SLICES_OF_LABELS, max(LABELS))
    features = engine.encode(image, SPACING_MM)
    list(features.fill())
    ripple(engine, features, centres[:1])
    return [Point(count, *ripple(engine, features, centres[:count])) for count in LABELS]


def with_prompts(engine: Engine) -> list[Point]:
    """The n-th point on one ball, after n - 1 others were carried out."""
    image, centres = balls(SLICES_OF_LABELS, 1)
    features = engine.encode(image, SPACING_MM)
    session = engine.session(features, 1)
    random = np.random.default_rng(0)
    points = []
    for number in range(1, max(PROMPTS) + 1):
        z, y, x = np.asarray(centres[0]) + random.integers((-20, -12, -12), (20, 12, 12))
        moments = _clicked(session, Prompt.point(1, (int(z), int(y), int(x))))
        if number in PROMPTS:
            points.append(Point(number, moments[0], moments[-1], len(moments)))
    return points


def _clicked(session: Session, prompt: Prompt) -> list[float]:
    began = time.perf_counter()
    session.add(prompt)
    return [1000 * (time.perf_counter() - began) for _ in session.propagate()]


def with_revisions() -> list[list[str]]:
    """Rows of the table of stored revisions: milliseconds of what the web process does with so many of them."""
    from tests.webapp.annotation.world import make_world, store_run
    from webapp.annotation import frames, selectors, services, slices

    world = make_world((SLICES_A_REVISION, 64, 64))
    rows, stored = [], 0
    for count in REVISIONS:
        while stored < count - 1:
            services.add_prompt(world.ben, world.annotation.pk, world.point(5, 5, 5))
            store_run(world.annotation, dict.fromkeys(range(SLICES_A_REVISION), 1 + stored % 2))
            stored += 1
        click = _median_ms(lambda: services.add_prompt(world.ben, world.annotation.pk, world.point(5, 5, 5)))
        undo = _median_ms(lambda: services.undo(world.ben, world.annotation.pk, uuid.uuid4()))
        world.annotation.refresh_from_db()
        state = _median_ms(lambda: selectors.snapshot(world.annotation))
        opening = _median_ms(
            lambda: [
                message
                for batch in slices.pages_since(world.annotation, 0)
                for message in frames.batch_messages(map(slices.encode, batch))
            ]
        )
        rows.append([str(count), *(f"{value:.1f}" for value in (click, undo, state, opening))])
    return rows


def _median_ms(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken))


def section(load: float, threads: int, tables: Sequence[list[Point]], revisions: list[list[str]]) -> str:
    """The text of the section."""
    heads = ["first slice ms", "last slice ms", "slices", "ms a slice"]
    by_slices, by_labels, by_prompts = (
        page.table([name, *heads], [point.cells() for point in points])
        for name, points in zip(("slices of the volume", "labels", "prompt number"), tables, strict=True)
    )
    stored_heads = ["revisions stored", "store a prompt ms", "undo ms", "opening: state ms", "opening: all slices ms"]
    return f"""## Growth
Made by `python -m benchmarks.growth` on {page.machine(load)}.
The engine alone, {threads} thread(s), features made before, slices of 256 x 256 pixels with balls in noise. A slice
that both directions pass is decoded twice.

One point on a ball that spans the volume:

{by_slices}

One point on each of several balls in {SLICES_OF_LABELS} slices, said in one go:

{by_labels}

The n-th point on one ball in {SLICES_OF_LABELS} slices, each carried out before the next:

{by_prompts}

What the web process does, by revisions stored of an annotation, each with all of its {SLICES_A_REVISION} slices
(SQLite; medians of {TIMES}):

{page.table(stored_heads, revisions)}
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    load = psutil.getloadavg()[0]
    engine = load_engine(threads=given.threads)
    tables = [with_slices(engine), with_labels(engine), with_prompts(engine)]
    with own_servers():
        revisions = with_revisions()
    page.write_section("growth", section(load, given.threads, tables, revisions))
    print(f"Written: {page.PAGE}")


if __name__ == "__main__":
    main()
