"""Claims, leases and the sweeper, against the database and the real broker; no worker runs."""

from __future__ import annotations

import datetime
import itertools
import threading

import pytest
from django.db import connection
from django.utils import timezone

from tests.webapp.annotation.world import World, make_world
from webapp.annotation import runs, services, waiting
from webapp.annotation.models import Run, RunState
from webapp.annotation.sweeper import sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
SECOND = datetime.timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    waiting.broker().flushall()
    return make_world()


@pytest.fixture
def run(world: World) -> Run:
    accepted = services.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    return Run.objects.get(annotation=world.annotation, revision=accepted.revision)


def test_a_prompt_wakes_a_worker(run: Run) -> None:
    assert waiting.others_wait()


def test_a_run_is_claimed_once(run: Run) -> None:
    claimed = runs.claim(run.pk)
    assert claimed is not None
    assert (claimed.state, claimed.worker) == (RunState.RUNNING, runs.WORKER_NAME)
    assert runs.claim(run.pk) is None


def test_of_many_workers_one_gets_the_run(run: Run) -> None:
    claims: list[Run | None] = []

    def claim() -> None:
        try:
            claims.append(runs.claim(run.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(claim is not None for claim in claims) == 1


def test_a_run_whose_lease_has_run_out_goes_to_the_next_worker(run: Run) -> None:
    runs.claim(run.pk)
    Run.objects.filter(pk=run.pk).update(worker="a dead one", lease_until=timezone.now() - SECOND)
    claimed = runs.claim(run.pk)
    assert claimed is not None
    assert claimed.worker == runs.WORKER_NAME


def test_a_run_of_an_older_revision_is_not_claimed(world: World, run: Run) -> None:
    services.add_prompt(world.ben, world.annotation.pk, world.point(4, 10, 11))
    assert runs.claim(run.pk) is None
    run.refresh_from_db()
    assert run.state == RunState.SUPERSEDED


def test_the_sweeper_leaves_fresh_and_running_and_finished_runs_alone(world: World, run: Run) -> None:
    assert sweep() == []
    runs.claim(run.pk)
    assert sweep() == []
    claimed = Run.objects.get(pk=run.pk)
    assert runs.finish(claimed, RunState.DONE)
    assert sweep(timezone.now() + 100 * SECOND) == []


def test_the_sweeper_wakes_a_run_whose_wake_up_was_lost_within_two_seconds(run: Run) -> None:
    waiting.broker().flushall()
    now = timezone.now()
    assert sweep(now + 1.9 * SECOND) == [run.pk]
    assert waiting.others_wait()


def test_a_run_that_keeps_waiting_is_woken_less_and_less_often(run: Run) -> None:
    now = timezone.now()
    woken = [tenths / 10 for tenths in range(400) if sweep(now + tenths * SECOND / 10)]
    pauses = [round(later - earlier, 1) for earlier, later in itertools.pairwise(woken)]
    assert 1.5 <= woken[0] <= 1.9
    assert pauses == sorted(pauses)
    assert 9 <= pauses[-1] <= 13


def test_the_sweeper_wakes_a_run_whose_worker_was_killed_within_two_seconds(run: Run) -> None:
    runs.claim(run.pk)
    waiting.broker().flushall()
    assert sweep(timezone.now() + 2.1 * SECOND) == [run.pk]
    assert waiting.others_wait()


def test_of_many_sweepers_one_wakes_the_run(run: Run) -> None:
    later = timezone.now() + 3 * SECOND
    woken: list[list[int]] = []

    def look() -> None:
        try:
            woken.append(sweep(later))
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(found) for found in woken) == [0, 0, 0, 0, 0, 1]
