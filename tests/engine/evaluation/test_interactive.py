from dataclasses import replace

import numpy as np
import pytest

from segmentation_engine.evaluation.interactive import Robot, peer_answers, play
from segmentation_engine.prompts import Prompt
from tests.engine.evaluation.blocks import bright_blocks, two_blocks


def perfect_after(rounds: int):  # type: ignore[no-untyped-def]
    """A method that says nothing at first and then the truth; and the prompts that it was given."""
    given: list[list[Prompt]] = []

    def answer(prompts: list[Prompt]) -> np.ndarray:
        given.append(prompts)
        return two_blocks() if len(given) >= rounds else np.zeros_like(two_blocks())

    return (lambda _case, _labels: answer), given


def test_every_round_of_every_label_is_scored() -> None:
    scores, _ = play(bright_blocks(), "geodesic", peer_answers("geodesic"), rounds=4)
    assert [(s.label, s.round) for s in scores] == [(label, number) for number in (1, 2, 3, 4) for label in (1, 2)]
    assert {s.prompting for s in scores} == {"exact"}
    assert scores[0].prompts == 2
    assert scores[0].seconds > 0


def test_an_empty_answer_has_no_distance_and_a_perfect_one_none_to_go() -> None:
    method, given = perfect_after(2)
    scores, found = play(bright_blocks(), "made", method, rounds=4)
    first, last = scores[0], scores[-1]
    assert (first.dice, first.surface_dice) == (0, 0)
    assert np.isnan(first.hd95_mm)
    assert (last.dice, last.surface_dice, last.hd95_mm) == (1, 1, 0)
    assert (found == two_blocks()).all()
    # What is right gets no prompt: the rounds after it cost nothing but are scored.
    assert len(given) == 2
    assert [(s.prompts, s.seconds) for s in scores[-4:]] == [(0, 0.0)] * 4


def test_jittered_points_are_the_same_for_two_methods_in_the_same_state() -> None:
    said = []
    for name in ("one", "other"):
        method, given = perfect_after(3)
        play(bright_blocks(), name, method, rounds=3, robot=Robot("jittered", seed=4))
        said.append([prompt.voxels.tolist() for round_ in given for prompt in round_])
    assert said[0] == said[1]
    method, given = perfect_after(3)
    play(bright_blocks(), "exact", method, rounds=3)
    assert [prompt.voxels.tolist() for round_ in given for prompt in round_] != said[0]


@pytest.mark.parametrize(("kind", "strokes"), [("scribbles", 4), ("scribbles-middle", 1)])
def test_scribbles_come_first_and_exact_points_after_them(kind, strokes: int) -> None:  # type: ignore[no-untyped-def]
    scribbles = np.full_like(two_blocks(), 4)
    scribbles[1:5, 6, 4:8] = 1
    method, given = perfect_after(9)
    play(replace(bright_blocks(), scribbles=scribbles), "made", method, rounds=2, robot=Robot(kind))
    assert [(p.kind, p.label) for p in given[0]] == [("scribble", 1)] * strokes
    assert [(p.kind, p.label) for p in given[1]] == [("point", 1), ("point", 2)]


def test_a_case_that_nobody_scribbled_is_refused() -> None:
    with pytest.raises(ValueError, match="Nobody scribbled"):
        play(bright_blocks(), "made", peer_answers("geodesic"), rounds=1, robot=Robot("scribbles"))
