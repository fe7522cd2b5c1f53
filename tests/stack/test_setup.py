"""What the set-up refuses, and with which sentence."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack import environment, tests_run
from stack.layout import DataDirectory
from stack.programs import Installation
from stack.progress import SetupError, run_step
from stack.up import demo_password, refuse_taken_port

ROOT = Path(__file__).resolve().parents[2]


def s2v(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ROOT / "s2v"), *arguments], capture_output=True, text=True, check=False, timeout=120)


def test_a_taken_port_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"Port {port} is taken"):
            refuse_taken_port(port)
        answer = s2v("up", "--port", str(port), "--data", str(tmp_path / "data"))
    assert answer.returncode == 1
    assert answer.stderr == f"Port {port} is taken by another program. Choose another one: ./s2v up --port N\n"


@pytest.mark.parametrize("written", ["0", "65536", "-1", "eight", "8000.5"])
def test_what_is_no_port_is_refused(written: str) -> None:
    answer = s2v("up", "--port", written)
    assert answer.returncode == 2
    assert "--port" in answer.stderr


def test_the_script_runs_from_any_folder_and_tells_its_commands(tmp_path: Path) -> None:
    answer = subprocess.run([str(ROOT / "s2v"), "help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "./s2v up" in answer.stdout
    assert "./s2v test" in answer.stdout


def test_missing_system_packages_are_named_where_they_cannot_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tests_run, "NEEDED", (tests_run.SystemPackage("no-such-package", ("no-such-program",)),))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SetupError, match="no-such-package"):
        tests_run.ensure_system_packages()


def test_a_failing_step_shows_the_end_of_its_output_and_the_remedy(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('first'); print('the reason'); raise SystemExit(4)"]
    with pytest.raises(SetupError, match=r"(?s)the reason.*Doing it: failed \(exit code 4\).*Try again\."):
        run_step("Doing it", command, cwd=tmp_path, environment={}, remedy="Try again.")


def test_the_demo_password_is_random_once_and_the_users_own_where_one_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("S2V_DEMO_PASSWORD", raising=False)
    data = DataDirectory.made_at(tmp_path)
    first = demo_password(data)
    assert len(first.text) >= 12
    assert not first.chosen
    assert demo_password(data) == first
    assert demo_password(DataDirectory.made_at(tmp_path / "other")) != first
    monkeypatch.setenv("S2V_DEMO_PASSWORD", "of my own choice")
    assert demo_password(data).text == "of my own choice"
    assert (tmp_path / "secrets" / "demo-password").stat().st_mode & 0o077 == 0


def test_every_requirement_is_pinned_by_the_lock() -> None:
    pinned = {line.partition("==")[0].strip().lower() for line in _lock_lines()}
    for line in environment.requirements({"embedded", "train", "test"}):
        name = line.partition("[")[0].split(">")[0].split("=")[0].split("<")[0].strip().lower()
        assert name in pinned, f"{name} is in pyproject.toml, but not in requirements.lock"
    assert not [name for name in pinned if name.startswith(("nvidia", "cuda", "triton"))]


def _lock_lines() -> list[str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_there_is_one_interactive_worker_a_shard_and_they_share_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation = Installation.at(DataDirectory.made_at(tmp_path), 8000)
    monkeypatch.delenv("S2V_INTERACTIVE_SHARDS", raising=False)
    (alone,) = installation.interactive_workers()
    assert alone.environment["OMP_NUM_THREADS"] == str(os.cpu_count() or 1)
    monkeypatch.setenv("S2V_INTERACTIVE_SHARDS", "3")
    workers = installation.interactive_workers()
    assert len({worker.name for worker in workers}) == 3
    assert len({worker.command[worker.command.index("--hostname") + 1] for worker in workers}) == 3
    assert {worker.environment["OMP_NUM_THREADS"] for worker in workers} == {str(max(1, (os.cpu_count() or 1) // 3))}


@pytest.mark.parametrize("written", ["0", "many", "-2", "1000"])
def test_a_number_of_shards_that_makes_no_sense_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("S2V_INTERACTIVE_SHARDS", written)
    with pytest.raises(SetupError, match="S2V_INTERACTIVE_SHARDS"):
        Installation.at(DataDirectory.made_at(tmp_path), 8000).interactive_workers()
