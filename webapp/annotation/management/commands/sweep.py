"""`manage.py sweep`: look after lost and orphaned runs until told to stop."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from webapp.annotation.sweeper import sweep_until


class Command(BaseCommand):
    help = "Wakes workers for runs whose wake-up was lost or whose worker was killed. Several may run."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        sweep_until(stop)
