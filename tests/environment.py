"""Loaded before Django's settings: everything that the tests write goes to a folder of this test session.

`S2V_TEST_DATABASE_URL` and `S2V_TEST_REDIS_URL` run the same tests against other servers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="s2v-tests-"))
REDIS_SOCKET = FOLDER / "redis.sock"
OWN_REDIS = "S2V_TEST_REDIS_URL" not in os.environ

os.environ["S2V_DATA"] = str(FOLDER / "data")
os.environ["REDIS_URL"] = os.environ.get("S2V_TEST_REDIS_URL", f"unix://{REDIS_SOCKET}?db=0")
os.environ["DATABASE_URL"] = os.environ.get("S2V_TEST_DATABASE_URL", f"sqlite:///{FOLDER / 'db.sqlite3'}")


def pytest_unconfigure() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
