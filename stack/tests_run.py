"""`./s2v test`: everything that the tests need, then every test. It fails where it cannot test; it never skips."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from stack import environment, frontend
from stack.layout import ROOT, VENV_PYTHON
from stack.progress import SetupError, run_step, say


@dataclass(frozen=True)
class SystemPackage:
    """A program that the tests start and pip cannot bring."""

    name: str
    programs: tuple[str, ...]
    folders: str = ""

    def is_present(self) -> bool:
        """Whether all its programs are on the PATH or in its own folders."""
        return all(shutil.which(program) or self._in_folders(program) for program in self.programs)

    def _in_folders(self, program: str) -> bool:
        return bool(self.folders) and any(Path("/").glob(f"{self.folders.lstrip('/')}/{program}"))


NEEDED = (
    SystemPackage("chromium", ("chromium",)),
    SystemPackage("postgresql", ("postgres", "initdb"), "/usr/lib/postgresql/*/bin"),
    SystemPackage("redis-server", ("redis-server",)),
    SystemPackage("dicom3tools", ("dciodvfy",)),
)


def run(given: list[str]) -> int:
    """Set up and run pytest with the given arguments; answers its exit code."""
    environment.prepare({"train", "test"})
    ensure_system_packages()
    frontend.build()
    say("· Running the tests …")
    command = [str(VENV_PYTHON), "-m", "pytest", *given]
    return subprocess.run(command, cwd=ROOT, env=environment.inside(), stdin=subprocess.DEVNULL, check=False).returncode


def ensure_system_packages() -> None:
    """Install what is missing where that is allowed; raises `SetupError` naming it where it is not."""
    missing = [package.name for package in NEEDED if not package.is_present()]
    if not missing:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise SetupError(
            f"The tests need these system packages, which are missing: {', '.join(missing)}. "
            f"Install them (Debian and Ubuntu: sudo apt-get install {' '.join(missing)}) and start again."
        )
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_step("Reading the list of system packages", [apt, "update", "-qq"], cwd=ROOT, environment=quiet)
    command = [apt, "install", "-y", "-qq", "--no-install-recommends", *missing]
    run_step(f"Installing {', '.join(missing)}", command, cwd=ROOT, environment=quiet)
    still = [package.name for package in NEEDED if not package.is_present()]
    if still:
        raise SetupError(f"These system packages were installed, but their programs are not there: {', '.join(still)}.")
