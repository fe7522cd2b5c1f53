"""Finding what is to be measured, and measuring it in the background: once, whatever is killed meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.annotation.models import Annotation, AnnotationState
from webapp.insight import agreement, consensus_services
from webapp.insight.measuring import measured
from webapp.insight.models import Measurement, MeasurementKind, MeasurementState
from webapp.projects.models import Case
from webapp.review.models import Decision
from webapp.review.transitions import Step

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 3
AT_ONCE = 50


def look_after_measurements(**_: Any) -> None:
    """What the sweeper calls every few seconds: measurements that are missing are made, and waiting ones queued."""
    ask_for_what_is_missing()
    ask_for_pairs(_read_lately())
    enqueue_waiting()
    consensus_services.enqueue_waiting()


def ask_for_what_is_missing() -> int:
    """A measurement of each kind for every approved annotation that has none for its revision; how many are new."""
    known = Measurement.objects.filter(kind=MeasurementKind.FIRST_ANSWER, second_revision=F("second__revision"))
    approved = Annotation.objects.filter(state=AnnotationState.APPROVED).exclude(pk__in=known.values("second"))
    found = list(approved.order_by("id")[:AT_ONCE])
    Measurement.objects.bulk_create(_wanted(found), ignore_conflicts=True)
    return len(found)


def _wanted(approved: Iterable[Annotation]) -> list[Measurement]:
    annotations = list(approved)
    handed_in = Decision.objects.filter(annotation__in=annotations, step=Step.SUBMIT).order_by("-id")
    first = dict(handed_in.values_list("annotation_id", "revision"))  # of several the last one stays: the first made
    wanted = []
    for annotation in annotations:
        second = {"second": annotation, "second_revision": annotation.revision}
        wanted.append(Measurement(kind=MeasurementKind.FIRST_ANSWER, first=annotation, first_revision=0, **second))
        if annotation.pk in first:
            rounds = first[annotation.pk]
            wanted.append(Measurement(kind=MeasurementKind.ROUNDS, first=annotation, first_revision=rounds, **second))
    return wanted


def _read_lately() -> list[Case]:
    """Cases of which a reading was handed in within a day: older ones were seen then."""
    lately = Annotation.objects.filter(
        reader__isnull=False, state__in=agreement.READ, changed__gte=timezone.now() - timedelta(days=1)
    )
    return list(Case.objects.filter(pk__in=lately.values("case")))


def ask_for_pairs(cases: Iterable[Case]) -> None:
    """A measurement of every two readings of these cases that were handed in, as they are now; known ones stay."""
    pairs = (pair for case in cases for pair in agreement.pairs_of(agreement.readings_of(case)))
    wanted = [
        Measurement(
            kind=MeasurementKind.READERS, first=first, first_revision=first.revision, second=second,
            second_revision=second.revision,
        )
        for first, second in pairs
    ]  # fmt: skip
    Measurement.objects.bulk_create(wanted, ignore_conflicts=True)


def enqueue_waiting() -> int:
    """Queue measurements that nobody has begun or whose worker went silent; returns how many."""
    from webapp.insight.tasks import measure_task

    now = timezone.now()
    free = _free(now)
    queued = 0
    for pk in list(free.order_by("id").values_list("pk", flat=True)[:AT_ONCE]):
        # The lease keeps the next sweep, seconds later, from queueing it once more; the worker takes it over.
        if not free.filter(pk=pk).update(lease_until=now + LEASE, attempts=F("attempts") + 1):
            continue
        try:
            measure_task.apply_async(args=(pk,), retry=False)
            queued += 1
        except (OperationalError, OSError):
            log.warning("Measurement %s could not be enqueued; it is tried again later.", pk, exc_info=True)
    return queued


def measure(measurement_id: int) -> None:
    """Work out one measurement; one that is done is left alone, one that fails is tried a few times."""
    waiting = Measurement.objects.select_related("first__case__project", "second__case__project")
    measurement = waiting.filter(pk=measurement_id, state=MeasurementState.WAITING).first()
    if measurement is None:
        return
    try:
        result = measured(measurement)
    except Exception:
        log.exception("Measurement %s failed.", measurement_id)
        if measurement.attempts >= MOST_ATTEMPTS:
            Measurement.objects.filter(pk=measurement_id).update(state=MeasurementState.FAILED)
        return
    Measurement.objects.filter(pk=measurement_id).update(state=MeasurementState.DONE, result=result)


def _free(now: Any) -> Any:
    silent = Q(lease_until=None) | Q(lease_until__lt=now)
    return Measurement.objects.filter(silent, state=MeasurementState.WAITING)
