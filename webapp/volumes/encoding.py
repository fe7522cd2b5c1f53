"""The model's features of a volume, made once and kept on disk. Runs in workers only: it loads the engine."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from segmentation_engine import Engine, Features, load_engine
from webapp.volumes.arrays import along, canonical_array
from webapp.volumes.models import FeatureCache, FeatureState, Volume

PAUSE_SECONDS = 0.05
RECORD_EVERY_SECONDS = 0.5


@lru_cache(maxsize=1)
def background_engine() -> Engine:
    """The engine of a process that makes features."""
    return load_engine(settings.CHECKPOINT)


def store_of(volume: Volume, axis: int, model_hash: str) -> Path:
    """The folder of a volume's features along an axis."""
    return Path(settings.FEATURES_DIR) / model_hash / str(volume.pk) / str(axis)


def open_features(engine: Engine, volume: Volume, axis: int) -> Features:
    """The features with the propagation axis in front; slices that are not made yet are made when asked for."""
    store = store_of(volume, axis, engine.model_hash)
    store.parent.mkdir(parents=True, exist_ok=True)
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

    on_progress(done, total) is called after each slice; while should_pause() holds, nothing is made.
    """
    engine = background_engine()
    features = open_features(engine, volume, axis)
    total = int(features.done.size)
    done = int(features.done.sum())
    cache, _ = FeatureCache.objects.get_or_create(
        volume=volume, axis=axis, model_hash=engine.model_hash, defaults={"total": total}
    )
    try:
        _record(cache, done, FeatureState.MAKING)
        on_progress(done, total)
        recorded = time.monotonic()
        for _ in _paused(features.fill(order=list(outward(first, total))), should_pause):
            done += 1
            if time.monotonic() - recorded > RECORD_EVERY_SECONDS:
                recorded = time.monotonic()
                _record(cache, done, FeatureState.MAKING)
            on_progress(done, total)
    except BaseException:
        _record(cache, done, FeatureState.FAILED)
        raise
    _record(cache, total, FeatureState.READY)
    on_progress(total, total)


def outward(first: int, total: int) -> Iterator[int]:
    """All slices, those nearest to `first` before the others."""
    return iter(sorted(range(total), key=lambda z: abs(z - first)))


def _paused(slices: Iterable[int], should_pause: Callable[[], bool]) -> Iterator[int]:
    waiting = iter(slices)
    while True:
        while should_pause():
            time.sleep(PAUSE_SECONDS)
        z = next(waiting, None)
        if z is None:
            return
        yield z


def _record(cache: FeatureCache, done: int, state: FeatureState) -> None:
    cache.done, cache.state = done, state
    cache.save(update_fields=["done", "state", "updated"])
