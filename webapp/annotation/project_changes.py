"""What changes in a project and concerns open sockets: memberships that end, labels that are added or renamed."""

from __future__ import annotations

from typing import Any

from webapp.annotation import events, selectors
from webapp.projects.signals import labels_changed, membership_ended


def connect() -> None:
    """Listen for such changes; they are sent after the commit."""
    membership_ended.connect(_membership_ended, dispatch_uid="annotation.membership_ended")
    labels_changed.connect(_labels_changed, dispatch_uid="annotation.labels_changed")


def _membership_ended(user_id: int, **_: Any) -> None:
    events.access_changed(user_id)


def _labels_changed(project_id: int, **_: Any) -> None:
    message = selectors.label_message(project_id)
    for annotation_id in selectors.annotations_with_people(project_id):
        events.announce(annotation_id, message)
