"""How soon a large volume is seen, what the viewer takes of the browser's memory, and how long its frames take.

.venv/bin/python -m benchmarks.viewer_frames [--shape 400 512 512]

It starts an installation of its own in a temporary directory, imports a synthetic volume, opens it in Chromium and
scrolls through it with the wheel, with three planes and then with 3D beside them, while Chromium traces. A frame is
what the page's main thread works from one animation frame to the next. It writes its section of docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import psutil
from playwright.sync_api import Browser

from benchmarks import page
from tests.running_stack import PASSWORD, RunningStack, free_port
from tests.workspace_driver import Person, chromium
from webapp.demo.brain import PROJECT_NAME

MIB = 2**20
NOTCHES = 150
NOTCH_PX = 100
PAUSE_MS = 16
LAYOUT_KEYS = {"three planes": "F7", "three planes and 3D": "F8"}
CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]


@dataclass(frozen=True)
class Frames:
    """Milliseconds of the main thread, frame by frame."""

    ms: list[float]

    def cells(self) -> list[str]:
        """For the table: how many, and the middle, the 95th percentile and the longest."""
        spread = [np.percentile(self.ms, 50), np.percentile(self.ms, 95), max(self.ms)]
        return [str(len(self.ms)), *(f"{value:.1f}" for value in spread)]


@dataclass(frozen=True)
class Opened:
    """What opening the volume took: milliseconds since navigation, and bytes."""

    first_image_ms: float
    all_ms: float
    renderer: int
    graphics: int


def synthetic(shape: tuple[int, int, int]) -> npt.NDArray[np.int16]:
    """A body with a few balls in it, (Z, Y, X), in values like Hounsfield units."""
    z, y, x = (np.linspace(-1, 1, length, dtype=np.float32) for length in shape)
    volume = np.full(shape, -1000, dtype=np.int16)
    plane = (y[:, None] / 0.7) ** 2 + (x[None, :] / 0.9) ** 2
    centres = np.random.default_rng(0).uniform(-0.5, 0.5, (12, 3))
    for index, height in enumerate(z):
        volume[index][plane < 1] = 20
        for place, (cz, cy, cx) in enumerate(centres):
            ball = (height - cz) ** 2 + (y[:, None] - cy) ** 2 + (x[None, :] - cx) ** 2
            volume[index][ball < 0.02 + 0.003 * place] = 60 + 20 * place
    return volume


def imported(running: RunningStack, person: Person, shape: tuple[int, int, int], folder: Path) -> str:
    """Bring the volume as a file; returns the address of its case."""
    file = folder / "Synthetic.nii.gz"
    affine = np.diag([0.8, 0.8, 1.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(synthetic(shape).transpose(2, 1, 0), affine), file)
    person.page.get_by_role("link", name=PROJECT_NAME).first.click()
    project = person.page.url.rstrip("/").rsplit("/", 1)[1]
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    request = person.context.request
    answer = request.post(
        f"{running.address}api/projects/{project}/uploads",
        multipart={"file": {"name": file.name, "mimeType": "application/gzip", "buffer": file.read_bytes()}},
        headers={"X-CSRFToken": token, "Referer": running.address},
        timeout=300_000,
    )
    upload = answer.json()["id"]
    for _ in range(600):
        state: dict[str, Any] = request.get(f"{running.address}api/uploads/{upload}").json()
        if state["state"] in ("ready", "failed"):
            break
        time.sleep(1)
    if state["state"] != "ready":
        raise RuntimeError(f"The volume could not be imported: {state}")
    return f"{running.address}cases/{state['case']}/"


def opened(person: Person, case: str) -> Opened:
    """Open the case and wait for all of it; the memory is the highest seen once a tenth of a second."""
    highest = {"renderer": 0, "gpu-process": 0}
    person.page.goto(case, wait_until="commit")
    deadline = time.monotonic() + 180
    while not person.page.evaluate("() => Boolean(window.s2v?.ready())"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"The volume did not come up: {person.problems}")
        for kind, most in highest.items():
            highest[kind] = max(most, _own_memory(kind))
        person.page.wait_for_timeout(100)
    done = float(person.page.evaluate("() => performance.now()"))
    first = float(person.page.evaluate("() => performance.getEntriesByName('s2v.first-image')[0].startTime"))
    return Opened(first, done, highest["renderer"], highest["gpu-process"])


def scrolled(browser: Browser, person: Person, key: str, folder: Path) -> Frames:
    """Turn the wheel over the large plane, there and back, under Chromium's tracing."""
    person.page.keyboard.press(key)
    person.page.wait_for_timeout(4000)
    person.page.locator(".viewer-host").hover(position={"x": 200, "y": 200})
    trace = folder / "trace.json"
    browser.start_tracing(page=person.page, path=trace, categories=CATEGORIES)
    for notch in range(NOTCHES):
        person.page.mouse.wheel(0, NOTCH_PX if notch < NOTCHES // 2 else -NOTCH_PX)
        person.page.wait_for_timeout(PAUSE_MS)
    browser.stop_tracing()
    return Frames(main_thread_ms(json.loads(trace.read_text())["traceEvents"]))


def main_thread_ms(events: list[dict[str, Any]]) -> list[float]:
    """Of each frame, the processor time of the page's main thread from its animation callback to the next one.

    Processor time, because without a graphics card the thread waits in between for the process that stands in for it.
    """
    frames = [event for event in events if event["name"] == "FireAnimationFrame"]
    threads = [(event["pid"], event["tid"]) for event in frames]
    thread = max(set(threads), key=threads.count)
    starts = sorted(event["ts"] for event, its in zip(frames, threads, strict=True) if its == thread)
    spent = np.zeros(len(starts))
    for task in events:
        if task["name"] != "RunTask" or task["ph"] != "X" or (task["pid"], task["tid"]) != thread:
            continue
        # The callback is inside its task: a task belongs to the last callback that begins before it ends.
        place = int(np.searchsorted(starts, task["ts"] + task["dur"])) - 1
        if place >= 0:
            spent[place] += task.get("tdur", task["dur"]) / 1000
    return [float(value) for value in spent[1:-1]]


def _own_memory(kind: str) -> int:
    """Bytes that no other process shares, of the largest of Chromium's processes of a kind."""
    found = [0]
    for process in psutil.Process().children(recursive=True):
        try:
            if f"--type={kind}" in process.cmdline():
                found.append(int(process.memory_full_info().uss))
        except psutil.Error:
            continue
    return max(found)


def section(load: float, shape: tuple[int, int, int], seen: Opened, frames: dict[str, Frames]) -> str:
    """The section of the page."""
    rows = [[name, *measured.cells()] for name, measured in frames.items()]
    return f"""## The viewer
Made by `python -m benchmarks.viewer_frames` on {page.machine(load)}.
A synthetic volume of {shape[2]} x {shape[1]} x {shape[0]} voxels ({2 * np.prod(shape) / MIB:.0f} MiB as 16 bit), while
its features are being made in the background. Chromium without a graphics card: what a card would hold
and do, a process of Chromium's does on the same cores.

First image on screen {seen.first_image_ms:.0f} ms after navigation, all slices after {seen.all_ms / 1000:.1f} s.
Memory of the page's process at its highest: {seen.renderer / MIB:.0f} MiB (bar: 700 MiB); of the process that stands in
for the graphics card: {seen.graphics / MIB:.0f} MiB.

Processor time of the page's main thread a frame while scrolling with the wheel, in ms (bar: 8 ms):

{page.table(["layout", "frames", "p50", "p95", "longest"], rows)}"""


def main() -> None:
    """Start, import, open, scroll, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", type=int, nargs=3, default=(400, 512, 512), metavar=("Z", "Y", "X"))
    options = parser.parse_args()
    shape = (options.shape[0], options.shape[1], options.shape[2])
    load = psutil.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="s2v-frames-") as folder,
        RunningStack(Path(folder) / "data", free_port()) as running,
        chromium() as browser,
    ):
        person = Person(browser, running.address, "demo", PASSWORD)
        case = imported(running, person, shape, Path(folder))
        seen = opened(person, case)
        frames = {name: scrolled(browser, person, key, Path(folder)) for name, key in LAYOUT_KEYS.items()}
        if person.problems:
            raise RuntimeError(f"The page had problems: {person.problems}")
    text = section(load, shape, seen, frames)
    page.write_section("viewer", text)
    print(text)


if __name__ == "__main__":
    main()
