"""The main job, as a newcomer does it: log in, open the demo, click, watch, undo, export; alone and not alone."""

import os
import signal
from pathlib import Path

import nibabel.nifti1
import numpy as np
import pytest

from segmentation_engine import Prompt, load_engine
from tests.running_stack import RunningStack
from tests.workspace_driver import BRAINSTEM, LEFT_VENTRICLE, RIGHT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME, image_file

pytestmark = pytest.mark.browser

LEFT, RIGHT, STEM = 1, 2, 3


def open_demo(person: Person) -> None:
    person.open_case(PROJECT_NAME, CASE_NAME)


def exported(person: Person, folder: Path) -> nibabel.nifti1.Nifti1Image:
    with person.page.expect_download() as download:
        person.page.get_by_role("link", name="Export").click()
    file = folder / "labels.nii.gz"
    download.value.save_as(file)
    return nibabel.nifti1.load(file)


def what_the_engine_gives(running: RunningStack, prompts: list[list[Prompt]]) -> np.ndarray:
    """The labels (Z, Y, X) of the same edits in the same order, computed in this process on the same features."""
    engine = load_engine()
    image = np.load(next(running.data.glob("media/volumes/*/canonical.npy")), mmap_mode="r")
    store = next(path for path in (running.data / "features").rglob("*") if path.is_file()).parent
    features = engine.encode(image, spacing_mm=(1.0, 1.0, 1.0), store=store)
    session = engine.session(features, num_labels=2)
    for edit in prompts:
        session.add(edit)
        for _slice in session.propagate():
            pass
    return np.asarray(session.labels)


def test_two_clicks_segment_the_demo_and_stay_through_reload_undo_redo_and_export(
    demo: Person, running: RunningStack, tmp_path: Path
) -> None:
    open_demo(demo)
    assert demo.label_counts() == {}
    demo.click_on(LEFT_VENTRICLE, LEFT)
    demo.wait_until_done()
    demo.click_on(RIGHT_VENTRICLE, RIGHT)
    demo.wait_until_done()
    assert demo.voxel(LEFT_VENTRICLE) == LEFT
    assert demo.voxel(RIGHT_VENTRICLE) == RIGHT
    assert len(demo.slices_with(LEFT)) > 10
    assert len(demo.slices_with(RIGHT)) > 10
    both = demo.label_counts()

    demo.page.reload()
    demo.wait_for_workspace()
    assert demo.label_counts() == both, "a reload shows the same"
    assert [prompt["voxels"] for prompt in demo.prompts()] == [[list(LEFT_VENTRICLE)], [list(RIGHT_VENTRICLE)]]

    demo.page.keyboard.press("Control+z")
    demo.page.wait_for_function("() => window.s2v.prompts().length === 1")
    demo.wait_until_done()
    assert RIGHT not in demo.label_counts()
    demo.page.keyboard.press("Control+y")
    demo.page.wait_for_function("() => window.s2v.prompts().length === 2")
    demo.wait_until_done()
    assert demo.label_counts() == both, "redo brings back what undo took"

    image = exported(demo, tmp_path)
    labels = np.asarray(image.dataobj).transpose(2, 1, 0)  # (i, j, k) -> (Z, Y, X)
    assert np.array_equal(image.affine, nibabel.nifti1.load(image_file()).affine)
    values, counts = np.unique(labels[labels > 0], return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == both, "the file holds what the page shows"
    prompts = [[Prompt.point(label=LEFT, voxel=LEFT_VENTRICLE)], [Prompt.point(label=RIGHT, voxel=RIGHT_VENTRICLE)]]
    assert np.array_equal(labels, what_the_engine_gives(running, prompts))
    assert demo.problems == []


def test_a_colleague_sees_prompts_and_masks_as_they_come(demo: Person, colleague: Person) -> None:
    open_demo(demo)
    open_demo(colleague)
    before = len(colleague.prompts())
    demo.click_on(BRAINSTEM, STEM)
    colleague.page.wait_for_function("before => window.s2v.prompts().length === before + 1", arg=before)
    demo.wait_until_done()
    colleague.wait_until_done()
    assert colleague.voxel(BRAINSTEM) == STEM
    assert colleague.label_counts() == demo.label_counts()
    colleague.page.keyboard.press("Control+z")
    assert len(colleague.prompts()) == before + 1, "one undoes one's own prompts only"
    demo.page.keyboard.press("Control+z")
    colleague.page.wait_for_function("before => window.s2v.prompts().length === before", arg=before)
    demo.wait_until_done()
    colleague.wait_until_done()
    assert colleague.label_counts() == demo.label_counts()
    assert STEM not in colleague.label_counts()


def test_a_killed_interactive_worker_is_started_again_and_its_run_completes(
    demo: Person, running: RunningStack
) -> None:
    open_demo(demo)
    worker = running.child("interactive-worker")
    demo.click_on(BRAINSTEM, STEM)
    demo.page.wait_for_function("() => window.s2v.run()?.state === 'running' && window.s2v.run().slices_done > 0")
    os.kill(worker.pid, signal.SIGKILL)
    done_at_the_kill = demo.slices_done()
    demo.wait_until_done()
    assert running.child("interactive-worker").pid != worker.pid
    assert demo.slices_done() > done_at_the_kill, "it went on after the kill"
    assert demo.voxel(BRAINSTEM) == STEM
    assert any("interactive worker was ended by SIGKILL" in line for line in running.output)


def test_a_server_that_starts_again_shows_the_same(demo: Person, running: RunningStack) -> None:
    open_demo(demo)
    demo.wait_until_done()
    before = demo.label_counts()
    assert before
    web = running.child("web")
    os.kill(web.pid, signal.SIGKILL)
    running.wait_until(lambda: running.child("web").pid != web.pid)
    demo.wait_until_done()
    assert demo.label_counts() == before
    demo.click_on(BRAINSTEM, STEM)
    demo.wait_until_done()
    assert demo.voxel(BRAINSTEM) == STEM, "the page works on without a reload"
