"""`manage.py import`: each volume of a folder becomes a case, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from webapp.projects.models import Project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]


def test_a_folder_becomes_cases_and_a_second_time_nothing_new(
    project: Project, nifti_file: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "brought"
    (folder / "below").mkdir(parents=True)
    nifti_file(name="first.nii.gz").rename(folder / "first.nii.gz")
    nifti_file(name="second.nii").rename(folder / "below" / "second.nii")
    (folder / "notes.txt").write_text("not a volume")
    call_command("import", str(folder), "--project", project.name)
    assert "2 imported, 0 there already, 0 refused" in capsys.readouterr().out
    assert set(project.cases.values_list("name", flat=True)) == {"first", "second"}
    call_command("import", str(folder), "--project", str(project.pk))
    assert "0 imported, 2 there already, 0 refused" in capsys.readouterr().out
    assert project.cases.count() == 2


def test_a_damaged_file_is_named_and_the_others_come_in(
    project: Project, nifti_file: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "brought"
    folder.mkdir()
    (folder / "a-damaged.nii").write_bytes(b"nonsense")
    nifti_file(name="whole.nii.gz").rename(folder / "whole.nii.gz")
    with pytest.raises(CommandError, match="1 of 2 files"):
        call_command("import", str(folder), "--project", project.name)
    assert "a-damaged.nii: The file is too short" in capsys.readouterr().err
    assert list(project.cases.values_list("name", flat=True)) == ["whole"]


def test_a_folder_or_project_that_is_not_there_is_said(project: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("import", str(tmp_path / "nowhere"), "--project", project.name)
    with pytest.raises(CommandError, match="ends in"):
        call_command("import", str(tmp_path), "--project", project.name)
