"""nnU-Net's own check of a data set: `nnUNetv2_plan_and_preprocess --verify_dataset_integrity`, and nothing else of it.

What that check imports beyond this project's environment is small. It is installed once into a folder of its own and
put on the path of the checking process alone, so that nothing of it reaches the product.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from tempfile import mkdtemp

from stack.layout import VENV, VENV_PYTHON

PACKAGES = (
    "nnunetv2==2.8.1",
    "batchgenerators==0.25.5",
    "acvl-utils==0.2.6",
    "blosc2==4.14.1",
    "ndindex==1.10.1",
    "numexpr==2.14.2",
)
FOLDER = VENV / "checkers" / PACKAGES[0].replace("==", "-")
CHECK = """
import sys
from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
if __name__ == "__main__":
    verify_dataset_integrity(sys.argv[1], 1)
"""


def install() -> None:
    """Make the folder unless an earlier run has; other runs may be making it at the same time."""
    if FOLDER.exists():
        return
    FOLDER.parent.mkdir(exist_ok=True)
    made = Path(mkdtemp(dir=FOLDER.parent))
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(made), *PACKAGES]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    if not FOLDER.exists():
        made.rename(FOLDER)


def complaint(dataset: Path, scratch: Path) -> str:
    """What nnU-Net says against the data set in this folder; nothing if it takes it. `scratch` is a folder to use."""
    script = scratch / "check.py"
    script.write_text(CHECK)
    folders = {name: str(scratch) for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    environment = {**os.environ, **folders, "PYTHONPATH": str(FOLDER)}
    command = [str(VENV_PYTHON), str(script), str(dataset)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = answer.stdout + answer.stderr
    if answer.returncode == 0 and "Warning" not in answer.stdout:
        assert "verify_dataset_integrity Done" in said, said
        return ""
    return said
