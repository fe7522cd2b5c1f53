"""Who has an annotation open: rows that live as long as connections say so."""

from __future__ import annotations

import datetime

from django.utils import timezone

from webapp.accounts.models import User
from webapp.annotation import events, messages, selectors
from webapp.annotation.models import Annotation, Presence
from webapp.errors import NotFoundError


def arrive(user: User, annotation_id: int, connection: str) -> None:
    """Say that a connection of the user is open; to be repeated while it is. Raises NotFoundError for outsiders."""
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise NotFoundError("This account is closed.")
    annotation = selectors.annotation_for(user, annotation_id)
    _, made = Presence.objects.update_or_create(
        connection=connection, defaults={"annotation": annotation, "user": user, "seen": timezone.now()}
    )
    # Connections of a server that was killed said no goodbye.
    forgotten = timezone.now() - datetime.timedelta(seconds=selectors.PRESENCE_SECONDS)
    gone, _ = Presence.objects.filter(annotation=annotation, seen__lt=forgotten).delete()
    if made or gone:
        events.announce(annotation.pk, messages.People(people=selectors.people_at(annotation)))


def leave(annotation_id: int, connection: str) -> None:
    """Say that a connection is closed."""
    gone, _ = Presence.objects.filter(annotation_id=annotation_id, connection=connection).delete()
    annotation = Annotation.objects.filter(pk=annotation_id).first()
    if gone and annotation is not None:
        events.announce(annotation_id, messages.People(people=selectors.people_at(annotation)))
