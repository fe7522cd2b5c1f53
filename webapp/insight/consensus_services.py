"""Asking for a consensus of a case's readings, and making it in the background."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.accounts.models import User
from webapp.annotation.edit_log import active_edits
from webapp.annotation.models import EDITABLE, Annotation
from webapp.annotation.selectors import label_volume
from webapp.annotation.services import annotation_of
from webapp.errors import ConflictError, DomainError
from webapp.insight.agreement import READ, readings_of
from webapp.insight.models import Consensus, ConsensusMethod, ConsensusState
from webapp.projects.models import Case

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
WENT_WRONG = "Something went wrong on the server while the consensus was made. It was written down there."
_KEYS = uuid.UUID("6f2c1d0a-5a3e-4a53-9d0c-0c4c5e3b7a11")


def request_consensus(user: User, case: Case, method: ConsensusMethod) -> Consensus:
    """Have one made of the readings that were handed in, as they are now. Into an annotation that has edits already
    nothing is drawn."""
    readings = [reading for reading in readings_of(case) if reading.state in READ]
    if len(readings) < 2:
        raise DomainError("A consensus needs two readings that were handed in.")
    shared = annotation_of(case)
    if shared.state not in EDITABLE or active_edits(shared):
        raise ConflictError("The shared annotation has been worked on: restore its version 0 first, in its history.")
    pins = [{"annotation": reading.pk, "revision": reading.revision} for reading in readings]
    try:
        with transaction.atomic():
            made = Consensus.objects.create(case=case, user=user, method=method, readings=pins)
            transaction.on_commit(partial(_enqueue, made.pk))
    except IntegrityError:
        raise ConflictError("A consensus of this case is being made.") from None
    return made


def enqueue_waiting() -> None:
    """Queue again what a broker forgot or a killed worker left."""
    for pk in list(_free().values_list("pk", flat=True)):
        _enqueue(pk)


def make_consensus(consensus_id: int) -> None:
    """Make it; whatever goes wrong ends as a sentence. Done twice it draws once."""
    waiting = Consensus.objects.select_related("case__project", "user").filter(state=ConsensusState.WAITING)
    asked = waiting.filter(pk=consensus_id).first()
    if asked is None:
        return
    try:
        sentence = _made(asked)
    except DomainError as problem:
        _finish(consensus_id, ConsensusState.FAILED, problem.sentence)
    except Exception:
        log.exception("Consensus %s failed.", consensus_id)
        _finish(consensus_id, ConsensusState.FAILED, WENT_WRONG)
    else:
        _finish(consensus_id, ConsensusState.DONE, sentence)


def _made(asked: Consensus) -> str:
    from webapp.insight import consensus  # loads ITK, which the web process does without

    annotations = Annotation.objects.select_related("case__project").in_bulk(
        pin["annotation"] for pin in asked.readings
    )
    masks = [label_volume(annotations[pin["annotation"]], pin["revision"]) for pin in asked.readings]
    labels = consensus.fused(masks, ConsensusMethod(asked.method))
    key = uuid.uuid5(_KEYS, str(asked.pk))
    strokes = consensus.draw(asked.user, annotation_of(asked.case), labels, key)
    return f"{strokes} strokes of {len(masks)} readings." if strokes else "No voxel has a label in the consensus."


def _finish(consensus_id: int, state: ConsensusState, sentence: str) -> None:
    Consensus.objects.filter(pk=consensus_id).update(state=state, sentence=sentence)


def _free() -> Any:
    silent = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return Consensus.objects.filter(silent, state=ConsensusState.WAITING)


def _enqueue(consensus_id: int) -> None:
    from webapp.insight.tasks import consensus_task

    # The lease keeps the sweeper from queueing it once more while a worker is at it.
    if not _free().filter(pk=consensus_id).update(lease_until=timezone.now() + LEASE):
        return
    try:
        consensus_task.apply_async(args=(consensus_id,), retry=False)
    except (OperationalError, OSError):
        log.warning("Consensus %s could not be enqueued; it is tried again later.", consensus_id, exc_info=True)
