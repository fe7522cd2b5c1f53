"""`./s2v up`: everything that one person needs, on one machine, from a fresh checkout to the login page."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from stack import environment, frontend
from stack.layout import ROOT, VENV_PYTHON, DataDirectory
from stack.programs import LISTEN, Installation
from stack.progress import SetupError, run_step, say
from stack.roster import Roster
from stack.supervisor import Supervisor

READY_SECONDS = 90.0
PASSWORD_VARIABLE = "S2V_DEMO_PASSWORD"  # noqa: S105  (the name of a variable)


@dataclass(frozen=True)
class DemoPassword:
    """The demo login's password and whether the user chose it."""

    text: str
    chosen: bool


def up(port: int, data_directory: Path) -> int:
    """Install, build, start, and watch until Ctrl-C or SIGTERM; answers the exit code."""
    began = time.monotonic()
    data = DataDirectory(data_directory.expanduser().resolve())
    if not data.is_writable():
        raise SetupError(f"The data directory {data.root} cannot be written to. Name another one with --data DIR.")
    data = DataDirectory.made_at(data.root)
    installation = Installation.at(data, port)
    roster = Roster(data.run)
    roster.acquire(installation.address)
    leftovers = roster.end_leftovers()
    if leftovers:
        say(f"· Ended {leftovers} processes that a killed start had left behind.")
    refuse_taken_port(port)
    environment.prepare()
    frontend.build()
    password = demo_password(data)
    return _run(installation, roster, password, began)


def refuse_taken_port(port: int) -> None:
    """Raise `SetupError` if something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LISTEN, port))
        except PermissionError:
            raise SetupError(
                f"Port {port} needs more rights than you have. Choose one above 1023 with --port."
            ) from None
        except OSError:
            raise SetupError(
                f"Port {port} is taken by another program. Choose another one: ./s2v up --port N"
            ) from None


def demo_password(data: DataDirectory) -> DemoPassword:
    """The password in S2V_DEMO_PASSWORD, or the random one made at the first start."""
    chosen = os.environ.get(PASSWORD_VARIABLE, "")
    kept = data.secrets / "demo-password"
    if not chosen and kept.exists():
        return DemoPassword(kept.read_text().strip(), chosen=False)
    password = DemoPassword(chosen or secrets.token_urlsafe(9), chosen=bool(chosen))
    kept.touch(mode=0o600)
    kept.write_text(password.text)
    return password


def _run(installation: Installation, roster: Roster, password: DemoPassword, began: float) -> int:
    supervisor = Supervisor(roster, installation.data.logs)
    ready = False
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.ask_to_stop())
    try:
        ready = _start(installation, supervisor, password)
        if ready and not supervisor.stopping:
            _say_where(installation, password, time.monotonic() - began)
            supervisor.watch()
    finally:
        say("· Stopping …")
        supervisor.stop()
    say("· Stopped.")
    return 0 if ready else 1


def _start(installation: Installation, supervisor: Supervisor, password: DemoPassword) -> bool:
    supervisor.start(installation.valkey())
    if not supervisor.wait_for("valkey", lambda: _answers(installation.valkey_socket), READY_SECONDS):
        return False
    _prepare_database(installation, password)
    if supervisor.stopping:
        return False
    for program in (
        installation.web(),
        *installation.interactive_workers(),
        installation.background_worker(),
        installation.sweeper(),
    ):
        supervisor.start(program)
    login_page = installation.address + "accounts/login/"
    return supervisor.wait_for("web", lambda: _is_served(login_page), READY_SECONDS)


def _prepare_database(installation: Installation, password: DemoPassword) -> None:
    settings = installation.settings({PASSWORD_VARIABLE: password.text})
    command = [
        str(VENV_PYTHON),
        "manage.py",
        "load_demo",
        "--migrate",
        *(["--set-password"] if password.chosen else []),
    ]
    run_step("Bringing the database and the demo up to date", command, cwd=ROOT, environment=settings)


def _answers(valkey_socket: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1.0)
        try:
            client.connect(str(valkey_socket))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _is_served(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _say_where(installation: Installation, password: DemoPassword, seconds: float) -> None:
    say("")
    say(f"  S2V Annotate is ready after {seconds:.1f} s:  {installation.address}")
    say(f"  log in as demo (or colleague), password {password.text}")
    say(f"  data and logs: {installation.data.root}     stop: Ctrl-C")
    say("")
