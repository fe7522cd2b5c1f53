import json

from segmentation_engine.training.data.catalogue import SHAPES_SHARE, TRAINING_SETS, class_names, subject_of
from segmentation_engine.training.data.split import SPLIT_FILE, load_split, part_of


def test_no_subject_is_on_both_sides() -> None:
    for parts in load_split().values():
        assert not parts["train"] & parts["held_out"]


def test_all_images_of_a_subject_are_on_one_side() -> None:
    for subject in json.loads(SPLIT_FILE.read_text())["sts_tumour"]["held_out"]:
        assert {part_of("sts_tumour", f"{subject}_{m}") for m in ("CT", "MR_T1", "PET")} == {"held_out"}


def test_a_fifth_of_larger_sets_is_held_out_and_small_sets_are_whole() -> None:
    split = load_split()
    assert len(split["hippocampus"]["held_out"]) == 52
    assert not split["totalseg_ct"]["held_out"]


def test_an_unknown_subject_trains_nothing() -> None:
    assert part_of("hippocampus", "hippocampus_999999") is None


def test_subjects_are_read_from_file_names() -> None:
    assert subject_of("ms_lesions", "patient07_FLAIR") == "patient07"
    assert subject_of("slices_2d", "Aorta/10002_135.png") == "Aorta/10002"


def test_names_of_classes_are_sorted_unique_and_without_sides() -> None:
    names = class_names()
    assert list(names) == sorted(set(names))
    assert not any("left" in name or "right" in name for name in names)


def test_a_large_share_of_the_clips_has_no_scanner_behind_it() -> None:
    total = sum(s.share for s in TRAINING_SETS) + SHAPES_SHARE
    assert (SHAPES_SHARE + sum(s.share * s.synthetic_share for s in TRAINING_SETS)) / total > 0.25
