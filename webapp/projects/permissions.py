"""Who may do what in a project: the one table."""

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    MANAGER = "manager"
    REVIEWER = "reviewer"
    ANNOTATOR = "annotator"
    VIEWER = "viewer"


class Action(StrEnum):
    VIEW = "look at cases and masks"
    EXPORT = "download masks"
    ANNOTATE = "change masks"
    UPLOAD = "upload cases"
    REVIEW = "review annotations"
    ASSIGN = "give cases to people"
    EDIT_LABELS = "change labels"
    MANAGE = "manage the project and its members"


_LOOKING = frozenset({Action.VIEW, Action.EXPORT})
_WORKING = _LOOKING | {Action.ANNOTATE, Action.UPLOAD, Action.EDIT_LABELS}

ALLOWED: dict[Role, frozenset[Action]] = {
    Role.VIEWER: _LOOKING,
    Role.ANNOTATOR: _WORKING,
    Role.REVIEWER: _WORKING | {Action.REVIEW},
    Role.MANAGER: _WORKING | {Action.REVIEW, Action.ASSIGN, Action.MANAGE},
}


def may(role: str, action: Action) -> bool:
    """Whether a member with this role may do this."""
    return action in ALLOWED[Role(role)]
