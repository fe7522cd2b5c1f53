"""Starts a program that cannot outlive its supervisor: `python leash.py PARENT_PID NICENESS program arguments…`

On Linux the kernel is asked to kill this process when its parent dies, however it dies; the request survives
the exec. Elsewhere the next start of the supervisor cleans up. Being a program of its own, and not a function
run between fork and exec, it is safe in a supervisor that has threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, niceness: int, command: list[str]) -> None:
    """Tie this process to its parent, set its niceness, and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent died before the request stood
        sys.exit(1)
    if niceness:
        os.nice(niceness)
    os.execvp(command[0], command)  # noqa: S606  (the command is ours)


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
