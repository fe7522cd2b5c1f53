"""Takes the README's picture: the workspace of the demo after a click on each of its structures.

.venv/bin/python -m benchmarks.picture_of_workspace [--out docs/images/workspace.png]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.click_latency import CLICKS
from tests.running_stack import PASSWORD, RunningStack, free_port
from tests.workspace_driver import Person, chromium
from webapp.demo.brain import CASE_NAME, LABELS, PROJECT_NAME

ROOT = Path(__file__).resolve().parents[1]
SETTLE_MS = 4500  # until passing messages have gone


def main() -> None:
    """Start an installation, click, and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "workspace.png")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="s2v-picture-") as folder,
        RunningStack(Path(folder) / "data", free_port()) as running,
        chromium() as browser,
    ):
        person = Person(browser, running.address, "demo", PASSWORD)
        person.open_case(PROJECT_NAME, CASE_NAME)
        for voxel, label in CLICKS[: len(LABELS)]:
            person.click_on(voxel, label)
            person.wait_until_done()
        person.look_at_slice(CLICKS[0][0][0])
        person.page.wait_for_timeout(SETTLE_MS)
        person.page.screenshot(path=options.out)
    print(f"Written: {options.out}")


if __name__ == "__main__":
    main()
