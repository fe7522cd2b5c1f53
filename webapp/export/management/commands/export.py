"""`manage.py export PROJECT --format nnunet --out FILE`: the same ZIP as from the project's page."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from webapp.errors import DomainError
from webapp.export import archive
from webapp.export.dataset import choose, gather
from webapp.export.options import Format, Selection, Split, wanted_from
from webapp.projects.terminal import project_named

STEPS = 1000  # of the progress bar
SHARES = Split()


class Command(BaseCommand):
    help = "Writes the labels of a project, with where they come from, into a ZIP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="its number or its name")
        parser.add_argument(
            "--format", action="append", required=True, choices=Format.values, help="may be given several times"
        )
        parser.add_argument("--out", type=Path, required=True, help="the ZIP to write")
        parser.add_argument("--cases", choices=Selection.values, default=Selection.STARTED, help="default: %(default)s")
        for part in ("train", "val", "test"):
            share = getattr(SHARES, part)
            parser.add_argument(f"--{part}", type=int, default=share, help="per cent of the cases, default %(default)s")
        parser.add_argument("--seed", type=int, default=SHARES.seed, help="decides which case goes where")

    def handle(self, *args: Any, **options: Any) -> None:
        split = {name: options[name] for name in ("train", "val", "test", "seed")}
        try:
            wanted = wanted_from({"formats": options["format"], "selection": options["cases"], "split": split})
            project = project_named(options["project"])
            pins = choose(project, wanted.selection)
            if not pins:
                raise DomainError("There is nothing to export: no such case of this project has labels.")
            with tqdm(total=STEPS, desc=project.name, unit="‰", disable=None) as bar:
                dataset = gather(project, wanted, pins)
                _write(options["out"], lambda path: archive.write(path, dataset, lambda done: _show(bar, done)))
                _show(bar, 1.0)
        except (DomainError, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{len(dataset.cases)} cases written to {options['out']}")


def _write(path: Path, write: Any) -> None:
    """Under another name until it is whole: what is there stays if this is stopped."""
    part = path.with_name(f"{path.name}.part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _show(bar: tqdm[Any], done: float) -> None:
    bar.update(round(done * STEPS) - bar.n)
