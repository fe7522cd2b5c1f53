"""The web process: HTTP goes to Django, sockets to the annotation app. It never loads the engine."""

import os
import resource
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")

from django.core.asgi import get_asgi_application

_django = get_asgi_application()  # loads the apps, which everything below needs

from channels.routing import ProtocolTypeRouter

from webapp.annotation.routing import websocket_application
from webapp.config.body_limit import BodyLimit

# A DICOM series arrives as hundreds of files that are open at once; what a shell allows is often not more than 1024.
_most_files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (_most_files, _most_files))

_routes: dict[str, Any] = {"http": BodyLimit(cast(Any, _django)), "websocket": websocket_application}
application = ProtocolTypeRouter(_routes)
