"""The model's features of a volume, made once and kept on disk. Runs in workers only: it loads the engine."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from segmentation_engine import Engine, Features, load_engine
from webapp.volumes import feature_cache
from webapp.volumes.arrays import along, canonical_array
from webapp.volumes.models import FeatureCache, FeatureState, Volume

PAUSE_SECONDS = 0.05
RECORD_EVERY_SECONDS = 0.5
KEEP_EVERY_SECONDS = feature_cache.LEASE.total_seconds() / 3


@lru_cache(maxsize=1)
def background_engine() -> Engine:
    """The engine of a process that makes features."""
    return load_engine(settings.CHECKPOINT)


class HeldFeatures:
    """Features on disk with the lease that keeps them from being evicted, renewed when it is due."""

    def __init__(self, features: Features, cache_id: int) -> None:
        self.features = features
        self.cache_id = cache_id
        self._kept = time.monotonic()

    def keep(self) -> bool:
        """Say that they are in use; False if they were evicted, because that was not said for too long."""
        if time.monotonic() - self._kept < KEEP_EVERY_SECONDS:
            return True
        self._kept = time.monotonic()
        return feature_cache.keep(self.cache_id)


def open_features(engine: Engine, volume: Volume, axis: int) -> HeldFeatures:
    """The features with the propagation axis in front; slices that are not made yet are made when asked for."""
    cache = feature_cache.take(volume, axis, engine.model_hash)
    features = _features(engine, volume, axis, feature_cache.store_of(volume.pk, axis, engine.model_hash))
    if cache.size_bytes != features.size_bytes:
        feature_cache.measured(cache.pk, features.size_bytes)
    return HeldFeatures(features, cache.pk)


def fresh_features(engine: Engine, volume: Volume, axis: int) -> Features:
    """The same in memory alone, taking nothing over from what is on disk."""
    return _features(engine, volume, axis, None)


def _features(engine: Engine, volume: Volume, axis: int, store: Path | None) -> Features:
    spacing = volume.spacing_mm
    others = [spacing[i] for i in range(3) if i != axis]
    return engine.encode(along(axis, canonical_array(volume)), (spacing[axis], others[0], others[1]), store=store)


def encode_features(
    volume: Volume,
    axis: int,
    first: int,
    on_progress: Callable[[int, int], None],
    should_pause: Callable[[], bool],
) -> None:
    """Make all features that are missing, outward from slice `first`.

    on_progress(done, total) is called after each slice; while should_pause() holds, nothing is made. Any number of
    processes may make the same features: what one has made the others leave out.
    """
    held = open_features(background_engine(), volume, axis)
    feature_cache.make_room()
    features = held.features
    total = int(features.done.size)
    try:
        _record(held, FeatureState.MAKING)
        on_progress(int(features.done.sum()), total)
        recorded = time.monotonic()
        for _ in _paused(features.fill(order=list(outward(first, total))), should_pause, held):
            if time.monotonic() - recorded > RECORD_EVERY_SECONDS:
                recorded = time.monotonic()
                _record(held, FeatureState.MAKING)
            on_progress(int(features.done.sum()), total)
    except BaseException:
        _record(held, FeatureState.FAILED)
        raise
    _record(held, FeatureState.READY)
    on_progress(total, total)


def outward(first: int, total: int) -> Iterator[int]:
    """All slices, those nearest to `first` before the others."""
    return iter(sorted(range(total), key=lambda z: abs(z - first)))


def _paused(slices: Iterable[int], should_pause: Callable[[], bool], held: HeldFeatures) -> Iterator[int]:
    waiting = iter(slices)
    while True:
        while should_pause():
            held.keep()
            time.sleep(PAUSE_SECONDS)
        held.keep()
        z = next(waiting, None)
        if z is None:
            return
        yield z


def _record(held: HeldFeatures, state: FeatureState) -> None:
    done = int(held.features.done.sum())
    FeatureCache.objects.filter(pk=held.cache_id).update(done=done, state=state, updated=timezone.now())
