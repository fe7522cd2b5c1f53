"""Submitting, returning, approving; remarks; whose work it is. Against the database, the engine is not asked."""

from __future__ import annotations

import pytest

from tests.webapp.annotation.world import World, make_world, store_run
from webapp.accounts.models import User
from webapp.annotation import selectors
from webapp.annotation import services as drawing
from webapp.annotation.models import AnnotationState
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.projects.permissions import ALLOWED, Action, Role
from webapp.projects.services import set_member
from webapp.review import services
from webapp.review.models import Decision
from webapp.review.selectors import steps_for
from webapp.review.transitions import TRANSITIONS, Step, steps_from

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("redis_server")]


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def rita(world: World) -> User:
    reviewer = User.objects.create_user(f"rita{world.project.pk}")
    set_member(world.project, reviewer, Role.REVIEWER)
    return reviewer


def state(world: World) -> str:
    world.annotation.refresh_from_db()
    return world.annotation.state


def drawn(world: World) -> None:
    drawing.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    store_run(world.annotation, {3: 1, 4: 1})


def test_the_first_edit_begins_the_work(world: World) -> None:
    assert state(world) == AnnotationState.NEW
    drawn(world)
    assert state(world) == AnnotationState.IN_PROGRESS


def test_a_case_goes_from_the_annotator_to_the_reviewer_and_back_and_is_approved(world: World, rita: User) -> None:
    drawn(world)
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    services.decide(rita, world.annotation.pk, Step.ASK, "Too large at the top")
    assert state(world) == AnnotationState.CHANGES_ASKED
    drawing.add_prompt(world.ben, world.annotation.pk, world.point(4, 10, 11, positive=False))
    store_run(world.annotation, {3: 1})
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    services.decide(rita, world.annotation.pk, Step.APPROVE)
    assert state(world) == AnnotationState.APPROVED
    kept = list(Decision.objects.values_list("step", "user__username", "revision", "comment"))
    ben, who = world.ben.username, rita.username
    assert kept == [
        ("submit", ben, 1, ""),
        ("ask", who, 1, "Too large at the top"),
        ("submit", ben, 2, ""),
        ("approve", who, 2, ""),
    ]


@pytest.mark.parametrize("step", [Step.SUBMIT, Step.APPROVE])
def test_what_is_handed_in_or_approved_is_changed_by_nobody(world: World, rita: User, step: Step) -> None:
    drawn(world)
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    if step == Step.APPROVE:
        services.decide(rita, world.annotation.pk, Step.APPROVE)
    for person in (world.ben, world.ada, rita):
        with pytest.raises(ConflictError, match=r"submitted|approved"):
            drawing.add_prompt(person, world.annotation.pk, world.point(5, 10, 11))
    world.annotation.refresh_from_db()
    assert world.annotation.revision == 1


def test_what_was_taken_back_can_be_changed_again(world: World) -> None:
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    services.decide(world.ben, world.annotation.pk, Step.WITHDRAW)
    assert drawing.add_prompt(world.ben, world.annotation.pk, world.point(5, 10, 11)).revision == 1


def test_nothing_is_submitted_while_slices_are_being_computed(world: World) -> None:
    drawing.add_prompt(world.ben, world.annotation.pk, world.point(3, 10, 11))
    with pytest.raises(ConflictError, match="still being computed"):
        services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    assert state(world) == AnnotationState.IN_PROGRESS


def test_every_step_is_refused_from_every_state_that_the_table_does_not_name(world: World) -> None:
    for current in AnnotationState:
        for step, path in TRANSITIONS.items():
            if current in path.before:
                continue
            type(world.annotation).objects.filter(pk=world.annotation.pk).update(state=current)
            with pytest.raises(ConflictError):
                services.decide(world.ada, world.annotation.pk, step, "why")
            assert state(world) == current


