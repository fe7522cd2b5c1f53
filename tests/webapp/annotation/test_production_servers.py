"""The same tests, of the live path and of what must hold when several write at once, on PostgreSQL and Redis."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.webapp.annotation.production_servers import postgresql, redis_server

FOLDER = Path(__file__).parent
SAME_TESTS = ("test_live_path.py", "test_services.py", "test_sweeper.py")


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
            command, cwd=FOLDER.parents[2], env=environment, capture_output=True, text=True, check=False, timeout=600
        )
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
    passed = re.search(r"(\d+) passed", finished.stdout)
    assert passed
    assert int(passed[1]) >= 45
