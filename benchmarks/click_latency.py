"""How long a click on the demo takes to become visible, in a real browser against the real processes of `./s2v up`.

    ./s2v test --collect-only -q      (once: installs what is needed)
    .venv/bin/python -m benchmarks.click_latency [--out docs/performance.md] [--clicks 20]

It starts an installation of its own in a temporary directory, opens the demo, clicks once while the features are
still being made, waits for them, then clicks on structures one after another, each time until its run is done.
Times are taken in the page: from the pointer going up to the first changed slice being painted, and to the
message that the last one is done. It writes the table in docs/performance.md.
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil

from benchmarks import page
from tests.running_stack import MARKS, PASSWORD, RunningStack, free_port
from tests.workspace_driver import Person, Voxel, chromium
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

ROOT = Path(__file__).resolve().parents[1]
FEATURES_SECONDS = 900

# Voxels (z, y, x) of the demo and the digit of the label that belongs there: seven structures, then corrections of
# them on other slices, as a person makes them.
CLICKS: tuple[tuple[Voxel, int], ...] = (
    ((92, 131, 88), 1),
    ((92, 131, 108), 2),
    ((40, 106, 98), 3),
    ((37, 72, 73), 4),
    ((84, 146, 85), 5),
    ((84, 146, 111), 6),
    ((94, 134, 98), 7),
    ((80, 100, 82), 1),
    ((80, 100, 114), 2),
    ((52, 108, 98), 3),
    ((30, 74, 120), 4),
    ((78, 148, 84), 5),
    ((78, 148, 112), 6),
    ((99, 128, 98), 7),
    ((98, 126, 87), 1),
    ((98, 126, 109), 2),
    ((28, 98, 98), 3),
    ((45, 70, 98), 4),
    ((90, 138, 83), 5),
    ((90, 138, 113), 6),
)


@dataclass(frozen=True)
class Measured:
    """Everything that the page of numbers needs; times in milliseconds."""

    load: float
    start_seconds: float
    cold_click_ms: float
    features_seconds: float
    feature_slices: int
    acknowledged_ms: list[float]
    first_paint_ms: list[float]
    done_ms: list[float]
    slices: list[int]
    memory_mib: dict[str, tuple[float, float]]
    data_mib: dict[str, float]


def measure(clicks: int) -> Measured:
    """Run the benchmark once."""
    load = psutil.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="s2v-benchmark-") as folder:
        data = Path(folder) / "data"
        began = time.monotonic()
        with RunningStack(data, free_port()) as running, chromium() as browser:
            started = time.monotonic() - began
            person = Person(browser, running.address, "demo", PASSWORD)
            opened = time.monotonic()
            person.open_case(PROJECT_NAME, CASE_NAME)
            cold = _click(person, *CLICKS[0])
            slices = _wait_for_features(data)
            features_seconds = time.monotonic() - opened
            person.page.keyboard.press("Control+z")
            person.page.wait_for_function("() => window.s2v.prompts().length === 0")
            person.wait_until_done()
            timings = [_click(person, voxel, label) for voxel, label in CLICKS[:clicks]]
            return Measured(
                load=load,
                start_seconds=started,
                cold_click_ms=cold["firstPaint"] - cold["click"],
                features_seconds=features_seconds,
                feature_slices=slices,
                acknowledged_ms=[timing["acknowledged"] - timing["click"] for timing in timings],
                first_paint_ms=[timing["firstPaint"] - timing["click"] for timing in timings],
                done_ms=[timing["done"] - timing["click"] for timing in timings],
                slices=_slices_done(data)[-len(timings) :],
                memory_mib={name: _memory(running.child(name)) for name in MARKS},
                data_mib={name: _size_mib(data / name) for name in ("media", "features")},
            )


def _click(person: Person, voxel: Voxel, label: int) -> dict[str, float]:
    person.click_on(voxel, label)
    person.wait_until_done()
    timing = person.timings()[-1]
    missing = [name for name in ("acknowledged", "firstPaint", "done") if timing[name] is None]
    if missing:
        raise RuntimeError(f"The click on {voxel} with label {label} never came to: {', '.join(missing)}")
    return timing


def _wait_for_features(data: Path) -> int:
    deadline = time.monotonic() + FEATURES_SECONDS
    while time.monotonic() < deadline:
        with sqlite3.connect(data / "db.sqlite3") as database:
            row = database.execute("select done, total, state from volumes_featurecache").fetchone()
        if row and row[2] == "ready":
            return int(row[1])
        time.sleep(0.2)
    raise RuntimeError(f"The features are not ready after {FEATURES_SECONDS} s: {row}")


def _slices_done(data: Path) -> list[int]:
    with sqlite3.connect(data / "db.sqlite3") as database:
        rows = database.execute("select slices_done from annotation_run order by id").fetchall()
    return [int(done) for (done,) in rows]


def _memory(process: psutil.Process) -> tuple[float, float]:
    """Resident memory and what of it is the process's own, in MiB."""
    full = process.memory_full_info()
    return full.rss / 2**20, full.uss / 2**20


def _size_mib(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


def page_of_numbers(measured: Measured) -> str:
    """docs/performance.md."""
    rows = [
        ("acknowledged by the server", measured.acknowledged_ms),
        ("first changed slice painted", measured.first_paint_ms),
        ("last slice done", measured.done_ms),
    ]
    table = "\n".join(f"| {name} | {_p(values, 50)} | {_p(values, 95)} | {max(values):.0f} |" for name, values in rows)
    memory = "\n".join(f"| {name} | {rss:.0f} | {own:.0f} |" for name, (rss, own) in measured.memory_mib.items())
    rate = measured.feature_slices / measured.features_seconds
    return f"""# Performance

Made by scripts in `benchmarks/`; do not edit. The first part is by `python -m benchmarks.click_latency`, measured on
{_machine()};
load average of other work when it began: {measured.load:.1f}. With the embedded set-up (`./s2v up`), Chromium on the
same machine (software rendering, which shares the cores), and the demo volume ({measured.feature_slices} slices of
197 x 233 pixels).

## From a click to the screen
{len(measured.done_ms)} clicks in a row, each after the one before was done; milliseconds from the pointer going up.

| until | p50 | p95 | longest |
|---|---:|---:|---:|
{table}

A click recomputed {np.median(measured.slices):.0f} slices (median; {min(measured.slices)} to {max(measured.slices)}).
The very first click, made while the features were still being made: {measured.cold_click_ms:.0f} ms to the first
changed slice.

## Features
Made once a volume, in the background, on one thread: {measured.features_seconds:.1f} s for the demo
({rate:.1f} slices a second) from opening the case, with that first click in between.
They take {measured.data_mib["features"]:.0f} MiB on disk; the volume itself {measured.data_mib["media"]:.0f} MiB.

## Starting
`./s2v up` with everything installed and an empty data directory (database, demo import, all processes):
{measured.start_seconds:.1f} s.

## Memory
MiB after those clicks; "own" is what is not shared with other processes.

| process | resident | own |
|---|---:|---:|
{memory}
"""


def _p(values: list[float], percent: int) -> str:
    return f"{np.percentile(values, percent):.0f}"


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory_gib = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores ({model}), {memory_gib:.0f} GiB of memory, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


def main() -> None:
    """Measure and write the page of numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--clicks", type=int, default=len(CLICKS), choices=range(1, len(CLICKS) + 1), metavar="N")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    others = page.sections(options.out.read_text()) if options.out.exists() else []
    options.out.write_text("\n".join([page_of_numbers(measure(options.clicks)), *others]))
    print(f"Written: {options.out}")


if __name__ == "__main__":
    main()
