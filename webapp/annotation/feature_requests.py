"""Asking for the features of a case that somebody opens: once, however many people open it."""

from __future__ import annotations

import logging

from django.core.cache import cache
from kombu.exceptions import OperationalError

from webapp.annotation import selectors
from webapp.annotation.models import Annotation
from webapp.config.celery import BACKGROUND

logger = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 20


def request(annotation_id: int) -> None:
    """Have a background worker make what features are missing across the annotation's propagation axis."""
    from webapp.annotation import tasks

    annotation = Annotation.objects.select_related("case").get(pk=annotation_id)
    if selectors.features_entry(annotation).state == "ready" or not cache.add(
        _key(annotation_id), 1, ASK_AGAIN_SECONDS
    ):
        return
    try:
        tasks.make_features.apply_async(args=(annotation_id,), queue=BACKGROUND, retry=False)
    except (OperationalError, OSError):
        logger.warning("Features of annotation %s could not be asked for.", annotation_id, exc_info=True)


def _key(annotation_id: int) -> str:
    return f"features-asked-for:{annotation_id}"
