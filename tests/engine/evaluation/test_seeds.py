import numpy as np

from segmentation_engine.evaluation.seeds import UNKNOWN, frame_seeds, plant, plant_balls
from segmentation_engine.prompts import Prompt


def test_the_frame_of_every_slice_is_background_and_the_rest_unknown() -> None:
    seeds = frame_seeds((2, 3, 4))
    assert seeds[1].tolist() == [[0, 0, 0, 0], [0, UNKNOWN, UNKNOWN, 0], [0, 0, 0, 0]]


def test_all_voxels_of_a_scribble_are_seeds_and_negative_ones_are_background() -> None:
    seeds = frame_seeds((2, 3, 6))
    plant(seeds, [Prompt.scribble(2, [[0, 1, 1], [0, 1, 2]]), Prompt.point(1, (1, 1, 3), positive=False)])
    assert seeds[0, 1].tolist() == [0, 2, 2, UNKNOWN, UNKNOWN, 0]
    assert seeds[1, 1].tolist() == [0, UNKNOWN, UNKNOWN, 0, UNKNOWN, 0]


def test_a_label_said_together_with_a_negative_one_wins_and_a_later_word_wins_over_both() -> None:
    seeds = np.full((1, 1, 1), UNKNOWN, np.int16)
    plant(seeds, [Prompt.point(1, (0, 0, 0)), Prompt.point(2, (0, 0, 0), positive=False)])
    assert seeds[0, 0, 0] == 1
    plant(seeds, [Prompt.point(2, (0, 0, 0), positive=False)])
    assert seeds[0, 0, 0] == 0


def test_a_point_becomes_a_ball_in_millimetres_where_nothing_is_known_yet() -> None:
    seeds = np.full((3, 5, 7), UNKNOWN, np.int16)
    seeds[1, 2, 4] = 2
    point = Prompt.point(1, (1, 2, 3))
    plant(seeds, [point])
    plant_balls(seeds, [point], 2.0, (3.0, 2.0, 1.0))
    assert {tuple(at) for at in np.argwhere(seeds == 1)} == {
        (1, 2, 3), (1, 2, 2), (1, 2, 1), (1, 2, 5), (1, 1, 3), (1, 3, 3),
    }  # fmt: skip
    assert seeds[1, 2, 4] == 2


def test_a_ball_at_the_rim_ends_there_and_strokes_stay_as_they_are() -> None:
    seeds = np.full((1, 1, 4), UNKNOWN, np.int16)
    prompts = [Prompt.point(1, (0, 0, 0), positive=False), Prompt.scribble(2, [[0, 0, 3]])]
    plant(seeds, prompts)
    plant_balls(seeds, prompts, 1.0, (1.0, 1.0, 1.0))
    assert seeds[0, 0].tolist() == [0, 0, UNKNOWN, 2]
