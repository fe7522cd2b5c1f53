"""Settings, URLs, ASGI and Celery: what ties the houses together."""

from webapp.config.celery import app as celery

__all__ = ["celery"]
