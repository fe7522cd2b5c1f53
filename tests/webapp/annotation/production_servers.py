"""Real PostgreSQL and Redis servers on free ports, in a folder of their own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30.0


@contextmanager
def postgresql() -> Iterator[str]:
    """A new PostgreSQL cluster; gives its address. As root it runs as the user `postgres`, as it insists on."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        raise RuntimeError("PostgreSQL is not installed: apt install postgresql.")
    folder = Path(tempfile.mkdtemp(prefix="s2v-postgresql-"))
    as_owner: list[str] = []
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_owner = ["runuser", "-u", "postgres", "--"]
    data, port = folder / "data", free_port()
    initdb = [*as_owner, str(programs / "initdb"), "-D", str(data), "-U", "s2v", "-A", "trust", "-E", "UTF8"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    server = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder), "-h", "127.0.0.1"]
    server += ["-c", "fsync=off"]  # the power stays on
    process = subprocess.Popen([*as_owner, *server], stderr=subprocess.DEVNULL, cwd=folder)
    try:
        _wait_for_port(port, process)
        yield f"postgresql://s2v:s2v@127.0.0.1:{port}/postgres"
    finally:
        # Immediate: what is in it is thrown away. Through pg_ctl, because runuser would not pass a signal on.
        stop = [*as_owner, str(programs / "pg_ctl"), "stop", "-D", str(data), "-m", "immediate"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis_server() -> Iterator[str]:
    """A Redis server on a TCP port; gives its address."""
    binary = shutil.which("redis-server")
    if binary is None:
        raise RuntimeError("Redis is not installed: apt install redis-server.")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="s2v-redis-") as folder:
        process = subprocess.Popen(
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for_port(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server on port {port} did not start.") from None
            time.sleep(0.05)
