"""The page of measured numbers: each benchmark replaces its own section and leaves the others."""

from benchmarks import page


def test_a_section_is_added_once_and_replaced_from_then_on() -> None:
    text = page.with_section("# Performance\n\nClicks.\n", "load", "## Load\n1")
    text = page.with_section(text, "growth", "## Growth\n2")
    text = page.with_section(text, "load", "## Load\n3\n")
    assert text.startswith("# Performance\n\nClicks.\n")
    assert text.count("## Load") == 1
    assert text.index("## Load\n3") < text.index("## Growth\n2")
    assert [part.splitlines()[0] for part in page.sections(text)] == ["<!-- load -->", "<!-- growth -->"]


def test_a_table_has_its_numbers_to_the_right() -> None:
    assert page.table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"
