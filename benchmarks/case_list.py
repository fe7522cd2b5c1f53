"""The page of a project with ten thousand cases: how long the server takes, and with how many queries.

    .venv/bin/python -m benchmarks.case_list [--cases 10000]

Asks in process, through all of Django but the network; writes its section of docs/performance.md.
"""

from __future__ import annotations

import argparse
import datetime
import random
import statistics
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from benchmarks import page
from benchmarks.servers import own_servers

if TYPE_CHECKING:
    from django.test import Client

    from webapp.accounts.models import User
    from webapp.annotation.models import Annotation
    from webapp.projects.models import Case, Project

TIMES = 7
FEW = 100
EDITS_A_CASE = 20
STATES = ("new", "in_progress", "submitted", "changes_asked", "approved")
QUESTIONS = {
    "newest first": "",
    "newest first, last page": "?page=100000",
    "by name": "?sort=name",
    "by state": "?sort=state",
    "changed last": "?sort=changed",
    "by priority": "?sort=priority",
    "two words of the name": "?words=liver+77",
    "submitted": "?state=submitted",
    "new, by name": "?state=new&sort=name",
    "one person's": "?assignee={person}",
    "with a tag": "?tag=Urgent",
    "a tag, a person, a state, changed last": "?tag=Urgent&assignee={person}&state=approved&sort=changed",
}


@dataclass(frozen=True)
class Answer:
    """What one question cost."""

    milliseconds: float
    queries: int


def main() -> None:
    """Fill a project, ask, write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args()
    load = psutil.getloadavg()[0]
    with own_servers():
        manager, few = filled(FEW)
        queries_of_few = {name: answer.queries for name, answer in answers(manager, few).items()}
        manager, many = filled(options.cases)
        found = answers(manager, many)
    rows = [[name, f"{a.milliseconds:.0f}", str(a.queries), str(queries_of_few[name])] for name, a in found.items()]
    body = page.table(["The table of cases", "ms", "queries", f"queries with {FEW} cases"], rows)
    page.write_section("case_list", f"{_head(options.cases, load)}\n\n{body}")
    print(body)


def _head(cases: int, load: float) -> str:
    return (
        f"## A project of {cases:,} cases\n\n`benchmarks/case_list.py`: server time of a project's page, its {TIMES} "
        f"answers' median, with a picture, a state, a person and tags\nfor each case, and {EDITS_A_CASE} edits in each "
        f"that was begun. SQLite; {page.machine(load)}."
    )


def answers(manager: User, project: Project) -> dict[str, Answer]:
    """Every question, and the page of progress."""
    from django.test import Client

    client = Client(headers={"host": "localhost"})
    client.force_login(manager)
    address = f"/projects/{project.pk}/"
    asked = {name: address + query.format(person=manager.pk) for name, query in QUESTIONS.items()}
    asked["the page of progress"] = f"{address}progress/"
    return {name: _answer(client, question) for name, question in asked.items()}


def _answer(client: Client, question: str) -> Answer:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get(question)
    queries = len(seen)  # the next request forgets them
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        if client.get(question).status_code != 200:
            raise RuntimeError(f"{question} was not answered.")
        taken.append(1000 * (time.perf_counter() - began))
    return Answer(statistics.median(taken), queries)


def filled(count: int) -> tuple[User, Project]:
    """A manager, and a project with so many cases in all states."""
    from webapp.accounts.models import User
    from webapp.projects.models import Case, Tag
    from webapp.projects.permissions import Role
    from webapp.projects.services import add_label, create_project, set_member

    chance = random.Random(0)
    manager = User.objects.create_user(f"manager{count}")
    project = create_project(manager, f"{count} cases")
    people = [manager, *(User.objects.create_user(f"person{count}-{n}") for n in range(9))]
    for person in people[1:]:
        set_member(project, person, Role.ANNOTATOR)
    for name in ("Liver", "Spleen"):
        add_label(project, name)
    tags = [Tag.objects.create(project=project, name=name) for name in ("Urgent", "Contrast", "Follow-up")]
    cases = Case.objects.bulk_create(
        [Case(project=project, name=f"Liver {n:05}", priority=chance.randrange(5)) for n in range(count)]
    )
    Case.tags.through.objects.bulk_create(
        [Case.tags.through(case=case, tag=chance.choice(tags)) for case in cases if chance.random() < 0.5]
    )
    _with_volumes(cases)
    _with_edits(_annotated(cases, people, chance), people, chance)
    return manager, project


def _with_volumes(cases: list[Case]) -> None:
    from webapp.volumes.models import Modality, Volume

    Volume.objects.bulk_create(
        [
            Volume(
                case=case, name="CT", original_name="ct.nii.gz", sha256="0" * 64, size_z=200, size_y=512, size_x=512,
                spacing_z_mm=2.5, spacing_y_mm=0.8, spacing_x_mm=0.8, affine=[], scale=1.0, offset=0.0,
                window_center=50.0, window_width=300.0, value_low=-1024.0, value_high=3000.0, percentile_1=-1000.0,
                percentile_99=800.0, modality=Modality.CT,
            )
            for case in cases
        ]
    )  # fmt: skip


def _annotated(cases: list[Case], people: list[User], chance: random.Random) -> list[Annotation]:
    """Four of five were opened; they changed at different times."""
    from django.utils import timezone

    from webapp.annotation.models import Annotation

    now = timezone.now()
    return Annotation.objects.bulk_create(
        [
            Annotation(
                case=case, axis=0, state=chance.choice(STATES), assignee=chance.choice([None, *people]),
                changed=now - datetime.timedelta(minutes=chance.randrange(100_000)),
            )
            for case in cases
            if chance.random() < 0.8
        ]
    )  # fmt: skip


def _with_edits(annotations: list[Annotation], people: list[User], chance: random.Random) -> None:
    from webapp.annotation.models import Edit
    from webapp.review.models import Decision
    from webapp.review.transitions import Step

    begun = [annotation for annotation in annotations if annotation.state != "new"]
    edits = (
        Edit(
            annotation=annotation, revision=revision, user=annotation.assignee or people[0], kind="point",
            label=chance.choice((1, 2)), request=uuid.UUID(int=chance.getrandbits(128)),
            payload={"positive": True, "voxels": [[1, 2, 3]]},
        )
        for annotation in begun
        for revision in range(1, EDITS_A_CASE + 1)
    )  # fmt: skip
    Edit.objects.bulk_create(edits, batch_size=2000)
    Decision.objects.bulk_create(
        Decision(
            annotation=annotation, user=annotation.assignee or people[0], step=Step.SUBMIT, before="in_progress",
            after=annotation.state, revision=EDITS_A_CASE,
        )
        for annotation in begun
        if annotation.state != "in_progress"
    )  # fmt: skip


if __name__ == "__main__":
    main()
