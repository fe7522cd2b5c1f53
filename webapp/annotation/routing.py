"""The sockets' address, and what is checked before a consumer sees anybody: the origin and the session."""

from __future__ import annotations

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from webapp.annotation.consumers import AnnotationConsumer

websocket_urlpatterns = [path("ws/annotations/<int:annotation_id>/", AnnotationConsumer.as_asgi())]

websocket_application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))
