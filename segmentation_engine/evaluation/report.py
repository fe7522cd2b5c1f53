"""Scores -> Markdown table, plot and JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from segmentation_engine.evaluation.interactive import REPORTED_ROUNDS, Score
from segmentation_engine.evaluation.metrics import bootstrap_interval

Means = dict[tuple[str, str, int], list[float]]


def by_case(scores: list[Score], measure: str) -> Means:
    """(method, set, round) -> one mean over labels a case."""
    labels: dict[tuple[str, str, int, str], list[float]] = defaultdict(list)
    for score in scores:
        labels[score.method, score.set_name, score.round, score.case].append(float(getattr(score, measure)))
    means: Means = defaultdict(list)
    for (method, set_name, number, _), values in labels.items():
        means[method, set_name, number].append(float(np.mean(values)))
    return means


def markdown(scores: list[Score], model_hash: str) -> str:
    """The report: Dice with its 95 % interval and surface Dice after each round."""
    overlap, surface, seconds = (by_case(scores, m) for m in ("dice", "surface_dice", "seconds"))
    rows = [
        "# Evaluation",
        "",
        f"Made by `python -m segmentation_engine.evaluation` with the checkpoint `{model_hash[:16]}`.",
        "Dice [95 % interval by bootstrap over cases] / surface Dice (2 mm, or one voxel of the plane). Round 1 is one",
        "point a label, deepest in its largest slice; later rounds correct the largest error of each label.",
        "`hippocampus`, `sts_tumour`, `subcortical_t1`: held-out subjects; the other sets never trained these weights.",
        "",
        "| method | set | cases | round | Dice | surface Dice | s a round |",
        "|---|---|---|---|---|---|---|",
    ]
    for key in sorted(overlap):
        low, high = bootstrap_interval(overlap[key])
        rows.append(
            f"| {key[0]} | {key[1]} | {len(overlap[key])} | {key[2] or '-'} | {np.mean(overlap[key]):.3f} "
            f"[{low:.3f}, {high:.3f}] | {np.mean(surface[key]):.3f} | {np.mean(seconds[key]):.2f} |"
        )
    return "\n".join([*rows, "", "![Dice after each round](evaluation.png)", ""])


def plot(scores: list[Score], path: Path) -> None:
    """Mean Dice against the round, one panel a set, one line a method."""
    means = by_case([s for s in scores if s.round], "dice")
    sets = sorted({key[1] for key in means})
    figure, panels = plt.subplots(1, max(1, len(sets)), figsize=(3 * max(1, len(sets)), 3), sharey=True, squeeze=False)
    for panel, set_name in zip(panels[0], sets, strict=False):
        for method in sorted({key[0] for key in means}):
            rounds = [r for r in REPORTED_ROUNDS if (method, set_name, r) in means]
            panel.plot(rounds, [np.mean(means[method, set_name, r]) for r in rounds], marker="o", label=method)
        panel.set(title=set_name, xlabel="round", ylim=(0, 1))
        panel.grid(alpha=0.3)
    panels[0, 0].set_ylabel("Dice")
    panels[0, 0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def write_report(scores: list[Score], model_hash: str, out: Path) -> None:
    """evaluation.md, evaluation.png and evaluation.json in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.md").write_text(markdown(scores, model_hash))
    (out / "evaluation.json").write_text(json.dumps([score.to_dict() for score in scores], indent=1) + "\n")
    plot(scores, out / "evaluation.png")
