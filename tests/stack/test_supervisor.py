"""The supervisor with small real processes: started again, stopped, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stack.logs import KEPT_FILES, TurnedLog
from stack.progress import SetupError
from stack.roster import Roster, began_at
from stack.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[2]


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def program(name: str, source: str, folder: Path) -> Program:
    return Program(name, (sys.executable, "-c", source), dict(os.environ), folder)


def started_times(folder: Path) -> int:
    return len(list(folder.glob("started-*")))


NOTE_START = "import os, pathlib; pathlib.Path(f'started-{os.getpid()}').touch(); "


@pytest.fixture
def roster(tmp_path: Path) -> Roster:
    return Roster(tmp_path)


def watched(supervisor: Supervisor) -> threading.Thread:
    # In the product the main thread watches; here it is a thread, so that the test can look on.
    thread = threading.Thread(target=supervisor.watch)
    thread.start()
    return thread


def test_a_process_that_dies_is_started_again_and_its_end_is_told(
    tmp_path: Path, roster: Roster, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = Supervisor(roster, tmp_path)
    supervisor.start(program("short", NOTE_START + "print('the reason'); raise SystemExit(3)", tmp_path))
    try:
        assert supervisor.wait_for("a third start", lambda: started_times(tmp_path) >= 3, 20)
    finally:
        supervisor.stop()
    told = capsys.readouterr().out
    assert "short stopped with exit code 3; it is started again in 0.25 s." in told
    assert "it is started again in 0.5 s." in told, "the delay grows"
    assert "the reason" in told
    assert "the reason" in (tmp_path / "short.log").read_text()


def test_stop_ends_processes_that_listen_and_processes_that_do_not(
    tmp_path: Path, roster: Roster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.supervisor.STOP_SECONDS", 0.5)
    supervisor = Supervisor(roster, tmp_path)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + NOTE_START + "time.sleep(600)"
    supervisor.start(program("deaf", deaf, tmp_path))
    supervisor.start(program("listening", "import time; " + NOTE_START + "time.sleep(600)", tmp_path))
    assert supervisor.wait_for("both", lambda: started_times(tmp_path) == 2, 10)
    supervisor.stop()
    pids = [int(path.name.partition("-")[2]) for path in tmp_path.glob("started-*")]
    assert not any(began_at(pid) for pid in pids)


def test_what_a_process_started_itself_ends_with_it(tmp_path: Path, roster: Roster) -> None:
    parent = (
        "import subprocess, sys, time; "
        f"subprocess.Popen([sys.executable, '-c', {NOTE_START + 'import time; time.sleep(600)'!r}]); time.sleep(600)"
    )
    supervisor = Supervisor(roster, tmp_path)
    supervisor.start(program("parent", parent, tmp_path))
    assert supervisor.wait_for("the grandchild", lambda: started_times(tmp_path) == 1, 10)
    grandchild = int(next(tmp_path.glob("started-*")).name.partition("-")[2])
    supervisor.stop()
    assert eventually(lambda: not began_at(grandchild))


SUPERVISE = """
import sys; sys.path.insert(0, {root!r})
from pathlib import Path
from stack.roster import Roster
from stack.supervisor import Program, Supervisor
import os
roster = Roster(Path({folder!r})); roster.acquire("http://somewhere/")
supervisor = Supervisor(roster, Path({folder!r}))
source = {note!r} + "import time; time.sleep(600)"
supervisor.start(Program("sleeper", (sys.executable, "-c", source), dict(os.environ), Path({folder!r})))
supervisor.watch()
"""


@pytest.fixture
def killed_supervisor(tmp_path: Path) -> int:
    """The id of a process whose supervisor was killed outright."""
    source = SUPERVISE.format(root=str(ROOT), folder=str(tmp_path), note=NOTE_START)
    with subprocess.Popen([sys.executable, "-c", source]) as outer:
        assert eventually(lambda: started_times(tmp_path) == 1)
        outer.kill()
    return int(next(tmp_path.glob("started-*")).name.partition("-")[2])


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the next start cleans up")
def test_a_process_does_not_outlive_a_killed_supervisor(killed_supervisor: int) -> None:
    assert eventually(lambda: not began_at(killed_supervisor), 5)


def test_the_next_start_ends_what_is_left_over_and_no_stranger(tmp_path: Path, roster: Roster) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    left, stranger = (subprocess.Popen(sleep, start_new_session=True) for _ in range(2))
    try:
        roster.write([left.pid])
        entry = f'[[{left.pid}, "{began_at(left.pid)}"], [{stranger.pid}, "1"]]'
        (tmp_path / "processes.json").write_text(entry)  # the stranger has the id of a process that ended long ago
        assert Roster(tmp_path).end_leftovers() == 1
        assert left.wait(timeout=5) in {-signal.SIGTERM, -signal.SIGKILL}
        assert stranger.poll() is None
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_a_second_start_on_the_same_data_is_refused_with_the_address_of_the_first(tmp_path: Path) -> None:
    Roster(tmp_path).acquire("http://127.0.0.1:8000/")
    with pytest.raises(SetupError, match=r"already runs on this data directory, at http://127\.0\.0\.1:8000/"):
        Roster(tmp_path).acquire("http://127.0.0.1:8001/")


def test_a_log_is_turned_over_when_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stack.logs.LARGEST_BYTES", 100)
    log = TurnedLog(tmp_path / "web.log")
    for number in range(60):
        log.write(f"line {number:04d}\n".encode())
    log.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["web.log", *(f"web.log.{number}" for number in range(1, KEPT_FILES + 1))]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert (tmp_path / "web.log").read_text().endswith("line 0059\n")
    assert (tmp_path / "web.log.1").read_text().endswith("line 0049\n")
