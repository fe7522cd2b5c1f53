"""Celery tasks: fetch, call one function. The engine is imported inside, so that only workers load it."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_init

from webapp.config.celery import INTERACTIVE_FIRST


@shared_task(ignore_result=True)
def propagate(run_id: int) -> None:
    """Go on with a run, if nobody else does."""
    from webapp.annotation import execution

    execution.carry_on(run_id)


@shared_task(ignore_result=True)
def make_features(annotation_id: int) -> None:
    """Make what features an annotation's volume lacks."""
    from webapp.annotation import background_features

    background_features.make(annotation_id)


@worker_init.connect
def _warm_up(sender: Any, **_: Any) -> None:
    """Load the model when an interactive worker starts, not when the first click waits for it."""
    if INTERACTIVE_FIRST in sender.app.amqp.queues.consume_from:
        from webapp.annotation import propagation

        propagation.warm_up()
