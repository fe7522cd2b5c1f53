"""The real processes of the live path: web server, workers, sweeper; on the database and broker of the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 90.0


class RunningServer:
    """Starts on entering; on leaving everything is gone. Output goes to files in `logs`."""

    def __init__(self, logs: Path, checkpoint: Path, shards: int = 1) -> None:
        self.port = _free_port()
        self.http_address = f"http://127.0.0.1:{self.port}"
        self.socket_address = f"ws://127.0.0.1:{self.port}"
        self._logs = logs
        self._processes: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "S2V_CHECKPOINT": str(checkpoint),
            "OMP_NUM_THREADS": "1",
            "S2V_INTERACTIVE_SHARDS": str(shards),
        }

    def __enter__(self) -> RunningServer:
        web = ["-m", "uvicorn", "webapp.config.asgi:application", "--host", "127.0.0.1", "--port", str(self.port)]
        self.web = self.start("web", [*web, "--ws-per-message-deflate", "false", "--lifespan", "off"])
        self.start("sweeper", ["manage.py", "sweep"])
        self.worker = self.start_worker()
        self._wait_for_web()
        self.wait_for_log("interactive", "ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait(10)

    def start(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        """Start a Python process; its log is `name`.log, appended."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._processes.append(process)
        return process

    def start_worker(self, name: str = "interactive", queues: str = "interactive") -> subprocess.Popen[bytes]:
        """Start a worker of these queues."""
        worker = ["-m", "celery", "-A", "webapp.config", "worker", "--pool", "solo", "--hostname", f"{name}@%h"]
        worker += ["-Q", queues, "--without-gossip", "--without-mingle", "--without-heartbeat"]
        return self.start(name, [*worker, "--loglevel", "INFO"])

    def kill(self, pid: int) -> None:
        """SIGKILL one of the processes, in the middle of whatever it does."""
        process = next(process for process in self._processes if process.pid == pid)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def kill_worker(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        self.kill(self.worker.pid)

    def restart_worker(self) -> None:
        """Kill the worker and start another."""
        self.kill_worker()
        self.worker = self.start_worker()

    def log(self, name: str) -> str:
        """What a process has written."""
        return (self._logs / f"{name}.log").read_text(errors="replace")

    def wait_for_log(self, name: str, text: str) -> None:
        """Wait until a process has written this."""
        deadline = time.monotonic() + START_SECONDS
        while text not in self.log(name):
            if time.monotonic() > deadline or self._processes[-1].poll() is not None:
                raise RuntimeError(f"{name} does not say {text!r}:\n{self.log(name)[-3000:]}")
            time.sleep(0.05)

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urllib.request.urlopen(f"{self.http_address}/nothing-here", timeout=1)  # noqa: S310
                return
            except urllib.error.HTTPError:
                return  # it answers
            except OSError:
                if time.monotonic() > deadline or self._processes[0].poll() is not None:
                    raise RuntimeError(f"The web server did not start:\n{self.log('web')[-3000:]}") from None
                time.sleep(0.05)


def database_url() -> str:
    """The address of the database that the tests have open."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgresql://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
