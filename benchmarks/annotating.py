"""How much work three structures are: an annotator's session on the demo, from opening the case to its approval.

    .venv/bin/python -m benchmarks.annotating

What is clicked was found by sitting in front of the workspace and looking: it is what it took until both lateral
ventricles and the brainstem of the demo were acceptable to the eye, three mistaken clicks left out. This script does
the same in a real browser, counts what hands do and how long they wait, and writes its section of docs/performance.md.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import expect

from benchmarks import page
from tests.running_stack import PASSWORD, RunningStack, free_port
from tests.workspace_driver import Person, Voxel, chromium
from webapp.demo.brain import CASE_NAME, LABELS, PROJECT_NAME

LEFT, RIGHT, STEM = 1, 2, 3
SMOOTH = "Shift+g"
LOOKING_S = 5


@dataclass(frozen=True)
class Said:
    """One click, or a scribble through several voxels; (z, y, x)."""

    label: int
    voxels: tuple[Voxel, ...]
    adds: bool = True


EDITS = (
    Said(LEFT, ((92, 131, 88),)),
    Said(RIGHT, ((92, 131, 108),)),
    Said(STEM, ((40, 106, 98),)),
    # The horns are narrow: a line in each says more than a point.
    Said(RIGHT, ((82, 156, 108), (82, 150, 102), (82, 140, 102))),
    Said(LEFT, ((82, 156, 88), (82, 150, 94), (82, 140, 94))),
    Said(RIGHT, ((82, 93, 124),)),
    Said(LEFT, ((82, 93, 73),)),
    Said(RIGHT, ((89, 138, 103),)),
    Said(LEFT, ((89, 138, 93),)),
    # Caudate and hippocampus are no ventricles.
    Said(LEFT, ((76, 149, 86),), adds=False),
    Said(LEFT, ((62, 105, 64),), adds=False),
    Said(RIGHT, ((62, 105, 127),), adds=False),
    Said(LEFT, ((68, 151, 87),), adds=False),
    Said(STEM, ((21, 100, 98),)),
    Said(LEFT, ((72, 90, 67),)),
    Said(LEFT, ((72, 157, 87),)),
)
COUNTING = """() => {
  window.hands = { presses: 0, keys: 0 };
  addEventListener("pointerdown", () => { window.hands.presses += 1; }, true);
  addEventListener("keydown", () => { window.hands.keys += 1; }, true);
}"""


def main() -> None:
    """Do the session and write the section."""
    load = psutil.getloadavg()[0]
    with (
        tempfile.TemporaryDirectory(prefix="s2v-annotating-") as folder,
        RunningStack(Path(folder) / "data", free_port()) as running,
        chromium() as browser,
    ):
        person = Person(browser, running.address, "demo", PASSWORD)
        began = time.perf_counter()
        person.open_case(PROJECT_NAME, CASE_NAME)
        person.page.evaluate(COUNTING)
        segment(person)
        _hand_in(person)
        seconds = time.perf_counter() - began
        body = _section(person, seconds, load)
    page.write_section("annotating", body)
    print(body)


def segment(person: Person) -> None:
    """All that is said, each once the one before is done; then each label smoothed."""
    for said in EDITS:
        say(person, said)
        person.wait_until_done()
    for count, label in enumerate((LEFT, RIGHT, STEM), start=1):
        person.page.keyboard.press(str(label))
        person.page.keyboard.press(SMOOTH)
        person.page.wait_for_function("count => window.s2v.operations().length === count", arg=count)
        person.wait_until_done()


def say(person: Person, said: Said) -> None:
    """Click or draw it."""
    button = "left" if said.adds else "right"
    if len(said.voxels) == 1:
        person.click_on(said.voxels[0], said.label, button=button)
        return
    person.look_at_slice(said.voxels[0][0])
    person.page.keyboard.press(str(said.label))
    before = len(person.timings())
    person.draw("s", list(said.voxels), button=button)
    person.page.keyboard.press("p")
    person.page.wait_for_function("before => window.s2v.timings().length > before", arg=before)


def _hand_in(person: Person) -> None:
    person.page.keyboard.press("Control+Enter")
    for button, state in (("Submit", "submitted"), ("Approve", "approved")):
        person.page.get_by_role("button", name=button, exact=True).click()
        expect(person.page.locator(f"[data-workflow={state}]")).to_be_visible()


def _section(person: Person, seconds: float, load: float) -> str:
    timings = person.timings()
    until = {name: [timing[name] - timing["click"] for timing in timings] for name in ("firstPaint", "done")}
    hands = person.page.evaluate("() => window.hands")
    volumes = person.label_counts()  # voxels of 1 mm³
    rows = [
        ["clicks", str(sum(len(said.voxels) == 1 for said in EDITS))],
        ["… of which corrections that take away", str(sum(not said.adds for said in EDITS))],
        ["scribbles", str(sum(len(said.voxels) > 1 for said in EDITS))],
        ["operations (smoothing, one a label)", "3"],
        ["presses of the pointer, with submitting and approving", str(hands["presses"])],
        ["presses of keys, most of them to go from slice to slice", str(hands["keys"])],
        [
            "from an edit to the first changed slice on screen, median, s",
            f"{np.median(until['firstPaint']) / 1000:.2f}",
        ],
        ["from an edit to the last slice, median, s", f"{np.median(until['done']) / 1000:.1f}"],
        ["from an edit to the last slice, all together, s", f"{sum(until['done']) / 1000:.0f}"],
        ["from the list of projects to approval, min", f"{seconds / 60:.1f}"],
        [
            f"the same with {LOOKING_S} s of looking before each edit, min",
            f"{(seconds + LOOKING_S * len(EDITS)) / 60:.1f}",
        ],
    ]
    outcome = ", ".join(
        f"{LABELS[label - 1][0].lower()} {volumes[label] / 1000:.1f} ml" for label in (LEFT, RIGHT, STEM)
    )
    return f"""## An annotator's session
Made by `python -m benchmarks.annotating` on {page.machine(load)}.
Both lateral ventricles and the brainstem of the demo (189 slices), from opening the case to its approval. The edits
are those that a look at the masks led to, until they were acceptable to the eye; three mistaken ones, undone, are
left out, and a hand that finds its place at once is assumed. The demo has no reference to measure the outcome by:
{outcome}.

{page.table(["", "one session"], rows)}
"""


if __name__ == "__main__":
    main()
