"""The command line of `./s2v`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from stack import environment, tests_run, up
from stack.layout import ROOT, VENV_PYTHON
from stack.progress import SetupError

HELP = """S2V Annotate

  ./s2v up [--port N] [--data DIR]   install, build and start everything; Ctrl-C stops it
                                     (S2V_DEMO_PASSWORD sets the demo login's password)
  ./s2v test [pytest arguments]      set up and run every test
  ./s2v train ...                    train the model (--help tells how)
  ./s2v evaluate ...                 measure a model (--help tells how)
  ./s2v export PROJECT --format nnunet --out FILE
                                     write a project's labels into a ZIP (--help tells which formats)
  ./s2v COMMAND ...                  any other command goes to manage.py
"""
DEFAULT_PORT = 8000
DEFAULT_DATA = "data"


def main(arguments: list[str]) -> int:
    """Run one command; answers the exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    commands: dict[str, Callable[[list[str]], int]] = {
        "up": _up,
        "test": tests_run.run,
        "train": lambda given: _module("segmentation_engine.training", given),
        "evaluate": lambda given: _module("segmentation_engine.evaluation", given),
        "help": _help,
        "--help": _help,
        "-h": _help,
    }
    # A step that is stopped from outside ends its own program on the way out, as at Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return commands[command](rest) if command in commands else _manage(arguments)
    except SetupError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _up(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./s2v up", description="Start S2V Annotate on this machine.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port on this machine (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=ROOT / DEFAULT_DATA, help="where everything is kept")
    options = parser.parse_args(given)
    return up.up(options.port, options.data)


def _port(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= 65535:
        raise argparse.ArgumentTypeError(f"{written!r} is no port: a number from 1 to 65535 is")
    return int(written)


def _help(_given: list[str]) -> int:
    sys.stdout.write(HELP)
    return 0


def _module(name: str, given: list[str]) -> int:
    environment.prepare({"train"})
    # Threads wait for each other thousands of times a second: sleeping each time is slow, and spinning for long brings
    # everything to a standstill as soon as other programs want the cores.
    return _become([str(VENV_PYTHON), "-m", name, *given], {"GOMP_SPINCOUNT": "20000"})


def _manage(given: list[str]) -> int:
    environment.prepare()
    return _become([str(VENV_PYTHON), "manage.py", *given])


def _become(command: list[str], settings: dict[str, str] | None = None) -> int:
    # Relative paths among the arguments mean the caller's folder; the code is found through the import path.
    inside = environment.inside({**(settings or {}), "PYTHONPATH": str(ROOT)})
    if command[1] == "manage.py":
        command[1] = str(ROOT / "manage.py")
    sys.stdout.flush()
    os.execve(command[0], command, inside)  # noqa: S606  (the command is ours)
