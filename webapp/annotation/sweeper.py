"""Looks after runs that nobody looks after: wake-ups that were lost, workers that were killed.

Any number of sweepers may run: each wakes a run only if its own compare-and-set on the run's row comes through.
"""

from __future__ import annotations

import datetime
import logging
import threading
import time

from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.annotation import label_maps, runs
from webapp.annotation.models import Run, RunState
from webapp.volumes.services import enqueue_abandoned_imports

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.3
LOST_AFTER_SECONDS = 1.5
LONGEST_PAUSE_SECONDS = 12.0
BACKGROUND_INTERVAL_SECONDS = 5.0

background_swept = Signal()  # for parts that have jobs of their own to look after, every few seconds


def sweep(now: datetime.datetime | None = None) -> list[int]:
    """Wake workers for every run that waits too long or whose lease has run out; gives the ids of those runs.

    A run that still waits although it was woken (workers are busy) is woken again after twice the time.
    """
    now = now or timezone.now()
    lost = Q(state=RunState.QUEUED, enqueued__lt=now - datetime.timedelta(seconds=LOST_AFTER_SECONDS))
    orphaned = Q(state=RunState.RUNNING, lease_until__lt=now)
    woken = []
    found = Run.objects.filter(lost | orphaned).select_related("annotation").order_by("id")
    for run in found.only("id", "state", "enqueued", "wake_ups", "annotation__case_id"):
        if _due(run, now) and _mark_woken(run, now):
            runs.wake(run)
            woken.append(run.pk)
    return woken


def _due(run: Run, now: datetime.datetime) -> bool:
    if run.enqueued is None:
        return True
    pause = min(LOST_AFTER_SECONDS * 2**run.wake_ups, LONGEST_PAUSE_SECONDS) if run.wake_ups else 0.0
    return run.enqueued + datetime.timedelta(seconds=pause) < now


def _mark_woken(run: Run, now: datetime.datetime) -> bool:
    same = Run.objects.filter(pk=run.pk, state=run.state, enqueued=run.enqueued, wake_ups=run.wake_ups)
    return bool(same.update(enqueued=now, wake_ups=F("wake_ups") + 1))


def sweep_background() -> None:
    """Queue again the imports, exports and the like whose message was lost or whose worker died."""
    enqueue_abandoned_imports()
    label_maps.enqueue_abandoned()
    background_swept.send(sender=None)


def sweep_until(stop: threading.Event) -> None:
    """Sweep several times a second until told to stop; a database or broker that is away does not end it."""
    background_due = 0.0
    while not stop.wait(INTERVAL_SECONDS):
        try:
            woken = sweep()
            if woken:
                logger.info("Woke workers for runs %s.", woken)
            if time.monotonic() >= background_due:
                background_due = time.monotonic() + BACKGROUND_INTERVAL_SECONDS
                sweep_background()
        except DatabaseError:
            logger.warning("The database does not answer.", exc_info=True)
            connection.close()
        except (OperationalError, OSError):
            logger.warning("The broker does not answer.", exc_info=True)
