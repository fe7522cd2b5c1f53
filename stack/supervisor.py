"""Keeps a set of processes running: starts them in order, starts a dead one again, stops all in reverse order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stack.logs import TurnedLog
from stack.progress import say
from stack.roster import Roster, signal_group

FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 30.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.1
LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Program:
    """One process to keep running."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    cwd: Path
    niceness: int = 0


@dataclass
class _Kept:
    program: Program
    log: TurnedLog
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    due: float = field(default=0.0)


class Supervisor:
    """Runs programs until `stop` is asked for."""

    def __init__(self, roster: Roster, logs: Path) -> None:
        self._roster = roster
        self._logs = logs
        self._kept: list[_Kept] = []
        self._stopping = False

    def ask_to_stop(self) -> None:
        """Make `watch` return soon; safe in a signal handler."""
        self._stopping = True

    @property
    def stopping(self) -> bool:
        """Whether a stop was asked for."""
        return self._stopping

    def start(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        kept = _Kept(program, TurnedLog(self._logs / f"{program.name.replace(' ', '-')}.log"))
        self._kept.append(kept)
        self._spawn(kept)

    def wait_for(self, name: str, ready: Callable[[], bool], seconds: float) -> bool:
        """Watch until something is ready; False if it is not in time or a stop was asked for."""
        deadline = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < deadline:
            if ready():
                return True
            self._look_after_all()
            time.sleep(POLL_SECONDS)
        if not self._stopping:
            say(f"! {name} is not ready after {seconds:.0f} s. The end of its log:")
            self._show_tail(name)
        return False

    def watch(self) -> None:
        """Start dead processes again until a stop is asked for."""
        while not self._stopping:
            self._look_after_all()
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop every process, the last started first; what does not listen within seconds is killed."""
        self._stopping = True
        # The server that all others need goes last: workers still say goodbye to the broker.
        for group in (self._kept[:0:-1], self._kept[:1]):
            deadline = time.monotonic() + STOP_SECONDS
            for kept in group:
                _terminate(kept)
            for kept in group:
                _wait(kept, deadline)
        self._roster.write([])

    def _spawn(self, kept: _Kept) -> None:
        program = kept.program
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(program.niceness)]
        kept.process = subprocess.Popen(
            [*leash, *program.command],
            cwd=program.cwd,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches the supervisor alone, and it stops the others in order.
            start_new_session=True,
        )
        kept.started = time.monotonic()
        if kept.process.stdout is not None:
            kept.log.follow(kept.process.stdout)
        self._roster.write([one.process.pid for one in self._kept if one.process is not None])

    def _look_after_all(self) -> None:
        now = time.monotonic()
        for kept in self._kept:
            if kept.process is not None and kept.process.poll() is not None:
                self._note_death(kept, now)
            if kept.process is None and now >= kept.due and not self._stopping:
                self._spawn(kept)

    def _note_death(self, kept: _Kept, now: float) -> None:
        code = kept.process.returncode if kept.process is not None else 0
        kept.process = None
        kept.failures = 1 if now - kept.started > STEADY_SECONDS else kept.failures + 1
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2 ** (kept.failures - 1))
        kept.due = now + delay
        say(f"! {kept.program.name} {_how_it_ended(code)}; it is started again in {delay:.2g} s.")
        if code > 0:
            self._show_tail(kept.program.name)

    def _show_tail(self, name: str) -> None:
        for kept in self._kept:
            if kept.program.name == name:
                for line in kept.log.tail:
                    say(f"    {line}")
                say(f"    (all of it: {kept.log.path})")


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"


def _terminate(kept: _Kept) -> None:
    if kept.process is not None and kept.process.poll() is None:
        kept.process.terminate()


def _wait(kept: _Kept, deadline: float) -> None:
    if kept.process is None:
        return
    try:
        kept.process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        say(f"! {kept.program.name} did not stop in time and is killed.")
    # Whatever it started itself goes with it.
    signal_group(kept.process.pid, signal.SIGKILL)
    kept.process.wait()
