"""`./s2v up` as a real process with all its children, for tests and benchmarks that need the whole."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "of the running tests"
START_SECONDS = 180.0
MARKS = {
    "valkey": "valkey-server",
    "web": "webapp.config.asgi:application",
    "interactive-worker": "--queues interactive",
    "background-worker": "--queues background",
    "sweeper": "manage.py sweep",
}


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RunningStack:
    """Starts on entering, once it says that it is ready; on leaving it is stopped if it still runs."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.address = f"http://127.0.0.1:{port}/"
        self.output: list[str] = []
        self._ready: queue.Queue[bool] = queue.Queue()
        self._command = [str(ROOT / "s2v"), "up", "--port", str(port), "--data", str(data)]

    def __enter__(self) -> RunningStack:
        environment = {**os.environ, "S2V_DEMO_PASSWORD": PASSWORD}
        self.process = subprocess.Popen(
            self._command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        try:
            ready = self._ready.get(timeout=START_SECONDS)
        except queue.Empty:
            ready = False
        if not ready:
            self.process.terminate()
            self.process.wait(timeout=30)
            raise AssertionError("./s2v up did not start:\n" + "".join(self.output))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(timeout=30)

    def children(self) -> list[psutil.Process]:
        """The processes that the supervisor runs."""
        found: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        return found

    def child(self, name: str) -> psutil.Process:
        """One of them by its log's name; waits until it runs."""
        return self.wait_until(lambda: next(iter(self._named(name)), None))

    def is_served(self) -> bool:
        """Whether the login page answers."""
        try:
            with urllib.request.urlopen(self.address + "accounts/login/", timeout=2) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def logs(self) -> str:
        """What all processes logged, for the message of a failed test."""
        return "\n".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in (self.data / "logs").glob("*.log"))

    def wait_until(self, ready: Callable[[], T | None], seconds: float = 30.0) -> T:
        """Wait for something true and answer it; AssertionError with the logs if it does not come."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = ready()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError("".join(self.output) + self.logs())

    def _named(self, name: str) -> list[psutil.Process]:
        found = []
        for child in self.children():
            try:
                if MARKS[name] in " ".join(child.cmdline()) and "leash.py" not in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found

    def _read(self) -> None:
        if self.process.stdout is None:
            return
        for line in self.process.stdout:
            self.output.append(line)
            if "is ready after" in line:
                self._ready.put(True)
        self._ready.put(False)
