"""What people do to projects: each function is one transaction and checks what it is given, not who asks
(selectors do that)."""

import re
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Max

from webapp.accounts.models import User
from webapp.errors import ConflictError, DomainError
from webapp.projects.models import HIGHEST_LABEL_VALUE, Case, Label, Membership, Project
from webapp.projects.permissions import Role
from webapp.projects.signals import labels_changed, membership_ended
from webapp.projects.texts import trimmed

# Bright; the first ten stay apart for colour-blind eyes too. The front end has the same list, for labels added there.
PALETTE = (
    "#56b4e9", "#e69f00", "#d92656", "#9a39ef", "#ecda93", "#bf4095", "#5ff2e8", "#ec1313",
    "#adf25f", "#7b5ec9", "#dfa89f", "#f2725f", "#d47dab", "#9889f5", "#cbef39", "#9fc1df",
)  # fmt: skip


def create_project(user: User, name: str) -> Project:
    """A new project, managed by the one who made it."""
    name = trimmed(name, 120, "The project's name")
    with transaction.atomic():
        project = Project.objects.create(name=name)
        Membership.objects.create(project=project, user=user, role=Role.MANAGER)
    return project


def create_case(project: Project, name: str) -> Case:
    """A new, empty case."""
    return Case.objects.create(project=project, name=trimmed(name, 200, "The case's name"))


def add_label(project: Project, name: str, colour: str | None = None) -> Label:
    """A new label with the next value that no label of the project ever had."""
    name = trimmed(name, 80, "The label's name")
    chosen = None if colour is None else _colour(colour)
    with transaction.atomic():
        # Takes the row's lock, so that two people adding at once get two values.
        Project.objects.select_for_update().get(pk=project.pk)
        value = (project.labels.aggregate(highest=Max("value"))["highest"] or 0) + 1
        if value > HIGHEST_LABEL_VALUE:
            raise ConflictError(f"The {HIGHEST_LABEL_VALUE} labels that a project can have are used up.")
        _refuse_taken_name(project.pk, name)
        label = Label.objects.create(
            project=project, value=value, name=name, colour=chosen or PALETTE[(value - 1) % len(PALETTE)]
        )
        _announce_labels(project.pk)
    return label


def change_label(label: Label, name: str | None = None, colour: str | None = None) -> Label:
    """Rename or recolour a label; its value stays."""
    with transaction.atomic():
        if name is not None:
            label.name = trimmed(name, 80, "The label's name")
            _refuse_taken_name(label.project_id, label.name, but=label.pk)
        if colour is not None:
            label.colour = _colour(colour)
        try:
            with transaction.atomic():
                label.save(update_fields=["name", "colour"])
        except IntegrityError:  # somebody was faster
            raise ConflictError(f"There is a label “{label.name}” already.") from None
        _announce_labels(label.project_id)
    return label


def set_member(project: Project, user: User, role: Role) -> Membership:
    """Let a person in, or change their role. The last manager stays one."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if role != Role.MANAGER:
            _refuse_without_manager(project, leaving=user)
        membership, _ = Membership.objects.update_or_create(project=project, user=user, defaults={"role": role})
    return membership


def remove_member(project: Project, user: User) -> None:
    """Show a person out: the project is gone for them at once, also in tabs that are open."""
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        _refuse_without_manager(project, leaving=user)
        Membership.objects.filter(project=project, user=user).delete()
        transaction.on_commit(partial(membership_ended.send, sender=Project, project_id=project.pk, user_id=user.pk))


def find_person(name_or_address: str) -> User:
    """The active person with this user name or e-mail address."""
    wanted = name_or_address.strip()
    people = User.objects.filter(is_active=True)
    user = people.filter(username=wanted).first() or (people.filter(email__iexact=wanted).first() if wanted else None)
    if user is None:
        raise DomainError(f"Nobody here has the user name or e-mail address “{wanted}”.")
    return user


def _refuse_without_manager(project: Project, leaving: User) -> None:
    managers = Membership.objects.filter(project=project, role=Role.MANAGER)
    if managers.filter(user=leaving).exists() and not managers.exclude(user=leaving).exists():
        raise ConflictError("A project needs a manager: make somebody else one first.")


def _refuse_taken_name(project_id: int, name: str, but: int = 0) -> None:
    others = Label.objects.filter(project_id=project_id, retired_at=None).exclude(pk=but)
    if others.filter(name__iexact=name).exists():
        raise ConflictError(f"There is a label “{name}” already.")


def _announce_labels(project_id: int) -> None:
    transaction.on_commit(partial(labels_changed.send, sender=Project, project_id=project_id))


def _colour(written: str) -> str:
    colour = written.strip().lower()
    if not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise DomainError(f"A colour is written like #3fa7d6, not “{written}”.")
    return colour
