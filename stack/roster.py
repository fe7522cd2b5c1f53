"""The list of started processes on disk, and the lock that says a supervisor is alive.

A supervisor that is killed outright cannot stop its processes. The next one reads the list and ends what is left
of it. A process id alone may belong to a stranger by then, so each is kept with the time its process started.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from stack.progress import SetupError

PATIENCE_SECONDS = 5.0


class Roster:
    """Who runs in one data directory. Held from `acquire` to the end of the supervisor's process."""

    def __init__(self, run: Path) -> None:
        self._list = run / "processes.json"
        self._lock = run / "supervisor.lock"
        self._descriptor: int | None = None

    def acquire(self, address: str) -> None:
        """Take the data directory, leaving our address for a second comer.

        Raises `SetupError` if another supervisor has it.
        """
        # The kernel lets go of the lock when the process ends, so a stale one does not exist.
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = os.read(descriptor, 200).decode(errors="replace").strip()
            os.close(descriptor)
            raise SetupError(f"S2V Annotate already runs on this data directory, at {other}.") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, address.encode())
        self._descriptor = descriptor

    def end_leftovers(self) -> int:
        """End what a killed supervisor left running; answers how many processes that were."""
        leftovers = [pid for pid, began in self._read() if began_at(pid) == began]
        for pid in leftovers:
            signal_group(pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(began_at(pid) for pid in leftovers) and time.monotonic() < deadline:
            time.sleep(0.05)
        for pid in leftovers:
            signal_group(pid, signal.SIGKILL)
        self.write([])
        return len(leftovers)

    def write(self, pids: list[int]) -> None:
        """Replace the list."""
        entries = [[pid, began_at(pid)] for pid in pids]
        draft = self._list.with_suffix(".new")
        draft.write_text(json.dumps(entries))
        draft.replace(self._list)

    def _read(self) -> list[tuple[int, str]]:
        try:
            entries = json.loads(self._list.read_text())
            return [(int(pid), str(began)) for pid, began in entries]
        except (OSError, ValueError, TypeError):
            return []


def began_at(pid: int) -> str:
    """When a process started, as text to compare; empty if there is none (a zombie is none)."""
    try:
        # The name in brackets may hold blanks; what follows the last bracket is regular.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except OSError:
        return "" if Path("/proc/self").exists() else _began_at_by_ps(pid)


def signal_group(pid: int, number: int) -> None:
    """Send a signal to the group that a process of ours leads, if anybody of it is left."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _began_at_by_ps(pid: int) -> str:
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip()
