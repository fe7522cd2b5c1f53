"""A correction recomputes only what it changes, and what comes out is what recomputing everything would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from segmentation_engine import Engine, Features, Prompt, Session, load_engine, propagation

SHAPE = (30, 48, 44)
SPACING_MM = (2.0, 1.0, 1.0)
LABELS = 3
SEEDS = range(8)
EDITS = 6
# Of the labelled voxels, at most this share may differ from recomputing everything after each edit.
STATED_TOLERANCE = 0.03

Edit = list[Prompt]


@pytest.fixture(scope="module")
def trained() -> Engine:
    """The bundled weights: that states settle is learned, random ones never do."""
    return load_engine()


@pytest.fixture(scope="module")
def features(trained: Engine) -> Features:
    """Three bright blobs of different brightness in noise, (Z, Y, X)."""
    z, y, x = np.meshgrid(*(np.linspace(0, 1, extent) for extent in SHAPE), indexing="ij")
    image = np.random.default_rng(5).normal(0, 6, SHAPE)
    for (at_z, at_y, at_x), value in (((0.4, 0.3, 0.3), 120), ((0.6, 0.7, 0.6), 70), ((0.5, 0.3, 0.75), 180)):
        image[(z - at_z) ** 2 + (y - at_y) ** 2 + (x - at_x) ** 2 < 0.04] = value
    made = trained.encode(image.astype(np.float32), SPACING_MM)
    list(made.fill())
    return made


def random_edits(seed: int) -> list[Edit]:
    """Points, negative points, scribbles and boxes, anywhere, as they come."""
    random = np.random.default_rng(seed)
    edits: list[Edit] = []
    for _ in range(EDITS):
        label = int(random.integers(1, LABELS + 1))
        z, y, x = (int(random.integers(4, extent - 8)) for extent in SHAPE)
        kind = random.choice(["point", "point", "negative", "scribble", "box"])
        if kind == "scribble":
            line = [(z, y + step, x + step // 2) for step in range(5)]
            edits.append([Prompt.scribble(label, line, bool(random.integers(2)))])
        elif kind == "box":
            edits.append([Prompt.box(label, (z, y, x), (z + 1, y + 7, x + 6))])
        else:
            edits.append([Prompt.point(label, (z, y, x), positive=kind == "point")])
    return edits


def played(session: Session, edits: Sequence[Edit]) -> tuple[npt.NDArray[np.uint8], int]:
    """The labels after each edit was carried out, and how many slices were decoded for all of them."""
    steps = 0
    for edit in edits:
        session.add(edit)
        steps += sum(1 for _ in session.propagate())
    return session.labels, steps


def test_after_random_prompts_the_ripple_equals_recomputing_everything_with_fewer_slices(
    trained: Engine, features: Features
) -> None:
    steps = {"rippled": 0, "everything": 0}
    worst = 0.0
    for seed in SEEDS:
        edits = random_edits(seed)
        rippled, few = played(trained.session(features, LABELS), edits)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(propagation, "PRIOR_TOLERANCE", 0.0)
            patch.setattr(propagation, "CENTROID_TOLERANCE", 0.0)
            everything, all_of_them = played(trained.session(features, LABELS), edits)
        differing = int(np.count_nonzero(rippled != everything))
        labelled = int(np.count_nonzero(rippled | everything))
        assert differing <= max(10, STATED_TOLERANCE * labelled), (seed, differing, labelled)
        worst = max(worst, differing / max(1, labelled))
        steps["rippled"] += few
        steps["everything"] += all_of_them
    print(f"\nat most {worst:.2%} of the labelled voxels differ; {steps}")
    assert steps["rippled"] < steps["everything"]


def test_a_correction_far_from_the_rest_leaves_the_rest_alone(trained: Engine, features: Features) -> None:
    session = trained.session(features, LABELS)
    played(session, [[Prompt.point(1, (12, 14, 13))], [Prompt.point(2, (18, 33, 26))]])
    before = session.labels
    session.add(Prompt.point(2, (20, 34, 27)))
    touched = {result.z for result in session.propagate()}
    untouched = [z for z in range(SHAPE[0]) if z not in touched]
    assert len(touched) < SHAPE[0] / 2
    assert np.array_equal(session.labels[untouched], before[untouched])
