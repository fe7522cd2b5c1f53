"""`./s2v up` itself: what it leaves behind when it is stopped, and when it is killed."""

import os
import signal
import sqlite3
import time
from pathlib import Path

import psutil
import pytest

from tests.running_stack import RunningStack, free_port

NAMES = {"valkey", "web", "interactive-worker", "background-worker", "sweeper"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack") / "data"


def test_sigterm_stops_everything_within_seconds(data: Path) -> None:
    with RunningStack(data, free_port()) as running:
        children = running.children()
        assert len(children) == len(NAMES)
        assert {path.stem for path in (data / "logs").glob("*.log")} == NAMES
        began = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=15) == 0
        assert time.monotonic() - began < 10
        assert not [child for child in children if child.is_running()]


def test_ctrl_c_stops_everything_too_and_a_second_start_is_quick(data: Path) -> None:
    began = time.monotonic()
    with RunningStack(data, free_port()) as running:
        assert time.monotonic() - began < 30
        children = running.children()
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=15) == 0
        assert not [child for child in children if child.is_running()]


def test_after_sigkill_nothing_goes_on_and_the_next_start_works(data: Path) -> None:
    port = free_port()
    with RunningStack(data, port) as killed:
        children = killed.children()
        killed.process.kill()
        killed.process.wait()
        _gone, alive = psutil.wait_procs(children, timeout=5)
        assert not alive, "children do not outlive their supervisor"
    with RunningStack(data, port) as running:
        assert len(running.children()) == len(NAMES)


def test_a_killed_process_is_started_again(data: Path) -> None:
    with RunningStack(data, free_port()) as running:
        for name in ("web", "valkey", "sweeper"):
            before = running.child(name)
            os.kill(before.pid, signal.SIGKILL)
            running.wait_until(lambda name=name, before=before: running.child(name).pid != before.pid)
        running.wait_until(running.is_served)


def test_the_demo_is_there_once(data: Path) -> None:
    with sqlite3.connect(data / "db.sqlite3") as database:
        assert database.execute("select count(*) from projects_project").fetchone() == (1,)
        assert database.execute("select count(*) from volumes_volume").fetchone() == (1,)
