"""Readers of a blinded project: at no address, over no socket do they get at what another reader draws."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from tests.webapp.test_access import METHODS, OPEN_TO_ALL, WITH_THINGS, Address, _ask
from webapp.accounts.models import User
from webapp.annotation import messages, presence, selectors, services
from webapp.annotation.models import Annotation, AnnotationState, LabelMap
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.export.models import Export
from webapp.export.options import Format, Wanted
from webapp.projects.models import Case, Label, Project
from webapp.projects.permissions import Action, Role
from webapp.projects.services import set_member
from webapp.review import queue, readings
from webapp.review.services import assign, remark
from webapp.volumes.models import Volume

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]
THINGS_OF_A_READING = {"annotation_id", "remark_id", "label_map_id", "z"}
OTHER_THINGS = {
    "project_id", "case_id", "volume_id", "label_id", "upload_id", "export_id", "user_id", "invitation_id", "token_id",
}  # fmt: skip
PARAMETER = re.compile(r"<int:(\w+)>")
OF_A_READING = [path for path in WITH_THINGS if THINGS_OF_A_READING & set(PARAMETER.findall(path))]
OF_EXPORTS = [path for path in WITH_THINGS if "export" in path and "annotation_id" not in path]


@pytest.fixture
def blinded(project: Project, volume: Volume, labels: list[Label]) -> Project:
    readings.set_readers(project, 2, True)
    project.refresh_from_db()
    return project


@pytest.fixture
def bea(make_user: Callable[[str], User], project: Project) -> User:
    """A second annotator."""
    user = make_user("bea")
    set_member(project, user, Role.ANNOTATOR)
    return user


@pytest.fixture
def reading(blinded: Project, case: Case, annotator: User) -> Annotation:
    """Arne's own."""
    case.refresh_from_db()
    return readings.begin_reading(annotator, Case.objects.select_related("project").get(pk=case.pk), by=annotator)


def fresh(case: Case) -> Case:
    return Case.objects.select_related("project").get(pk=case.pk)


def test_another_reader_gets_nothing_of_a_reading_at_any_address(
    client: Client, bea: User, annotator: User, reading: Annotation
) -> None:
    pinned = remark(annotator, reading.pk, (0, 0, 0), "Mine")
    brought = LabelMap.objects.create(annotation=reading, user=annotator, name="a.nii")
    numbers = {"annotation_id": reading.pk, "remark_id": pinned.pk, "label_map_id": brought.pk, "z": 0}
    client.force_login(bea)
    asked = ((path, method) for path in OF_A_READING for method in METHODS)
    answers = {(path, method): _ask(client, method, Address(path).of(numbers)) for path, method in asked}
    # A reading cannot be given away, and only managers give: that answer is the same for every annotation.
    answers = {at: status for at, status in answers.items() if not at[0].endswith("/assignee")}
    assert answers
    assert {at: status for at, status in answers.items() if status not in {403, 404, 405}} == {}
    refused = {at for at, status in answers.items() if status == 403}
    assert all(path.endswith("/export.nii.gz") for path, _ in refused)
    client.force_login(annotator)
    assert client.get(f"/api/annotations/{reading.pk}/review").status_code == 200


def test_masks_of_others_do_not_leave_by_an_export_either(
    client: Client, bea: User, manager: User, reading: Annotation
) -> None:
    wanted = Wanted((Format.CSV,)).as_json()
    export = Export.objects.create(project=reading.case.project, user=manager, wanted=wanted, contents=[])
    numbers = {"project_id": reading.case.project_id, "export_id": export.pk}
    client.force_login(bea)
    answers = {_ask(client, method, Address(path).of(numbers)) for path in OF_EXPORTS for method in METHODS}
    assert OF_EXPORTS
    assert answers <= {403, 405}
    assert "/exports/" not in client.get(f"/projects/{reading.case.project_id}/").content.decode()
    client.force_login(manager)
    assert client.get(f"/projects/{reading.case.project_id}/exports/").status_code == 200


