"""The arrays of a volume, mapped from disk: whoever reads a slice reads that slice only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from webapp.volumes.models import Volume


def canonical_array(volume: Volume) -> NDArray[Any]:
    """Real values (Z, Y, X), read-only."""
    array: NDArray[Any] = np.load(volume.canonical_path, mmap_mode="r")
    return array


def along(axis: int, array: NDArray[Any]) -> NDArray[Any]:
    """The array with the propagation axis in front: (Z, Y, X) -> (axis, the two others in order). A view."""
    return np.moveaxis(array, axis, 0)
