from webapp.export.options import Split
from webapp.export.splitting import split

CASES = {f"case{number}": f"image{number}" for number in range(20)}


def _sizes(parts: dict[str, str]) -> tuple[int, int, int]:
    values = list(parts.values())
    return values.count("train"), values.count("val"), values.count("test")


def test_parts_have_the_wanted_shares() -> None:
    assert _sizes(split(CASES, Split(70, 20, 10))) == (14, 4, 2)


def test_the_seed_alone_decides() -> None:
    wanted = Split(50, 50, 0, seed=3)
    backwards = dict(reversed(CASES.items()))
    assert split(CASES, wanted) == split(backwards, wanted)
    assert split(CASES, wanted) != split(CASES, Split(50, 50, 0, seed=4))


def test_one_image_under_several_names_is_on_one_side() -> None:
    twins = {**CASES, **{f"copy{number}": f"image{number}" for number in range(20)}}
    parts = split(twins, Split(50, 25, 25))
    assert all(parts[f"copy{number}"] == parts[f"case{number}"] for number in range(20))


def test_a_wanted_part_is_not_empty_and_training_never_is() -> None:
    few = {name: CASES[name] for name in ("case0", "case1", "case2")}
    assert _sizes(split(few, Split(90, 5, 5))) == (1, 1, 1)
    two = {name: CASES[name] for name in ("case0", "case1")}
    assert _sizes(split(two, Split(80, 20, 0))) == (1, 1, 0)
    assert _sizes(split({"case0": "image0"}, Split(10, 45, 45))) == (1, 0, 0)
    assert _sizes(split(CASES, Split(100, 0, 0))) == (20, 0, 0)
