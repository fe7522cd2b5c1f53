"""Which features lie on disk, who uses them, and which ones go when there are too many bytes of them.

A row stands for a folder. Whoever opens the folder takes a lease on the row first and keeps it up while at work.
Eviction deletes a row only if nobody holds a lease, and moves its folder away in the same transaction: so whoever
comes next finds neither, and makes both anew. Someone who still maps a folder that has gone reads on unharmed.
"""

from __future__ import annotations

import datetime
import logging
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from webapp.volumes.models import FeatureCache, Volume

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)
ATTEMPTS = 10
HALF_MADE_SECONDS = 3600
GOING = ".going-"


def store_of(volume_id: int, axis: int, model_hash: str) -> Path:
    """The folder of a volume's features along an axis."""
    return Path(settings.FEATURES_DIR) / model_hash / str(volume_id) / str(axis)


def take(volume: Volume, axis: int, model_hash: str) -> FeatureCache:
    """The row of these features, leased: from here on they are not evicted as long as `keep` is called in time."""
    for _ in range(ATTEMPTS):
        cache, _ = FeatureCache.objects.get_or_create(
            volume=volume, axis=axis, model_hash=model_hash, defaults={"total": volume.shape[axis]}
        )
        if keep(cache.pk):
            return cache
    raise RuntimeError("These features are evicted again and again while they are being opened.")


def keep(cache_id: int) -> bool:
    """Say that the features are in use now; False if they were evicted."""
    now = timezone.now()
    return bool(FeatureCache.objects.filter(pk=cache_id).update(used=now, in_use_until=now + LEASE))


def measured(cache_id: int, size_bytes: int) -> None:
    """Note how many bytes these features take when complete, and evict others that leave no room for them."""
    FeatureCache.objects.filter(pk=cache_id).update(size_bytes=size_bytes)
    _evict_what_is_too_much()


def make_room() -> list[int]:
    """Evict what was used longest ago, and is in use by nobody, until all fits; gives the rows' ids.

    Looks through all folders first, which takes its time where there are many: not while somebody waits.
    """
    _take_stock()
    return _evict_what_is_too_much()


def _evict_what_is_too_much() -> list[int]:
    total = FeatureCache.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    evicted: list[int] = []
    for cache in FeatureCache.objects.order_by("used"):
        if total <= settings.FEATURES_MAX_BYTES:
            return evicted
        if _evict(cache):
            evicted.append(cache.pk)
            total -= cache.size_bytes
    if total > settings.FEATURES_MAX_BYTES:
        logger.warning("Features in use take %d bytes, more than S2V_FEATURES_MAX_MB allows.", total)
    return evicted


def _evict(cache: FeatureCache) -> bool:
    with transaction.atomic():
        unused = FeatureCache.objects.filter(pk=cache.pk, in_use_until__lt=timezone.now())
        if not unused.delete()[0]:
            return False
        gone = _moved_away(store_of(cache.volume_id, cache.axis, cache.model_hash))
    _remove(gone)
    logger.info("Features %s were evicted: used last at %s.", cache, cache.used)
    return True


def _moved_away(folder: Path) -> Path:
    """Rename a folder to where nobody looks for it: at once for everybody, unlike removing it."""
    aside = Path(settings.FEATURES_DIR) / f"{GOING}{uuid.uuid4().hex}"
    try:
        folder.rename(aside)
    except FileNotFoundError:
        logger.info("The folder %s is gone already.", folder)
    return aside


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _take_stock() -> None:
    """Give every folder without a row its row, and remove what no volume or process needs any more."""
    root = Path(settings.FEATURES_DIR)
    for leftover in [*root.glob(f"{GOING}*"), *_half_made(root)]:
        _remove(leftover)
    for folder in root.glob("[!.]*/*/[012]"):
        volume = Volume.objects.filter(pk=int(folder.parent.name)).first() if folder.parent.name.isdigit() else None
        if volume is None:
            _remove(_moved_away(folder))
        else:
            _enter(folder, volume)
    for cache in FeatureCache.objects.filter(in_use_until__lt=timezone.now()):
        if not store_of(cache.volume_id, cache.axis, cache.model_hash).exists():
            FeatureCache.objects.filter(pk=cache.pk, in_use_until__lt=timezone.now()).delete()


def _enter(folder: Path, volume: Volume) -> None:
    try:
        made = datetime.datetime.fromtimestamp(folder.stat().st_mtime, tz=datetime.UTC)
        size_bytes = sum(file.stat().st_size for file in folder.iterdir())
    except FileNotFoundError:
        return  # somebody else evicts it now
    axis = int(folder.name)
    cache, _ = FeatureCache.objects.get_or_create(
        volume=volume, axis=axis, model_hash=folder.parent.parent.name,
        defaults={"total": volume.shape[axis], "used": made},
    )  # fmt: skip
    if not cache.size_bytes:
        FeatureCache.objects.filter(pk=cache.pk).update(size_bytes=size_bytes)


def _half_made(root: Path) -> Iterator[Path]:
    """What a process that was killed left behind while it made a folder."""
    long_ago = time.time() - HALF_MADE_SECONDS
    return (part for part in root.glob("[!.]*/*/.*") if part.is_dir() and part.stat().st_mtime < long_ago)
