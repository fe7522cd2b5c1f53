"""A worker that is killed in the middle of a file: another one starts over and ends with the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from tests.webapp.annotation.running_server import database_url
from tests.webapp.annotation.world import make_world
from tests.webapp.export.drawn import paint
from webapp.export import services
from webapp.export.models import Export, ExportState
from webapp.export.options import Format, Wanted

SHAPE = (60, 256, 256)  # large enough to be in the middle of it for a while
WRITE = "import sys, django; django.setup(); from webapp.export.services import write_export; write_export({})"
START_SECONDS = 60.0


def _start_writing(export: Export, data: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATABASE_URL": database_url(), "S2V_DATA": str(data)}
    environment |= {"DJANGO_SETTINGS_MODULE": "webapp.config.settings", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", WRITE.format(export.pk)]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_began_another_writes_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redis_server: str
) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")
    world = make_world(SHAPE)
    noise = np.random.default_rng(0)
    np.save(world.case.volumes.get().canonical_path, noise.integers(-1000, 1000, SHAPE).astype(np.int16))
    labels = np.zeros(SHAPE, np.uint8)
    labels[10:50, 50:200, 60:180] = 1
    paint(world.annotation, labels)
    wanted = Wanted(tuple(Format))
    undisturbed = services.request_export(world.ada, world.project, wanted)
    services.write_export(undisturbed.pk)

    export = services.request_export(world.ada, world.project, wanted)
    writer = _start_writing(export, tmp_path)
    part = export.folder / "1.part"
    deadline = time.monotonic() + START_SECONDS
    while not part.exists() or part.stat().st_size < 1_000_000:
        assert writer.poll() is None, "it was done before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait(10)
    export.refresh_from_db()
    assert (export.state, export.attempt) == (ExportState.WRITING, 1)

    Export.objects.filter(pk=export.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert services.enqueue_abandoned_exports() == 1
    assert _start_writing(export, tmp_path).wait(START_SECONDS) == 0
    export.refresh_from_db()
    assert (export.state, export.attempt, export.sentence) == (ExportState.READY, 2, "")
    assert [path.name for path in export.folder.iterdir()] == ["export.zip"]
    assert export.path.read_bytes() == undisturbed.path.read_bytes()
