# ruff: noqa: N999  (the name of the file is that of the command)
"""`manage.py import FOLDER --project NAME`: a case of each volume that lies in a folder, or below it."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from webapp.errors import DomainError
from webapp.projects.models import Project
from webapp.projects.terminal import manager_of, project_named
from webapp.volumes.models import Volume
from webapp.volumes.services import ENDINGS, import_file


class Command(BaseCommand):
    help = "Makes a case of each volume in a folder and below. Files that the project has already are left out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help=f"where files ending in {', '.join(ENDINGS)} lie")
        parser.add_argument("--project", required=True, help="its number or its name")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name.lower().endswith(ENDINGS))
        if not files:
            raise CommandError(f"No file in {folder} ends in {', '.join(ENDINGS)}.")
        try:
            project = project_named(options["project"])
            user = manager_of(project)
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        made, known, refused = 0, 0, 0
        for file in tqdm(files, desc=project.name, unit="file", disable=None):
            if _is_known(project, file):
                known += 1
                continue
            try:
                import_file(user, project, file)
                made += 1
            except (DomainError, OSError) as problem:
                refused += 1
                self.stderr.write(f"{file}: {problem}")
        self.stdout.write(f"{made} imported, {known} there already, {refused} refused")
        if refused:
            raise CommandError(f"{refused} of {len(files)} files could not be imported.")


def _is_known(project: Project, file: Path) -> bool:
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return Volume.objects.filter(case__project=project, sha256=digest).exists()