def test_another_readers_socket_is_turned_away_and_says_nothing(bea: User, reading: Annotation) -> None:
    with pytest.raises(NotFoundError):
        presence.arrive(bea, reading.pk, "a connection")
    with pytest.raises(NotFoundError):
        services.set_view(bea, reading.pk, [1])
    point = messages.AddPrompt(
        type="prompt.add", request=uuid.uuid4(), label=1, kind="point", positive=True, voxels=[(1, 2, 3)]
    )
    with pytest.raises(NotFoundError):
        services.add_prompt(bea, reading.pk, point)
    assert not reading.presences.exists()


def test_what_was_shared_or_is_made_of_all_readings_is_for_reviewers(
    bea: User, manager: User, blinded: Project, case: Case
) -> None:
    shared = services.annotation_of(fresh(case))
    with pytest.raises(NotFoundError):
        selectors.annotation_for(bea, shared.pk)
    assert selectors.annotation_for(manager, shared.pk, Action.ANNOTATE) == shared


def test_readers_who_are_not_blinded_look_at_each_other_and_change_nothing(bea: User, reading: Annotation) -> None:
    readings.set_readers(reading.case.project, 2, False)
    assert selectors.annotation_for(bea, reading.pk) == reading
    with pytest.raises(ForbiddenError):
        selectors.annotation_for(bea, reading.pk, Action.ANNOTATE)


def test_a_reading_stays_its_readers_when_the_project_has_one_reader_again(bea: User, reading: Annotation) -> None:
    readings.set_readers(reading.case.project, 1, True)
    with pytest.raises(NotFoundError):
        selectors.annotation_for(bea, reading.pk)


def test_each_reader_opens_an_annotation_of_their_own_until_a_case_has_all_its_readers(
    make_user: Callable[[str], User], bea: User, annotator: User, manager: User, reading: Annotation
) -> None:
    case = fresh(reading.case)
    third = make_user("carl")
    set_member(case.project, third, Role.ANNOTATOR)
    hers = readings.annotation_to_open(bea, case)
    assert hers.reader == bea != reading.reader
    assert readings.annotation_to_open(bea, case) == hers
    assert readings.annotation_to_open(annotator, case) == reading
    with pytest.raises(ConflictError, match="all its readers"):
        readings.annotation_to_open(third, case)
    assert readings.annotation_to_open(manager, case).reader is None
    assert readings.annotation_to_open(manager, case, hers.pk) == hers
    with pytest.raises(NotFoundError):
        readings.annotation_to_open(bea, case, reading.pk)


def test_the_next_case_is_one_that_lacks_readers_and_that_one_does_not_read_yet(
    bea: User, annotator: User, reading: Annotation, project: Project
) -> None:
    assert queue.take_next(bea, project.pk) == reading.case_id
    assert queue.take_next(bea, project.pk) == reading.case_id  # hers, unfinished
    Annotation.objects.filter(reader=bea).update(state=AnnotationState.SUBMITTED)
    assert queue.take_next(bea, project.pk) is None


def test_a_manager_gives_a_case_to_readers_and_takes_no_reading_away(
    bea: User, annotator: User, manager: User, reading: Annotation
) -> None:
    readings.give_case(manager, fresh(reading.case), bea.pk)
    assert Annotation.objects.filter(case=reading.case, reader=bea, assignee=bea).count() == 1
    with pytest.raises(ConflictError):
        assign(manager, reading.pk, bea.pk)
    with pytest.raises(ForbiddenError):
        readings.give_case(annotator, fresh(reading.case), bea.pk)
    with pytest.raises(DomainError):
        readings.set_readers(reading.case.project, 10, True)


def test_of_every_kind_of_thing_it_is_known_whether_it_belongs_to_a_reading() -> None:
    """A new kind fails here until it is in one of the two lists; one that belongs to a reading is then tested above."""
    assert {name for path in WITH_THINGS for name in PARAMETER.findall(path)} <= THINGS_OF_A_READING | OTHER_THINGS


def test_nothing_is_open_to_all_that_names_an_annotation() -> None:
    assert not [path for path in OF_A_READING if OPEN_TO_ALL.match(path)]
