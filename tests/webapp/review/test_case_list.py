"""The table of cases: what it finds, in which order, and with how many queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.webapp.annotation.world import World, make_world
from webapp.annotation.models import Annotation, AnnotationState
from webapp.projects.models import Case, Tag
from webapp.review.case_list import CASES_A_PAGE, Wanted, cases_of, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    made = make_world()
    Case.objects.filter(pk=made.case.pk).update(name="Knee left", priority=3)
    Case.objects.create(project=made.project, name="Knee right")
    Case.objects.create(project=made.project, name="Hip")
    return made


def names(world: World, **wanted: str) -> list[str]:
    return [case.name for case in cases_of(world.project, Wanted(**wanted))]


def test_all_words_have_to_be_in_the_name(world: World) -> None:
    assert names(world, words="knee") == ["Knee right", "Knee left"]
    assert names(world, words="RIGHT knee") == ["Knee right"]


def test_a_case_that_nobody_opened_is_new(world: World) -> None:
    Annotation.objects.filter(pk=world.annotation.pk).update(state=AnnotationState.SUBMITTED, assignee=world.ben)
    assert names(world, state="submitted") == ["Knee left"]
    assert names(world, state="new") == ["Hip", "Knee right"]


def test_cases_are_found_by_whose_work_they_are_and_by_tag(world: World) -> None:
    Annotation.objects.filter(pk=world.annotation.pk).update(assignee=world.ben)
    world.case.tags.add(Tag.objects.create(project=world.project, name="Urgent"))
    assert names(world, assignee=str(world.ben.pk)) == ["Knee left"]
    assert names(world, assignee="nobody") == ["Hip", "Knee right"]
    assert names(world, tag="urgent") == ["Knee left"]


def test_the_order_is_chosen_and_an_unknown_one_is_the_newest_first(world: World) -> None:
    assert names(world, sort="name") == ["Hip", "Knee left", "Knee right"]
    assert names(world, sort="priority") == ["Knee left", "Knee right", "Hip"]
    assert names(world, sort="; DROP TABLE") == ["Hip", "Knee right", "Knee left"]


def test_other_projects_cases_are_not_among_them(world: World) -> None:
    other = make_world()
    assert other.case.name not in names(world)


def test_a_page_takes_as_many_queries_with_two_hundred_cases_as_with_three(world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            for case in page_of(world.project, Wanted(), "1"):
                list(case.volumes.all()), list(case.tags.all())
        return len(seen)

    few = queries()
    Case.objects.bulk_create(Case(project=world.project, name=f"Case {n}") for n in range(200))
    assert queries() == few
    assert len(page_of(world.project, Wanted(), "1")) == CASES_A_PAGE
    assert page_of(world.project, Wanted(), "99").number == 5
