import numpy as np
import pytest
import torch

from segmentation_engine.training.data import warp
from segmentation_engine.training.data.choice import GENERIC
from segmentation_engine.training.data.clips import ClipSpec, shapes_clip, volume_clip
from segmentation_engine.training.data.placement import choose_slices
from segmentation_engine.training.data.prepare import split_into_parts
from segmentation_engine.training.data.prepared import PreparedVolume, load_prepared, save_prepared

NAMES = {1: "made/ball", 2: "made/twin"}
INDEX = {"made/ball": 0, "made/twin": 1, "other/absent": 2}


def labelled() -> np.ndarray:
    z, y, x = np.mgrid[:30, :60, :70]
    labels = np.zeros((30, 60, 70), np.int32)
    labels[(z - 14) ** 2 + (y - 30) ** 2 + (x - 20) ** 2 < 120] = 1
    labels[(z - 12) ** 2 + (y - 30) ** 2 + (x - 52) ** 2 < 100] = 2
    labels[(z - 24) ** 2 + (y - 10) ** 2 + (x - 36) ** 2 < 30] = 1
    return labels


def volume(flat: bool = False) -> PreparedVolume:
    labels = labelled()[14:15] if flat else labelled()
    parts, table = split_into_parts(labels)
    image = np.where(labels > 0, 1.0, -1.0).astype(np.float16)
    codes = ("S", "P", "L")
    return PreparedVolume("made", "one", (1.0, 1.0, 1.0), codes, table, {} if flat else NAMES, flat, parts, image)


def test_labels_are_split_into_their_connected_parts() -> None:
    parts, table = split_into_parts(labelled())
    assert [part.label for part in table] == [1, 1, 2]
    for part in table:
        box = tuple(slice(low, high) for low, high in zip(part.low, part.high, strict=True))
        assert (parts[box] == part.part).sum() == part.voxels == (parts == part.part).sum()


def test_a_prepared_volume_comes_back_as_it_was(tmp_path) -> None:  # type: ignore[no-untyped-def]
    save_prepared(volume(), tmp_path)
    again = load_prepared(tmp_path)
    assert again.table == volume().table
    assert again.classes == NAMES
    assert (again.parts == volume().parts).all()


@pytest.mark.parametrize("flat", [False, True])
def test_image_and_labels_stay_aligned_under_every_geometry(flat: bool) -> None:
    """The image is 1 exactly where something is labelled, and only geometry may happen to it."""
    worst = 0.0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        made = volume(flat)
        view_spec = ClipSpec(length=5, slots=4)
        placed = _bare_clip(rng, made, view_spec)
        if placed is None:
            continue
        image, parts = placed
        worst = max(worst, float(((image > 0) != (parts > 0)).mean()))
    assert worst < 0.03


def _bare_clip(rng: np.random.Generator, made: PreparedVolume, spec: ClipSpec):  # type: ignore[no-untyped-def]
    from segmentation_engine.training.data.clips import build_view
    from segmentation_engine.training.data.placement import place

    view = build_view(rng, made, place(rng, made, spec.length, spec.size_px, False), spec, False)
    if view is None or view.image is None:
        return None
    return warp.sample_image(view.image, view.grid, view.scale).numpy(), warp.sample_nearest(view.parts, view.grid)


def test_clips_have_the_promised_shapes_and_exclusive_labels() -> None:
    for seed in range(20):
        clip = volume_clip(np.random.default_rng(seed), volume(), ClipSpec(6, 4), INDEX, 0.2)
        if clip is None:
            continue
        assert clip.image.shape == (8, 128, 128)
        assert clip.labels.shape == (6, 128, 128)
        assert set(np.unique(clip.labels)) <= {0, *(np.flatnonzero(clip.active) + 1)}
        assert np.isfinite(clip.image).all()
        assert clip.named == bool((clip.class_index[clip.active] != GENERIC).all())
        assert (clip.class_index[~clip.active] == GENERIC).all()


def test_structures_end_or_begin_within_a_third_of_the_clips_at_least() -> None:
    rng, ended = np.random.default_rng(0), 0
    for _ in range(300):
        inner = choose_slices(rng, (10, 20), 40, 6, 1)[1:-1]
        inside = (inner >= 10) & (inner < 20)
        assert inside.any()
        ended += not inside.all()
    assert ended > 120


def test_slices_never_leave_the_volume() -> None:
    rng = np.random.default_rng(1)
    for stride in (1, 2, 3):
        for _ in range(100):
            chosen = choose_slices(rng, (0, 4), 13, 5, stride)
            assert chosen.min() >= 0
            assert chosen.max() <= 12


def test_invented_shapes_make_labels_of_their_own() -> None:
    clip = shapes_clip(np.random.default_rng(3), ClipSpec(5, 4), None)
    assert not clip.named
    assert clip.labels.max() <= clip.active.sum()


def test_interpolated_slots_agree_with_nearest_inside_and_are_smooth_at_the_border() -> None:
    slots = np.zeros((1, 8, 8), np.uint8)
    slots[0, 2:6, 2:6] = 1
    frame = warp.Frame(32, (3.5, 3.5), (4.0, 4.0))
    coordinates = warp.stored_coordinates(frame, warp.pixel_offsets(frame, 1))
    grid = warp.sampling_grid(coordinates, (slice(0, 8), slice(0, 8)))
    sampled = warp.sample_slots(slots, grid, 1)
    assert isinstance(sampled, torch.Tensor)
    assert int(sampled.sum()) == pytest.approx(16 * 16, rel=0.15)
    assert int(sampled[0, 16, 16]) == 1
