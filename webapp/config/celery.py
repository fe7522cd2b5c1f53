"""The Celery application and its queues.

`interactive.first`  a run's first slices: what somebody waits for
`interactive.rest`   the continuation of runs, after every first slice is served
`background`         imports, features, exports

An interactive worker: `celery -A webapp.config worker --pool solo -Q interactive.first,interactive.rest`.
"""

import os

from celery import Celery
from kombu import Queue

INTERACTIVE_FIRST = "interactive.first"
INTERACTIVE_REST = "interactive.rest"
BACKGROUND = "background"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")

app = Celery("s2v")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = [Queue(name) for name in (INTERACTIVE_FIRST, INTERACTIVE_REST, BACKGROUND)]
app.conf.task_default_queue = BACKGROUND
app.conf.task_routes = {"webapp.annotation.tasks.propagate": {"queue": INTERACTIVE_FIRST}}
app.autodiscover_tasks()
