import numpy as np

from segmentation_engine.training.data.prompt_simulation import (
    box,
    correction_points,
    first_points,
    lasso,
    point_in,
    scribble,
)


def disc(row: int, column: int, radius: int) -> np.ndarray:
    y, x = np.mgrid[:64, :64]
    return np.asarray((y - row) ** 2 + (x - column) ** 2 <= radius**2)


def test_the_centre_of_a_disc_is_prompted_near_its_middle() -> None:
    (point,) = point_in(np.random.default_rng(0), disc(30, 20, 12), "centre")
    assert abs(point - (30, 20)).max() <= 2


def test_first_points_lie_in_the_labels_that_the_slice_shows() -> None:
    labels = disc(20, 20, 8) + 2 * disc(45, 45, 9)
    for seed in range(20):
        prompts = first_points(np.random.default_rng(seed), labels, [1, 2, 3])
        assert [p.label for p in prompts] == [1, 2]
        assert all(labels[tuple(p.pixels[0])] == p.label and p.positive for p in prompts)


def test_corrections_are_positive_where_missed_and_negative_where_too_much() -> None:
    rng = np.random.default_rng(1)
    labels = disc(20, 20, 8).astype(int)
    (missed,) = correction_points(rng, labels, np.zeros_like(labels), [1])
    assert missed.positive
    assert labels[tuple(missed.pixels[0])] == 1
    (much,) = correction_points(rng, labels, labels + disc(45, 45, 9), [1])
    assert not much.positive
    assert labels[tuple(much.pixels[0])] == 0
    assert correction_points(rng, labels, labels, [1]) == []


def test_scribbles_lassos_and_boxes_are_about_their_mask() -> None:
    mask = disc(30, 30, 12)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        line = scribble(rng, mask)
        assert mask[line[:, 0], line[:, 1]].all()
        inside = lasso(rng, mask)
        assert mask[inside[:, 0], inside[:, 1]].mean() > 0.8
        (top, left), (bottom, right) = box(rng, mask)
        assert mask[top:bottom, left:right].sum() > 0.7 * mask.sum()
