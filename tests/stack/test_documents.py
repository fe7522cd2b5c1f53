"""The pages of documentation lead somewhere, and their pictures stay small enough to be kept with the code."""

import re
from pathlib import Path

import pytest

from stack.layout import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
MOST_BYTES = 2_000_000


def links(page: Path) -> list[Path]:
    """What a page refers to within the repository."""
    targets = re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text())
    return [page.parent / target for target in targets]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_something(page: Path) -> None:
    assert [link for link in links(page) if not link.exists()] == []


def test_every_picture_is_shown_somewhere_and_all_together_are_small() -> None:
    shown = {link.resolve() for page in PAGES for link in links(page)}
    pictures = set((ROOT / "docs" / "images").iterdir())
    assert pictures <= shown
    assert sum(picture.stat().st_size for picture in pictures) < MOST_BYTES
