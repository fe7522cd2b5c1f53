"""Batches of clips, seeded: batch number i is the same whatever the number of workers, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from segmentation_engine.training.data.catalogue import SHAPES_SHARE, TRAINING_SETS, class_names
from segmentation_engine.training.data.clips import ATTEMPTS, Clip, ClipSpec, as_tensors, shapes_clip, volume_clip
from segmentation_engine.training.data.prepare import cache_root, data_root, prepare_all
from segmentation_engine.training.data.prepared import PreparedVolume
from segmentation_engine.training.data.split import Part

Rng = np.random.Generator
PASTED_SHARE = 0.35  # shapes in a real image instead of an invented one
MANY_SLOTS_SHARE = 0.1
# Clips that are varied in shape and grey; more of them make every clip harder, which a short run does not make good.
VARIED_SHARE = 0.35


@dataclass(frozen=True)
class ClipBatch:
    """B clips of T slices with K label slots on the working grid (all T, K equal in a batch)."""

    image: Tensor  # (B, T+2, H, W) float32 about [-1, 1]; slices -1..T: one more at each end for the 2.5D channels
    labels: Tensor  # (B, T, H, W) long 0..K
    label_active: Tensor  # (B, K) bool
    class_index: Tensor  # (B, K) long into `class_names()`, -1: nameless
    named: Tensor  # (B,) bool: every active slot is a class, so the clip may run without prompts
    spacing_mm: Tensor  # (B, 3) distance of slices, height and width of a working pixel

    def to(self, device: torch.device | str) -> ClipBatch:
        return ClipBatch(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


@dataclass(frozen=True)
class BatchShape:
    """How large batches are: T is drawn a batch, B follows so that B * T is about `slices_per_batch`."""

    slices_per_batch: int = 48
    shortest: int = 3
    longest: int = 8
    slots: int = 4
    many_slots: int = 8
    size_px: int = 128


class ClipDataset(IterableDataset[ClipBatch]):
    """An endless stream of batches from batch number `start` on; iterate it through `clip_loader`."""

    def __init__(
        self,
        root: Path | str | None = None,
        cache: Path | str | None = None,
        *,
        part: Part = "train",
        shape: BatchShape | None = None,
        seed: int = 0,
        start: int = 0,
        count: int | None = None,
        varied_share: float = VARIED_SHARE,
    ) -> None:
        """`count`: stop after that many batches; `varied_share` of the clips are augmented; `part` "held_out" gives
        plain clips of held-out subjects only."""
        self.shape, self.seed, self.start, self.count = shape or BatchShape(), seed, start, count
        self.augment = part == "train"
        self.varied_share = varied_share if self.augment else 0.0
        self.class_names = class_names()
        self._index_of = {name: index for index, name in enumerate(self.class_names)}
        self._volumes = prepare_all(data_root(root), cache_root(cache), part)
        self._sets = {s.name: s for s in TRAINING_SETS if s.name in self._volumes}
        shares = {name: s.share for name, s in self._sets.items()}
        if self.augment:
            shares[""] = SHAPES_SHARE
        self._names = list(shares)
        self._shares = np.array(list(shares.values())) / sum(shares.values())

    def __iter__(self) -> Iterator[ClipBatch]:
        worker = get_worker_info()
        first, step = (worker.id, worker.num_workers) if worker else (0, 1)
        number = self.start + first
        while self.count is None or number < self.start + self.count:
            yield self.batch(number)
            number += step

    def batch(self, number: int) -> ClipBatch:
        """Batch by number, a pure function of seed and number."""
        rng = np.random.default_rng([self.seed, number])
        length = int(rng.integers(self.shape.shortest, self.shape.longest + 1))
        slots = self.shape.many_slots if rng.random() < MANY_SLOTS_SHARE else self.shape.slots
        spec = ClipSpec(length, slots, self.shape.size_px, self.augment)
        clips = [self.clip(rng, spec) for _ in range(max(1, round(self.shape.slices_per_batch / length)))]
        return ClipBatch(*as_tensors(clips))

    def clip(self, rng: Rng, spec: ClipSpec) -> Clip:
        name = self._names[int(rng.choice(len(self._names), p=self._shares))]
        spec = replace(spec, augment=bool(rng.random() < self.varied_share))
        while True:
            clip = self._set_clip(rng, name, spec) if name else self._shapes_clip(rng, spec)
            if clip is not None and clip.labels.any():
                return clip

    def _set_clip(self, rng: Rng, name: str, spec: ClipSpec) -> Clip | None:
        volumes = self._volumes[name]
        volume: PreparedVolume = volumes[int(rng.integers(len(volumes)))]
        share = self._sets[name].synthetic_share if spec.augment else 0.0
        for _ in range(ATTEMPTS):
            clip = volume_clip(rng, volume, spec, self._index_of, share)
            if clip is not None:
                return clip
        return None

    def _shapes_clip(self, rng: Rng, spec: ClipSpec) -> Clip:
        background = None
        if rng.random() < PASTED_SHARE:
            under = self._set_clip(rng, str(rng.choice([n for n in self._names if n])), spec)
            background = None if under is None else under.image
        return shapes_clip(rng, spec, background)


def _one_thread(_worker: int) -> None:
    torch.set_num_threads(1)


def clip_loader(dataset: ClipDataset, workers: int = 1, prefetch: int = 4) -> DataLoader[ClipBatch]:
    """A loader that yields whole `ClipBatch`es, made ahead by `workers` processes of one thread each."""
    return DataLoader(
        dataset,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=prefetch if workers else None,
        worker_init_fn=_one_thread,
        persistent_workers=workers > 0,
    )
