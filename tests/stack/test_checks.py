"""The checks of the code itself, as tests, so that one command and one summary hold everything."""

import subprocess
import sys
from pathlib import Path

import pytest

from stack import frontend

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent

CHECKS = {
    "style": [str(BINARIES / "ruff"), "check", "."],
    "types": [str(BINARIES / "mypy"), "manage.py", "stack", "webapp", "segmentation_engine"],
    "borders between the parts": [str(BINARIES / "lint-imports"), "--no-cache"],
    "migrations fit the models": [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
}


@pytest.mark.parametrize("name", CHECKS)
def test_python_code_passes(name: str) -> None:
    answer = subprocess.run(CHECKS[name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_front_end_passes_its_own_checks() -> None:
    answer = subprocess.run(
        frontend.npm("run", "check"),
        cwd=frontend.FRONTEND,
        env=frontend.node_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
