import json
from pathlib import Path

import pytest

from segmentation_engine.evaluation.score import Score
from segmentation_engine.evaluation.store import Store, resumed_store

SETTINGS = {"model": "abc", "rounds": 2}
KEY = ("set", "one", "S2VNet", "exact")


def row(hd95_mm: float = 3.5) -> Score:
    return Score("S2VNet", "exact", "set", "one", 2, 1, 0.5, 0.25, hd95_mm, 0.125, 3)


def test_what_was_stored_comes_back(tmp_path: Path) -> None:
    Store(tmp_path / "new", SETTINGS).add(KEY, [row(), row()])
    again = resumed_store(tmp_path / "new", SETTINGS)
    assert again.scores == [row(), row()]
    assert again.done == {KEY}


def test_an_undefined_distance_is_null_in_the_file_and_nan_again_after_it(tmp_path: Path) -> None:
    Store(tmp_path, SETTINGS).add(KEY, [row(float("nan"))])
    text = (tmp_path / "evaluation.json").read_text()
    assert json.loads(text)["scores"][0]["hd95_mm"] is None
    (again,) = resumed_store(tmp_path, SETTINGS).scores
    assert again.hd95_mm != again.hd95_mm


def test_a_case_without_scores_is_done_as_well(tmp_path: Path) -> None:
    Store(tmp_path, SETTINGS).add(KEY, [])
    assert resumed_store(tmp_path, SETTINGS).done == {KEY}


def test_where_nothing_is_there_is_nothing_to_resume(tmp_path: Path) -> None:
    assert resumed_store(tmp_path, SETTINGS).scores == []


@pytest.mark.parametrize("changed", [{"model": "other"}, {"rounds": 3}, {"jitter_mm": 1.0}])
def test_other_weights_or_settings_are_refused_by_name(tmp_path: Path, changed: dict[str, object]) -> None:
    Store(tmp_path, SETTINGS).add(KEY, [row()])
    with pytest.raises(ValueError, match=next(iter(changed))):
        resumed_store(tmp_path, {**SETTINGS, **changed})


@pytest.mark.parametrize("text", ["[]", "{", '{"settings": {}}', '[{"method": "S2VNet"}]'])
def test_a_file_that_is_no_store_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "evaluation.json").write_text(text)
    with pytest.raises(ValueError, match="without --resume"):
        resumed_store(tmp_path, SETTINGS)
