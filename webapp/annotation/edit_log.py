"""The order of what was said: which edits are active, who may take back what, and what two revisions share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Max, QuerySet

from webapp.annotation.models import ACTIVE_KINDS, UNDOABLE_KINDS, Annotation, Edit, EditKind

NO_EDITS_DIGEST = hashlib.blake2b(digest_size=16).hexdigest()


def active_edits(annotation: Annotation) -> list[Edit]:
    """Prompts and operations that count, in the order in which they were made, with their users."""
    edits = Edit.objects.filter(annotation=annotation, kind__in=ACTIVE_KINDS, undone_at_revision=None)
    return list(edits.select_related("user").order_by("id"))


def counting_after(log: Iterable[Edit]) -> set[int]:
    """Ids of the prompts and operations that count at the end of a log that is cut off anywhere: what the rows say of
    themselves is how things are now."""
    counting: set[int] = set()
    restores: dict[int, Edit] = {}
    for edit in log:
        if edit.kind in ACTIVE_KINDS:
            counting.add(edit.pk)
            continue
        if edit.kind == EditKind.RESTORE:
            restores[edit.pk] = edit
        _follow(counting, edit, restores)
    return counting


def _follow(counting: set[int], edit: Edit, restores: dict[int, Edit]) -> None:
    """What an undo, a redo or a restore makes of what counted before."""
    onward = edit.kind != EditKind.UNDO
    subject = edit.pk if edit.kind == EditKind.RESTORE else edit.payload["edit"]
    restore = restores.get(subject)
    gone = set(restore.payload["gone"]) if restore else set()
    back = {pk for pk, _ in restore.payload["back"]} if restore else {subject}
    counting -= gone if onward else back
    counting |= back if onward else gone


def prefix_digests(edit_ids: Sequence[int]) -> list[str]:
    """Digests of the first 0, 1, … and all of these edits."""
    running = hashlib.blake2b(digest_size=16)
    digests = [running.hexdigest()]
    for edit_id in edit_ids:
        running.update(edit_id.to_bytes(8, "little"))
        digests.append(running.hexdigest())
    return digests


def last_active_edit(annotation: Annotation, user_id: int) -> Edit | None:
    """What this user's undo takes back."""
    edits = Edit.objects.filter(
        annotation=annotation, user_id=user_id, kind__in=UNDOABLE_KINDS, undone_at_revision=None
    )
    return edits.order_by("-id").first()


def restores_in_force(annotation: Annotation) -> list[Edit]:
    """Restores that nobody has taken back."""
    return list(Edit.objects.filter(annotation=annotation, kind=EditKind.RESTORE, undone_at_revision=None))


def last_undone_edit(annotation: Annotation, user_id: int) -> Edit | None:
    """What this user's redo brings back: the edit undone last, unless a new prompt followed the undo."""
    prompts = Edit.objects.filter(annotation=annotation, user_id=user_id, kind__in=UNDOABLE_KINDS)
    newest = prompts.aggregate(newest=Max("revision"))["newest"] or 0
    undone = prompts.filter(undone_at_revision__gt=newest).exclude(undone_at_revision__in=_restored_at(annotation))
    return undone.order_by("-undone_at_revision").first()


def _restored_at(annotation: Annotation) -> QuerySet[Edit, int]:
    """Revisions of restores: what they took out comes back with them alone, not by everybody's redo."""
    restores = Edit.objects.filter(annotation=annotation, kind=EditKind.RESTORE)
    return restores.values_list("revision", flat=True)


def not_carried_on(annotation: Annotation) -> list[Edit]:
    """The active strokes that the model was not yet told to take up on the neighbouring slices."""
    edits = active_edits(annotation)
    last = max((place for place, edit in enumerate(edits) if edit.kind == EditKind.CARRY), default=-1)
    return [edit for edit in edits[last + 1 :] if edit.kind == EditKind.MASK and not edit.payload["carry"]]


def locked(active: Sequence[Edit]) -> tuple[set[int], set[int]]:
    """The labels that active edits leave locked, and the slices: places of these come with each lock."""
    labels: set[int] = set()
    slices: set[int] = set()
    for edit in active:
        if edit.kind == EditKind.LOCK:
            places, place = (labels, edit.label) if edit.label is not None else (slices, edit.payload["slice"])
            (places.add if edit.payload["positive"] else places.discard)(place)
    return labels, slices


def undoable(active: Sequence[Edit]) -> dict[str, int]:
    """Number of edits that each user may take back, by user id."""
    return {str(user_id): count for user_id, count in Counter(edit.user_id for edit in active).items()}


def redoable(annotation: Annotation) -> dict[str, int]:
    """Number of edits that each user may bring back, by user id."""
    prompts = Edit.objects.filter(annotation=annotation, kind__in=UNDOABLE_KINDS)
    newest = {row["user_id"]: row["newest"] for row in prompts.values("user_id").annotate(newest=Max("revision"))}
    undone = prompts.exclude(undone_at_revision=None).exclude(undone_at_revision__in=_restored_at(annotation))
    undone_at = undone.values_list("user_id", "undone_at_revision")
    counts = Counter(user_id for user_id, revision in undone_at if revision > newest[user_id])
    return {str(user_id): count for user_id, count in counts.items()}
