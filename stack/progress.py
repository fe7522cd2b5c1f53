"""What the person at the terminal sees: one line a step, the end of the output where a step fails."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

KEPT_LINES = 30
QUIET_SECONDS = 10.0


class SetupError(Exception):
    """Something that the user has to put right; its text is the whole message."""


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step and say how long it took."""
    say(f"· {title} …")
    began = time.monotonic()
    yield
    say(f"  done in {time.monotonic() - began:.1f} s")


def run_step(
    title: str,
    command: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    remedy: str = "",
) -> None:
    """Run a command as one step: a line now and then while it works, its last lines where it fails.

    Raises `SetupError` with the end of the command's output and the remedy.
    """
    with step(title):
        code, tail = _run_with_heartbeat(command, cwd, environment)
    if code != 0:
        raise SetupError("\n".join([*tail, f"{title}: failed (exit code {code}).", *([remedy] if remedy else [])]))


def _run_with_heartbeat(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> tuple[int, list[str]]:
    tail: deque[str] = deque(maxlen=KEPT_LINES)
    process = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    reader = threading.Thread(target=_collect, args=(process, tail), daemon=True)
    reader.start()
    try:
        _beat_until_done(process, tail)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    reader.join(timeout=5)
    return process.returncode, list(tail)


def _collect(process: subprocess.Popen[str], tail: deque[str]) -> None:
    if process.stdout is None:
        return
    for line in process.stdout:
        if line.strip():
            tail.append(line.rstrip())


def _beat_until_done(process: subprocess.Popen[str], tail: deque[str]) -> None:
    began = time.monotonic()
    while True:
        try:
            process.wait(timeout=QUIET_SECONDS)
            return
        except subprocess.TimeoutExpired:
            last = tail[-1][:100] if tail else "working"
            say(f"  {time.monotonic() - began:3.0f} s  {last}")
