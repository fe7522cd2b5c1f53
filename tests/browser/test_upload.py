"""Bringing files by drag and drop."""

import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.running_stack import RunningStack
from tests.workspace_driver import Person
from webapp.demo.brain import PROJECT_NAME

pytestmark = pytest.mark.browser

DROP = """async ([selector, name, content]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name));
  const target = document.querySelector(selector);
  for (const type of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


def drop(person: Person, file: Path) -> None:
    import base64

    content = base64.b64encode(file.read_bytes()).decode()
    person.page.evaluate(DROP, ["[data-drop]", file.name, content])


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    # Stored in (P, I, R) order with oblong voxels: nothing about it is the usual.
    affine = np.array([[0, 0, 2.5, -40], [-1.5, 0, 0, 30], [0, -1.0, 0, 20], [0, 0, 0, 1]], dtype=float)
    grid = np.indices((40, 36, 32)).sum(axis=0).astype(np.int16) * 7
    file = tmp_path / "A new patient.nii.gz"
    nibabel.save(nibabel.Nifti1Image(grid, affine), file)
    return file


def test_a_dropped_volume_becomes_a_case_that_opens(demo: Person, volume: Path) -> None:
    demo.page.get_by_role("link", name=PROJECT_NAME).first.click()
    drop(demo, volume)
    case = demo.page.get_by_role("link", name="A new patient")
    expect(case.first).to_be_visible(timeout=60_000)
    case.first.click()
    demo.wait_for_workspace()
    assert demo.problems == []


def test_a_broken_file_gets_a_sentence_and_leaves_nothing_behind(
    demo: Person, volume: Path, running: RunningStack, tmp_path: Path
) -> None:
    broken = tmp_path / "Broken.nii.gz"
    whole = volume.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2])
    before = sorted((running.data / "media" / "volumes").iterdir())
    demo.page.get_by_role("link", name=PROJECT_NAME).first.click()
    drop(demo, broken)
    expect(demo.page.get_by_text("breaks off")).to_be_visible(timeout=60_000)
    demo.page.reload()
    expect(demo.page.get_by_role("link", name="Broken")).to_have_count(0)
    assert sorted((running.data / "media" / "volumes").iterdir()) == before
    running.wait_until(lambda: not any((running.data / "uploads").iterdir()))
    assert gzip.decompress(whole)  # the file it was made of is whole
