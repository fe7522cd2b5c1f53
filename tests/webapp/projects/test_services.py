from collections.abc import Callable

import pytest
from django.utils import timezone

from webapp.accounts.models import User
from webapp.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from webapp.projects import selectors, services
from webapp.projects.models import HIGHEST_LABEL_VALUE, Label, Project
from webapp.projects.permissions import ALLOWED, Action, Role, may


def test_whoever_makes_a_project_manages_it(project: Project, manager: User) -> None:
    assert selectors.role_in(manager, project) == Role.MANAGER
    assert list(selectors.projects_of(manager)) == [project]


def test_a_label_value_is_never_given_twice(project: Project, labels: list[Label]) -> None:
    Label.objects.filter(pk=labels[1].pk).update(retired_at=timezone.now())
    again = services.add_label(project, "Spleen")
    assert again.value == 3
    assert [label.name for label in selectors.labels_of(project.pk)] == ["Liver", "Spleen"]


def test_the_values_of_a_project_run_out_with_a_sentence(project: Project) -> None:
    Label.objects.create(project=project, value=HIGHEST_LABEL_VALUE, name="Last", colour="#000000")
    with pytest.raises(ConflictError, match="used up"):
        services.add_label(project, "One more")


def test_two_labels_cannot_have_one_name_whatever_its_case(project: Project, labels: list[Label]) -> None:
    with pytest.raises(ConflictError, match="already"):
        services.add_label(project, "liver")
    with pytest.raises(ConflictError, match="already"):
        services.change_label(labels[1], name="LIVER")
    assert services.change_label(labels[0], name="liver").name == "liver"


def test_names_lose_superfluous_blanks(project: Project) -> None:
    assert services.add_label(project, "  Left \t lung ").name == "Left lung"


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_each_role_may_do_what_the_table_says(
    role: Role, action: Action, project: Project, make_user: Callable[[str], User]
) -> None:
    user = make_user("rolf")
    services.set_member(project, user, role)
    assert may(role, action) == (action in ALLOWED[role])
    if action in ALLOWED[role]:
        assert selectors.project_for(user, project.pk, action) == project
    else:
        with pytest.raises(ForbiddenError):
            selectors.project_for(user, project.pk, action)


def test_an_account_that_was_closed_gets_nothing(project: Project, annotator: User) -> None:
    annotator.is_active = False
    with pytest.raises(NotFoundError):
        selectors.project_for(annotator, project.pk)


def test_the_last_manager_stays(project: Project, manager: User, annotator: User) -> None:
    with pytest.raises(ConflictError):
        services.remove_member(project, manager)
    with pytest.raises(ConflictError):
        services.set_member(project, manager, Role.VIEWER)
    services.set_member(project, annotator, Role.MANAGER)
    services.remove_member(project, manager)
    with pytest.raises(NotFoundError):
        selectors.project_for(manager, project.pk)


def test_people_are_found_by_name_or_address(annotator: User) -> None:
    assert services.find_person(" arne ") == annotator
    assert services.find_person("ARNE@example.org") == annotator
    for nobody in ("", "nobody"):
        with pytest.raises(DomainError):
            services.find_person(nobody)
