"""One case as a project lives it: three people in three browsers, from a scanner's files to nnU-Net's own check."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, expect

from tests import nnunet
from tests.mr_series import COLUMN, FIRST_SLICE, NORMAL, ORIGIN_MM, PATIENT, ROW, SPACING_MM, brain, series, zipped
from tests.workspace_driver import LEFT_VENTRICLE, RIGHT_VENTRICLE, Person, Voxel

pytestmark = pytest.mark.browser

PROJECT = "Ventricles"
LEFT, RIGHT = 1, 2
LEFT_AT, RIGHT_AT = ((z - FIRST_SLICE, y, x) for z, y, x in (LEFT_VENTRICLE, RIGHT_VENTRICLE))
PASSWORD = "plenty of letters"
REMARK = "The right one is missing"


@pytest.fixture
def manager(demo: Person) -> Person:
    """With a project of two labels."""
    page = demo.page
    page.get_by_label("New project").fill(PROJECT)
    page.get_by_role("button", name="Create").click()
    for number, name in enumerate(("Left", "Right"), start=1):
        page.get_by_label("New label").fill(name)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_label(f"Name of label {number}")).to_have_value(name)
    return demo


@pytest.fixture
def scans(tmp_path: Path) -> list[NDArray[np.uint16]]:
    """What two patients look like, (Z, Y, X); as ZIP files beside it."""
    images = [brain(patient) for patient in (1, 2)]
    for number, image in enumerate(images, start=1):
        zipped(tmp_path / f"Patient {number}.zip", series(image))
    return images


@pytest.fixture
def annotator(manager: Person, browser: Browser) -> Iterator[Person]:
    """Somebody who had no account."""
    page = manager.page
    page.get_by_role("link", name="Change and invite").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Link of the invitation").input_value()
    person = Person.invited(browser, link, "anna", PASSWORD)
    yield person
    person.context.close()


@pytest.fixture
def reviewer(annotator: Person, manager: Person, colleague: Person) -> Person:
    """Somebody who has one."""
    page = manager.page
    page.get_by_placeholder("User name or e-mail").fill("colleague")
    page.get_by_label("Role", exact=True).select_option("reviewer")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-people]")).to_contain_text("Colleague")
    page.get_by_role("link", name=PROJECT).click()
    return colleague


def bring(manager: Person, folder: Path) -> Locator:
    """Both ZIP files become cases; the rows of the table, the first patient's last."""
    rows = manager.page.locator("[data-cases] tbody tr:has(a)")
    for number in (1, 2):
        manager.page.locator("[data-drop] input[type=file]").set_input_files(folder / f"Patient {number}.zip")
        expect(rows).to_have_count(number, timeout=60_000)
    return rows


def wait_for_state(person: Person, state: str) -> None:
    expect(person.page.locator(f"[data-workflow={state}]")).to_be_visible(timeout=15_000)


def segment(person: Person, voxel: Voxel, label: int) -> None:
    person.click_on(voxel, label)
    person.wait_until_done()


def unpacked(manager: Person, folder: Path) -> Path:
    """The manager's export of what is approved, as the data set's own folder."""
    page = manager.page
    page.get_by_role("link", name="Export").click()
    page.get_by_label("NIfTI, one label map a case").uncheck()
    page.get_by_label("nnU-Net v2").check()
    page.get_by_label("approved cases only").check()
    page.get_by_role("button", name="Export", exact=True).click()
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(folder / "out.zip")
    with zipfile.ZipFile(folder / "out.zip") as packed:
        assert not any(PATIENT.encode() in packed.read(name) for name in packed.namelist())
        packed.extractall(folder / "out")
    (dataset,) = (folder / "out").glob("**/Dataset*_Ventricles/dataset.json")
    return dataset.parent


