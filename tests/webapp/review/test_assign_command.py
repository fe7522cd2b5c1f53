"""`manage.py assign`: cases that nobody has are given out in turn."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from tests.webapp.annotation.world import World, make_volume, make_world, two_balls
from webapp.accounts.models import User
from webapp.annotation.models import Annotation, AnnotationState
from webapp.annotation.services import annotation_of
from webapp.projects.models import Case
from webapp.projects.permissions import Role
from webapp.projects.services import create_case, set_member
from webapp.review.readings import set_readers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_media")]


@pytest.fixture
def world() -> World:
    """Four cases, the third of them handed in."""
    made = make_world((2, 8, 8))
    for number in range(3):
        make_volume(create_case(made.project, f"More {number}"), two_balls((2, 8, 8)))
    for case in made.project.cases.all():
        annotation_of(case)
    third = Annotation.objects.order_by("case_id")[2]
    Annotation.objects.filter(pk=third.pk).update(state=AnnotationState.SUBMITTED)
    return made


def _whose() -> list[int | None]:
    return list(Annotation.objects.order_by("case_id").values_list("assignee_id", flat=True))


def test_people_get_cases_in_turn_and_what_is_handed_in_stays(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("assign", world.project.name, "--to", world.ben.username, world.ada.username)
    assert _whose() == [world.ben.pk, world.ada.pk, None, world.ben.pk]
    assert capsys.readouterr().out.splitlines() == [f"{world.ben.username}: 2", f"{world.ada.username}: 1"]
    call_command("assign", world.project.name, "--to", world.ada.username)
    assert "No case is without somebody." in capsys.readouterr().out


def test_no_more_are_given_than_asked_for(world: World) -> None:
    call_command("assign", str(world.project.pk), "--to", world.ben.username, "--most", "1")
    assert _whose() == [world.ben.pk, None, None, None]


@pytest.mark.parametrize("who", ["eve", "mallory"])
def test_who_may_not_annotate_gets_none(world: World, who: str) -> None:
    person = getattr(world, who)
    with pytest.raises(CommandError, match="may change masks"):
        call_command("assign", world.project.name, "--to", person.username)
    assert _whose() == [None] * 4


def test_a_case_of_several_readers_goes_to_as_many_each_once_and_the_shared_annotation_to_nobody(world: World) -> None:
    set_readers(world.project, 2, True)
    carl = User.objects.create_user(f"carl{world.project.pk}")
    set_member(world.project, carl, Role.ANNOTATOR)
    names = [person.username for person in (world.ben, carl, world.ada)]
    call_command("assign", world.project.name, "--to", *names, "--most", "2")
    call_command("assign", world.project.name, "--to", world.ada.username)
    readers = [set(case.annotations.exclude(reader=None).values_list("reader", flat=True)) for case in _cases(world)]
    ben, ada = world.ben.pk, world.ada.pk
    assert readers == [{ben, carl.pk}, {ada, ben}, {ada}, {ada}]
    assert not Annotation.objects.filter(reader=None).exclude(assignee=None).exists()


def _cases(world: World) -> QuerySet[Case]:
    return world.project.cases.order_by("pk")
