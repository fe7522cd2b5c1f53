"""Review of an annotation: where it stands, decisions, remarks; whose work it is; the next case."""

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from webapp.accounts.models import User
from webapp.annotation.models import Annotation
from webapp.annotation.selectors import annotation_for
from webapp.review import queue, services
from webapp.review.models import Decision, Remark
from webapp.review.selectors import decisions_of, remarks_of, steps_for
from webapp.review.transitions import Step

router = Router()


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class WantedStep(_Strict):
    step: Literal["submit", "withdraw", "approve", "ask", "reopen"]
    comment: str = ""


class NewRemark(_Strict):
    voxel: tuple[int, int, int] = Field(description="(z, y, x) on the storage axes")
    text: str
    label: int | None = None


class NewReply(_Strict):
    text: str


class Resolution(_Strict):
    resolved: bool


class Assignee(_Strict):
    user: int | None


class ReviewState(Schema):
    state: str
    steps: list[str]
    decisions: list[dict[str, Any]]
    remarks: list[dict[str, Any]]


class NextCase(Schema):
    case: int | None


@router.get("/annotations/{int:annotation_id}/review", response=ReviewState)
def review(request: HttpRequest, annotation_id: int) -> dict[str, Any]:
    """Decisions and remarks, and which steps whoever asks may take."""
    return _review_of(_user(request), annotation_for(request.user, annotation_id))


@router.post("/annotations/{int:annotation_id}/decisions", response=ReviewState)
def decide(request: HttpRequest, annotation_id: int, wanted: WantedStep) -> dict[str, Any]:
    """Submit, take back, approve, ask for changes, reopen."""
    services.decide(_user(request), annotation_id, Step(wanted.step), wanted.comment)
    return _review_of(_user(request), annotation_for(request.user, annotation_id))


@router.put("/annotations/{int:annotation_id}/assignee", response={204: None})
def assign(request: HttpRequest, annotation_id: int, wanted: Assignee) -> HttpResponse:
    """Make it somebody's work, or nobody's."""
    services.assign(_user(request), annotation_id, wanted.user)
    return HttpResponse(status=204)


@router.post("/annotations/{int:annotation_id}/remarks", response={201: dict[str, int]})
def add_remark(request: HttpRequest, annotation_id: int, wanted: NewRemark) -> Status[dict[str, int]]:
    """Say something of a voxel."""
    made = services.remark(_user(request), annotation_id, wanted.voxel, wanted.text, wanted.label)
    return Status(201, {"id": made.pk})


@router.post("/remarks/{int:remark_id}/replies", response={201: dict[str, int]})
def add_reply(request: HttpRequest, remark_id: int, wanted: NewReply) -> Status[dict[str, int]]:
    """Answer a remark."""
    return Status(201, {"id": services.reply(_user(request), remark_id, wanted.text).pk})


@router.put("/remarks/{int:remark_id}/resolution", response={204: None})
def resolve(request: HttpRequest, remark_id: int, wanted: Resolution) -> HttpResponse:
    """Close a remark, or open it again."""
    services.resolve(_user(request), remark_id, wanted.resolved)
    return HttpResponse(status=204)


@router.post("/projects/{int:project_id}/next", response=NextCase)
def next_case(request: HttpRequest, project_id: int) -> dict[str, int | None]:
    """The case to work on next, which becomes the work of whoever asks; null if there is none."""
    return {"case": queue.take_next(_user(request), project_id)}


def _review_of(user: User, annotation: Annotation) -> dict[str, Any]:
    return {
        "state": annotation.state,
        "steps": [str(step) for step in steps_for(user, annotation)],
        "decisions": [_decision(decision) for decision in decisions_of(annotation)],
        "remarks": [_remark(remark) for remark in remarks_of(annotation)],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.pk,
        "step": decision.step,
        "after": decision.after,
        "user": _person(decision.user),
        "comment": decision.comment,
        "revision": decision.revision,
        "created": decision.created.isoformat(),
    }


def _remark(remark: Remark) -> dict[str, Any]:
    return {
        "id": remark.pk,
        "user": _person(remark.user),
        "label": remark.label,
        "voxel": [remark.z, remark.y, remark.x],
        "text": remark.text,
        "created": remark.created.isoformat(),
        "resolved_by": _person(remark.resolved_by) if remark.resolved_by else None,
        "replies": [
            {"id": reply.pk, "user": _person(reply.user), "text": reply.text, "created": reply.created.isoformat()}
            for reply in remark.replies.all()
        ],
    }


def _person(user: User) -> dict[str, Any]:
    return {"id": user.pk, "name": user.name}


def _user(request: HttpRequest) -> User:
    user: Any = request.user
    checked: User = user
    return checked
