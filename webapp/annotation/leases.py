"""Keeping a run while its worker is busy with something long, such as reading a volume."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from django.db import DatabaseError, connection

from webapp.annotation import runs
from webapp.annotation.models import Run

logger = logging.getLogger(__name__)

RENEW_SECONDS = runs.LEASE.total_seconds() / 3
LONGEST_SILENCE_SECONDS = 60.0


class LeaseKeeper:
    """Renews a run's lease from a thread of its own, unless the work shows no sign of life for a minute.

    Batches renew the lease themselves; this is for stretches between them. A killed process renews nothing.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._stop = threading.Event()
        self._last_sign = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name=f"lease of run {run.pk}", daemon=True)

    def __enter__(self) -> LeaseKeeper:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def alive(self) -> None:
        """The work goes forward."""
        self._last_sign = time.monotonic()

    def _keep(self) -> None:
        try:
            while not self._stop.wait(RENEW_SECONDS):
                if time.monotonic() - self._last_sign > LONGEST_SILENCE_SECONDS or not runs.renew(self._run):
                    return
        except DatabaseError:
            logger.warning("The lease of run %s could not be renewed.", self._run.pk, exc_info=True)
        finally:
            connection.close()
