"""An operation being computed, in a thread of its own, while its worker keeps the run and may serve others.

The arithmetic lets go of the interpreter, so one worker can do both. What comes out depends on the labels, the image
and what was asked alone: a computation that is lost with its process is simply done again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webapp.annotation import selectors
from webapp.annotation.label_map_files import numbers_of
from webapp.annotation.models import Annotation
from webapp.annotation.operations import parameters
from webapp.annotation.operations.performing import Scene, perform
from webapp.volumes.arrays import along, canonical_array

logger = logging.getLogger(__name__)

Labels = npt.NDArray[np.uint8]


class _AbandonedError(Exception):
    """Nobody wants the outcome any more."""


@dataclass(frozen=True)
class Outcome:
    """New labels, propagation axis first, and how much changed."""

    labels: Labels
    voxels: int
    slices: int


class Computation:
    """One operation on the labels (Z, Y, X; propagation axis first) of an annotation, from its construction on.

    `said` gives the slices on which each label was prompted or drawn.
    """

    def __init__(
        self, annotation: Annotation, operation: parameters.Operation, labels: Labels, said: Mapping[int, Sequence[int]]
    ) -> None:
        volume = selectors.volume_of(annotation)
        spacing = volume.spacing_mm
        across = [other for other in range(3) if other != annotation.axis]
        self._operation = operation
        self._scene = Scene(
            labels=labels,
            image=along(annotation.axis, canonical_array(volume)),
            spacing_mm=(spacing[annotation.axis], spacing[across[0]], spacing[across[1]]),
            axis=annotation.axis,
            said=said,
            brought=lambda label_map: along(annotation.axis, numbers_of(label_map)),
            tell=self._go_on,
        )
        self._abandoned = threading.Event()
        self._outcome: Outcome | None = None
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._compute, name=f"operation {type(operation).__name__}", daemon=True)
        self._thread.start()

    def ended(self, seconds: float | None = None) -> bool:
        """Wait at most so long (for ever if None); whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def outcome(self) -> Outcome:
        """What came out, after it has ended. Raises what the operation raised."""
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise RuntimeError("The operation has not ended yet, or was abandoned.")
        return self._outcome

    def abandon(self) -> None:
        """Let it end at its next step."""
        self._abandoned.set()

    def _go_on(self) -> None:
        if self._abandoned.is_set():
            raise _AbandonedError

    def _compute(self) -> None:
        try:
            after = perform(self._operation, self._scene)
            changes = [int(np.count_nonzero(new != old)) for new, old in zip(after, self._scene.labels, strict=True)]
            self._outcome = Outcome(after, sum(changes), sum(map(bool, changes)))
        except _AbandonedError:
            logger.info("An operation was abandoned.")
        except Exception as error:  # noqa: BLE001 - raised where the outcome is asked for
            self._error = error
