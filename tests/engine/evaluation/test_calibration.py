"""Reliability, worked by hand, and the whole script on a case of blocks."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from segmentation_engine.engine import Engine, load_engine
from segmentation_engine.evaluation import calibration
from segmentation_engine.evaluation.calibration import Bin, Sample
from segmentation_engine.types import SliceResult
from tests.engine.evaluation.blocks import bright_blocks


def samples(*pairs: tuple[float, float]) -> list[Sample]:
    return [Sample("made", confidence, dice) for confidence, dice in pairs]


def test_bins_hold_means_and_leave_out_what_is_empty() -> None:
    bins = calibration.reliability(samples((0.25, 0.0), (0.21, 0.5), (1.0, 1.0)))
    assert bins == [Bin(0.2, 0.3, 2, pytest.approx(0.23), 0.25), Bin(0.9, 1.0, 1, 1.0, 1.0)]


def test_the_error_weighs_each_bin_by_its_samples() -> None:
    bins = [Bin(0.2, 0.3, 3, 0.2, 0.6), Bin(0.9, 1.0, 1, 0.9, 0.9)]
    assert calibration.calibration_error(bins) == pytest.approx(0.3)


def test_looking_finds_the_bad_ones_if_confidence_orders_them() -> None:
    ordered = samples(*((0.01 * n, 0.0 if n < 2 else 1.0) for n in range(20)))
    assert calibration.found_by_looking(ordered) == (1.0, 0.1)


def test_prompted_slices_are_no_samples_and_a_label_rightly_absent_is_right() -> None:
    truth = np.zeros((3, 2, 2), np.uint8)
    truth[1] = 1

    def result(z: int, value: int, trust: str) -> SliceResult:
        labels = np.full((2, 2), value, np.uint8)
        return SliceResult(z, labels, {1: 0.5}, np.zeros((0, 1, 1), np.float16), b"", True, trust)  # type: ignore[arg-type]

    said = [result(0, 0, "model"), result(1, 1, "prompted"), result(2, 1, "model")]
    assert list(calibration.compared("made", truth, said)) == samples((0.5, 1.0), (0.5, 0.0))


@pytest.fixture(scope="module")
def engine() -> Engine:
    mpl.use("Agg")
    return load_engine()


def test_the_script_writes_a_table_and_a_plot(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "case_names", lambda *_: ["blocks"])
    monkeypatch.setattr(calibration, "load_case", lambda *_: bright_blocks())
    given = calibration.arguments(["--out", str(tmp_path), "--sets", "hippocampus", "--rounds", "2"])
    found = calibration.calibrate(given, engine, tmp_path)
    assert found
    assert {sample.set_name for sample in found} == {"made"}
    text = (tmp_path / "calibration.md").read_text()
    assert engine.model_hash in text
    assert sum(entry.count for entry in calibration.reliability(found)) == len(found)
    assert (tmp_path / "calibration.png").stat().st_size > 1000
