"""Celery tasks: fetch, call one function. The engine is imported inside, so that only workers load it."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from celery.signals import task_postrun, task_prerun, worker_init, worker_shutdown

from webapp.config.celery import INTERACTIVE, queues_of

logger = logging.getLogger(__name__)


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


@shared_task(ignore_result=True)
def read_label_map(label_map_id: int) -> None:
    """Read a label map that somebody brought."""
    from webapp.annotation import label_maps

    label_maps.read(label_map_id)


@worker_init.connect
def _become_interactive(sender: Any, **_: Any) -> None:
    """An interactive worker loads the model when it starts, not when the first click waits for it, and sits down at a
    shard: it consumes that shard's queues, strictly in their order, in place of the one it was started with."""
    queues = sender.app.amqp.queues
    if INTERACTIVE not in queues.consume_from:
        return
    from webapp.annotation import propagation, runs, shards, waiting

    propagation.warm_up()
    seat = shards.sit_down(waiting.broker(), runs.WORKER_NAME)
    queues.deselect([INTERACTIVE])
    for name in queues_of(seat.shard):
        queues.select_add(queues[name])
    task_prerun.connect(lambda **_: setattr(seat, "busy", True), weak=False)
    task_postrun.connect(lambda **_: setattr(seat, "busy", False), weak=False)
    worker_shutdown.connect(lambda **_: seat.leave(), weak=False)
    logger.info("This worker serves shard %d.", seat.shard)
