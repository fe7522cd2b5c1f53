"""How many wake-ups wait in the interactive queues: cheap enough to ask after every batch of slices."""

from __future__ import annotations

import functools
import logging

import redis
from django.conf import settings

from webapp.annotation import shards

logger = logging.getLogger(__name__)


@functools.cache
def broker() -> redis.Redis:
    """The connection to Celery's broker."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


def others_wait() -> bool:
    """Whether any run waits for this worker; for any, where this process is no interactive one.

    A broker that does not answer counts as nobody waiting.
    """
    try:
        with broker().pipeline(transaction=False) as pipeline:
            for queue in shards.queues_to_watch():
                pipeline.llen(queue)
            return any(pipeline.execute())
    except redis.RedisError:
        logger.warning("The broker does not answer.", exc_info=True)
        return False