def test_who_may_do_what_follows_from_the_role() -> None:
    offered = {role: set(steps_from(AnnotationState.SUBMITTED, ALLOWED[role])) for role in Role}
    assert offered[Role.VIEWER] == set()
    assert offered[Role.ANNOTATOR] == {Step.WITHDRAW}
    assert offered[Role.REVIEWER] == offered[Role.MANAGER] == {Step.WITHDRAW, Step.APPROVE, Step.ASK}


def test_an_annotator_approves_nothing_a_viewer_submits_nothing_and_an_outsider_finds_nothing(world: World) -> None:
    with pytest.raises(ForbiddenError):
        services.decide(world.eve, world.annotation.pk, Step.SUBMIT)
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    with pytest.raises(ForbiddenError):
        services.decide(world.ben, world.annotation.pk, Step.APPROVE)
    with pytest.raises(NotFoundError):
        services.decide(world.mallory, world.annotation.pk, Step.APPROVE)
    assert steps_for(world.ben, selectors.annotation_for(world.ben, world.annotation.pk)) == [Step.WITHDRAW]


def test_who_asks_for_changes_says_which(world: World, rita: User) -> None:
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    with pytest.raises(DomainError, match="comment is empty"):
        services.decide(rita, world.annotation.pk, Step.ASK, "  ")
    assert state(world) == AnnotationState.SUBMITTED


def test_who_submits_what_was_nobodys_work_has_made_it_theirs(world: World) -> None:
    services.decide(world.ben, world.annotation.pk, Step.SUBMIT)
    world.annotation.refresh_from_db()
    assert world.annotation.assignee == world.ben


def test_a_case_is_given_by_a_manager_to_a_member_who_may_draw_and_every_change_is_kept(world: World) -> None:
    services.assign(world.ada, world.annotation.pk, world.ben.pk)
    services.assign(world.ada, world.annotation.pk, world.ben.pk)
    services.assign(world.ada, world.annotation.pk, None)
    given = world.annotation.assignments.values_list("user__username", "by__username")
    assert list(given) == [(world.ben.username, world.ada.username), (None, world.ada.username)]
    for person in (world.eve, world.mallory):
        with pytest.raises(DomainError, match="Only a member"):
            services.assign(world.ada, world.annotation.pk, person.pk)
    with pytest.raises(ForbiddenError):
        services.assign(world.ben, world.annotation.pk, world.ben.pk)


def test_a_remark_is_pinned_to_a_voxel_answered_resolved_and_opened_again(world: World, rita: User) -> None:
    made = services.remark(rita, world.annotation.pk, (3, 10, 11), " Leaks here ", label=1)
    assert (made.z, made.y, made.x, made.label, made.text) == (3, 10, 11, 1, "Leaks here")
    services.reply(world.ben, made.pk, "Mended")
    assert [reply.text for reply in made.replies.all()] == ["Mended"]
    assert services.resolve(world.ben, made.pk, True).resolved_by == world.ben
    assert services.resolve(rita, made.pk, False).resolved_at is None


@pytest.mark.parametrize(
    ("voxel", "text", "label"),
    [((12, 0, 0), "x", None), ((0, -1, 0), "x", None), ((0, 0, 0), " ", None), ((0, 0, 0), "x", 9)],
)
def test_a_remark_outside_the_volume_or_without_words_or_on_no_label_is_refused(
    world: World, voxel: tuple[int, int, int], text: str, label: int | None
) -> None:
    with pytest.raises(DomainError):
        services.remark(world.ben, world.annotation.pk, voxel, text, label)
    assert not world.annotation.remarks.exists()


def test_who_may_only_look_remarks_nothing_and_an_outsider_finds_no_remark(world: World) -> None:
    made = services.remark(world.ben, world.annotation.pk, (3, 10, 11), "Here")
    with pytest.raises(ForbiddenError):
        services.reply(world.eve, made.pk, "No")
    with pytest.raises(NotFoundError):
        services.resolve(world.mallory, made.pk, True)


def test_only_roles_that_review_may_review() -> None:
    assert {role for role in Role if Action.REVIEW in ALLOWED[role]} == {Role.REVIEWER, Role.MANAGER}
