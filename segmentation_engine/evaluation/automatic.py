"""Automatic mode on the held-out Hippocampus cases."""

from __future__ import annotations

import time

from segmentation_engine.engine import Engine, as_volume
from segmentation_engine.evaluation.cases import Case
from segmentation_engine.evaluation.interactive import measure
from segmentation_engine.evaluation.score import Score
from segmentation_engine.training.data.catalogue import HIPPOCAMPUS_CLASSES

AUTOMATIC_CLASSES = {"hippocampus": HIPPOCAMPUS_CLASSES}  # set -> {label value: the checkpoint's name for it}
METHOD, PROMPTING = "S2VNet, automatic", "none"


def score_automatic(engine: Engine, case: Case) -> list[Score]:
    """Every class of a case that the checkpoint knows, without any prompt; encoding is in the seconds."""
    classes = {value: name for value, name in AUTOMATIC_CLASSES[case.set_name].items() if name in engine.classes}
    if not classes:
        return []
    began = time.perf_counter()
    features = engine.encode(case.image, case.spacing_mm)
    found = as_volume(engine.automatic(features, list(classes.values())), case.truth.shape)
    seconds = time.perf_counter() - began
    scores = []
    for label, value in enumerate(classes, start=1):
        measured = measure(case.truth == value, found == label, case)
        scores.append(Score(METHOD, PROMPTING, case.set_name, case.name, value, 0, *measured, seconds, 0))
    return scores
