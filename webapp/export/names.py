"""Names that are files on any system."""

import re
import unicodedata

LONGEST_NAME = 80


def safe_name(written: str, otherwise: str) -> str:
    """A name for files on any system: ASCII letters, digits, - and _."""
    plain = unicodedata.normalize("NFKD", written).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9-]+", "_", plain).strip("_-")[:LONGEST_NAME] or otherwise
