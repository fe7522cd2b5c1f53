"""The Celery application and its queues.

`interactive.first.N`  a run's first slices: what somebody waits for
`interactive.rest.N`   the continuation of runs, after every first slice of the shard is served
`background`           imports, features, exports

Cases are spread over `INTERACTIVE_SHARDS` shards (`annotation/shards.py`). An interactive worker asks for
`interactive` and takes the two queues of a shard of its own instead:
`celery -A webapp.config worker --pool solo -Q interactive`.
"""

import os

from celery import Celery
from kombu import Queue

INTERACTIVE = "interactive"
BACKGROUND = "background"


def first_queue(shard: int) -> str:
    """Where the first slices of a shard's runs wait."""
    return f"{INTERACTIVE}.first.{shard}"


def rest_queue(shard: int) -> str:
    """Where the rest of a shard's runs waits."""
    return f"{INTERACTIVE}.rest.{shard}"


def queues_of(shard: int) -> tuple[str, str]:
    """A shard's queues in the order in which they are served, strictly."""
    return first_queue(shard), rest_queue(shard)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")

app = Celery("s2v")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_default_queue = BACKGROUND
app.conf.task_queues = [Queue(INTERACTIVE), Queue(BACKGROUND)]
app.autodiscover_tasks()
