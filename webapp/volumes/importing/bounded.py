"""What every bounded process has in common: its limits, and the JSON lines on standard output.

Lines: {"progress": 0..1}, and at the end {"facts": {...}} or {"problem": "a sentence"}.
"""

import argparse
import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from webapp.volumes.importing.problems import UnreadableError


class Reporter:
    """Says how far we are, not more often than each per cent."""

    def __init__(self) -> None:
        self.said = -1.0

    def at(self, fraction: float) -> None:
        if fraction - self.said >= 0.01:
            self.said = fraction
            _say({"progress": round(fraction, 3)})


def parser(description: str | None) -> argparse.ArgumentParser:
    """The arguments that all have; limits among them."""
    wanted = argparse.ArgumentParser(description=description)
    wanted.add_argument("source", type=Path)
    wanted.add_argument("folder", type=Path)
    wanted.add_argument("--max-voxels", type=int, required=True)
    wanted.add_argument("--memory-bytes", type=int, required=True)
    wanted.add_argument("--seconds", type=int, required=True)
    return wanted


def report(wanted: argparse.Namespace, read: Callable[[Reporter], dict[str, Any]]) -> None:
    """Do the reading within the limits and say what came of it."""
    resource.setrlimit(resource.RLIMIT_AS, (wanted.memory_bytes, wanted.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (wanted.seconds, wanted.seconds + 1))
    try:
        _say({"facts": read(Reporter())})
    except UnreadableError as problem:
        _say({"problem": str(problem)})
    except MemoryError:
        _say({"problem": "Reading this file takes more memory than an import may use here."})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
