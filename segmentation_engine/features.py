"""Encode once: the prompt-independent features of every slice, in memory or in a folder that processes share.

A folder holds one raw fp16 file a level, ``done.u8`` with a byte a slice, and ``meta.json``. A slice's values are
written before its byte, and are the same whoever makes them, so that any number of processes may read and make
the same folder at the same time.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from segmentation_engine.model import Pyramid
from segmentation_engine.volume import WorkingGrid, intensity_range, normalise

STORE_VERSION = 2
# Slices are always encoded in the same groups: in bf16 a network's values depend on the size of the batch.
GROUP_SLICES = 4
LEVELS = ("image", "stride4", "stride8", "stride16")

Encoder = Callable[[torch.Tensor], Pyramid]
Arrays = dict[str, npt.NDArray[Any]]


class Features:
    """Features of a volume (Z, Y, X), made slice by slice when they are first asked for."""

    def __init__(
        self,
        image: npt.NDArray[np.generic],
        spacing_mm: tuple[float, float, float],
        encoder: Encoder,
        model_hash: str,
        channels: int,
        store: Path | None = None,
    ) -> None:
        self.shape: tuple[int, int, int] = (image.shape[0], image.shape[1], image.shape[2])
        self.spacing_mm = spacing_mm
        self.model_hash = model_hash
        self.grid = WorkingGrid.of(self.shape[1:], spacing_mm[1:])
        self._image = image
        self._encoder = encoder
        shapes = _level_shapes(self.shape[0], self.grid, channels)
        self._arrays, self._range = (
            _in_memory(shapes, image) if store is None else _in_folder(store, shapes, image, self._identity())
        )

    @property
    def done(self) -> npt.NDArray[np.bool_]:
        """(Z,) which slices are made."""
        return np.asarray(self._arrays["done"]).astype(np.bool_)

    @property
    def size_bytes(self) -> int:
        """What they take when complete, without the few bytes of description in a folder."""
        return sum(array.nbytes for array in self._arrays.values())

    def fill(self, order: Iterable[int] | None = None) -> Iterator[int]:
        """Make what is missing in the given order, yielding each slice that is made now."""
        for z in range(self.shape[0]) if order is None else order:
            if not self._arrays["done"][z]:
                yield from self._make(z)

    def pyramid(self, z: int) -> Pyramid:
        """Features of slice ``z``, each (1, D, h, w) float32, channels last in memory; made if they are missing."""
        self._ensure(z)
        levels = (torch.from_numpy(np.array(self._arrays[name][z : z + 1])) for name in LEVELS[1:])
        return Pyramid(*(level.float().permute(0, 3, 1, 2) for level in levels))

    def working_image(self, z: int) -> torch.Tensor:
        """Slice ``z`` as the network sees it, (1, 1, H, W) float32."""
        self._ensure(z)
        return torch.from_numpy(np.array(self._arrays["image"][z])).float()[None, None]

    def _ensure(self, z: int) -> None:
        if not self._arrays["done"][z]:
            for _ in self._make(z):
                pass

    def _make(self, z: int) -> list[int]:
        """Encode the group of ``z``; -> the slices that were missing."""
        first = z - z % GROUP_SLICES
        places = [min(first + step, self.shape[0] - 1) for step in range(GROUP_SLICES)]
        planes = self._working_planes(first - 1, first + GROUP_SLICES + 1)
        stack = torch.from_numpy(np.stack(planes)).unfold(0, 3, 1).permute(0, 3, 1, 2)
        pyramid = self._encoder(stack)
        made = []
        for step, place in enumerate(places):
            if self._arrays["done"][place]:
                continue
            self._arrays["image"][place] = planes[step + 1]
            for name, level in zip(LEVELS[1:], pyramid, strict=True):
                self._arrays[name][place] = level[step].permute(1, 2, 0).float().cpu().numpy()
            self._arrays["done"][place] = 1
            made.append(place)
        return made

    def _working_planes(self, start: int, stop: int) -> list[npt.NDArray[np.float32]]:
        """Slices [start, stop) on the working grid, in the stored precision; beyond the volume its end repeats."""
        made: dict[int, npt.NDArray[np.float32]] = {}
        planes = []
        for z in range(start, stop):
            place = min(max(z, 0), self.shape[0] - 1)
            if place not in made:
                plane = self.grid.working_slice(normalise(np.asarray(self._image[place]), *self._range))
                made[place] = plane.astype(np.float16).astype(np.float32)
            planes.append(made[place])
        return planes

    def _identity(self) -> dict[str, Any]:
        return {
            "version": STORE_VERSION,
            "model": self.model_hash,
            "shape": list(self.shape),
            "spacing_mm": [round(length, 6) for length in self.spacing_mm],
        }


def _level_shapes(slices: int, grid: WorkingGrid, channels: int) -> dict[str, tuple[int, ...]]:
    """Channels last, as the network reads them: shuffling them cost a twentieth of each decoded slice."""
    height, width = grid.padded_yx
    shapes: dict[str, tuple[int, ...]] = {"image": (slices, height, width)}
    for stride in (4, 8, 16):
        shapes[f"stride{stride}"] = (slices, height // stride, width // stride, channels)
    return shapes


def _in_memory(
    shapes: dict[str, tuple[int, ...]], image: npt.NDArray[np.generic]
) -> tuple[Arrays, tuple[float, float]]:
    arrays: Arrays = {name: np.zeros(shape, np.float16) for name, shape in shapes.items()}
    arrays["done"] = np.zeros(image.shape[0], np.uint8)
    return arrays, intensity_range(image)


def _in_folder(
    store: Path, shapes: dict[str, tuple[int, ...]], image: npt.NDArray[np.generic], identity: dict[str, Any]
) -> tuple[Arrays, tuple[float, float]]:
    store.parent.mkdir(parents=True, exist_ok=True)
    with _alone(store.parent):
        meta = _meta(store)
        if meta is None or {key: meta.get(key) for key in identity} != identity or not _whole(store, shapes):
            shutil.rmtree(store, ignore_errors=True)
            meta = _made(store, shapes, identity, intensity_range(image))
    arrays: Arrays = {
        name: np.memmap(store / f"{name}.f16", np.float16, "r+", shape=shape) for name, shape in shapes.items()
    }
    arrays["done"] = np.memmap(store / "done.u8", np.uint8, "r+", shape=(image.shape[0],))
    low, high = meta["range"]
    return arrays, (float(low), float(high))


def _meta(store: Path) -> dict[str, Any] | None:
    try:
        meta = json.loads((store / "meta.json").read_text())
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) else None


def _whole(store: Path, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether every file has its size: a folder that was cut short is made anew."""
    sizes = {f"{name}.f16": 2 * int(np.prod(shape)) for name, shape in shapes.items()}
    sizes["done.u8"] = next(iter(shapes.values()))[0]
    return all((store / name).exists() and (store / name).stat().st_size == size for name, size in sizes.items())


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep every other process from making or mending features in this folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _made(
    store: Path, shapes: dict[str, tuple[int, ...]], identity: dict[str, Any], intensities: tuple[float, float]
) -> dict[str, Any]:
    """Make the folder beside and rename it: a process that is killed leaves none that is half made."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{store.name}.", dir=store.parent))
    meta = {**identity, "range": list(intensities)}
    for name, shape in shapes.items():
        _sparse(fresh / f"{name}.f16", 2 * int(np.prod(shape)))
    _sparse(fresh / "done.u8", next(iter(shapes.values()))[0])
    (fresh / "meta.json").write_text(json.dumps(meta))
    fresh.rename(store)
    return meta


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        os.truncate(file.fileno(), size)
