from pathlib import Path

import matplotlib as mpl
import pytest

from segmentation_engine.evaluation.report import markdown, write_report
from segmentation_engine.evaluation.score import Score
from segmentation_engine.evaluation.store import Store

SETTINGS = {"model": "f" * 64, "rounds": 10, "cases": 3, "seed": 0, "jitter_mm": 3.0}
NAN = float("nan")


@pytest.fixture(autouse=True)
def without_a_screen() -> None:
    mpl.use("Agg")


def store(folder: Path, prompting: str = "exact", rounds: int = 10) -> Store:
    """Dice 0.1, 0.2, ... of one label; the first round finds nothing at all."""
    scores = [
        Score("S2VNet", prompting, "made", "one", 1, n, n / 10, n / 20, NAN if n == 1 else 12.0 - n, 0.5, 1)
        for n in range(1, rounds + 1)
    ]
    return Store(folder, SETTINGS, scores)


def test_the_summary_comes_first_with_one_row_a_set_and_method(tmp_path: Path) -> None:
    text = markdown(store(tmp_path))
    row = "| made | S2VNet | 1 | 0.100 | 0.300 | 0.500 | 1.000 | 0.250 | 0.550 | 9.0 (100 %) | 0.50 |"
    assert row in text
    assert text.index("## Points") < text.index(row) < text.index("## Details: points")


def test_details_show_rounds_one_two_three_five_and_ten_with_their_distances(tmp_path: Path) -> None:
    details = markdown(store(tmp_path)).split("## Details: points")[1]
    assert "| made | S2VNet | 0.550 | 0.275 | 9.0 (100 %) | 9.0 (100 %) |" in details
    assert "| made | S2VNet | 1 | 0.100 [0.100, 0.100] | 0.050 | - (100 %) |" in details
    assert "| made | S2VNet | 5 | 0.500 [0.500, 0.500] | 0.250 | 7.0 (0 %) |" in details
    assert "| made | S2VNet | 4 |" not in details


def test_rounds_that_were_not_played_and_levels_that_were_not_reached_are_said_to_be_missing(tmp_path: Path) -> None:
    text = markdown(store(tmp_path, rounds=2))
    assert "| made | S2VNet | 1 | 0.100 | - | - | - | - | 0.150 | never (0 %) | 0.50 |" in text


def test_each_kind_of_prompting_has_a_section_of_its_own(tmp_path: Path) -> None:
    both = store(tmp_path)
    both.scores += store(tmp_path, "scribbles").scores
    text = markdown(both)
    assert text.index("## Points") < text.index("## Human scribbles on every slice") < text.index("## Details")
    assert "Human scribbles on the middle slice" not in text


def test_automatic_mode_is_told_class_by_class(tmp_path: Path) -> None:
    both = store(tmp_path)
    for label, dice in ((1, 0.8), (2, 0.6)):
        both.scores.append(Score("S2VNet, automatic", "none", "hippocampus", "a", label, 0, dice, 0.5, 2.0, 3.0, 0))
    text = markdown(both)
    assert "| hippocampus | hippocampus/anterior | 1 | 0.800 [0.800, 0.800] | 0.500 | 2.0 (0 %) | 3.00 |" in text
    assert "| hippocampus | hippocampus/posterior | 1 | 0.600" in text


def test_report_and_plot_lie_beside_the_store_even_if_nothing_was_measured_yet(tmp_path: Path) -> None:
    write_report(Store(tmp_path / "none", SETTINGS))
    write_report(store(tmp_path))
    for folder in (tmp_path, tmp_path / "none"):
        assert (folder / "evaluation.md").read_text().startswith("# Evaluation")
        assert (folder / "evaluation.png").stat().st_size > 1000
