"""What people decide about annotations and say of them: each is one transaction, announced after its commit."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotation import events, selectors
from webapp.annotation.models import UNFINISHED, Annotation
from webapp.errors import ConflictError, DomainError
from webapp.projects.models import Membership
from webapp.projects.permissions import Action, may
from webapp.projects.selectors import labels_of
from webapp.review.models import Assignment, Decision, Remark, Reply
from webapp.review.selectors import remark_for
from webapp.review.transitions import TRANSITIONS, Step

LONGEST_TEXT = 4000


def decide(user: User, annotation_id: int, step: Step, comment: str = "") -> Decision:
    """Take one step of `transitions.TRANSITIONS`. ConflictError if somebody else was faster or it does not fit."""
    path = TRANSITIONS[step]
    annotation = selectors.annotation_for(user, annotation_id, path.action)
    comment = _text(comment, "The comment") if comment.strip() or path.comment else ""
    with transaction.atomic():
        annotation = Annotation.objects.select_for_update().select_related("case__project").get(pk=annotation.pk)
        before = annotation.state
        if before not in path.before:
            raise ConflictError(f"This annotation is {annotation.get_state_display()}: it cannot be done now.")
        if path.settled:
            _refuse_unfinished(annotation)
        same = Annotation.objects.filter(pk=annotation.pk, state=before, revision=annotation.revision)
        if not same.update(state=path.after, changed=timezone.now()):
            raise ConflictError("Somebody changed this annotation at the same moment; please look again.")
        decision = Decision.objects.create(
            annotation=annotation, user=user, step=step, before=before, after=path.after,
            revision=annotation.revision, comment=comment,
        )  # fmt: skip
        if step == Step.SUBMIT and annotation.assignee_id is None:
            _give(annotation, user, by=user)
        _tell(annotation)
    return decision


def assign(by: User, annotation_id: int, user_id: int | None) -> None:
    """Make an annotation somebody's work, or nobody's."""
    annotation = selectors.annotation_for(by, annotation_id, Action.ASSIGN)
    if annotation.reader_id is not None:
        raise ConflictError("A reading stays its reader's.")
    user = None if user_id is None else _annotator(annotation, user_id)
    with transaction.atomic():
        annotation = Annotation.objects.select_for_update().get(pk=annotation.pk)
        if annotation.assignee_id != user_id:
            _give(annotation, user, by)
            _tell(annotation)


def remark(user: User, annotation_id: int, voxel: tuple[int, int, int], text: str, label: int | None = None) -> Remark:
    """Say something of a voxel (z, y, x), and if wanted of a label there."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    shape = selectors.volume_of(annotation).shape
    if any(not 0 <= index < extent for index, extent in zip(voxel, shape, strict=True)):
        raise DomainError("The remark lies outside the volume.")
    if label is not None and label not in {known.value for known in labels_of(annotation.case.project_id)}:
        raise DomainError("This label does not exist in the project any more.")
    z, y, x = voxel
    with transaction.atomic():
        made = Remark.objects.create(
            annotation=annotation, user=user, label=label, z=z, y=y, x=x, text=_text(text, "The remark"),
            revision=annotation.revision,
        )  # fmt: skip
        _tell(annotation)
    return made


def reply(user: User, remark_id: int, text: str) -> Reply:
    """Answer a remark."""
    answered = remark_for(user, remark_id)
    with transaction.atomic():
        made = Reply.objects.create(remark=answered, user=user, text=_text(text, "The reply"))
        _tell(answered.annotation)
    return made


def resolve(user: User, remark_id: int, resolved: bool) -> Remark:
    """Close a remark, or open it again."""
    changed = remark_for(user, remark_id)
    with transaction.atomic():
        changed.resolved_at = timezone.now() if resolved else None
        changed.resolved_by = user if resolved else None
        changed.save(update_fields=["resolved_at", "resolved_by"])
        _tell(changed.annotation)
    return changed


def _give(annotation: Annotation, user: User | None, by: User) -> None:
    annotation.assignee = user
    annotation.save(update_fields=["assignee"])
    Assignment.objects.create(annotation=annotation, user=user, by=by)


def _annotator(annotation: Annotation, user_id: int) -> User:
    membership = (
        Membership.objects.select_related("user").filter(project=annotation.case.project, user_id=user_id).first()
    )
    if membership is None or not may(membership.role, Action.ANNOTATE):
        raise DomainError("Only a member who may change masks can be given a case.")
    return membership.user


def _refuse_unfinished(annotation: Annotation) -> None:
    run = selectors.newest_run(annotation)
    if run is not None and run.state in UNFINISHED:
        raise ConflictError("Slices are still being computed: submit when they are done.")


def _tell(annotation: Annotation) -> None:
    def announce() -> None:
        fresh = Annotation.objects.select_related("assignee").get(pk=annotation.pk)
        events.announce(fresh.pk, selectors.workflow_message(fresh))

    transaction.on_commit(announce)


def _text(written: str, what: str) -> str:
    text = written.strip()
    if not text:
        raise DomainError(f"{what} is empty.")
    if len(text) > LONGEST_TEXT:
        raise DomainError(f"{what} is longer than {LONGEST_TEXT} characters.")
    return text
