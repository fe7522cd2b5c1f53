"""An engine that paints squares: for tests of what surrounds the engine, where masks only have to be predictable.

Each point paints 3 x 3 pixels on every slice up to `reach` away from its own. A session that is resumed checks
that it was given exactly the states of the slices which its progress says are finished.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class FakeResult:
    z: int
    labels: npt.NDArray[np.uint8]
    confidence: dict[int, float]
    state: bytes
    trust: str = "model"
    changed: bool = True


@dataclass
class FakeEngine:
    """`before_slice` is called before each slice and may raise or do what happens meanwhile."""

    shape: tuple[int, int, int]
    reach: int = 3
    model_hash: str = "fake"
    before_slice: Callable[[], None] = lambda: None
    sessions: list[FakeSession] = field(default_factory=list)

    def session(
        self, features: Any, *, num_labels: int, edits: Sequence[Any], slices: Any = None, progress: Any = None
    ) -> FakeSession:
        session = FakeSession(self, list(edits), slices, progress)
        self.sessions.append(session)
        return session


class FakeSession:
    def __init__(self, engine: FakeEngine, edits: list[Any], loader: Any, progress: Any) -> None:
        self._engine = engine
        self._edits = edits
        self._applied = progress["applied"] if progress else 0
        self._fronts: set[int] = set(progress["fronts"]) if progress else set()
        self.resumed_from = dict(progress) if progress else None
        for z in self._touched(edits[: self._applied]) - self._fronts:
            if loader(z) != self._state(z):
                raise AssertionError(f"The stored state of slice {z} is not what was computed.")

    redraw_due = False

    def add(self, edit: Any) -> None:
        self._edits.append(edit)

    @property
    def remaining(self) -> int:
        return len(self._fronts | self._touched(self._edits[self._applied :]))

    def progress(self) -> dict[str, Any]:
        return {"applied": self._applied, "fronts": sorted(self._fronts)}

    def propagate(self, first: int | None = None, visible: Sequence[int] | None = None) -> Iterator[FakeResult]:
        self._fronts |= self._touched(self._edits[self._applied :])
        self._applied = len(self._edits)
        wanted = [*([] if first is None else [first]), *(visible or ())]
        while self._fronts:
            z = next((z for z in wanted if z in self._fronts), min(self._fronts))
            self._engine.before_slice()
            self._fronts.remove(z)
            labels = self._labels(z)
            sure = {int(slot): 0.8 for slot in np.unique(labels) if slot}
            own = any(point.voxels[0][0] == z for point in self._points(z, self._edits))
            yield FakeResult(z, labels, sure, self._state(z), trust="prompted" if own else "model")

    def _points(self, z: int, edits: Sequence[Any]) -> list[Any]:
        return [point for edit in edits for point in edit if abs(point.voxels[0][0] - z) <= self._engine.reach]

    def _touched(self, edits: Sequence[Any]) -> set[int]:
        return {z for z in range(self._engine.shape[0]) if self._points(z, edits)}

    def _labels(self, z: int) -> npt.NDArray[np.uint8]:
        labels = np.zeros(self._engine.shape[1:], dtype=np.uint8)
        for point in self._points(z, self._edits[: self._applied]):
            _, row, col = point.voxels[0]
            labels[row - 1 : row + 2, col - 1 : col + 2] = point.label if point.positive else 0
        return labels

    def _state(self, z: int) -> bytes:
        points = self._points(z, self._edits[: self._applied])
        return json.dumps([(point.voxels[0].tolist(), point.label, point.positive) for point in points]).encode()
