"""The sockets' address, and what is checked before a consumer sees anybody: the origin and the session."""

from __future__ import annotations

from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from webapp.annotation.consumers import AnnotationConsumer

# Django's own stubs know paths to views only; Channels routes the same patterns to applications.
_consumer: Any = AnnotationConsumer.as_asgi()
websocket_urlpatterns: list[Any] = [path("ws/annotations/<int:annotation_id>/", _consumer)]

websocket_application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
