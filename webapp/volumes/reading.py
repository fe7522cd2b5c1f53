"""Starts the process that reads one uploaded file, and listens to it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import TypeAdapter

from webapp.errors import DomainError


@dataclass(frozen=True)
class Facts:
    """What the reader found out about a volume; see Volume for the meaning of each."""

    shape: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    affine: list[list[float]]
    scale: float
    offset: float
    window: tuple[float, float]
    value_range: tuple[float, float]
    percentiles: tuple[float, float]
    modality: str
    notes: tuple[str, ...]
    name: str


def read_in_bounded_process(source: Path, folder: Path, on_progress: Callable[[float], None]) -> Facts:
    """Read `source` into `folder`; DomainError with a sentence if that cannot be done within the limits."""
    facts = run_bounded("webapp.volumes.importing", source, folder, on_progress=on_progress)
    return TypeAdapter(Facts).validate_python(facts)


def run_bounded(
    module: str, source: Path, folder: Path, *more: str, on_progress: Callable[[float], None] = lambda _: None
) -> dict[str, Any]:
    """The facts that a module of `webapp.volumes.importing` finds out about `source` in a process with limits."""
    command = [sys.executable, "-m", module, str(source), str(folder), *more]
    command += ["--max-voxels", str(settings.MAX_VOXELS), "--memory-bytes", str(settings.IMPORT_MEMORY_BYTES)]
    command += ["--seconds", str(settings.IMPORT_SECONDS)]
    # Standard error is ours: a traceback of the reader belongs into the worker's log.
    with subprocess.Popen(  # noqa: S603  our own module, our own paths
        command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    ) as process:
        clock = threading.Timer(settings.IMPORT_SECONDS, process.kill)
        clock.start()
        try:
            last = _listen(process, on_progress)
        finally:
            timed_out = not clock.is_alive()
            clock.cancel()
            process.kill()
    return _facts(last, timed_out)


def _listen(process: "subprocess.Popen[bytes]", on_progress: Callable[[float], None]) -> dict[str, Any]:
    last: dict[str, Any] = {}
    for line in process.stdout or ():
        last = json.loads(line)
        if "progress" in last:
            on_progress(float(last["progress"]))
    return last


def _facts(last: dict[str, Any], timed_out: bool) -> dict[str, Any]:
    if "problem" in last:
        raise DomainError(last["problem"])
    if "facts" not in last:
        if timed_out:
            raise DomainError(f"Reading the file took longer than {settings.IMPORT_SECONDS} seconds.")
        raise DomainError("The file could not be read: reading it broke off, so it is damaged or far too large.")
    facts: dict[str, Any] = last["facts"]
    return facts
