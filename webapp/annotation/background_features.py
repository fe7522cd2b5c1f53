"""Features made in the background while people already work: with progress, and behind every click."""

from __future__ import annotations

import logging
import time

from webapp.annotation import events, messages, selectors, waiting
from webapp.annotation.models import UNFINISHED, Annotation, Run
from webapp.volumes import encoding

logger = logging.getLogger(__name__)

ANNOUNCE_SECONDS = 0.2


def make(annotation_id: int) -> None:
    """Make what features the annotation's volume lacks along its propagation axis; where people look comes first."""
    annotation = Annotation.objects.select_related("case").filter(pk=annotation_id).first()
    if annotation is None:
        return
    progress = _Progress(annotation_id)
    try:
        encoding.encode_features(
            selectors.volume_of(annotation),
            annotation.axis,
            first=_where_people_look(annotation),
            on_progress=progress.tell,
            should_pause=_somebody_waits,
        )
    except Exception:
        logger.exception("Features of annotation %s could not be made.", annotation_id)
        progress.tell_state("failed")
        return
    events.announce(annotation_id, messages.FeaturesProgress(**selectors.features_entry(annotation).model_dump()))


class _Progress:
    """Tells everybody at the annotation, a few times a second at most."""

    def __init__(self, annotation_id: int) -> None:
        self._annotation_id = annotation_id
        self._told = 0.0
        self._done = 0
        self._total = 0

    def tell(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        now = time.monotonic()
        if now - self._told >= ANNOUNCE_SECONDS:
            self._told = now
            self.tell_state("making")

    def tell_state(self, state: messages.FeaturesState) -> None:
        message = messages.FeaturesProgress(done=self._done, total=self._total, state=state)
        events.announce(self._annotation_id, message)


def _somebody_waits() -> bool:
    """Whether interactive work is under way: background work pauses for it."""
    return waiting.others_wait() or Run.objects.filter(state__in=UNFINISHED).exists()


def _where_people_look(annotation: Annotation) -> int:
    """The slice that somebody looked at last, else the middle one."""
    run = selectors.newest_run(annotation)
    looked_at = [indices[0] for indices in (run.view if run else {}).values() if indices]
    return looked_at[0] if looked_at else selectors.volume_of(annotation).shape[annotation.axis] // 2