def test_a_case_from_the_scanner_to_a_training_set(
    manager: Person,
    annotator: Person,
    reviewer: Person,
    scans: list[NDArray[np.uint16]],
    tmp_path: Path,
) -> None:
    rows = bring(manager, tmp_path)
    expect(rows.last).not_to_contain_text("Patient")
    rows.last.get_by_role("checkbox").check()
    manager.page.get_by_label("Give the chosen cases to").select_option("anna")
    manager.page.get_by_role("button", name="Give", exact=True).click()
    expect(rows.last).to_contain_text("anna")

    annotator.page.reload()
    annotator.page.get_by_role("button", name="Next case").click()
    annotator.wait_for_workspace()
    segment(annotator, LEFT_AT, LEFT)
    annotator.page.keyboard.press("Control+Enter")
    annotator.page.get_by_role("button", name="Submit", exact=True).click()
    wait_for_state(annotator, "submitted")

    reviewer.page.reload()
    reviewer.page.get_by_role("link", name=PROJECT).first.click()
    reviewer.page.locator("[data-cases] tr", has_text="Submitted").get_by_role("link").first.click()
    reviewer.wait_for_workspace()
    reviewer.look_at_slice(RIGHT_AT[0])
    reviewer.page.keyboard.press("Control+Enter")
    point_at(reviewer, RIGHT_AT)
    reviewer.page.get_by_placeholder("Remark at the crosshair").fill(REMARK)
    reviewer.page.get_by_role("button", name="Remark", exact=True).click()
    reviewer.page.get_by_label("Comment on the decision").fill("See the remark")
    reviewer.page.get_by_role("button", name="Ask for changes").click()

    wait_for_state(annotator, "changes_asked")
    annotator.look_at_slice(0)
    annotator.page.get_by_role("button", name=REMARK).click()
    shown = annotator.page.get_attribute(".ribbon-strip", "aria-valuenow")
    assert shown == str(RIGHT_AT[0] + 1)
    segment(annotator, RIGHT_AT, RIGHT)
    annotator.page.get_by_role("button", name="Resolve").click()
    annotator.page.get_by_role("button", name="Submit", exact=True).click()

    wait_for_state(reviewer, "submitted")
    expect(reviewer.page.get_by_text("resolved by anna")).to_be_visible()
    assert reviewer.label_counts() == annotator.label_counts()
    counts = annotator.label_counts()
    reviewer.page.get_by_role("button", name="Approve").click()
    wait_for_state(annotator, "approved")

    manager.page.reload()
    expect(rows.last).to_contain_text("Approved")
    expect(rows.first).to_contain_text("New")
    dataset = unpacked(manager, tmp_path)
    check_contents(dataset, scans[0], counts)
    nnunet.install()
    assert nnunet.complaint(dataset, tmp_path) == ""
    assert manager.problems == annotator.problems == reviewer.problems == []


def point_at(person: Person, voxel: Voxel) -> None:
    """Put the crosshair there without a prompt."""
    person.page.keyboard.down("Shift")
    person.page.mouse.click(*person.point(voxel, "axial"))
    person.page.keyboard.up("Shift")


def check_contents(dataset: Path, scan: NDArray[np.uint16], counts: dict[int, int]) -> None:
    """One case, on the scanner's grid to the voxel, with the labels that were on screen."""
    assert json.loads((dataset / "dataset.json").read_text())["labels"] == {"background": 0, "Left": 1, "Right": 2}
    (image_file,) = (dataset / "imagesTr").iterdir()
    (label_file,) = (dataset / "labelsTr").iterdir()
    assert re.fullmatch(r".+_0000\.nii\.gz", image_file.name)
    image, labels = sitk.ReadImage(image_file), sitk.ReadImage(label_file)
    assert np.array_equal(sitk.GetArrayFromImage(image), scan)
    for written in (image, labels):
        np.testing.assert_allclose(written.GetSpacing(), SPACING_MM[::-1], rtol=1e-6)
        np.testing.assert_allclose(written.GetOrigin(), ORIGIN_MM, rtol=1e-6)
        np.testing.assert_allclose(written.GetDirection(), np.stack([ROW, COLUMN, NORMAL]).T.ravel(), atol=1e-6)
    drawn = sitk.GetArrayFromImage(labels)
    assert {int(value): int((drawn == value).sum()) for value in (LEFT, RIGHT)} == counts
    assert (drawn[LEFT_AT], drawn[RIGHT_AT]) == (LEFT, RIGHT)
    assert all((drawn == label).any(axis=(1, 2)).sum() > 1 for label in (LEFT, RIGHT)), "more than the clicked slice"


def test_nnunet_complains_of_a_value_that_no_label_has(tmp_path: Path) -> None:
    """The check above can fail."""
    dataset = tmp_path / "Dataset001_Ventricles"
    for part in ("imagesTr", "labelsTr"):
        (dataset / part).mkdir(parents=True)
    image = sitk.GetImageFromArray(np.zeros((4, 5, 6), np.uint8))
    sitk.WriteImage(image, dataset / "imagesTr" / "one_0000.nii.gz")
    image[1, 1, 1] = 3
    sitk.WriteImage(image, dataset / "labelsTr" / "one.nii.gz")
    content = {"channel_names": {"0": "CT"}, "labels": {"background": 0, "Left": 1}, "numTraining": 1}
    (dataset / "dataset.json").write_text(json.dumps({**content, "file_ending": ".nii.gz"}))
    nnunet.install()
    assert "Unexpected labels found" in nnunet.complaint(dataset, tmp_path)
