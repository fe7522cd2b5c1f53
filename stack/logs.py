"""One log file a process, turned over when it is full, so that a data directory never fills up with logs."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import IO

LARGEST_BYTES = 5 * 1024 * 1024
KEPT_FILES = 3
TAIL_LINES = 15


class TurnedLog:
    """Append-only log `name.log`; older ones are `name.log.1` (newest) to `name.log.3`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._lock = threading.Lock()
        self._file = path.open("ab")

    def write(self, line: bytes) -> None:
        """Append one line; turn the file over first where it is full."""
        with self._lock:
            if self._file.tell() + len(line) > LARGEST_BYTES:
                self._turn_over()
            self._file.write(line)
            self._file.flush()
        self.tail.append(line.decode(errors="replace").rstrip())

    def follow(self, stream: IO[bytes]) -> threading.Thread:
        """Copy a process's output here, in a thread, until it ends."""
        thread = threading.Thread(target=self._copy, args=(stream,), daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _copy(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self.write(line)

    def _turn_over(self) -> None:
        self._file.close()
        for number in range(KEPT_FILES - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        self._file = self.path.open("ab")

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
