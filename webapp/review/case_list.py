"""The cases of a project as a table shows them: found, filtered, sorted and cut into pages by the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from webapp.annotation.models import Annotation, AnnotationState
from webapp.projects.models import Case, Project
from webapp.volumes.models import Volume

CASES_A_PAGE = 50
HANDED_IN = (AnnotationState.SUBMITTED, AnnotationState.APPROVED)
SORTS: dict[str, tuple[Any, ...]] = {
    "newest": ("-id",),
    "name": ("name", "id"),
    "priority": ("-priority", "id"),
    "changed": (F("changed").desc(nulls_last=True), "-id"),
    "state": ("state", "-id"),
}


@dataclass(frozen=True)
class Wanted:
    """What a person looks for; what is empty or unknown filters nothing."""

    words: str = ""
    state: str = ""
    assignee: str = ""  # a user's id, or "nobody"
    tag: str = ""
    sort: str = "newest"


def cases_of(project: Project, wanted: Wanted, reader_id: int | None = None) -> QuerySet[Case, Any]:
    """Cases with `state`, `assignee_id`, `annotation_id` and `changed` of the annotation that is shared, or of a
    reader's own."""
    shared = Annotation.objects.filter(case=OuterRef("pk"), reader=reader_id).order_by("id")
    cases: QuerySet[Any] = Case.objects.filter(project=project).annotate(
        annotation_id=Subquery(shared.values("pk")[:1]),
        state=Coalesce(Subquery(shared.values("state")[:1]), Value(AnnotationState.NEW.value)),
        assignee_id=Subquery(shared.values("assignee")[:1]),
        changed=Subquery(shared.values("changed")[:1]),
    )
    for word in wanted.words.split():
        cases = cases.filter(name__icontains=word)
    if wanted.state in AnnotationState.values:
        cases = cases.filter(state=wanted.state)
    if wanted.assignee == "nobody":
        cases = cases.filter(assignee_id=None)
    elif wanted.assignee.isdecimal():
        cases = cases.filter(assignee_id=int(wanted.assignee))
    if wanted.tag:
        cases = cases.filter(tags__name__iexact=wanted.tag)
    return cases.order_by(*SORTS.get(wanted.sort, SORTS["newest"]))


def page_of(project: Project, wanted: Wanted, number: str, reader_id: int | None = None) -> Page[Any]:
    """One page, with what its rows show; of all readings together `read` says how many were handed in. A number that is
    none is the first page, one too high the last."""
    volumes = Prefetch("volumes", queryset=Volume.objects.order_by("id"))
    cases = cases_of(project, wanted, reader_id).prefetch_related(volumes, "tags")
    if project.has_readings:
        handed_in = Q(annotations__reader__isnull=False, annotations__state__in=HANDED_IN)
        cases = cases.annotate(read=Count("annotations", filter=handed_in, distinct=True))
    return Paginator(cases, CASES_A_PAGE).get_page(number)
