"""Where things lie: the checkout, the virtual environment, and what one data directory holds."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"


@dataclass(frozen=True)
class DataDirectory:
    """Everything that a running installation writes: database, volumes, logs, secrets, run state."""

    root: Path

    @classmethod
    def made_at(cls, path: Path) -> DataDirectory:
        """Make the directory and its parts, private to the user, and answer it."""
        data = cls(path.expanduser().resolve())
        for folder in (data.root, data.logs, data.run, data.secrets):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (data.run, data.secrets):
            folder.chmod(0o700)
        return data

    @property
    def logs(self) -> Path:
        """One log file a process, turned over by size."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What lives only while the supervisor does: its lock, the list of its processes, Valkey's settings."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Keys made at the first start, readable by the user alone."""
        return self.root / "secrets"

    def is_writable(self) -> bool:
        """Whether the data directory, or the nearest parent that exists, can be written to."""
        nearest = next(parent for parent in (self.root, *self.root.parents) if parent.exists())
        return os.access(nearest, os.W_OK)
