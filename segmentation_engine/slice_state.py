"""What a slice keeps so that any worker can go on from it: both passes, its anchors and its labels.

Everything is held in the precision in which it is stored (fp16 centroids, 8 bit priors), so a session that was
resumed from bytes goes on exactly like one that never stopped.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segmentation_engine.types import Trust

STATE_VERSION = 2
_HEADER = struct.Struct("<BI")

Half = npt.NDArray[np.float16]
Bytes8 = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class LabelState:
    """One label as one slice hands it to the next, in one direction."""

    centroids: Half  # (M, D)
    anchor: Half  # (M, D)
    prior: Bytes8  # (h, w) probability at stride 4, 0..255
    absent_for: int
    distance: int
    confidence: float  # of the label on this slice, 0..1

    def close_to(self, other: LabelState | None, prior_tolerance: float, centroid_tolerance: float) -> bool:
        """Whether mask and centroids are the same within a mean difference; where absent, centroids don't matter."""
        if other is None or (self.absent_for > 0) != (other.absent_for > 0):
            return False
        difference = np.abs(self.prior.astype(np.int16) - other.prior)
        area = max(16.0, float(np.maximum(self.prior, other.prior).sum()) / 255)
        if float(difference.sum()) / 255 > prior_tolerance * area:
            return False
        if self.absent_for > 0:
            return True
        drift = np.linalg.norm(self.centroids.astype(np.float32) - other.centroids.astype(np.float32))
        size = max(1e-6, float(np.linalg.norm(other.centroids.astype(np.float32))))
        return bool(drift / size <= centroid_tolerance)


Pass = dict[int, LabelState]  # by label; labels that the pass does not know yet are not in it


@dataclass(frozen=True)
class Anchor:
    """A label that was prompted on this slice: what went into its decoding, and what it hands on both ways."""

    before: LabelState | None
    after: LabelState | None


@dataclass(frozen=True)
class Fixed:
    """Labels whose extent on the slice was drawn: it is just what the slice shows."""

    labels: tuple[int, ...]
    since: int  # what edits before this number painted here does not count any more
    trust: Trust


@dataclass(frozen=True)
class SliceState:
    """All that is known of a slice; ``up`` came from lower slices, ``down`` from higher ones.

    What each pass was made from is kept too: so the labels, fused from both passes, do not depend on which of them
    came by last.
    """

    labels: npt.NDArray[np.uint8]  # (Y, X)
    confidence: dict[int, float] = field(default_factory=dict)
    up: Pass = field(default_factory=dict)
    down: Pass = field(default_factory=dict)
    up_source: Pass = field(default_factory=dict)
    down_source: Pass = field(default_factory=dict)
    anchors: dict[int, Anchor] = field(default_factory=dict)
    fixed: Fixed | None = None

    def passing(self, direction: int) -> Pass:
        """The pass in a direction, +1 or -1."""
        return self.up if direction > 0 else self.down

    def source(self, direction: int) -> Pass:
        """What the neighbour had handed on when the pass was made, without the labels that are anchored here."""
        return self.up_source if direction > 0 else self.down_source

    def with_pass(self, direction: int, states: Pass, source: Pass) -> SliceState:
        if direction > 0:
            return replace(self, up=states, up_source=source)
        return replace(self, down=states, down_source=source)

    def to_bytes(self) -> bytes:
        """Versioned and compressed."""
        arrays: list[npt.NDArray[Any]] = []
        facts = {
            "shape": list(self.labels.shape),
            "confidence": {str(label): value for label, value in self.confidence.items()},
            **{name: _packed_pass(getattr(self, name), arrays) for name in _PASSES},
            "anchors": {
                str(label): [_packed_maybe(anchor.before, arrays), _packed_maybe(anchor.after, arrays)]
                for label, anchor in self.anchors.items()
            },
            "labels": _kept(self.labels, arrays),
            "fixed": None if self.fixed is None else asdict(self.fixed),
        }
        head = json.dumps({"facts": facts, "arrays": [[a.dtype.str, list(a.shape)] for a in arrays]}).encode()
        body = b"".join([head, *(np.ascontiguousarray(array).tobytes() for array in arrays)])
        return _HEADER.pack(STATE_VERSION, len(head)) + zlib.compress(body, 1)

    @classmethod
    def from_bytes(cls, blob: bytes) -> SliceState:
        """The inverse; ValueError if the bytes are of another version or damaged."""
        try:
            version, length = _HEADER.unpack_from(blob)
            body = zlib.decompress(blob[_HEADER.size :])
            content = json.loads(body[:length])
        except (struct.error, zlib.error, ValueError) as error:
            raise ValueError("A stored slice is damaged.") from error
        if version != STATE_VERSION:
            raise ValueError("A stored slice was written by another version of the engine.")
        arrays = list(_unpacked_arrays(content["arrays"], memoryview(body)[length:]))
        facts = content["facts"]
        return cls(
            labels=arrays[facts["labels"]],
            confidence={int(label): float(value) for label, value in facts["confidence"].items()},
            **{name: _unpacked_pass(facts[name], arrays) for name in _PASSES},
            anchors={
                int(label): Anchor(*(None if part is None else _unpacked(part, arrays) for part in parts))
                for label, parts in facts["anchors"].items()
            },
            fixed=_unpacked_fixed(facts.get("fixed")),
        )


_PASSES = ("up", "down", "up_source", "down_source")
_ARRAYS = ("centroids", "anchor", "prior")
_SCALARS = tuple(entry.name for entry in fields(LabelState) if entry.name not in _ARRAYS)


def _unpacked_fixed(packed: dict[str, Any] | None) -> Fixed | None:
    return None if packed is None else Fixed(tuple(packed["labels"]), packed["since"], packed["trust"])


def _packed(state: LabelState, arrays: list[npt.NDArray[Any]]) -> dict[str, Any]:
    packed: dict[str, Any] = {name: getattr(state, name) for name in _SCALARS}
    return packed | {name: _kept(getattr(state, name), arrays) for name in _ARRAYS}


def _packed_pass(states: Pass, arrays: list[npt.NDArray[Any]]) -> dict[str, Any]:
    return {str(label): _packed(state, arrays) for label, state in states.items()}


def _unpacked_pass(packed: dict[str, Any], arrays: list[npt.NDArray[Any]]) -> Pass:
    return {int(label): _unpacked(state, arrays) for label, state in packed.items()}


def _packed_maybe(state: LabelState | None, arrays: list[npt.NDArray[Any]]) -> dict[str, Any] | None:
    return None if state is None else _packed(state, arrays)


def _kept(array: npt.NDArray[Any], arrays: list[npt.NDArray[Any]]) -> int:
    """Where the array stands among ``arrays``; one that is there already (both passes share anchors) is not doubled."""
    for place, kept in enumerate(arrays):
        if kept is array:
            return place
    arrays.append(array)
    return len(arrays) - 1


def _unpacked(packed: dict[str, Any], arrays: list[npt.NDArray[Any]]) -> LabelState:
    return LabelState(**{name: arrays[value] if name in _ARRAYS else value for name, value in packed.items()})


def _unpacked_arrays(table: list[Any], body: memoryview) -> Iterator[npt.NDArray[Any]]:
    start = 0
    for dtype, shape in table:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        yield np.frombuffer(body[start : start + size], dtype).reshape(shape)
        start += size
