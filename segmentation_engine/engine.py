"""The engine: a network on a device, features of volumes, sessions, and automatic mode."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from segmentation_engine.automatic import automatic_slices
from segmentation_engine.checkpoint import BUNDLED, read_checkpoint
from segmentation_engine.decoding import SliceDecoder
from segmentation_engine.features import Features
from segmentation_engine.model import Pyramid, S2VNet, cast_convolutions, for_inference
from segmentation_engine.prompts import Prompt
from segmentation_engine.session import Session
from segmentation_engine.types import SliceResult
from segmentation_engine.volume import checked_image


class Engine:
    """Safe to share between sessions of one process; not between threads."""

    def __init__(self, net: S2VNet, model_hash: str, device: torch.device) -> None:
        self.model_hash = model_hash
        self.device = device
        self._half = half_precision(device)
        self._net = for_inference(net.to(device))
        # Weights cast once: autocast would cast those of the encoder again for every group of slices.
        self._encoding_net: S2VNet = self._net if self._half is None else copy.deepcopy(self._net).to(self._half)
        if self._half is not None:
            cast_convolutions(self._net, self._half)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names that automatic mode knows."""
        known: tuple[str, ...] = self._net.config.classes
        return known

    def encode(self, image: npt.ArrayLike, spacing_mm: Sequence[float], store: Path | str | None = None) -> Features:
        """Features of a volume ``image`` (Z, Y, X), Z being the propagation axis, with spacing (z, y, x) in mm.

        Made when first used, or with ``fill``; with ``store`` in a folder that other processes may share.
        Raises ValueError with a sentence for a user if the image cannot be used.
        """
        array = checked_image(image, spacing_mm)
        spacing = (float(spacing_mm[0]), float(spacing_mm[1]), float(spacing_mm[2]))
        folder = None if store is None else Path(store)
        return Features(array, spacing, self._encode, self.model_hash, self._net.config.centroid_dim, folder)

    def session(
        self,
        features: Features,
        num_labels: int = 1,
        edits: Sequence[Sequence[Prompt]] = (),
        prompts: Sequence[Prompt] = (),
        slices: Callable[[int], bytes | None] | None = None,
        progress: dict[str, Any] | None = None,
    ) -> Session:
        """A session from stored ``edits`` (or ``prompts``, each an edit); ``slices(z)`` gives the stored state of a
        slice and ``progress`` how far the edits were carried out in them."""
        said = [*edits, *([prompt] for prompt in prompts)]
        return Session(self._decoder(features), num_labels, said, slices, progress)

    def automatic(self, features: Features, classes: Sequence[str] | None = None) -> Iterator[SliceResult]:
        """Automatic mode: label i + 1 is ``classes[i]`` (all that are known by default)."""
        names = self.classes if classes is None else tuple(classes)
        unknown = sorted(set(names) - set(self.classes))
        if unknown or not names:
            raise ValueError(f"This checkpoint does not know {', '.join(unknown) or 'any class'}.")
        wanted = {label: self.classes.index(name) for label, name in enumerate(names, start=1)}
        return automatic_slices(self._decoder(features), wanted)

    def _decoder(self, features: Features) -> SliceDecoder:
        if features.model_hash != self.model_hash:
            raise ValueError("These features were made by another model.")
        return SliceDecoder(self._net, features, self.device, self._half)

    @torch.inference_mode()
    def _encode(self, stack: torch.Tensor) -> Pyramid:
        stack = stack.to(self.device, self._half or torch.float32)
        return self._encoding_net.encode(stack)


def half_precision(device: torch.device) -> torch.dtype | None:
    """bfloat16 where the processor computes in it, else None."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else None
    supported = any(
        getattr(torch.cpu, name, lambda: False)() for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    )
    return torch.bfloat16 if device.type == "cpu" and supported else None


def load_engine(checkpoint: Path | str | None = None, device: str = "auto", threads: int | None = None) -> Engine:
    """The engine with a checkpoint (None: the bundled one) on a device ("auto": a GPU if there is one)."""
    if threads is not None:
        torch.set_num_threads(threads)
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    net, model_hash = read_checkpoint(Path(checkpoint) if checkpoint else BUNDLED)
    return Engine(net, model_hash, torch.device(name))


def as_volume(results: Iterator[SliceResult], shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Slices -> labels (Z, Y, X); slices that are not among them are background."""
    labels = np.zeros(shape, np.uint8)
    for result in results:
        labels[result.z] = result.labels
    return labels
