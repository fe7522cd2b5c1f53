"""The arrays of brought label maps."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from django.conf import settings

from webapp.volumes.importing.label_file import ARRAYS


def numbers_of(label_map_id: int) -> npt.NDArray[np.uint8]:
    """Numbers of segments (Z, Y, X) on the image's grid, 0 = none."""
    path = Path(settings.MEDIA_ROOT) / "label_maps" / str(label_map_id) / ARRAYS
    with np.load(path) as arrays:
        numbers: npt.NDArray[np.uint8] = arrays["numbers"]
    return numbers
