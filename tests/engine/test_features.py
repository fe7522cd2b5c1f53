"""Features: made once, lazily, in memory or in a folder that processes share."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from segmentation_engine import Engine, Features, Prompt
from tests.engine.conftest import SHAPE, SPACING_MM

Image = npt.NDArray[np.float32]

MAKER = """
import sys
import numpy as np
import torch
from segmentation_engine import load_engine
torch.set_num_threads(1)
checkpoint, image, store, step = sys.argv[1:]
engine = load_engine(checkpoint)
features = engine.encode(np.load(image), (2.0, 1.0, 1.0), store=store)
slices = range(features.shape[0])
for z in features.fill(order=list(slices)[:: int(step)]):
    print(z, flush=True)
"""


def same(one: Features, other: Features) -> bool:
    """Bit for bit, on all slices."""
    return all(
        torch.equal(first, second)
        for z in range(SHAPE[0])
        for first, second in zip(
            (*one.pyramid(z), one.working_image(z)), (*other.pyramid(z), other.working_image(z)), strict=True
        )
    )


def test_filling_in_any_order_makes_every_slice_once_and_the_same(engine: Engine, image: Image) -> None:
    upwards, inward = engine.encode(image, SPACING_MM), engine.encode(image, SPACING_MM)
    assert not upwards.done.any()
    assert sorted(upwards.fill()) == list(range(SHAPE[0]))
    order = sorted(range(SHAPE[0]), key=lambda z: abs(z - 9))
    assert next(iter(inward.fill(order))) in range(6, 13), "the wanted neighbourhood comes first"
    list(inward.fill(order))
    assert inward.done.all()
    assert list(inward.fill()) == []
    assert same(upwards, inward)


def test_a_prompt_on_features_that_are_not_made_yet_gives_what_it_gives_on_complete_ones(
    engine: Engine, features: Features, image: Image
) -> None:
    lazy = engine.encode(image, SPACING_MM)
    labels = []
    for used in (lazy, features):
        session = engine.session(used, 1)
        session.add(Prompt.point(1, (6, 10, 8)))
        list(session.propagate())
        labels.append(session.labels)
    assert np.array_equal(labels[0], labels[1])


def test_features_on_disk_are_those_in_memory_and_are_taken_up_again(
    engine: Engine, features: Features, image: Image, tmp_path: Path
) -> None:
    store = tmp_path / "features"
    first = engine.encode(image, SPACING_MM, store=store)
    begun = list(first.fill([0, 7]))
    again = engine.encode(image, SPACING_MM, store=store)
    assert np.flatnonzero(again.done).tolist() == sorted(begun)
    assert sorted([*begun, *again.fill()]) == list(range(SHAPE[0]))
    assert first.done.all(), "who reads the folder sees what another makes"
    assert same(first, features)


def test_two_processes_that_make_the_same_folder_at_once_leave_it_right(
    checkpoints: list[Path], engine: Engine, features: Features, image: Image, tmp_path: Path
) -> None:
    np.save(tmp_path / "image.npy", image)
    store = tmp_path / "features"
    command = [sys.executable, "-c", MAKER, str(checkpoints[0]), str(tmp_path / "image.npy"), str(store)]
    makers = [subprocess.Popen([*command, step], stdout=subprocess.PIPE, text=True) for step in ("1", "-1")]
    made = [maker.communicate(timeout=60)[0].split() for maker in makers]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert {int(z) for lines in made for z in lines} == set(range(SHAPE[0]))
    stored = engine.encode(image, SPACING_MM, store=store)
    assert stored.done.all()
    assert same(stored, features)


@pytest.mark.parametrize(
    "damage",
    [
        lambda store: (store / "meta.json").write_text("{not json"),
        lambda store: (store / "meta.json").unlink(),
        lambda store: (store / "stride4.f16").write_bytes(b"short"),
        lambda store: (store / "done.u8").unlink(),
        lambda store: (store / "meta.json").write_text(
            json.dumps(json.loads((store / "meta.json").read_text()) | {"model": "another"})
        ),
    ],
    ids=["broken meta", "no meta", "cut short", "no done bytes", "of another model"],
)
def test_a_folder_that_is_damaged_or_of_another_model_is_made_anew(
    engine: Engine, features: Features, image: Image, tmp_path: Path, damage: object
) -> None:
    store = tmp_path / "features"
    list(engine.encode(image, SPACING_MM, store=store).fill())
    damage(store)  # type: ignore[operator]
    mended = engine.encode(image, SPACING_MM, store=store)
    assert not mended.done.any()
    list(mended.fill())
    assert same(mended, features)
    assert [path.name for path in tmp_path.iterdir()] == ["features"], "nothing half-made is left behind"


def test_features_of_another_model_are_refused(engines: list[Engine], features: Features) -> None:
    with pytest.raises(ValueError, match="another model"):
        engines[1].session(features)
