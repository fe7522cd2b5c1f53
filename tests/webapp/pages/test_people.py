import re

import pytest
from django.test import Client

from tests.conftest import PASSWORD
from webapp.accounts.models import User
from webapp.projects.models import Membership, Project
from webapp.projects.permissions import Role
from webapp.projects.selectors import role_in

pytestmark = pytest.mark.usefixtures("redis_server")


@pytest.fixture
def boss(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def _link(boss: Client, project: Project, **wanted: object) -> str:
    form = {"role": "annotator", "days": 7, "uses": 1, **wanted}
    page = boss.post(f"/projects/{project.pk}/invitations", form, follow=True).content.decode()
    found = re.search(r'value="http://testserver(/join/[\w-]+/)"', page)
    assert found
    return found[1]


def test_a_manager_lets_people_in_changes_their_role_and_shows_them_out(
    boss: Client, project: Project, outsider: User
) -> None:
    people = f"/projects/{project.pk}/people/"
    assert b"otto" in boss.post(f"{people}add", {"person": "otto", "role": "viewer"}, follow=True).content
    boss.post(f"{people}{outsider.pk}/role", {"role": "reviewer"})
    assert role_in(outsider, project) == Role.REVIEWER
    boss.post(f"{people}{outsider.pk}/remove")
    assert not Membership.objects.filter(project=project, user=outsider).exists()


@pytest.mark.parametrize(
    ("action", "form", "sentence"),
    [
        ("people/add", {"person": "nobody", "role": "viewer"}, "Nobody here"),
        ("people/add", {"person": "mona", "role": "emperor"}, "Name a person"),
        ("people/{me}/role", {"role": "viewer"}, "needs a manager"),
        ("people/{me}/remove", {}, "needs a manager"),
        ("invitations", {"role": "viewer", "days": 0, "uses": 1}, "An invitation needs"),
    ],
)
def test_what_cannot_be_is_said_on_the_page(
    action: str, form: dict[str, object], sentence: str, boss: Client, project: Project, manager: User
) -> None:
    answer = boss.post(f"/projects/{project.pk}/{action.format(me=manager.pk)}", form, follow=True)
    assert sentence in answer.content.decode()


def test_the_link_is_shown_once(boss: Client, project: Project) -> None:
    link = _link(boss, project)
    page = boss.get(f"/projects/{project.pk}/people/").content.decode()
    assert link not in page
    assert "0 of 1" in page


def test_the_invited_without_an_account_makes_one_and_joins(boss: Client, project: Project) -> None:
    link = _link(boss, project)
    visitor = Client()
    assert "Livers" in visitor.get(link).content.decode()
    form = {"username": "nina", "email": "nina@example.org", "password1": PASSWORD, "next": link}
    assert visitor.post("/accounts/signup/", form).headers["Location"] == link
    assert visitor.post(link).headers["Location"] == f"/projects/{project.pk}/"
    assert role_in(User.objects.get(username="nina"), project) == Role.ANNOTATOR


def test_the_invited_with_an_account_logs_in_and_joins(boss: Client, project: Project, outsider: User) -> None:
    link = _link(boss, project)
    visitor = Client()
    visitor.get(link)
    form = {"login": "otto", "password": PASSWORD, "next": link}
    assert visitor.post("/accounts/login/", form).headers["Location"] == link
    assert visitor.post(link).status_code == 302
    assert role_in(outsider, project) == Role.ANNOTATOR


def test_without_a_valid_invitation_nobody_makes_an_account(boss: Client, project: Project) -> None:
    link = _link(boss, project)
    invited, passer_by = Client(), Client()
    invited.get(link)
    boss.post(f"/invitations/{project.invitations.get().pk}/revoke")
    assert passer_by.get("/join/made-up/").status_code == 404
    assert invited.get(link).status_code == 404
    form = {"username": "nina", "email": "", "password1": PASSWORD}
    for visitor in (invited, passer_by):
        assert "By invitation" in visitor.post("/accounts/signup/", form).content.decode()
    assert not User.objects.filter(username="nina").exists()


def test_an_address_that_somebody_has_makes_no_second_account(boss: Client, project: Project) -> None:
    visitor = Client()
    visitor.get(_link(boss, project))
    form = {"username": "nina", "email": "MONA@example.org", "password1": PASSWORD}
    answer = visitor.post("/accounts/signup/", form)
    assert answer.status_code == 200
    assert b"form-error" in answer.content
    assert not User.objects.filter(username="nina").exists()


def test_an_installation_can_be_open_to_all(client: Client, db: None, settings: object) -> None:
    settings.OPEN_SIGNUP = True  # type: ignore[attr-defined]
    client.post("/accounts/signup/", {"username": "nina", "email": "", "password1": PASSWORD})
    assert User.objects.filter(username="nina").exists()


def test_a_viewer_sees_who_is_there_and_no_forms(client: Client, project: Project, viewer: User) -> None:
    client.force_login(viewer)
    page = client.get(f"/projects/{project.pk}/people/").content.decode()
    assert "mona" in page
    assert "data-submits-itself" not in page
    assert "Invite" not in page
