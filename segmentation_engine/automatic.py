"""Automatic mode: class queries, one pass up and one pass down through the volume, fused slice by slice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from segmentation_engine.decoding import Decoded, SliceDecoder, fused_scores
from segmentation_engine.slice_state import Pass, SliceState
from segmentation_engine.types import SliceResult


def automatic_slices(decoder: SliceDecoder, classes: Mapping[int, int]) -> Iterator[SliceResult]:
    """Slices from the last to the first, each with the labels of both passes; ``classes``: label -> class index."""
    slices = decoder.features.shape[0]
    arriving: list[Pass] = [{}]
    for z in range(slices - 1):
        arriving.append(decoder.decode(z, {}, arriving[-1], classes).after)
    down: Pass = {}
    for z in reversed(range(slices)):
        upwards = decoder.decode(z, {}, arriving[z], classes)
        downwards = decoder.decode(z, {}, down, classes)
        yield _result(decoder, z, upwards, downwards)
        down = downwards.after


def _result(decoder: SliceDecoder, z: int, up: Decoded, down: Decoded) -> SliceResult:
    order, scores, confidence = fused_scores([up, down])
    labels = np.array([0, *order], np.uint8)[decoder.features.grid.stored_labels(scores.cpu())]
    state = SliceState(labels, confidence, up.after, down.after)
    kept = {**up.after, **down.after}
    config = decoder.net.config
    none = np.zeros((0, config.centroids_per_label, config.centroid_dim), np.float16)
    return SliceResult(
        z=z,
        labels=labels,
        confidence=confidence,
        centroids=np.stack([kept[label].centroids for label in sorted(kept)]) if kept else none,
        state=state.to_bytes(),
        changed=bool(labels.any()),
        trust="model",
    )
