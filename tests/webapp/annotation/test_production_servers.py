"""The same tests, of the live path and of what must hold when several write at once, on PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.webapp.annotation.production_servers import postgresql, redis_server

FOLDER = Path(__file__).parents[1]
SAME_TESTS = (
    "annotation/test_live_path.py",
    "annotation/test_services.py",
    "annotation/test_sweeper.py",
    "annotation/test_two_workers.py",
    "volumes/test_feature_cache.py",
)


def test_the_live_path_holds_on_postgresql_and_redis() -> None:
    with postgresql() as database, redis_server() as broker:
        environment = {**os.environ, "S2V_TEST_DATABASE_URL": database, "S2V_TEST_REDIS_URL": broker}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            *(str(FOLDER / name) for name in SAME_TESTS),
        ]
        finished = subprocess.run(
            command, cwd=FOLDER.parents[1], env=environment, capture_output=True, text=True, check=False, timeout=600
        )
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
    passed = re.search(r"(\d+) passed", finished.stdout)
    assert passed
    assert int(passed[1]) >= 57
