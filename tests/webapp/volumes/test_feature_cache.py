"""Features on disk stay within a bound, are never taken from whoever uses them, and are made by any number at once."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from segmentation_engine import load_engine
from tests.webapp.annotation.checkpoints import random_checkpoint
from tests.webapp.annotation.running_server import ROOT, database_url
from tests.webapp.annotation.world import SHAPE, World, make_volume, make_world, two_balls
from webapp.annotation import selectors
from webapp.projects.services import create_case
from webapp.volumes import encoding, feature_cache, model_in_use
from webapp.volumes.models import FeatureCache, FeatureState, Volume

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server", "clean_media")]

MAKER = """
import sys
import django
django.setup()
from webapp.volumes import encoding
from webapp.volumes.models import Volume
told = []
volume = Volume.objects.get(pk=int(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
def tell(done, total):
    told.append(done)
    print("made", done, flush=True)
    if sys.argv[3:] and done >= 4:
        sys.stdin.readline()
encoding.encode_features(volume, 0, int(sys.argv[2]), tell, lambda: False)
print(told[-1])
"""


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = random_checkpoint(tmp_path)
    monkeypatch.setattr(settings, "CHECKPOINT", str(path))
    encoding.background_engine.cache_clear()
    yield path
    encoding.background_engine.cache_clear()


@pytest.fixture
def world(checkpoint: Path) -> World:
    return make_world()


def _volumes(world: World, count: int) -> list[Volume]:
    return [make_volume(create_case(world.project, f"Further {n}"), two_balls(SHAPE)) for n in range(count)]


def _make(volume: Volume) -> None:
    encoding.encode_features(volume, 0, 5, lambda _done, _total: None, lambda: False)


def _folder(volume: Volume) -> Path:
    return feature_cache.store_of(volume.pk, 0, model_in_use.model_hash())


def _leave_unused(*volumes: Volume) -> None:
    """As if each had been used an hour ago, in this order, a minute apart."""
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    for minutes, volume in enumerate(volumes):
        used = long_ago + datetime.timedelta(minutes=minutes)
        FeatureCache.objects.filter(volume=volume).update(used=used, in_use_until=used)


def _allow(monkeypatch: pytest.MonkeyPatch, count: float) -> None:
    """Bound what is on disk to so many times the size of one of the volumes' features."""
    size = FeatureCache.objects.exclude(size_bytes=0).values_list("size_bytes", flat=True)[0]
    monkeypatch.setattr(settings, "FEATURES_MAX_BYTES", int(count * size))


def test_the_hash_of_the_model_in_use_is_the_one_that_the_engine_gives_itself(checkpoint: Path) -> None:
    assert model_in_use.model_hash() == load_engine(checkpoint).model_hash


def test_what_was_used_longest_ago_goes_first_with_its_row_and_its_folder(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = _volumes(world, 3)
    for volume in (first, second, third):
        _make(volume)
    _leave_unused(second, first, third)
    _allow(monkeypatch, 2.5)
    evicted = feature_cache.make_room()
    assert len(evicted) == 1
    assert not _folder(second).exists()
    assert set(FeatureCache.objects.values_list("volume_id", flat=True)) == {first.pk, third.pk}
    assert _folder(first).exists()
    assert feature_cache.make_room() == [], "what fits stays"


def test_opening_another_volume_makes_room_and_what_was_evicted_is_made_again_when_it_is_opened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = _volumes(world, 2)
    _make(old)
    before = _content(_folder(old))
    _leave_unused(old)
    _allow(monkeypatch, 1.5)
    _make(new)
    assert not _folder(old).exists()
    _leave_unused(new)
    _make(old)
    assert not _folder(new).exists()
    assert _content(_folder(old)) == before
    assert FeatureCache.objects.get(volume=old).state == FeatureState.READY


def test_features_in_use_stay_however_little_is_allowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    (volume,) = _volumes(world, 1)
    held = encoding.open_features(encoding.background_engine(), volume, 0)
    _allow(monkeypatch, 0.1)
    assert feature_cache.make_room() == []
    assert held.keep()
    assert _folder(volume).exists()


def test_whoever_still_reads_evicted_features_reads_on_and_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (volume,) = _volumes(world, 1)
    held = encoding.open_features(encoding.background_engine(), volume, 0)
    list(held.features.fill())
    before = held.features.working_image(3).numpy().copy()
    _leave_unused(volume)
    _allow(monkeypatch, 0.1)
    assert len(feature_cache.make_room()) == 1
    np.testing.assert_array_equal(held.features.working_image(3).numpy(), before)
    monkeypatch.setattr(encoding, "KEEP_EVERY_SECONDS", 0.0)
    assert not held.keep()


def test_folders_of_volumes_that_are_gone_and_of_killed_processes_are_removed_and_others_entered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, unknown = _volumes(world, 2)
    for volume in (gone, unknown):
        _make(volume)
    folder_of_gone = _folder(gone)
    FeatureCache.objects.all().delete()
    gone.delete()
    half_made = _folder(unknown).parent / ".0.abc"
    half_made.mkdir()
    os.utime(half_made, (time.time() - 7200,) * 2)
    going = Path(settings.FEATURES_DIR) / ".going-1"
    going.mkdir()
    feature_cache.make_room()
    assert not folder_of_gone.exists()
    assert not half_made.exists()
    assert not going.exists()
    assert FeatureCache.objects.get().volume == unknown
    assert FeatureCache.objects.get().size_bytes > 0


def test_what_people_are_told_is_how_far_the_features_of_the_model_in_use_are(world: World) -> None:
    volume = selectors.volume_of(world.annotation)
    axis = world.annotation.axis
    total = volume.shape[axis]
    FeatureCache.objects.create(
        volume=volume, axis=axis, model_hash="older", done=total, total=total, state=FeatureState.READY
    )
    assert selectors.features_entry(world.annotation).state == "missing"
    encoding.encode_features(volume, axis, 0, lambda _done, _total: None, lambda: False)
    FeatureCache.objects.filter(model_hash="older").update(updated=timezone.now(), done=1)
    entry = selectors.features_entry(world.annotation)
    assert (entry.done, entry.state) == (total, "ready")


def test_whoever_takes_features_while_others_evict_them_has_a_row_and_a_folder_that_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (volume,) = _volumes(world, 1)
    encoding.open_features(encoding.background_engine(), volume, 0)
    _allow(monkeypatch, 0.1)
    stop = threading.Event()
    evicted: list[int] = []

    def evict() -> None:
        try:
            while not stop.is_set():
                evicted.extend(feature_cache.make_room())
        finally:
            connection.close()

    threads = [threading.Thread(target=evict) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            held = encoding.open_features(encoding.background_engine(), volume, 0)
            time.sleep(0.01)
            assert FeatureCache.objects.filter(pk=held.cache_id).exists()
            assert _folder(volume).exists()
            FeatureCache.objects.update(in_use_until=timezone.now())
            time.sleep(0.02)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert len(evicted) > 3, "there was something to survive"
    assert len(set(evicted)) == len(evicted), "each was evicted once"


def _maker(volume: Volume, first: int, *waits: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ, "DATABASE_URL": database_url(), "S2V_CHECKPOINT": str(settings.CHECKPOINT),
        "S2V_DATA": str(Path(settings.FEATURES_DIR).parent / "data"), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    data = Path(environment["S2V_DATA"])
    data.mkdir(exist_ok=True)
    for name, folder in (("features", settings.FEATURES_DIR), ("media", settings.MEDIA_ROOT)):
        if not (data / name).exists():
            (data / name).symlink_to(folder)
    command = [sys.executable, "-c", MAKER, str(volume.pk), str(first), *waits]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _go(maker: subprocess.Popen[str]) -> None:
    assert maker.stdin
    maker.stdin.write("\n")
    maker.stdin.flush()


def _says(maker: subprocess.Popen[str], text: str) -> None:
    assert maker.stdout
    for line in maker.stdout:
        if line.startswith(text):
            return
    raise AssertionError(f"The process never said {text!r}.")


def _content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_two_processes_that_make_the_same_features_at_once_leave_them_right_with_one_row(world: World) -> None:
    (together, alone) = _volumes(world, 2)
    makers = [_maker(together, first) for first in (0, 11)]
    for maker in makers:
        _says(maker, "ready")
    for maker in makers:
        _go(maker)
    said = [maker.communicate(timeout=60)[0].split() for maker in makers]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert [words[-1] for words in said] == ["12", "12"]
    cache = FeatureCache.objects.get(volume=together)
    assert (cache.done, cache.state) == (12, FeatureState.READY)
    _make(alone)
    assert _content(_folder(together)) == _content(_folder(alone))


def test_features_that_another_process_makes_now_are_not_evicted_and_those_of_a_killed_one_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (volume,) = _volumes(world, 1)
    maker = _maker(volume, 0, "waits")
    try:
        _says(maker, "ready")
        _go(maker)
        _says(maker, "made 4")
        _allow(monkeypatch, 0.1)
        assert feature_cache.make_room() == []
        assert _folder(volume).exists()
    finally:
        maker.kill()
        maker.wait(10)
    _leave_unused(volume)
    assert len(feature_cache.make_room()) == 1
    assert not _folder(volume).exists()
