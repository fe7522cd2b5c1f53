"""The virtual environment: made once, brought in step with pyproject.toml and requirements.lock when they change.

pyproject.toml says what is needed, in groups: the server's own dependencies, "embedded" (what one machine needs to
run everything by itself), "train" and "test". requirements.lock pins the version of every package that any group
brings, and is given to pip as constraints. So each command installs what it needs and nothing else, out of one lock.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
import tomllib
from collections.abc import Iterable
from typing import Any

from stack.layout import LOCK, PROJECT, ROOT, VENV, VENV_PYTHON
from stack.progress import SetupError, run_step

STAMP = VENV / "s2v-installed.json"
TOO_OLD = (3, 11)


def prepare(groups: Iterable[str] = ()) -> None:
    """Make .venv hold what one machine needs to run the product, and the named further groups ("train", "test")."""
    if not _venv_is_usable():
        _make_venv()
    wanted = frozenset(groups) | {"embedded"}
    fingerprint = _fingerprint()
    before = _read_stamp()
    current = before.get("fingerprint") == fingerprint
    present = frozenset(before.get("groups", ()))
    if current and wanted <= present:
        return
    _install(wanted | present)
    STAMP.write_text(json.dumps({"fingerprint": fingerprint, "groups": sorted(wanted | present)}))


def requirements(groups: Iterable[str]) -> list[str]:
    """The requirement lines of pyproject.toml: the server's own and those of the named groups."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    lines = list(project["dependencies"])
    for group in sorted(groups):
        lines += project["optional-dependencies"][group]
    return sorted(set(lines))


def inside(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment for a program of .venv: its binaries first, no Python settings of the outer shell."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    environment["PATH"] = os.pathsep.join([str(VENV / "bin"), environment.get("PATH", os.defpath)])
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PYTHONUNBUFFERED"] = "1"
    environment.update(extra or {})
    return environment


def _venv_is_usable() -> bool:
    # A .venv of an interrupted first start has a python, but no pip: then it is made again.
    return VENV_PYTHON.exists() and any(VENV.glob("lib/python*/site-packages/pip/__main__.py"))


def _make_venv() -> None:
    if sys.version_info < TOO_OLD:
        raise SetupError(f"S2V Annotate needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            f"Python {version} at {sys.executable} has no venv module. "
            f"Install it (Debian and Ubuntu: apt install python{version}-venv) and start again."
        )
    run_step(
        "Making the virtual environment .venv",
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        cwd=ROOT,
        environment=dict(os.environ),
    )


def _install(groups: frozenset[str]) -> None:
    purposes = sorted(groups - {"embedded"})
    what = " and ".join(["the product", *(f"what the command {purpose} needs" for purpose in purposes)])
    pip = [str(VENV_PYTHON), "-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]
    run_step(
        f"Installing {what} into .venv (the first time some minutes)",
        [*pip, "--constraint", str(LOCK), *requirements(groups)],
        cwd=ROOT,
        environment=inside(),
        remedy="Is the package index reachable? `./s2v up` goes on where it stopped.",
    )


def _fingerprint() -> str:
    digest = hashlib.sha256()
    digest.update(LOCK.read_bytes())
    digest.update(json.dumps([requirements({group}) for group in ("embedded", "train", "test")]).encode())
    digest.update((VENV / "pyvenv.cfg").read_bytes())
    return digest.hexdigest()


def _read_stamp() -> dict[str, Any]:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}
