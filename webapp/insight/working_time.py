"""How long somebody really worked, from the moments at which something of theirs arrived."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from itertools import pairwise

PAUSE = datetime.timedelta(minutes=5)  # who does nothing for longer was away


def active_seconds(moments: Iterable[datetime.datetime], pause: datetime.timedelta = PAUSE) -> float:
    """Seconds between moments that follow each other within `pause`; longer gaps count nothing."""
    ordered = sorted(moments)
    gaps = (later - earlier for earlier, later in pairwise(ordered))
    return sum(gap.total_seconds() for gap in gaps if gap <= pause)
