"""The life of a run: made with a revision, claimed by a worker for a short lease, continued, finished.

Every change is a compare-and-set, so any number of workers and sweepers may try at the same time.
"""

from __future__ import annotations

import datetime
import logging
import os
import secrets
import socket
from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.annotation import edit_log, shards
from webapp.annotation.models import UNFINISHED, Annotation, Edit, Run, RunState
from webapp.config.celery import first_queue, rest_queue

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=2)
WORKER_NAME = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def start(annotation: Annotation, active: Sequence[Edit], *, progress: Any, complete: bool, model_hash: str) -> Run:
    """The run of the annotation's new revision; it goes on from `progress`. Earlier runs end here."""
    previous = Run.objects.filter(annotation=annotation).order_by("-revision").first()
    now = timezone.now()
    earlier = Run.objects.filter(annotation=annotation, state__in=UNFINISHED)
    earlier.update(state=RunState.SUPERSEDED, finished=now, lease_until=None)
    return Run.objects.create(
        annotation=annotation,
        revision=annotation.revision,
        edits_digest=edit_log.prefix_digests([edit.pk for edit in active])[-1],
        model_hash=model_hash,
        state=RunState.DONE if complete else RunState.QUEUED,
        finished=now if complete else None,
        enqueued=now,
        view=previous.view if previous else {},
        progress=progress,
    )


def wake(run: Run, *, first: bool = True) -> None:
    """Put a wake-up for the case's worker into the broker. If it cannot be reached, the sweeper tries again."""
    from webapp.annotation import tasks

    shard = shards.shard_of(run.annotation.case_id)
    queue = first_queue(shard) if first else rest_queue(shard)
    try:
        tasks.propagate.apply_async(args=(run.pk,), queue=queue, retry=False)
    except (OperationalError, OSError):
        logger.warning("Run %s could not be enqueued; the sweeper will try again.", run.pk, exc_info=True)


def claim(run_id: int) -> Run | None:
    """Take a run that is queued or whose worker has gone silent; None if there is nothing to take."""
    now = timezone.now()
    free = Q(state=RunState.QUEUED) | Q(state=RunState.RUNNING, lease_until__lt=now)
    taken = Run.objects.filter(free, pk=run_id, revision=_newest_revision())
    changed = taken.update(
        state=RunState.RUNNING,
        worker=WORKER_NAME,
        lease_until=now + LEASE,
        started=Coalesce(F("started"), now),
        wake_ups=0,
    )
    if changed:
        return Run.objects.select_related("annotation__case__project").get(pk=run_id)
    stale = Run.objects.filter(pk=run_id, state__in=UNFINISHED, revision__lt=_newest_revision())
    stale.update(state=RunState.SUPERSEDED, finished=now, lease_until=None)
    return None


def _newest_revision() -> Subquery:
    """That of the run's annotation. Not by a join: Django would then choose the rows of an update in a subquery, and
    PostgreSQL does not look at the state again after it has waited for a run that somebody else just ended."""
    return Subquery(Annotation.objects.filter(pk=OuterRef("annotation_id")).values("revision")[:1])


def mine(run: Run) -> Any:
    """The run as a query that matches only as long as this process holds it."""
    return Run.objects.filter(pk=run.pk, state=RunState.RUNNING, worker=WORKER_NAME)


def renew(run: Run) -> bool:
    """Keep the lease for a little longer; False if the run is no longer ours."""
    return bool(mine(run).update(lease_until=timezone.now() + LEASE))


def give_back(run: Run) -> bool:
    """Let any worker go on with the run after its time slice."""
    return bool(
        mine(run).update(state=RunState.QUEUED, lease_until=None, enqueued=timezone.now(), wake_ups=0, worker="")
    )


def finish(run: Run, state: RunState, sentence: str = "") -> bool:
    """End the run; False if it was no longer ours."""
    changed = mine(run).update(
        state=state, sentence=sentence, finished=timezone.now(), lease_until=None, timings=run.timings,
        slices_remaining=0 if state == RunState.DONE else F("slices_remaining"),
    )  # fmt: skip
    if changed:
        run.refresh_from_db(fields=["state", "sentence", "finished", "slices_remaining"])
    return bool(changed)
