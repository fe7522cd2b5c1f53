"""Freed memory stays with the process. A training step frees and asks for the same hundreds of large tensors again and
again; where the C library gives each back to the system, the system clears their pages anew: half of a step's time."""

from __future__ import annotations

import ctypes
import logging
import os
import platform

log = logging.getLogger(__name__)

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4
_LARGEST = 2**31 - 1
_PAD_BYTES = 256 * 2**20


def keep_freed_memory() -> bool:
    """Tell the C library to hold on to what is freed; whether it is one that can be told (glibc). To be called before
    the first large tensor is made: torch then also asks for huge pages, and places tensors where they lay before."""
    if platform.libc_ver()[0] != "glibc":
        return False
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    mallopt = ctypes.CDLL(None).mallopt
    told = [mallopt(_MMAP_MAX, 0), mallopt(_TRIM_THRESHOLD, _LARGEST), mallopt(_TOP_PAD, _PAD_BYTES)]
    if not all(told):
        log.warning("The C library refused to hold on to freed memory; training is slower.")
    return all(told)
