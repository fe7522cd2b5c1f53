"""What is said of a case beside its images: name, priority, tags and columns of metadata."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from webapp.errors import DomainError
from webapp.projects.models import Case, Project, Tag
from webapp.projects.texts import trimmed

HIGHEST_PRIORITY = 1000
MOST_TAGS = 20
MOST_COLUMNS = 40


@dataclass(frozen=True)
class CaseChange:
    """What is to be said anew; None leaves it as it is."""

    name: str | None = None
    priority: int | None = None
    tags: tuple[str, ...] | None = None
    metadata: Mapping[str, str] | None = None


def change_case(case: Case, change: CaseChange) -> Case:
    """Say of a case what `change` holds, all of it or nothing."""
    with transaction.atomic():
        if change.name is not None:
            case.name = trimmed(change.name, 200, "The case's name")
        if change.priority is not None:
            case.priority = _priority(change.priority)
        if change.metadata is not None:
            case.metadata = _metadata(change.metadata)
        case.save(update_fields=["name", "priority", "metadata"])
        if change.tags is not None:
            before = set(case.tags.all())
            case.tags.set(tags_named(case.project, change.tags))
            _drop_unused(before)
    return case


def tags_named(project: Project, names: Iterable[str]) -> list[Tag]:
    """The tags with these names, made where there are none yet; “Urgent” and “urgent” are one."""
    wanted = {name.lower(): name for name in (trimmed(name, 40, "A tag") for name in names)}
    if len(wanted) > MOST_TAGS:
        raise DomainError(f"A case can have {MOST_TAGS} tags.")
    # Takes the row's lock, so that two people naming one tag at once make one.
    Project.objects.select_for_update().get(pk=project.pk)
    known = {tag.name.lower(): tag for tag in project.tags.all()}
    return [known.get(key) or Tag.objects.create(project=project, name=name) for key, name in wanted.items()]


def _drop_unused(tags: Iterable[Tag]) -> None:
    Tag.objects.filter(pk__in=[tag.pk for tag in tags], cases=None).delete()


def _priority(wanted: int) -> int:
    if abs(wanted) > HIGHEST_PRIORITY:
        raise DomainError(f"A priority lies between -{HIGHEST_PRIORITY} and {HIGHEST_PRIORITY}.")
    return wanted


def _metadata(wanted: Mapping[str, str]) -> dict[str, str]:
    if len(wanted) > MOST_COLUMNS:
        raise DomainError(f"A case can have {MOST_COLUMNS} columns of metadata.")
    columns = {trimmed(name, 60, "A column's name"): " ".join(text.split()) for name, text in wanted.items()}
    for name, text in columns.items():
        if len(text) > 500 or not text.isprintable():
            raise DomainError(f"“{name}” must be one line of at most 500 characters that can be shown.")
    return {name: text for name, text in columns.items() if text}
