"""The next case: what came back, what I have begun, what nobody has; never one case for two people."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from django.db import connection

from tests.webapp.annotation.world import World, make_volume, make_world
from webapp.annotation.models import Annotation, AnnotationState
from webapp.annotation.services import annotation_of
from webapp.errors import ForbiddenError, NotFoundError
from webapp.projects.models import Case
from webapp.projects.permissions import Role
from webapp.projects.services import create_case, set_member
from webapp.review import services
from webapp.review.queue import take_next
from webapp.review.transitions import Step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def world() -> World:
    return make_world()


def more_cases(world: World, count: int) -> list[Case]:
    cases = []
    for number in range(count):
        case = create_case(world.project, f"More {number}")
        make_volume(case, np.zeros((2, 4, 4), np.int16))
        cases.append(case)
    return cases


def test_the_first_free_case_becomes_mine_and_stays_the_next_until_it_is_submitted(world: World) -> None:
    second = more_cases(world, 1)[0]
    assert take_next(world.ben, world.project.pk) == world.case.pk
    assert take_next(world.ben, world.project.pk) == world.case.pk
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    assert take_next(world.ben, world.project.pk) == second.pk


def test_the_most_urgent_free_case_comes_first(world: World) -> None:
    urgent = more_cases(world, 2)[1]
    Case.objects.filter(pk=urgent.pk).update(priority=5)
    assert take_next(world.ben, world.project.pk) == urgent.pk


def test_what_came_back_comes_before_what_was_begun(world: World) -> None:
    begun = annotation_of(more_cases(world, 1)[0])
    for annotation, state in ((world.annotation, AnnotationState.CHANGES_ASKED), (begun, AnnotationState.IN_PROGRESS)):
        Annotation.objects.filter(pk=annotation.pk).update(assignee=world.ben, state=state)
    assert take_next(world.ben, world.project.pk) == world.case.pk


def test_a_case_without_an_image_or_with_somebody_else_is_no_next_case(world: World) -> None:
    create_case(world.project, "Still importing")
    services.assign(world.ada, world.annotation.pk, world.ada.pk)
    assert take_next(world.ben, world.project.pk) is None


def test_people_who_ask_at_the_same_moment_get_different_cases(world: World) -> None:
    more_cases(world, 3)
    set_member(world.project, world.eve, Role.ANNOTATOR)
    got: list[int | None] = []

    def ask(person: object) -> None:
        try:
            got.append(take_next(person, world.project.pk))  # type: ignore[arg-type]
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(person,)) for person in (world.ada, world.ben, world.eve)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 3
    assert None not in got


def test_who_may_not_draw_has_no_next_case(world: World) -> None:
    with pytest.raises(ForbiddenError):
        take_next(world.eve, world.project.pk)
    with pytest.raises(NotFoundError):
        take_next(world.mallory, world.project.pk)
