"""`manage.py assign PROJECT --to USER [USER …]`: gives the cases that nobody has to people, in turn."""

from __future__ import annotations

import itertools
from argparse import ArgumentParser
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from webapp.accounts.models import User
from webapp.annotation.models import EDITABLE
from webapp.annotation.services import annotation_of
from webapp.errors import DomainError
from webapp.projects.models import Case
from webapp.projects.services import find_person
from webapp.projects.terminal import manager_of, project_named
from webapp.review.readings import give_to_readers
from webapp.review.services import assign


class Command(BaseCommand):
    help = "Gives the cases of a project that are nobody's work and not handed in to people, in turn, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="its number or its name")
        parser.add_argument("--to", nargs="+", required=True, metavar="USER", help="user names or e-mail addresses")
        parser.add_argument("--most", type=int, help="how many cases at most (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = project_named(options["project"])
            by = manager_of(project)
            named = [find_person(written) for written in options["to"]]
            cases = list(
                project.cases.filter(volumes__isnull=False).select_related("project").distinct().order_by("pk")
            )
            if project.has_readings:
                self._say(_given_to_readers(by, cases, named, options["most"]))
                return
            people = itertools.cycle(named)
            free = [annotation for annotation in map(annotation_of, cases) if annotation.assignee_id is None]
            waiting = [annotation for annotation in free if annotation.state in EDITABLE][: options["most"]]
            given: Counter[str] = Counter()
            for annotation in tqdm(waiting, desc=project.name, unit="case", disable=None):
                person = next(people)
                assign(by, annotation.pk, person.pk)
                given[person.username] += 1
        except DomainError as problem:
            raise CommandError(str(problem)) from problem
        self._say(given)

    def _say(self, given: Counter[str]) -> None:
        for name, count in given.items():
            self.stdout.write(f"{name}: {count}")
        if not given:
            self.stdout.write("No case is without somebody.")


def _given_to_readers(by: User, cases: Iterable[Case], people: list[User], most: int | None) -> Counter[str]:
    """Fill up the readers of cases, at most so many cases; who comes first goes to the end of the row."""
    given: Counter[str] = Counter()
    row, done = deque(people), 0
    for case in cases:
        if done == most:
            break
        readers = give_to_readers(by, case, list(row))
        given.update(person.username for person in readers)
        done += bool(readers)
        row.rotate(-len(readers))
    return given
