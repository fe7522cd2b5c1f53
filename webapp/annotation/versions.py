"""Going back to what counted at an earlier revision, as an edit of the log that can itself be taken back.

A restore's payload names the revision, what it takes out (`gone`) and what it brings back (`back`, with the revision
at which each had been undone). Edits stay rows of the log; only whether they count changes.
"""

from __future__ import annotations

from typing import Any

from webapp.annotation.edit_log import active_edits, counting_after
from webapp.annotation.models import Annotation, Edit, EditKind
from webapp.errors import ConflictError, DomainError


def difference_to(annotation: Annotation, revision: int) -> dict[str, Any]:
    """The payload of a restore to `revision`. The annotation's own revision is that of the edit being made."""
    if not 0 <= revision < annotation.revision:
        raise DomainError("There is no such version.")
    log = Edit.objects.filter(annotation=annotation)
    then = counting_after(log.filter(revision__lte=revision).order_by("id"))
    now = {edit.pk for edit in active_edits(annotation)}
    if then == now:
        raise ConflictError("This version is the current one.")
    undone_at = dict(log.filter(pk__in=then - now).values_list("pk", "undone_at_revision"))
    return {
        "revision": revision,
        "gone": sorted(now - then),
        "back": [[pk, undone_at[pk]] for pk in sorted(then - now)],
    }


def mark_taken_back(edit: Edit, revision: int) -> None:
    """An edit counts no longer, from this revision on; a restore's changes are turned back."""
    _mark([edit.pk], revision)
    if edit.kind == EditKind.RESTORE:
        _mark(edit.payload["gone"], None)
        for pk, undone_at in edit.payload["back"]:
            _mark([pk], undone_at)


def mark_brought_back(edit: Edit) -> None:
    """An edit counts (again); a restore's changes are made."""
    _mark([edit.pk], None)
    if edit.kind == EditKind.RESTORE:
        _mark(edit.payload["gone"], edit.revision)
        _mark([pk for pk, _ in edit.payload["back"]], None)


def _mark(edits: list[int], undone_at_revision: int | None) -> None:
    Edit.objects.filter(pk__in=edits).update(undone_at_revision=undone_at_revision)
