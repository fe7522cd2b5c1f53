"""A project is exported from its page: asked for, followed without a reload, downloaded and removed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.workspace_driver import LEFT_VENTRICLE, Person
from webapp.demo.brain import CASE_NAME, PROJECT_NAME

pytestmark = pytest.mark.browser


def test_an_export_is_asked_for_followed_downloaded_and_removed(demo: Person, tmp_path: Path) -> None:
    address = demo.page.url
    demo.open_case(PROJECT_NAME, CASE_NAME)
    demo.click_on(LEFT_VENTRICLE, 1)
    demo.wait_until_done()
    demo.page.goto(address)
    demo.page.get_by_role("link", name=PROJECT_NAME).first.click()
    demo.page.get_by_role("link", name="Export").click()
    expect(demo.page.get_by_text("Nothing has been exported yet.")).to_be_visible()
    demo.page.get_by_label("Surfaces (STL)").check()
    demo.page.get_by_label("nnU-Net v2").check()
    demo.page.get_by_role("button", name="Export", exact=True).click()
    link = demo.page.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=60_000)
    with demo.page.expect_download() as download:
        link.click()
    download.value.save_as(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as packed:
        assert packed.testzip() is None
        endings = {name.rsplit("/", 1)[-1].split(".", 1)[-1] for name in packed.namelist()}
    assert endings == {"nii.gz", "stl", "json"}
    demo.page.get_by_role("button", name="Remove").click()
    expect(demo.page.get_by_text("Nothing has been exported yet.")).to_be_visible()
    assert demo.problems == []


def test_a_choice_that_cannot_be_is_explained_beside_the_button(demo: Person) -> None:
    demo.page.get_by_role("link", name=PROJECT_NAME).first.click()
    demo.page.get_by_role("link", name="Export").click()
    demo.page.get_by_label("Training %").fill("50")
    demo.page.get_by_role("button", name="Export", exact=True).click()
    expect(demo.page.get_by_role("alert")).to_contain_text("must add up to 100")
