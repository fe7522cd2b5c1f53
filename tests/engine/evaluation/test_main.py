"""The whole evaluation on a made-up data root: small volumes, a small network with random weights."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import nibabel
import numpy as np
import pytest

from segmentation_engine.checkpoint import write_checkpoint
from segmentation_engine.engine import Engine, load_engine
from segmentation_engine.evaluation import __main__ as evaluation
from segmentation_engine.evaluation.interactive import play
from segmentation_engine.evaluation.store import resumed_store
from segmentation_engine.model import S2VNet, S2VNetConfig
from segmentation_engine.training.data.catalogue import HIPPOCAMPUS_CLASSES
from segmentation_engine.training.data.split import load_split
from tests.engine.evaluation.blocks import two_blocks

HELD_OUT = sorted(load_split()["hippocampus"]["held_out"])[0]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cases of acdc_cardiac with scribbles and one held-out case of the hippocampus."""
    folder = tmp_path_factory.mktemp("data")
    for set_folder, names in (("evaluate/acdc_cardiac", ("one", "two")), ("train/hippocampus", (HELD_OUT,))):
        for number, name in enumerate(names):
            truth = np.roll(two_blocks(), number, axis=2)
            scribbles = np.full_like(truth, 4)
            scribbles[2:5, 6, 5 + number] = 1
            scribbles[2:7, 17, 15 + number] = 2
            scribbles[:, 12, 2:20] = 0
            noise = np.random.default_rng(number).normal(0, 5, truth.shape)
            volumes = {"images": truth * 50.0 + noise, "labels": truth, "scribbles": scribbles}
            for kind, values in volumes.items():
                path = folder / set_folder / kind / f"{name}.nii.gz"
                path.parent.mkdir(parents=True, exist_ok=True)
                affine = np.diag([1.0, 1.0, 2.0, 1.0])
                image = nibabel.Nifti1Image(values.T.astype(np.float32), affine)  # type: ignore[no-untyped-call]
                nibabel.save(image, path)
    return folder


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    mpl.use("Agg")
    config = S2VNetConfig(
        classes=tuple(HIPPOCAMPUS_CLASSES.values()), stem_width=8, stage_widths=(8, 8, 16, 16),
        stage_blocks=(1, 1, 1, 1), centroid_dim=16, steps_per_stride=(1, 1, 1), attention_heads=2, fusion_width=8,
        edge_width=8,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    write_checkpoint(path, S2VNet(config))
    return load_engine(path)


def wanted(out: Path, *more: str) -> list[str]:
    return ["--out", str(out), "--rounds", "2", "--sets", "hippocampus", "acdc_cardiac", *more]


def test_every_set_method_and_kind_of_prompting_is_measured(root: Path, engine: Engine, tmp_path: Path) -> None:
    given = evaluation.arguments(
        wanted(tmp_path, "--clicks", "exact", "scribbles", "--peers", "geodesic", "--masks", str(tmp_path / "masks"))
    )
    store = evaluation.evaluate(given, engine, root)
    played = {(s.set_name, s.method, s.prompting) for s in store.scores}
    assert played == {
        ("hippocampus", "S2VNet, automatic", "none"),
        *(("hippocampus", method, "exact") for method in ("S2VNet", "geodesic")),
        *(
            ("acdc_cardiac", method, prompting)
            for method in ("S2VNet", "geodesic")
            for prompting in ("exact", "scribbles", "scribbles-middle")
        ),
    }
    assert "## Human scribbles on the middle slice" in (tmp_path / "evaluation.md").read_text()
    with np.load(tmp_path / "masks" / "acdc_cardiac-two-geodesic-exact.npz") as masks:
        assert masks["found"].shape == two_blocks().shape


def test_a_killed_run_goes_on_where_it_stopped_and_ends_with_the_same_figures(
    root: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluation.evaluate(evaluation.arguments(wanted(tmp_path / "whole")), engine, root)
    games: list[str] = []

    def dies(*given, **named):  # type: ignore[no-untyped-def]
        games.append(given[0].name)
        if len(games) == 4:
            raise KeyboardInterrupt
        return play(*given, **named)

    monkeypatch.setattr(evaluation, "play", dies)
    with pytest.raises(KeyboardInterrupt):
        evaluation.evaluate(evaluation.arguments(wanted(tmp_path / "killed")), engine, root)
    monkeypatch.setattr(evaluation, "play", play)
    given = evaluation.arguments(wanted(tmp_path / "killed", "--resume"))
    before = resumed_store(tmp_path / "killed", evaluation.settings_of(given, engine))
    assert len(before.done) == 4  # automatic mode and three games
    after = evaluation.evaluate(given, engine, root)
    rows, kept_rows = [score.to_dict() for score in after.scores], [score.to_dict() for score in before.scores]
    assert rows[: len(kept_rows)] == kept_rows
    assert [{**row, "seconds": 0} for row in rows] == [{**score.to_dict(), "seconds": 0} for score in whole.scores]


def test_a_run_is_not_resumed_with_another_number_of_rounds(root: Path, engine: Engine, tmp_path: Path) -> None:
    evaluation.evaluate(evaluation.arguments(wanted(tmp_path, "--cases", "1")), engine, root)
    with pytest.raises(ValueError, match="cases, rounds"):
        evaluation.evaluate(evaluation.arguments(wanted(tmp_path, "--rounds", "3", "--resume")), engine, root)


def test_scribbles_are_played_only_on_the_set_that_has_them() -> None:
    assert evaluation.promptings(["exact", "scribbles"], "left_atrium") == ["exact"]
    assert evaluation.promptings(["scribbles"], "acdc_cardiac") == ["scribbles", "scribbles-middle"]
    assert evaluation.promptings(["jittered"], "acdc_cardiac") == ["jittered"]
