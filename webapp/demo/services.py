"""Loads the demo: two people, a project with labels, a case with a volume. Done again, it adds only what is missing."""

from django.db import transaction

from webapp.accounts.models import User
from webapp.demo import brain
from webapp.projects import services as projects
from webapp.projects.models import Project
from webapp.projects.permissions import Role
from webapp.volumes import services as volumes

MANAGER = "demo"
COLLEAGUE = "colleague"


def load_demo(password: str, *, reset_password: bool = False) -> Project:
    """Make the demo project and its logins where they are missing.

    The password is that of new logins, and with `reset_password` also of those that exist already.
    """
    manager = _person(MANAGER, "Demo", password, reset_password)
    colleague = _person(COLLEAGUE, "Colleague", password, reset_password)
    project = _project(manager)
    projects.set_member(project, colleague, Role.ANNOTATOR)
    if not project.cases.exists():
        volumes.import_file(manager, project, brain.image_file(), case_name=brain.CASE_NAME)
    return project


def _person(username: str, name: str, password: str, reset_password: bool) -> User:
    user, made = User.objects.get_or_create(username=username, defaults={"first_name": name})
    if made or (reset_password and not user.check_password(password)):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


@transaction.atomic
def _project(manager: User) -> Project:
    existing = Project.objects.filter(name=brain.PROJECT_NAME, members=manager).order_by("pk").first()
    if existing is not None:
        return existing
    project = projects.create_project(manager, brain.PROJECT_NAME)
    for name, colour in brain.LABELS:
        projects.add_label(project, name, colour)
    return project
