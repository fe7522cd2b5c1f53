"""Automatic mode on the held-out Hippocampus cases."""

from __future__ import annotations

import time

from segmentation_engine.engine import Engine, as_volume
from segmentation_engine.evaluation.cases import Case
from segmentation_engine.evaluation.interactive import Score
from segmentation_engine.evaluation.metrics import dice, surface_dice, tolerance
from segmentation_engine.training.data.catalogue import HIPPOCAMPUS_CLASSES


def score_automatic(engine: Engine, case: Case) -> list[Score]:
    """Both classes of one Hippocampus case, without any prompt."""
    began = time.perf_counter()
    features = engine.encode(case.image, case.spacing_mm)
    found = as_volume(engine.automatic(features, list(HIPPOCAMPUS_CLASSES.values())), case.truth.shape)
    seconds = time.perf_counter() - began
    scores = []
    for label in HIPPOCAMPUS_CLASSES:
        wanted, got = case.truth == label, found == label
        near = surface_dice(wanted, got, case.spacing_mm, tolerance(case.spacing_mm))
        scores.append(
            Score("S2VNet, automatic", case.set_name, case.name, label, 0, dice(wanted, got), near, seconds)
        )
    return scores
