"""A store -> evaluation.md and its plot."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import matplotlib.pyplot as plt

from segmentation_engine.evaluation import tables
from segmentation_engine.evaluation.automatic import AUTOMATIC_CLASSES
from segmentation_engine.evaluation.automatic import PROMPTING as AUTOMATIC
from segmentation_engine.evaluation.random_walker import MOST_VOXELS, POINT_RADIUS_MM
from segmentation_engine.evaluation.robot import DEEP_ENOUGH, JITTER_MM
from segmentation_engine.evaluation.score import Score
from segmentation_engine.evaluation.store import Store
from segmentation_engine.evaluation.summary import Group, grouped

TITLES = {
    "exact": "Points",
    "jittered": "Points of a human-like hand",
    "scribbles": "Human scribbles on every slice",
    "scribbles-middle": "Human scribbles on the middle slice",
}
EXPLANATIONS = {
    "exact": "Round 1: one point a label, deepest in its largest slice. Each later round: of every label that is still"
    " wrong one point, at the deepest place (3D, mm) of its largest connected error.",
    "jittered": f"Round 1: one point a label, anywhere at {DEEP_ENOUGH:.0%} of the greatest depth or more, on a slice"
    f" of at least {DEEP_ENOUGH:.0%} of the largest area. Later points miss the deepest place of the error by a"
    f" Gaussian of {JITTER_MM:g} mm along each axis, and stay within the error. All methods get the same chance.",
    "scribbles": "Round 1: what a human scribbled, on every slice of each label, background strokes as what the label"
    " is not. A stroke of one label on one slice is one prompt. Later rounds: exact points.",
    "scribbles-middle": "As before, but round 1 has of each label only the middle one of its scribbled slices.",
}
MEASURES = f"""NSD is surface Dice within 2 mm, or one voxel of the plane where that is coarser. AUC is the area below
the curve from round 1 to the last, divided by its width. "Rounds to 0.85" is the mean over those labels that reach this
Dice (in brackets how many of all do; labels that never get there are not in the mean). HD95 is the mean over cases
where it is defined (in brackets how often it is not, because a mask is empty). Means are over cases, of each case over
its labels: at most four. Seconds are without encoding the volume, which happens once and before the first prompt.
`hippocampus`, `sts_tumour`, `subcortical_t1`: held-out subjects; the other sets never trained these weights.
The peers learned nothing, and take the frame of every slice for background: `geodesic` gives a voxel to the prompt that
is nearest along the image, `random-walker` to the one that a random walk reaches first (points are balls of
{POINT_RADIUS_MM:g} mm for it, and its grid is made coarser, the finest axes first, until at most {MOST_VOXELS} voxels
are left, so that a round takes seconds)."""


def markdown(store: Store) -> str:
    """The report: a summary of each kind of prompting first, details after all of them."""
    groups = grouped(store.scores)
    lines = ["# Evaluation", "", _origin(store), MEASURES]
    promptings = [prompting for prompting in TITLES if any(key[0] == prompting for key in groups)]
    for prompting in promptings:
        lines += ["", f"## {TITLES[prompting]}", "", EXPLANATIONS[prompting], ""]
        lines += tables.summary_table(_of(groups, prompting))
        if prompting == promptings[0]:
            lines += ["", "![Dice after each round](evaluation.png)"]
    unprompted = [score for score in store.scores if score.prompting == AUTOMATIC]
    if unprompted:
        lines += ["", "## Automatic mode", "", "No prompt at all; seconds with encoding.", ""]
        lines += tables.automatic_table(_by_class(unprompted))
    for prompting in promptings:
        lines += ["", f"## Details: {TITLES[prompting].lower()}", "", *tables.curve_table(_of(groups, prompting))]
        lines += ["", *tables.round_table(_of(groups, prompting))]
    return "\n".join([*lines, ""])


def _origin(store: Store) -> str:
    settings = store.settings
    cases = "all cases" if settings["cases"] is None else f"at most {settings['cases']} cases a set"
    return (
        f"Made by `./s2v evaluate` with the checkpoint `{settings['model'][:16]}`, {settings['rounds']} rounds, {cases}"
        f" (seed {settings['seed']})."
    )


def _of(groups: dict[tuple[str, str, str], Group], prompting: str) -> tables.Named:
    return {key[1:]: group for key, group in groups.items() if key[0] == prompting}


def _by_class(scores: list[Score]) -> tables.Named:
    members: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for score in scores:
        name = AUTOMATIC_CLASSES.get(score.set_name, {}).get(score.label, str(score.label))
        members[score.set_name, name].append(score)
    return {key: Group(members[key]) for key in sorted(members)}


def plot(store: Store, path: Path) -> None:
    """Mean Dice against the round of the first kind of prompting, one panel a set, one line a method."""
    groups = grouped(store.scores)
    prompting = next((kind for kind in TITLES if any(key[0] == kind for key in groups)), "exact")
    shown = _of(groups, prompting)
    sets = sorted({set_name for set_name, _ in shown})
    count = max(1, len(sets))
    columns = min(4, count)
    lines = -(-count // columns)
    figure, panels = plt.subplots(lines, columns, figsize=(3 * columns, 3 * lines), sharey=True, squeeze=False)
    for panel in panels.flat[len(sets) :]:
        panel.set_visible(False)
    for panel, set_name in zip(panels.flat, sets, strict=False):
        for method in sorted({method for _, method in shown}):
            group = shown.get((set_name, method))
            if group is not None:
                values = [group.mean("dice", number).value for number in group.rounds]
                panel.plot(group.rounds, values, marker="o", markersize=3, label=method)
        panel.set(title=set_name, xlabel="round", ylim=(0, 1))
        panel.grid(alpha=0.3)
    panels[0, 0].set_ylabel("Dice")
    if sets:
        panels[0, 0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def write_report(store: Store) -> None:
    """evaluation.md and .png beside the store."""
    store.folder.mkdir(parents=True, exist_ok=True)
    (store.folder / "evaluation.md").write_text(markdown(store))
    plot(store, store.folder / "evaluation.png")
