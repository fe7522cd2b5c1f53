import numpy as np
import torch

from segmentation_engine.prompts import UNPAINTED, pixels_on
from segmentation_engine.training.clicks import PromptMaps, correction_maps, first_maps, first_prompts

SQUARE = np.zeros((64, 64), np.int64)
SQUARE[16:40, 8:48] = 2


def test_every_kind_of_prompt_is_drawn_and_says_the_truth() -> None:
    random = np.random.default_rng(0)
    seen = set()
    for _ in range(120):
        (said, *_rest) = first_prompts(random, SQUARE, 2, count=1)
        seen.add(said.kind)
        pixels = pixels_on([said], 0, 2)
        inside = [SQUARE[y, x] == 2 for y, x in pixels.positive]
        assert inside
        assert np.mean(inside) > 0.7  # a lasso is drawn loosely
        if said.kind != "box":
            assert len(pixels.negative) == 0
        if said.painted is not None:
            assert ((said.painted == 2) == (SQUARE == 2)).all()
            assert (said.painted[SQUARE != 2] == UNPAINTED).all()
    assert seen == {"point", "scribble", "box", "lasso", "mask"}


def test_as_many_points_are_drawn_as_were_planned() -> None:
    random = np.random.default_rng(0)
    counts = {len(first_prompts(random, SQUARE, 2, count=3)) for _ in range(40)}
    assert counts == {1, 3}


def test_a_label_that_the_slice_does_not_show_gets_no_prompt() -> None:
    assert first_prompts(np.random.default_rng(0), SQUARE, 1, count=1) == []


def test_only_a_box_says_where_a_label_is_not() -> None:
    labels = torch.from_numpy(np.where(SQUARE == 2, 1, 0))[None, None].repeat(1, 60, 1, 1)
    maps = first_maps(labels, torch.ones(1, 60, 1, dtype=torch.long), np.random.default_rng(3))
    assert maps.positive.shape == (1, 60, 1, 16, 16)
    assert (maps.positive.amax((3, 4)) > 0.5).all()
    outside = torch.from_numpy(SQUARE == 0)[::4, ::4]
    share_with_box = (maps.negative.amax((3, 4)) > 0).float().mean()
    assert 0.02 < share_with_box < 0.35
    assert (maps.negative.amax((0, 1, 2)) * outside).sum() > 0


def test_a_scribbled_correction_marks_more_cells_than_a_point() -> None:
    truth = torch.from_numpy(np.where(SQUARE == 2, 1, 0))[None]
    nothing = torch.zeros_like(truth)
    before = PromptMaps(torch.zeros(1, 1, 16, 16), torch.zeros(1, 1, 16, 16))
    marked = [
        int((correction_maps(truth, nothing, before, np.random.default_rng(seed)).positive > 0.5).sum())
        for seed in range(80)
    ]
    assert min(m for m in marked if m) <= 4
    assert max(marked) >= 6
