"""Which model is in use, told without loading it: so the web process knows whose features and masks it sees."""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)


def model_hash() -> str:
    """The hash by which the engine names the checkpoint in the settings; empty if that cannot be read."""
    path = Path(settings.CHECKPOINT)
    try:
        facts = path.stat()
        return _hash_of(path, facts.st_mtime_ns, facts.st_size)
    except OSError:
        logger.warning("The checkpoint %s cannot be read.", path.name, exc_info=True)
        return ""


@lru_cache(maxsize=4)
def _hash_of(path: Path, _modified_ns: int, _size_bytes: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
