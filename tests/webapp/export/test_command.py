"""`manage.py export` from a terminal."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests.webapp.annotation.world import World, make_world
from tests.webapp.export.drawn import paint
from webapp.export import services
from webapp.export.options import Format, Split, Wanted
from webapp.projects.services import create_project

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]


@pytest.fixture
def world() -> World:
    made = make_world()
    labels = np.zeros((12, 48, 40), np.uint8)
    labels[3:5, 4:7, 5:8] = 1
    paint(made.annotation, labels)
    return made


def test_it_writes_what_the_page_would_write(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "set.zip"
    call_command("export", world.project.name, "--format", "nnunet", "--format", "csv", "--out", str(out))
    assert "1 cases written" in capsys.readouterr().out
    export = services.request_export(world.ada, world.project, Wanted((Format.NNUNET, Format.CSV), split=Split()))
    services.write_export(export.pk)
    assert out.read_bytes() == export.path.read_bytes()
    names = zipfile.ZipFile(out).namelist()
    assert any(name.endswith("/dataset.json") for name in names)


def test_a_project_is_named_by_its_number_where_its_name_is_not_unique(world: World, tmp_path: Path) -> None:
    create_project(world.ada, world.project.name)
    out = tmp_path / "set.zip"
    with pytest.raises(CommandError, match="by its number"):
        call_command("export", world.project.name, "--format", "csv", "--out", str(out))
    call_command("export", str(world.project.pk), "--format", "csv", "--out", str(out))
    assert zipfile.ZipFile(out).read("volumes.csv").decode().splitlines()[1].endswith("1,Liver,18,0.054000")


def test_what_cannot_be_exported_is_said_and_leaves_no_file(world: World, tmp_path: Path) -> None:
    empty = create_project(world.ada, "Nothing here")
    for project, why in ((empty.name, "nothing to export"), ("Nobody's", "no project")):
        with pytest.raises(CommandError, match=why):
            call_command("export", project, "--format", "csv", "--out", str(tmp_path / "set.zip"))
    world.case.volumes.get().canonical_path.unlink()
    with pytest.raises(CommandError):
        call_command("export", world.project.name, "--format", "nnunet", "--out", str(tmp_path / "set.zip"))
    assert list(tmp_path.glob("set*")) == []
