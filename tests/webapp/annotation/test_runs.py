"""What a claim asks of the database."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.webapp.annotation.world import make_world
from webapp.annotation import runs
from webapp.annotation.models import Run, RunState

pytestmark = pytest.mark.django_db(transaction=True)


def queued(revision: int, newest: int) -> Run:
    annotation = make_world().annotation
    annotation.revision = newest
    annotation.save()
    return Run.objects.create(annotation=annotation, revision=revision, enqueued=timezone.now())


def test_the_state_is_asked_of_the_row_that_is_changed_so_that_a_run_ended_meanwhile_stays_ended() -> None:
    run = queued(revision=1, newest=1)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert runs.claim(run.pk) is not None
    updates = [query["sql"] for query in asked if query["sql"].startswith("UPDATE")]
    assert updates
    assert not any('"id" IN (SELECT' in sql for sql in updates), updates


def test_a_run_of_an_older_revision_is_not_taken_but_ends() -> None:
    run = queued(revision=1, newest=2)
    assert runs.claim(run.pk) is None
    run.refresh_from_db()
    assert run.state == RunState.SUPERSEDED


def test_a_run_is_taken_once() -> None:
    run = queued(revision=3, newest=3)
    assert runs.claim(run.pk) is not None
    assert runs.claim(run.pk) is None
